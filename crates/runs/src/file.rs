//! Names of the files in a run folder.

/// The job's configuration, resolved, with its provenance.
pub const CONFIG: &str = "config.toml";
/// A line for every look at the training.
pub const METRICS: &str = "metrics.jsonl";
/// The trained teacher.
pub const TEACHER: &str = "teacher.safetensors";
/// The program that the training of the computer starts from, where another run gave one.
pub const START: &str = "start.safetensors";
/// The trained computer.
pub const COMPUTER: &str = "computer.safetensors";
/// Where the training of the teacher stands.
pub const TEACHER_CHECKPOINT: &str = "teacher.checkpoint";
/// Where the training of the computer stands.
pub const COMPUTER_CHECKPOINT: &str = "computer.checkpoint";
/// Every number the run came to.
pub const SUMMARY: &str = "summary.json";
/// The arrays behind the report's pictures.
pub const FIGURES: &str = "figures.json";
/// The report.
pub const REPORT: &str = "report.html";
/// The computer as a circuit, compared with the simulation.
pub const CIRCUIT: &str = "circuit.json";
/// The page of that comparison.
pub const CIRCUIT_REPORT: &str = "circuit.html";
/// What disturbed devices make of the program.
pub const ROBUSTNESS: &str = "robustness.json";
/// The report of that.
pub const ROBUSTNESS_REPORT: &str = "robustness.html";
/// Numbers of ranks that have trained here, one after the other, where they changed; only until the training is finished.
pub const RANKS: &str = "ranks";
/// Who works in the folder; there only while somebody does.
pub const LOCK: &str = "lock";

/// Whether a file of this name is part of what a run folder holds, a report excepted, which can be written again.
pub fn is_of_a_run(name: &str) -> bool {
    let fixed = [
        CONFIG,
        METRICS,
        TEACHER,
        START,
        COMPUTER,
        TEACHER_CHECKPOINT,
        COMPUTER_CHECKPOINT,
        SUMMARY,
        FIGURES,
        RANKS,
        LOCK,
    ];
    fixed.contains(&name)
        || ["judge-", "stage-"].iter().any(|start| name.starts_with(start) && name.ends_with(".safetensors"))
}

/// A network that judges samples, or a critic that helps to train a generator, by its name.
pub fn network(name: &str) -> String {
    format!("judge-{name}.safetensors")
}

/// The computer after a stage of its training, which a resumed training starts from.
pub fn stage(index: usize) -> String {
    format!("stage-{index}.safetensors")
}
