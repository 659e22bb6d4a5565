//! Elastic distortions: displacements that vary smoothly over an image.

use langevin::fill_standard_normal;

/// Points of the grid each way, from edge to edge of the image.
const GRID: usize = 7;

/// Displacements u of every pixel, in pixels: N(0, σ²) at the points of a grid and bicubic between them (R. Keys, IEEE Trans. Acoust.
/// Speech Signal Process. 29, 1153 (1981)).
#[derive(Debug)]
pub(super) struct Distortion {
    columns: usize,
    /// `[row][column]`, down and right.
    down: Vec<f32>,
    right: Vec<f32>,
}

impl Distortion {
    /// That of a random number, of size σ = `sigma`.
    pub(super) fn new(sigma: f64, random: u64, [rows, columns]: [usize; 2]) -> Self {
        let mut grids = [0f32; 2 * GRID * GRID];
        fill_standard_normal(random, 0, &[0], grids.len(), &mut grids);
        grids.iter_mut().for_each(|u| *u *= sigma as f32);
        let (of_row, of_column) = (weights(rows), weights(columns));
        let field = |grid: &[f32]| {
            let mut field = Vec::with_capacity(rows * columns);
            for w in &of_row {
                // Of this row, the displacements at the grid's columns.
                let mut line = [0f32; GRID];
                for (w, grid) in w.iter().zip(grid.chunks_exact(GRID)) {
                    line.iter_mut().zip(grid).for_each(|(sum, u)| *sum += w * u);
                }
                field.extend(of_column.iter().map(|w| w.iter().zip(&line).map(|(w, u)| w * u).sum::<f32>()));
            }
            field
        };
        let (down, right) = grids.split_at(GRID * GRID);
        Self { columns, down: field(down), right: field(right) }
    }

    /// Displacements down and right of the pixels of a row.
    pub(super) fn row(&self, row: usize) -> [&[f32]; 2] {
        let span = row * self.columns..(row + 1) * self.columns;
        [&self.down[span.clone()], &self.right[span]]
    }
}

/// Weights of the grid's points in the value at each of `pixels` places from its first to its last point.
fn weights(pixels: usize) -> Vec<[f32; GRID]> {
    let of = |pixel: usize| {
        let place = (GRID - 1) as f32 * pixel as f32 / (pixels - 1).max(1) as f32;
        let before = (place as usize).min(GRID - 2);
        let t = place - before as f32;
        let mut weights = [0f32; GRID];
        for (k, offset) in (-1i32..=2).enumerate() {
            // Beyond the edge the grid goes on as at it.
            let point = (before as i32 + offset).clamp(0, GRID as i32 - 1) as usize;
            weights[point] += keys(t)[k];
        }
        weights
    };
    (0..pixels).map(of).collect()
}

