//! `metrics.jsonl`: what was logged while the teacher and the computer were trained.

use serde::Deserialize;

/// The log, apart by phase and in the order it was written.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// The teacher's points.
    pub teacher: Vec<TeacherPoint>,
    /// The computer's points.
    pub computer: Vec<ComputerPoint>,
    /// Points of the stages of a generator's training, by name.
    pub stages: Vec<(String, Vec<ComputerPoint>)>,
}

/// One line of the teacher's training.
#[derive(Debug, Clone, Deserialize)]
pub struct TeacherPoint {
    /// Updates so far.
    pub step: f64,
    /// Passes over the training images so far.
    pub epoch: Option<f64>,
    /// Cross-entropy on the training images.
    pub loss: Option<f64>,
    /// Fraction of the validation images classified correctly.
    pub validation_top1: Option<f64>,
    /// Learning rate.
    pub learning_rate: Option<f64>,
}

/// One line of the computer's training.
#[derive(Debug, Clone, Deserialize)]
pub struct ComputerPoint {
    /// Updates so far.
    pub step: f64,
    /// Action of the idealised trajectories.
    pub action: Option<f64>,
    /// What was minimised, where that is not the action.
    pub loss: Option<f64>,
    /// Fraction of the validation images classified correctly; measured on some lines alone.
    pub validation_top1: Option<f64>,
    /// Learning rate.
    pub learning_rate: Option<f64>,
    /// Wall-clock time so far.
    pub seconds: Option<f64>,
}

#[derive(Deserialize)]
struct Phase {
    phase: String,
}

impl Metrics {
    /// Reads the text of `metrics.jsonl`; blank lines and phases unknown here are passed over.
    ///
    /// # Errors
    /// The number of the first malformed line, counted from one, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, (usize, serde_json::Error)> {
        let mut metrics = Self::default();
        for (index, line) in text.lines().enumerate() {
            if !line.trim().is_empty() {
                metrics.push(line).map_err(|error| (index + 1, error))?;
            }
        }
        Ok(metrics)
    }

    fn push(&mut self, line: &str) -> Result<(), serde_json::Error> {
        match serde_json::from_str::<Phase>(line)?.phase.as_str() {
            "teacher" => self.teacher.push(serde_json::from_str(line)?),
            "computer" => self.computer.push(serde_json::from_str(line)?),
            name if name.starts_with("stage ") => {
                let point = serde_json::from_str(line)?;
                match self.stages.iter_mut().find(|(found, _)| found == name) {
                    Some((_, points)) => points.push(point),
                    None => self.stages.push((name.to_owned(), vec![point])),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether there is nothing to plot.
    pub fn is_empty(&self) -> bool {
        self.teacher.is_empty() && self.computer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_told_apart_and_unknown_ones_passed_over() {
        let text = concat!(
            r#"{"phase":"teacher","step":235,"epoch":1,"loss":0.31,"validation_top1":0.94,"learning_rate":0.2}"#,
            "\n\n",
            r#"{"phase":"computer","step":100,"action":null,"learning_rate":0.03,"seconds":12.3}"#,
            "\n",
            r#"{"phase":"later","anything":true}"#,
        );
        let metrics = Metrics::parse(text).expect("every line is well formed");
        assert_eq!((metrics.teacher.len(), metrics.computer.len()), (1, 1));
        assert_eq!(metrics.computer[0].action, None);
    }

    #[test]
    fn a_cut_line_is_named() {
        let (line, _) = Metrics::parse("{\"phase\":\"teacher\",\"step\":1}\n{\"phase\":\"comp").expect_err("cut");
        assert_eq!(line, 2);
    }
}
