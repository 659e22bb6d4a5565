//! What each key means, and a configuration written with its meanings.

use std::fmt::Write as _;
use toml::{Table, Value};

/// Meanings by key; a number in a key's place among stages is written `*`.
const MEANINGS: &[(&str, &str)] = &[
    ("task", "what the job is called; its run folders are runs/TASK-NUMBER"),
    ("job", "classify (paper A) or generate (paper B)"),
    ("seed", "seed of everything random, 0 to 2^63 - 1"),
    ("data", "which data, and how they are read in and out"),
    ("data.set", "mnist, fashion-mnist or digits (built in)"),
    ("data.classes", "classes to tell apart; all of them if empty"),
    ("data.images", "training images to learn, counted from 0; all of them if empty"),
    ("data.input_norm", "L2 norm of every image's inputs: training-set, own-set (the largest there), or a number"),
    (
        "data.scaling",
        "pixels p become states or forces: standardised (as inputs of paper A), or symmetric (2p - 1)",
    ),
    ("data.gain", "g of the read-out p = clip(1/2 + g x / 2)"),
    ("data.validation_fraction", "part of the training set kept to choose settings by"),
    ("computer", "the computer, but for its parameters"),
    ("computer.hidden", "hidden units"),
    ("computer.connectivity", "coupled blocks of units"),
    ("computer.j2", "J2 of the self-interaction J2 x^2 + J4 x^4 of each unit"),
    ("computer.j4", "J4 of the self-interaction J2 x^2 + J4 x^4 of each unit"),
    ("computer.visible_biases", "whether visible units have biases"),
    ("computer.class_units", "whether frozen units, one a class, say which class to show"),
    ("dynamics", "overdamped Langevin dynamics by the method of Euler and Maruyama"),
    ("dynamics.kt", "thermal energy kT"),
    ("dynamics.mobility", "mobility"),
    ("dynamics.time_step", "time step"),
    ("dynamics.observation_time", "time at which the computer is read, a whole number of time steps"),
    ("noising", "forces on units that do not interact (paper B)"),
    ("program", "couplings and biases that change while the computer runs, or that are to fit a chip"),
    ("program.segments", "segments of the program, of equal length where no lengths are given"),
    ("program.lengths", "relative lengths of the segments"),
    ("program.bits", "bits of every coupling and bias, the sign included; one scale a block of them"),
    ("program.density", "fraction of the couplings that are kept, the largest"),
    ("program.neighbours", "couplings of a moving unit at most, those with inputs included"),
    (
        "program.one_shot",
        "whether bits, density and neighbours are forced on the program at the end, and not trained for",
    ),
    ("noising.force", "F: force a unit of pixel"),
    ("noising.ramp", "part of the observation time after which the force is gone"),
    ("noising.preparation", "part of the images' mean force that acts while the units are prepared"),
    ("teacher", "the digital network that is imitated, or compared with"),
    ("teacher.hidden", "units of each hidden layer"),
    ("teacher.activation", "tanh, or response (the unit's own finite-time response)"),
    ("teacher.feedback", "sweeps of feedback through the transposed weights; 0 in paper A"),
    ("teacher.batch", "images a training step"),
    ("teacher.epochs", "passes over the training images"),
    ("teacher.max_shift", "largest random shift of each training image, pixels each way"),
    ("objective", "what training minimises"),
    ("objective.kind", "action (by descent), exact (its minimum), or pathwise (through the dynamics)"),
    ("objective.guide", "drive of hidden units: proportional (k A) or exact-inverse"),
    ("objective.k", "drive constant k of the guide"),
    ("objective.times", "time steps of each trajectory that are used"),
    ("objective.ridge", "lambda of the ridge lambda theta^2"),
    ("objective.states", "states of the first solution: idealised (no noise) or thermal"),
    ("objective.rounds", "how often the solved computer's own trajectories become the states, to be solved again"),
    ("objective.gain", "g of the cross-entropy's logits g y"),
    ("objective.time_step", "time step of the training; the evaluation has dynamics.time_step"),
    ("objective.heat_price", "price of a kT of heat in nats"),
    ("objective.heat_budget", "mean heat in kT that the training keeps to"),
    ("objective.max_shift", "largest random shift of each training image, pixels each way"),
    ("objective.max_rotation", "largest random turn of each training image, degrees each way"),
    ("objective.max_zoom", "largest random zoom of each training image, relative, each way"),
    ("objective.max_shear", "largest random shear of each training image along rows and along columns, each way"),
    ("objective.elastic", "standard deviation of an elastic distortion of each training image, in pixels"),
    ("objective.mismatch", "relative errors of the hardware that is trained for (noise-aware training)"),
    ("objective.start", "where the training starts"),
    ("objective.start.kind", "random, or exact (the minimum of the action)"),
    ("objective.start.scale", "s of random parameters, uniform in ±s"),
    ("objective.start.guide", "drive of hidden units: proportional (k A) or exact-inverse"),
    ("objective.start.k", "drive constant k of the guide"),
    ("objective.start.ridge", "lambda of the ridge lambda theta^2"),
    ("objective.start.times", "time steps of each trajectory, evenly spaced"),
    ("objective.start.states", "states of the first solution: idealised (no noise) or thermal"),
    ("objective.start.rounds", "how often the solved computer's own trajectories become the states"),
    ("training", "training by descent"),
    ("training.batch", "trajectories a training step"),
    ("training.steps", "training steps"),
    (
        "training.average",
        "d of the exponential average of the weights, over about 1/(1 - d) steps; 0 or absent for none",
    ),
    ("training.input_rate", "learning rate of the input couplings, relative to the others'; 1 if absent"),
    ("training.checkpoint_every", "training steps between two checkpoints"),
    ("validation", "looks at the validation accuracy while the computer is trained"),
    ("validation.every", "training steps between two looks"),
    ("validation.images", "validation images of each look"),
    ("evaluation", "the measurement at the end"),
    ("evaluation.replicas", "trajectories of each image"),
    ("evaluation.samples", "samples"),
    ("evaluation.batch", "trajectories simulated together; no result depends on it"),
    ("energy", "what the digital comparison assumes"),
    ("energy.joules_per_mac", "energy of a digital multiply-accumulate in joules"),
    ("energy.temperature", "temperature in kelvin at which kT is counted"),
    ("stage", "one stage of the training; it starts where the one before ended"),
    ("stage.*.objective", "what the stage minimises"),
    ("stage.*.objective.kind", "reversed-action, exact, contrastive or energy-distance"),
    ("stage.*.objective.times", "time steps of a noising trajectory that are used; 0 for all of them"),
    ("stage.*.objective.trajectories", "trajectories whose moments are summed"),
    ("stage.*.objective.ridge", "lambda of the ridge lambda theta^2"),
    ("stage.*.objective.time_step", "time step of the runs; dynamics.time_step if absent"),
    ("stage.*.objective.heat_price", "price of a kT of heat"),
    ("stage.*.objective.heat_budget", "mean heat in kT that the training keeps to"),
    ("stage.*.objective.state_weight", "weight of the energy distance in the visible states"),
    ("stage.*.objective.feature_weight", "weight of the energy distance in the features of two critics"),
    ("stage.*.tied", "whether the stage trains one program for all segments"),
    ("stage.*.training", "training by descent"),
    ("stage.*.training.batch", "trajectories a training step"),
    ("stage.*.training.steps", "training steps"),
    (
        "stage.*.training.average",
        "d of the exponential average of the weights, over about 1/(1 - d) steps; absent for none",
    ),
    (
        "stage.*.training.input_rate",
        "learning rate of the class units' couplings, relative to the others'; 1 if absent",
    ),
    ("stage.*.training.checkpoint_every", "training steps between two checkpoints"),
];

