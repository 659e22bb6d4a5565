//! ngspice's binary raw file.

use crate::CircuitError;

/// What a run of a circuit shows: a row of values at each time.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveforms {
    /// Names of the columns, the time first: `time`, `v(h0)`, …
    pub names: Vec<String>,
    /// Values, row after row.
    values: Vec<f64>,
}

impl Waveforms {
    /// Reads a raw file of real numbers.
    ///
    /// # Errors
    /// [`CircuitError::Raw`] says what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, CircuitError> {
        const MARK: &[u8] = b"Binary:\n";
        let wrong = |what: &str| CircuitError::Raw(what.to_owned());
        let start = bytes
            .windows(MARK.len())
            .position(|window| window == MARK)
            .ok_or_else(|| wrong("it has no binary part"))?;
        let head = String::from_utf8_lossy(&bytes[..start]);
        let number = |key: &str| -> Result<usize, CircuitError> {
            let line = head.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|value| value.trim().parse().ok())
                .ok_or_else(|| wrong(&format!("it has no line “{key}”")))
        };
        if !head.lines().any(|line| line.trim() == "Flags: real") {
            return Err(wrong("its numbers are not real"));
        }
        let (columns, rows) = (number("No. Variables:")?, number("No. Points:")?);
        let listed = head.lines().skip_while(|line| !line.starts_with("Variables:")).skip(1);
        let names: Vec<String> =
            listed.take(columns).filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect();
        let body = &bytes[start + MARK.len()..];
        let wanted = columns.checked_mul(rows).and_then(|count| count.checked_mul(8));
        if columns == 0 || rows == 0 || names.len() != columns || wanted.is_none_or(|wanted| body.len() < wanted) {
            return Err(wrong("it is cut off"));
        }
        let of = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
        let values = body.chunks_exact(8).take(columns * rows).map(of).collect();
        Ok(Self { names, values })
    }

    /// Number of times.
    pub fn len(&self) -> usize {
        self.values.len() / self.names.len().max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The time of a row.
    pub fn time(&self, row: usize) -> f64 {
        self.values[row * self.names.len()]
    }

    /// A column by its name.
    ///
    /// # Errors
    /// [`CircuitError::Raw`] when there is none of this name.
    pub fn column(&self, name: &str) -> Result<Vec<f64>, CircuitError> {
        let found = self.names.iter().position(|own| own == name);
        let column = found.ok_or_else(|| CircuitError::Raw(format!("it has no {name}")))?;
        Ok(self.values.iter().skip(column).step_by(self.names.len()).copied().collect())
    }

    /// A column's value at a time, linear between rows, the nearest outside them.
    pub fn at(&self, column: &[f64], time: f64) -> f64 {
        let width = self.names.len();
        let after = (0..self.len()).take_while(|row| self.values[row * width] < time).count();
        match after {
            0 => column[0],
            _ if after >= self.len() => column[self.len() - 1],
            _ => {
                let (t0, t1) = (self.time(after - 1), self.time(after));
                let part = if t1 > t0 { (time - t0) / (t1 - t0) } else { 1.0 };
                column[after - 1] + part * (column[after] - column[after - 1])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(points: usize) -> Vec<u8> {
        let head = format!(
            "Title: t\nFlags: real\nNo. Variables: 2\nNo. Points: {points}    \nVariables:\n\t0\ttime\ttime\n\t1\tv(h0)\tvoltage\nBinary:\n"
        );
        let values = [0.0f64, 1.0, 0.5, 3.0, 1.0, -1.0];
        head.bytes().chain(values.iter().flat_map(|v| v.to_le_bytes())).collect()
    }

    #[test]
    fn columns_and_times_are_read_and_what_is_cut_off_is_refused() {
        let found = Waveforms::read(&file(3)).unwrap();
        assert_eq!((found.len(), found.names.as_slice()), (3, ["time".to_owned(), "v(h0)".to_owned()].as_slice()));
        let column = found.column("v(h0)").unwrap();
        assert_eq!(column, vec![1.0, 3.0, -1.0]);
        assert!((found.at(&column, 0.75) - 1.0).abs() < 1e-12);
        let outside = [found.at(&column, -1.0) - 1.0, found.at(&column, 9.0) + 1.0];
        assert!(outside.iter().all(|apart| apart.abs() < 1e-12), "{outside:?}");
        assert!(found.column("v(h1)").is_err());
        assert!(Waveforms::read(&file(4)).is_err());
        assert!(Waveforms::read(b"Title: nothing").is_err());
    }
}
