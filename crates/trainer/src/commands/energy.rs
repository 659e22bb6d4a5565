//! `trainer energy RUN`: the energy of an answer, line by line, beside that of rivals and of training.

mod assumed;
mod table;

use crate::cli::EnergyArgs;
use crate::job::of_run;
use crate::output::{json, print};
use anyhow::Result;
use assumed::Assumptions;
use runs::{Outcome, RunFolder, Summary};
use serde::Serialize;
use tasks::energy::{Item, Kind, Per, RIVALS, Rival, simulated_trajectories, training_bound};
use tasks::{Job, Ledger, LedgerAssumptions};

/// What the papers count.
const HEAT_ALONE: [Item; 2] = [Item::Digital, Item::Heat];

/// A line of a column: an energy, how it is known, and where it comes from.
#[derive(Serialize)]
struct Row {
    item: Item,
    name: &'static str,
    counted: String,
    kt: f64,
    joules: f64,
    kind: Kind,
    source: String,
}

/// A column of the ledger.
#[derive(Serialize)]
struct Column {
    assumptions: LedgerAssumptions,
    kt: Ledger,
    thermodynamic_kt: f64,
    thermodynamic_joules: f64,
    advantage: Option<f64>,
    rows: Vec<Row>,
}

impl Column {
    fn of(assumptions: LedgerAssumptions, rows: &[Item], origin: impl Fn(Item) -> (Kind, String)) -> Self {
        let kt = assumptions.ledger();
        let row = |item: &Item| {
            let (kind, source) = origin(*item);
            let line = kt.line(*item);
            let counted = assumptions.counted(*item);
            Row {
                item: *item,
                name: item.name(),
                counted,
                kt: line,
                joules: line * assumptions.kt(),
                kind,
                source,
            }
        };
        let spent = kt.thermodynamic();
        Self {
            assumptions,
            kt,
            thermodynamic_kt: spent,
            thermodynamic_joules: spent * assumptions.kt(),
            advantage: kt.advantage(),
            rows: rows.iter().map(row).collect(),
        }
    }

    /// A paper's own.
    fn of_paper(assumptions: LedgerAssumptions, paper: &str) -> Self {
        let kind = |item| if item == Item::Heat { Kind::Simulated } else { Kind::Estimated };
        Self::of(assumptions, &HEAT_ALONE, |item| (kind(item), paper.to_owned()))
    }
}

/// The ledger of a run, beside the papers' own.
#[derive(Serialize)]
struct Columns {
    #[serde(rename = "paper A")]
    paper_a: Column,
    #[serde(rename = "paper B")]
    paper_b: Column,
    #[serde(rename = "this run, heat alone")]
    heat_alone: Column,
    #[serde(rename = "everything counted")]
    counted: Column,
    #[serde(rename = "and a lean digital rival")]
    lean: Column,
    #[serde(rename = "as a transconductor circuit")]
    circuit: Column,
}

/// An energy that is no line of a column.
#[derive(Serialize)]
struct Quantity {
    name: String,
    kt: Option<f64>,
    joules: Option<f64>,
    kind: Kind,
    source: String,
}

/// A rival beside this run.
#[derive(Serialize)]
struct RivalRow {
    #[serde(flatten)]
    rival: Rival,
    kt: f64,
    /// What it would need for one of this run's answers; none where that cannot be said.
    answer_kt: Option<f64>,
    /// That, over everything counted.
    over_counted: Option<f64>,
    /// That, over everything counted of a transconductor circuit.
    over_circuit: Option<f64>,
}

/// All that the command prints.
#[derive(Serialize)]
struct Printed {
    #[serde(flatten)]
    columns: Columns,
    quantities: Vec<Quantity>,
    rivals: Vec<RivalRow>,
    training: Vec<Quantity>,
}

/// Prints the ledger.
pub(crate) fn run(arguments: &EnergyArgs) -> Result<()> {
    let folder = RunFolder::open(&arguments.run)?;
    let summary = folder.summary()?;
    let assumed = Assumptions::of(arguments, &summary)?;
    let columns = columns(&assumed);
    let printed = Printed {
        quantities: quantities(&columns.counted, &summary),
        rivals: RIVALS.iter().map(|rival| beside(*rival, &columns, &summary)).collect(),
        training: training(&assumed, &summary, &of_run(&folder)?),
        columns,
    };
    if arguments.json { json(&printed) } else { print(&table::text(&printed)) }
}

