//! Couplings packed for the force: panels of a few columns, of which only the rows that couple are kept.

/// Columns of a panel: units whose forces are summed together.
pub(super) const COLUMNS: usize = 8;

/// J as panels: panel p holds, for columns 8p .. 8p + 7, every row j in which one of them is not zero. Dense couplings
/// give runs over all rows; block-structured and sparse ones cost what they couple.
#[derive(Debug)]
pub(super) struct Panels {
    /// Start of each panel in `rows`; one more at the end.
    starts: Vec<usize>,
    rows: Vec<u32>,
    /// `values[8 k + c]` = J[rows[k], 8 p + c]
    values: Vec<f32>,
    units: usize,
}

impl Panels {
    /// Packs J, `[units, units]` row-major; `None` gives panels without rows.
    pub(super) fn new(couplings: Option<&[f32]>, units: usize) -> Self {
        let panels = units.div_ceil(COLUMNS);
        let (mut starts, mut rows, mut values) = (Vec::with_capacity(panels + 1), Vec::new(), Vec::new());
        for panel in 0..panels {
            starts.push(rows.len());
            let Some(couplings) = couplings else { continue };
            let first = panel * COLUMNS;
            let last = units.min(first + COLUMNS);
            for j in 0..units {
                let row = &couplings[j * units + first..j * units + last];
                if row.iter().any(|value| *value != 0.0) {
                    rows.push(j as u32);
                    values.extend_from_slice(row);
                    values.resize(rows.len() * COLUMNS, 0.0);
                }
            }
        }
        starts.push(rows.len());
        Self { starts, rows, values, units }
    }

    /// Number of panels.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Units.
    #[inline(always)]
    pub(super) fn units(&self) -> usize {
        self.units
    }

    /// Rows and values of a panel.
    #[inline(always)]
    pub(super) fn panel(&self, panel: usize) -> (&[u32], &[f32]) {
        let (start, end) = (self.starts[panel], self.starts[panel + 1]);
        (&self.rows[start..end], &self.values[start * COLUMNS..end * COLUMNS])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_hold_every_coupling_and_skip_rows_of_zeros() {
        let units = 11;
        let mut couplings = vec![0f32; units * units];
        for (j, i, value) in [(0, 10, 1.5), (3, 2, -2.0), (3, 7, 4.0), (10, 8, 0.25)] {
            couplings[j * units + i] = value;
        }
        let panels = Panels::new(Some(&couplings), units);
        let mut found = vec![0f32; units * units];
        let mut kept = 0;
        for p in 0..panels.len() {
            let (rows, values) = panels.panel(p);
            kept += rows.len();
            for (row, values) in rows.iter().zip(values.chunks(COLUMNS)) {
                for (c, value) in values.iter().enumerate().filter(|(c, _)| p * COLUMNS + c < units) {
                    found[*row as usize * units + p * COLUMNS + c] = *value;
                }
            }
        }
        assert_eq!(found, couplings);
        assert_eq!(kept, 3);
    }
}