/// Meanings of the keys of every descent.
const DESCENT: &[(&str, &str)] = &[
    ("optimizer", "gradient-descent, momentum, adam, adam-w or rms-prop"),
    ("learning_rate", "learning rate at the start"),
    ("schedule", "how the learning rate goes on: constant, cosine or linear (both to 0)"),
    ("weight_decay", "lambda of the weight decay"),
];

/// The keys right within a section.
pub(crate) fn within(section: &str) -> impl Iterator<Item = &'static str> {
    MEANINGS.iter().filter_map(move |(path, _)| {
        let (above, key) = path.rsplit_once('.').unwrap_or(("", path));
        (above == section).then_some(key)
    })
}

/// What a key means; none for a key that no job has.
fn meaning(path: &str) -> Option<&'static str> {
    let found = |all: &[(&str, &'static str)], key: &str| all.iter().find(|(k, _)| *k == key).map(|(_, m)| *m);
    found(MEANINGS, path).or_else(|| {
        let (section, key) = path.rsplit_once('.')?;
        let descends = ["teacher", "training", "stage.*.training"].contains(&section);
        if descends { found(DESCENT, key) } else { None }
    })
}

/// A configuration's table as TOML, the meaning of each key in a comment above it. It reads back as the same table.
pub fn annotated(table: &Table) -> String {
    let mut text = String::new();
    write_section(&mut text, table, "", "");
    text.trim_start().to_owned()
}

fn write_section(text: &mut String, table: &Table, header: &str, path: &str) {
    let full = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let comment = |key: &str| meaning(&full(key)).unwrap_or("(no description)");
    let sections = |value: &Value| {
        value.is_table() || value.as_array().is_some_and(|items| items.iter().any(Value::is_table))
    };
    // Writing to a string cannot fail.
    for (key, value) in table.iter().filter(|(_, value)| !sections(value)) {
        let _ = writeln!(text, "# {}\n{key} = {value}", comment(key));
    }
    for (key, value) in table.iter().filter(|(_, value)| sections(value)) {
        let name = if header.is_empty() { key.clone() } else { format!("{header}.{key}") };
        match value {
            Value::Table(section) => {
                let _ = writeln!(text, "\n# {}\n[{name}]", comment(key));
                write_section(text, section, &name, &full(key));
            }
            Value::Array(items) => {
                for item in items.iter().filter_map(Value::as_table) {
                    let _ = writeln!(text, "\n# {}\n[[{name}]]", comment(key));
                    write_section(text, item, &name, &format!("{}.*", full(key)));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Job, preset::PRESETS};

    #[test]
    fn every_key_of_every_preset_has_a_meaning_and_the_text_reads_back() {
        let exact = ["objective.kind=pathwise".to_owned()];
        let mut jobs: Vec<Job> = PRESETS.iter().map(|preset| Job::preset(preset.name, &[]).unwrap()).collect();
        jobs.push(Job::preset("digits", &exact).unwrap());
        for job in jobs {
            let text = annotated(&job.table());
            assert!(!text.contains("(no description)"), "{text}");
            assert_eq!(Job::parse(&text, "printed", &[]).unwrap(), job, "{text}");
        }
    }
}
