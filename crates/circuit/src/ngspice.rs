//! Running ngspice.

use crate::{CircuitError, Waveforms};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// ngspice, as it is installed.
#[derive(Debug, Clone)]
pub struct Ngspice {
    program: String,
    /// The first line of its version.
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
        let said = Command::new(&program).arg("--version").stdin(Stdio::null()).output();
        let said = said.map_err(|_| CircuitError::NoNgspice)?;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
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
            .prefix("thermograd-circuit-")
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
            CircuitError::Raw(what) => {
                CircuitError::Raw(format!("{what}; the last lines of its log: {}", last_lines(&log)))
            }
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

/// The last lines of a log that say anything, in one line.
fn last_lines(log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let kept = lines[lines.len().saturating_sub(6)..].join(" | ");
    if kept.is_empty() { "(it wrote none)".to_owned() } else { kept }
}