fn columns(assumed: &Assumptions) -> Columns {
    let counted = assumed.counted;
    let clocked = assumed.clocked;
    let of_run = |supplied: bool| {
        let counts = |item: &Item| match item {
            Item::Heat => !supplied,
            Item::Supply => supplied,
            Item::Unrecovered => clocked && !supplied,
            Item::Switching => clocked,
            _ => true,
        };
        let mut items = vec![Item::Digital];
        items.extend(Item::SPENT.into_iter().filter(counts));
        items
    };
    let origin = |item: Item| assumed.origin(item);
    let lean = LedgerAssumptions { joules_per_mac: assumed.lean_joules_per_mac, ..counted };
    let circuit = LedgerAssumptions { circuit: Some(assumed.circuit), ..counted };
    Columns {
        paper_a: Column::of_paper(LedgerAssumptions::paper_a(), "arXiv:2509.15324"),
        paper_b: Column::of_paper(LedgerAssumptions::paper_b(), "arXiv:2506.15121"),
        heat_alone: Column::of(counted.heat_alone(), &HEAT_ALONE, origin),
        counted: Column::of(counted, &of_run(false), origin),
        lean: Column::of(lean, &of_run(false), |item| assumed.lean_origin(item)),
        circuit: Column::of(circuit, &of_run(true), origin),
    }
}

/// What the rows are reckoned in, and what they come to.
fn quantities(counted: &Column, summary: &Summary) -> Vec<Quantity> {
    let what = if summary.computer.visible.is_some() { "an independent sample" } else { "an answer" };
    vec![
        Quantity {
            name: format!("kT at {} K", counted.assumptions.temperature),
            kt: Some(1.0),
            joules: Some(counted.assumptions.kt()),
            kind: Kind::Exact,
            source: "k = 1.380649e-23 J/K, by definition of the kelvin".to_owned(),
        },
        Quantity {
            name: what.to_owned(),
            kt: Some(counted.thermodynamic_kt),
            joules: Some(counted.thermodynamic_joules),
            kind: Kind::Estimated,
            source: "everything counted".to_owned(),
        },
    ]
}

/// A rival beside this run: per answer where it does what this run does, a network's multiply–accumulates or a generator's images.
fn beside(rival: Rival, columns: &Columns, summary: &Summary) -> RivalRow {
    let assumed = columns.counted.assumptions;
    let kt = rival.joules / assumed.kt();
    let answer_kt = match rival.per {
        Per::MultiplyAccumulate => Some(assumed.macs * kt),
        Per::Image => summary.computer.visible.map(|_| kt),
        Per::Update => None,
    };
    let over = |column: &Column| {
        let spent = column.thermodynamic_kt;
        answer_kt.filter(|_| spent > 0.0).map(|kt| kt / spent)
    };
    RivalRow { rival, kt, answer_kt, over_counted: over(&columns.counted), over_circuit: over(&columns.circuit) }
}

/// The bound on the energy of training, and the heat of the trajectories that this training simulated.
fn training(assumed: &Assumptions, summary: &Summary, job: &Job) -> Vec<Quantity> {
    let kt = assumed.counted.kt();
    let quantity = |name: &str, found: Option<f64>, kind: Kind, source: String| Quantity {
        name: name.to_owned(),
        kt: found,
        joules: found.map(|found| found * kt),
        kind,
        source,
    };
    let parameters = assumed.counted.parameters;
    let bound = assumed.examples.map(|examples| training_bound(parameters, examples));
    let source = assumed.examples.map_or_else(
        || "summary.json does not say how many images were learnt from; give --examples".to_owned(),
        |examples| {
            format!("2 × {parameters} parameters × {examples} examples, quasi-static networks (arXiv:2503.09980)")
        },
    );
    let heat = summary.heat().map(|heat| heat.mean_kt).filter(|heat| *heat >= 0.0);
    let (simulated, told) = match (&summary.outcome, simulated_trajectories(job), heat) {
        (Outcome::Imported, _, _) => (None, "imported: nothing was trained here".to_owned()),
        (_, None, _) => {
            (None, format!("{}: trained without running the computer itself by descent", summary.objective))
        }
        (_, Some(_), None) => (None, "the run has no mean heat of 0 or more".to_owned()),
        (_, Some(count), Some(heat)) => (
            Some(count * heat),
            format!("{count:e} trajectories × {heat:.2e} kT, the mean heat of the finished run"),
        ),
    };
    vec![
        quantity("least energy of training", bound, Kind::Modelled, source),
        quantity("heat of the trajectories of training", simulated, Kind::Estimated, told),
    ]
}
