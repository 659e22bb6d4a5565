//! `trainer circuit RUN`: the computer as a circuit by ngspice, beside the simulation.

use crate::backend::BackendJob;
use crate::cli::{CircuitArgs, InputsArg};
use crate::job::{data_of_run, of_run};
use crate::output::{json, print};
use crate::progress::Onlooker;
use anyhow::{Context, Result, ensure};
use circuit::Ngspice;
use data::Divided;
use langevin::LangevinBackend;
use runs::{CircuitComparison, NewFile, RunFolder, file, write_together};
use std::fmt::Write as _;
use std::path::Path;
use tasks::circuit::{CircuitOptions, cases, compare};
use tasks::{Job, load_computer};

/// Digits, at most.
const MOST_DIGITS: usize = 10_000;

/// Moving units above which a circuit is written but not run.
const MOST_UNITS: usize = 256;

/// Runs the circuits.
pub(crate) fn run(arguments: &CircuitArgs) -> Result<()> {
    let run = RunFolder::open(&arguments.run)?;
    let (job, summary) = (of_run(&run)?, run.summary()?);
    let scales = arguments.scales.scales();
    scales.check()?;
    let units = job.computer()?.layout.moving();
    ensure!(
        units <= MOST_UNITS,
        "{}: {units} moving units make a circuit that ngspice takes hours for (at most {MOST_UNITS} here); write it with trainer export --format \
         spice",
        arguments.run.display()
    );
    let digits = arguments.digits;
    ensure!(digits <= MOST_DIGITS, "--digits is {digits}, but must be at most {MOST_DIGITS}");
    ensure!(!arguments.noise || job.dynamics().kt() > 0.0, "--noise: kT of this run is 0; leave the flag out");
    let ngspice = Ngspice::find(arguments.time_limit)?;
    let backend = arguments.backend.backend.open()?;
    let data = data_of_run(&job, run.provenance(), &arguments.data)?;
    // Found to be writable before the work.
    let files = [file::CIRCUIT, file::CIRCUIT_REPORT].map(|name| {
        NewFile::open(&run.path(name))
            .context("the comparison is kept in the run folder; work on a copy of it that you may write to")
    });
    let [record, page] = files;
    let (record, page) = (record?, page?);
    let jobs = arguments.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let options = CircuitOptions {
        forms: arguments.form.forms(),
        scales,
        fold_inputs: arguments.inputs == InputsArg::Folded,
        noise: arguments.noise,
        seed: arguments.seed.unwrap_or(job.seed()),
        jobs,
    };
    tracing::info!("{}, {} digits, {jobs} at a time", ngspice.version, arguments.digits);
    let work =
        Circuits { folder: run.folder(), job: &job, data: &data, count: arguments.digits, ngspice, options };
    let found = backend.run(work)?;
    let html = report::circuit(&summary, &found);
    let text = serde_json::to_string_pretty(&found)? + "\n";
    let kept = write_together(vec![(record, text.as_bytes()), (page, html.as_bytes())]);
    // What was measured is said, whatever became of the files.
    if arguments.json {
        json(&found)?;
    } else {
        print(&table(&found))?;
    }
    for failure in &found.failures {
        tracing::warn!("{failure}");
    }
    kept.with_context(|| "the comparison above could not be kept; free some space, and run the command again")
}

struct Circuits<'a> {
    folder: &'a Path,
    job: &'a Job,
    data: &'a Divided,
    count: usize,
    ngspice: Ngspice,
    options: CircuitOptions,
}

impl BackendJob for Circuits<'_> {
    type Output = CircuitComparison;

    fn run<B: LangevinBackend>(self, device: &B::Device) -> Result<CircuitComparison> {
        let computer = load_computer::<B>(self.job, self.folder, device)?;
        let cases = cases(self.job, computer, self.data, self.count, device)?;
        Ok(compare(&cases, self.job.dynamics(), &self.ngspice, &self.options, &mut Onlooker::new())?)
    }
}

fn table(found: &CircuitComparison) -> String {
    let CircuitComparison { digits, .. } = found;
    let inputs = if found.folded_inputs { "inputs folded into the biases" } else { "inputs as voltage sources" };
    let mut text = format!("{} of {digits} digits, {inputs}, {:.0} s\n", found.ngspice, found.seconds);
    // Writing to a string cannot fail.
    let mut row = |line: String| {
        let _ = writeln!(text, "  {line}");
    };
    for form in &found.forms {
        row(format!(
            "{} ({} elements, {:.2} s a digit on one core)",
            form.form, form.elements, form.seconds_per_digit
        ));
        row(format!("  end states differ by at most      {:.1e}", form.max_state_difference));
        row(format!("  answers that agree                {} of {digits}", form.answers_agree));
        if let Some(apart) = form.heat_relative_difference {
            row(format!("  resistors' energy and heat differ by at most {apart:.1e} of the heat"));
        }
    }
    if let Some(noise) = &found.noise {
        row(format!(
            "with thermal noise (transconductors, a number every {}, seed {}), against {} simulated trajectories of each digit at Δt = {}",
            noise.spacing, noise.seed, noise.replicas, noise.time_step
        ));
        if let (Some(own), Some(simulated), Some(stderr)) =
            (noise.accuracy, noise.simulated_accuracy, noise.accuracy_difference_stderr)
        {
            row(format!(
                "  answers that are right            {:.1} %, simulated {:.1} % (standard error of the difference {:.1} %)",
                100.0 * own,
                100.0 * simulated,
                100.0 * stderr
            ));
        }
        row(format!(
            "  mean heat                         {:.1} kT, simulated {:.1} kT (standard error of the difference {:.1} kT)",
            noise.heat_kt, noise.simulated_heat_kt, noise.heat_difference_stderr_kt
        ));
    }
    text
}