/// Keys' cubic convolution (a = −½) at t in 0..=1 between the second and the third of four points.
fn keys(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, -0.5 * t2 + 0.5 * t3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Variation;
    use crate::classify::variation::vary;
    use data::Images;
    use learning::Random;

    /// Cubic convolution keeps what is linear, away from the edges, and takes the grid's own values at its points.
    #[test]
    fn interpolation_keeps_points_and_straight_lines() {
        let place = |pixel: usize| 6.0 * pixel as f32 / 24.0;
        for (pixel, weights) in weights(25).iter().enumerate() {
            let sum: f32 = weights.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{weights:?}");
            if pixel % 4 == 0 {
                assert!((weights[pixel / 4] - 1.0).abs() < 1e-6, "{pixel}: {weights:?}");
            }
            if (4..=20).contains(&pixel) {
                let line: f32 = weights.iter().enumerate().map(|(k, w)| w * k as f32).sum();
                assert!((line - place(pixel)).abs() < 1e-5, "{pixel}: {line}");
            }
        }
    }

    /// The displacements of the grid's points have the variance asked for, and those of a pixel and its neighbour are close.
    #[test]
    fn displacements_have_their_size_and_are_smooth() {
        let (sigma, count) = (0.7, 2000);
        let (mut squares, mut steps, mut both) = (0.0, 0.0, 0.0);
        for k in 0..count {
            let distortion = Distortion::new(sigma, 1000 + k, [25, 25]);
            let [down, right] = distortion.row(8);
            squares += f64::from(down[12] * down[12] + right[12] * right[12]) / 2.0;
            steps += f64::from((down[13] - down[12]).powi(2));
            both += f64::from(down[12] * right[12]);
        }
        let n = count as f64;
        // Of 2n squares, whose mean has the relative standard error √(2/2n).
        assert!((squares / n / (sigma * sigma) - 1.0).abs() < 5.0 / n.sqrt(), "{}", squares / n);
        assert!((both / n).abs() < 5.0 * sigma * sigma / n.sqrt(), "down and right are independent: {}", both / n);
        // A quarter of the way to the next point the slope of Keys' kernel makes √0.09 of σ.
        assert!((steps / n).sqrt() < 0.35 * sigma, "{}", (steps / n).sqrt());
    }

    #[test]
    fn every_image_takes_as_many_random_numbers_as_it_says() {
        let images = Images { rows: 9, columns: 7, pixels: vec![90; 63], labels: vec![0] };
        let (shift, turn) = (Variation::shift(2), Variation { max_rotation: 5.0, ..Variation::default() });
        let shear = Variation { max_shear: 0.1, ..turn };
        for variation in
            [shift, turn, shear, Variation { elastic: 0.5, ..shear }, Variation { elastic: 0.5, ..shift }]
        {
            let (mut random, mut ahead) = (Random::new(1, "draws", 0), Random::new(1, "draws", 0));
            vary(&images, 0, &variation, &mut random, &mut Vec::new());
            ahead.skip(variation.draws());
            assert_eq!(random.next_u64(), ahead.next_u64(), "{variation:?}");
        }
    }

    /// A distorted image is the image at the displaced places; a shear moves a row by its distance from the centre.
    #[test]
    fn shears_and_distortions_move_pixels_where_they_say() {
        let size = 21;
        // A ramp along each row: its value is the column.
        let pixels: Vec<u8> = (0..size * size).map(|i| 5 * (i % size) as u8).collect();
        let images = Images { rows: size, columns: size, pixels, labels: vec![0] };
        let variation = Variation { elastic: 0.4, ..Variation::default() };
        let mut found = Vec::new();
        vary(&images, 0, &variation, &mut Random::new(4, "elastic", 0), &mut found);
        let mut random = Random::new(4, "elastic", 0);
        random.skip(variation.draws() - 1);
        let distortion = Distortion::new(0.4, random.next_u64(), [size, size]);
        let mut moved = 0f32;
        for row in 5..16 {
            let right = distortion.row(row)[1];
            for column in 5..16 {
                let expected = 5.0 * (column as f32 + right[column]);
                assert!((255.0 * found[row * size + column] - expected).abs() < 1e-2, "({row}, {column})");
                moved = moved.max(right[column].abs());
            }
        }
        assert!(moved > 0.1, "{moved}");
        let variation = Variation { max_shear: 0.2, ..Variation::default() };
        let mut found = Vec::new();
        vary(&images, 0, &variation, &mut Random::new(4, "shear", 0), &mut found);
        let mut random = Random::new(4, "shear", 0);
        random.skip(4);
        let [_, along_columns] = [0, 1].map(|_| 0.2 * (2.0 * random.unit() - 1.0));
        let value = |row: usize| 255.0 * f64::from(found[row * size + 10]) / 5.0;
        assert!((value(14) - value(10) - 4.0 * along_columns).abs() < 1e-3, "{along_columns}");
        assert!(along_columns.abs() > 0.01, "{along_columns}");
    }
}
