//! Running ngspice.

use crate::{CircuitError, Waveforms};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// ngspice, as it is installed.
#[derive(Debug, Clone)]
pub struct Ngspice {
    program: String,
    /// Name and number of the version, such as `ngspice-39`.
    pub version: String,
    /// Seconds after which a run is ended.
    pub time_limit: u64,
    /// Whether `setpriv` can tie it to the life of this program.
    tied: bool,
}

impl Ngspice {
    /// Looks for ngspice on the PATH.
    ///
    /// # Errors
    /// [`CircuitError::NoNgspice`] where there is none.
    pub fn find(time_limit: u64) -> Result<Self, CircuitError> {
        let program = "ngspice".to_owned();
        sweep(&std::env::temp_dir());
        let text = said_by(Command::new(&program).arg("--version"))?;
        let version = text.lines().find_map(|line| Some(&line[line.find("ngspice-")?..]));
        let version = version.and_then(|rest| rest.split_whitespace().next()).unwrap_or("ngspice").to_owned();
        let tied = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        Ok(Self { program, version, time_limit, tied })
    }

    /// Runs a netlist in a temporary folder of its own, which goes when it is done.
    ///
    /// Where `setpriv` (util-linux) is, ngspice ends with the thread that has called this.
    ///
    /// # Errors
    /// [`CircuitError::Failed`] with the end of ngspice's log, [`CircuitError::TimedOut`], [`CircuitError::File`], [`CircuitError::Raw`].
    pub fn run(&self, netlist: &str) -> Result<Waveforms, CircuitError> {
        let temporary = std::env::temp_dir();
        let failed = |action, path: &Path| {
            let path = path.to_path_buf();
            move |source| CircuitError::File { action, path, source }
        };
        let folder = tempfile::Builder::new()
            .prefix(&format!("{PREFIX}{}-", std::process::id()))
            .tempdir_in(&temporary)
            .map_err(failed("make a folder in", &temporary))?;
        let file = |name: &str| folder.path().join(name);
        let circuit = file("circuit.cir");
        std::fs::write(&circuit, netlist).map_err(failed("write", &circuit))?;
        let mut command = if self.tied {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", &self.program]);
            command
        } else {
            Command::new(&self.program)
        };
        command
            .args(["-n", "-b", "-r", "circuit.raw", "-o", "circuit.log", "circuit.cir"])
            .current_dir(folder.path())
            // ngspice's own processors are no gain at this size.
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(|_| CircuitError::NoNgspice)?;
        let status = self.wait(&mut child)?;
        let log = std::fs::read(file("circuit.log")).unwrap_or_default();
        let raw = file("circuit.raw");
        if !status.success() || !raw.exists() {
            return Err(CircuitError::Failed { status: status.to_string(), log: last_lines(&log) });
        }
        let bytes = std::fs::read(&raw).map_err(failed("read", &raw))?;
        Waveforms::read(&bytes).map_err(|error| match error {
            CircuitError::Raw(what) => CircuitError::Raw(format!(
                "{what} (is {} full? TMPDIR names another folder); of its log: {}",
                temporary.display(),
                last_lines(&log)
            )),
            other => other,
        })
    }

    fn wait(&self, child: &mut Child) -> Result<ExitStatus, CircuitError> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            if let Ok(Some(status)) = child.try_wait() {
                return Ok(status);
            }
            if started.elapsed() > Duration::from_secs(self.time_limit) {
                let _ = child.kill();
                let _ = child.wait();
                return Err(CircuitError::TimedOut { seconds: self.time_limit });
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

/// Folders of circuits begin with this, then comes the number of the process.
const PREFIX: &str = "thermograd-circuit-";

/// Removes folders of processes that were ended before they could do so themselves, where the system lists its processes.
fn sweep(temporary: &Path) {
    let Ok(entries) = std::fs::read_dir(temporary) else { return };
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            // Somebody else's folder is not ours to remove.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The first of what a command says, which has ten seconds to say it.
fn said_by(command: &mut Command) -> Result<String, CircuitError> {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.map_err(|_| CircuitError::NoNgspice)?;
    let (sender, said) = std::sync::mpsc::channel();
    let out = child.stdout.take();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(out) = out {
            let _ = out.take(MOST_SAID).read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    let bytes = said.recv_timeout(Duration::from_secs(10)).unwrap_or_default();
    let _ = child.kill();
    let _ = child.wait();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Bytes of a version that are read.
const MOST_SAID: u64 = 65_536;

/// What a log says of an error, or its last lines where it says nothing of one, in one line.
fn last_lines(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let wrong =
        ["error", "fatal", "too small", "singular", "convergence", "undefined", "unknown", "aborted", "no such"];
    let says = |line: &&&str| wrong.iter().any(|word| line.to_ascii_lowercase().contains(word));
    let mut told: Vec<&str> = lines.iter().filter(says).take(6).copied().collect();
    if told.is_empty() {
        told = lines[lines.len().saturating_sub(6)..].to_vec();
    }
    let kept: String = told.join(" | ").chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    if kept.is_empty() { "(it wrote none)".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_log_the_errors_are_told_and_without_control_characters() {
        let log = b"Circuit: x\n\x1b[31mError: timestep too small\nShared ngspice pages = 10 MB.\n";
        assert_eq!(last_lines(log), " [31mError: timestep too small");
        assert_eq!(last_lines(b"a\nb\n"), "a | b");
        assert_eq!(last_lines(b""), "(it wrote none)");
    }

    #[test]
    fn folders_of_processes_that_are_gone_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let of = |process: u32| folder.path().join(format!("{PREFIX}{process}-x"));
        // No process has a number as large.
        let (own, gone) = (of(std::process::id()), of(u32::MAX - 1));
        for path in [&own, &gone] {
            std::fs::create_dir(path).unwrap();
        }
        sweep(folder.path());
        assert!(own.exists() && (!gone.exists() || !Path::new("/proc/self").exists()));
    }
}
