//! Random variations of training images: small shifts, turns, zooms, shears and elastic distortions.

mod elastic;

use data::Images;
use elastic::Distortion;
use learning::Random;

/// How far a training example may be varied at random; by default not at all.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Variation {
    /// Largest shift each way, in whole pixels.
    pub max_shift: usize,
    /// Largest turn about the centre each way, in degrees.
    pub max_rotation: f64,
    /// Largest zoom about the centre each way: sizes are between those of 1 − this and 1 + this.
    pub max_zoom: f64,
    /// Largest shear along the rows and along the columns, each way: so many pixels a pixel.
    pub max_shear: f64,
    /// Standard deviation σ of the displacements of an elastic distortion, in pixels: they are N(0, σ²) on a grid of 7 × 7 points, and
    /// bicubic between them.
    pub elastic: f64,
}

impl Variation {
    /// Shifts alone.
    pub fn shift(max_shift: usize) -> Self {
        Self { max_shift, ..Self::default() }
    }

    /// Random numbers that [`vary`] takes for an image: as many for one as for another.
    pub(super) fn draws(&self) -> u64 {
        let shifts = 2;
        if self.only_shifts() {
            return shifts;
        }
        shifts + 2 + if self.max_shear > 0.0 { 2 } else { 0 } + u64::from(self.elastic > 0.0)
    }

    fn only_shifts(&self) -> bool {
        [self.max_rotation, self.max_zoom, self.max_shear, self.elastic].iter().all(|bound| *bound == 0.0)
    }
}

/// Appends image `index`, pixels in 0..=1, varied at random: every shift, angle, zoom and shear within the bounds is equally
/// likely. Zeros come in at the edges; what is moved by more than whole pixels is interpolated bilinearly.
pub(super) fn vary(images: &Images, index: usize, variation: &Variation, random: &mut Random, out: &mut Vec<f32>) {
    let shift = variation.max_shift;
    let mut offset = || random.below(2 * shift + 1) as isize - shift as isize;
    let (down, right) = (offset(), offset());
    if variation.only_shifts() {
        shifted(images, index, down, right, out);
        return;
    }
    let angle = variation.max_rotation.to_radians() * (2.0 * random.unit() - 1.0);
    let zoom = 1.0 + variation.max_zoom * (2.0 * random.unit() - 1.0);
    let mut back = turn(angle, zoom);
    if variation.max_shear > 0.0 {
        let [along_rows, along_columns] =
            [0, 1].map(|_| (variation.max_shear * (2.0 * random.unit() - 1.0)) as f32);
        // The shear first, then the turn.
        back = back.map(|[a, b]| [a + b * along_columns, a * along_rows + b]);
    }
    let distortion = (variation.elastic > 0.0)
        .then(|| Distortion::new(variation.elastic, random.next_u64(), [images.rows, images.columns]));
    mapped(images, index, [down as f32, right as f32], back, distortion.as_ref(), out);
}

fn shifted(images: &Images, index: usize, down: isize, right: isize, out: &mut Vec<f32>) {
    let (image, columns) = (images.image(index), images.columns);
    // Columns that show pixels: those that `right` has moved others into.
    let (first, last) =
        (right.clamp(0, columns as isize) as usize, (columns as isize + right.min(0)).max(0) as usize);
    let last = last.max(first);
    for row in 0..images.rows {
        match row.checked_add_signed(-down).filter(|r| *r < images.rows && first < last) {
            Some(from) => {
                let start = from * columns + first.saturating_add_signed(-right);
                out.extend(std::iter::repeat_n(0.0, first));
                out.extend(image[start..start + last - first].iter().map(|p| f32::from(*p) / 255.0));
                out.extend(std::iter::repeat_n(0.0, columns - last));
            }
            None => out.extend(std::iter::repeat_n(0.0, columns)),
        }
    }
}

/// R/zoom, R the rotation by −`angle`, on (row, column).
fn turn(angle: f64, zoom: f64) -> [[f32; 2]; 2] {
    let (sine, cosine) = ((angle.sin() / zoom) as f32, (angle.cos() / zoom) as f32);
    [[cosine, -sine], [sine, cosine]]
}

/// The pixel at p is that of the image at c + A (p − c − shift) + u(p), c the centre, A = `back` and u the distortion.
fn mapped(
    images: &Images,
    index: usize,
    shift: [f32; 2],
    back: [[f32; 2]; 2],
    distortion: Option<&Distortion>,
    out: &mut Vec<f32>,
) {
    let (image, rows, columns) = (images.image(index), images.rows, images.columns);
    let [[rr, rc], [cr, cc]] = back;
    let (middle_row, middle_column) = ((rows as f32 - 1.0) / 2.0, (columns as f32 - 1.0) / 2.0);
    // With zeros all around, as far as an interpolation reaches, no pixel asks where it is.
    let width = columns + 3;
    let mut padded = vec![0f32; (rows + 3) * width];
    for (row, line) in image.chunks_exact(columns).enumerate() {
        let start = (row + 1) * width + 1;
        padded[start..start + columns].iter_mut().zip(line).for_each(|(to, from)| *to = f32::from(*from));
    }
    let (last_row, last_column) = (rows as f32, columns as f32);
    // A row at a time and the look-ups apart, so that what is arithmetic is done many pixels at once.
    let (mut corners, mut weights, mut found) =
        (vec![0; columns], vec![[0f32; 2]; columns], vec![[0f32; 4]; columns]);
    for row in 0..rows {
        let y = row as f32 - middle_row - shift[0];
        for (column, weight) in weights.iter_mut().enumerate() {
            let x = column as i32 as f32 - middle_column - shift[1];
            let (r, c) = (middle_row + rr * y + rc * x, middle_column + cr * y + cc * x);
            *weight = [r, c];
        }
        if let Some(distortion) = distortion {
            let [down, right] = distortion.row(row);
            for (weight, (down, right)) in weights.iter_mut().zip(down.iter().zip(right)) {
                *weight = [weight[0] + down, weight[1] + right];
            }
        }
        for (corner, weight) in corners.iter_mut().zip(&mut weights) {
            let (r, c) = (within(weight[0], last_row), within(weight[1], last_column));
            let (top, left) = (floor(r), floor(c));
            *corner = (top + 1) * width as i32 + left + 1;
            *weight = [r - top as f32, c - left as f32];
        }
        for (found, corner) in found.iter_mut().zip(&corners) {
            let corner = *corner as usize;
            let near = &padded[corner..corner + width + 2];
            *found = [near[0], near[1], near[width], near[width + 1]];
        }
        out.extend(found.iter().zip(&weights).map(|([a, b, c, d], [down, right])| {
            let above = a * (1.0 - right) + b * right;
            let below = c * (1.0 - right) + d * right;
            (above * (1.0 - down) + below * down) / 255.0
        }));
    }
}

/// A coordinate, or the nearest one that the zeros about an image reach. (`clamp` takes care of NaN and is slower.)
#[inline]
fn within(x: f32, last: f32) -> f32 {
    let x = if x > -1.0 { x } else { -1.0 };
    if x < last { x } else { last }
}

/// The floor of a number below 2²² in size, by operations that plain x86-64 has for many numbers at once: `f32::floor` is
/// a call there. At 1.5 × 2²³ the last bit of an f32 is worth 1, so that the sum is rounded to a whole number.
#[inline]
fn floor(x: f32) -> i32 {
    const ROUNDS: f32 = 12_582_912.0;
    let nearest = (x + ROUNDS).to_bits() as i32 - ROUNDS.to_bits() as i32;
    nearest - i32::from(x < nearest as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_image_is_moved_and_nothing_else() {
        let (rows, columns) = (3, 4);
        let pixels: Vec<u8> = (1..=12).collect();
        let images = Images { rows, columns, pixels: pixels.clone(), labels: vec![0] };
        let mut seen = std::collections::BTreeSet::new();
        for trial in 0..400 {
            let mut found = Vec::new();
            let shift = trial % 6;
            let mut random = Random::new(1, "shift", trial as u64);
            vary(&images, 0, &Variation::shift(shift), &mut random, &mut found);
            let mut random = Random::new(1, "shift", trial as u64);
            let mut offset = || random.below(2 * shift + 1) as isize - shift as isize;
            let (down, right) = (offset(), offset());
            seen.insert((down, right));
            for row in 0..rows as isize {
                for column in 0..columns as isize {
                    let (r, c) = (row - down, column - right);
                    let inside = (0..rows as isize).contains(&r) && (0..columns as isize).contains(&c);
                    let expected =
                        if inside { f32::from(pixels[(r * columns as isize + c) as usize]) / 255.0 } else { 0.0 };
                    let found = found[(row * columns as isize + column) as usize];
                    assert!((found - expected).abs() < 1e-7, "down {down}, right {right}");
                }
            }
            assert_eq!(found.len(), rows * columns);
        }
        assert!(seen.len() > 50);
    }

    #[test]
    fn quarter_turns_and_shifts_move_whole_pixels() {
        let size = 5;
        let pixels: Vec<u8> = (1..=25).collect();
        let images = Images { rows: size, columns: size, pixels: pixels.clone(), labels: vec![0] };
        let mut found = Vec::new();
        mapped(&images, 0, [0.0, 0.0], turn(std::f64::consts::FRAC_PI_2, 1.0), None, &mut found);
        for row in 0..size {
            for column in 0..size {
                // By 90°: the pixel at (r, c) comes from (4 − c, r).
                let expected = f32::from(pixels[(size - 1 - column) * size + row]) / 255.0;
                assert!((found[row * size + column] - expected).abs() < 1e-5, "({row}, {column})");
            }
        }
        let (mut moved, mut expected) = (Vec::new(), Vec::new());
        mapped(&images, 0, [1.0, -2.0], turn(0.0, 1.0), None, &mut moved);
        shifted(&images, 0, 1, -2, &mut expected);
        assert!(moved.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn floors_are_floors() {
        for x in [-1.0f32, -0.999_999_9, -1e-9, -0.0, 0.0, 1e-9, 0.5, 0.999_999_9, 1.0, 1.5, 2.5, 27.3, 28.0, 1e6]
        {
            for x in [x, -x] {
                assert_eq!(floor(x), x.floor() as i32, "{x}");
            }
        }
    }

    #[test]
    fn every_pixel_is_the_bilinear_interpolation_that_the_equation_asks_for() {
        let (rows, columns) = (5, 7);
        let pixels: Vec<u8> = (0..35).map(|i| (i * 73 % 256) as u8).collect();
        let images = Images { rows, columns, pixels: pixels.clone(), labels: vec![0] };
        let at = |r: f64, c: f64| {
            let inside = r >= 0.0 && c >= 0.0 && r < rows as f64 && c < columns as f64;
            if inside { f64::from(pixels[r as usize * columns + c as usize]) } else { 0.0 }
        };
        for (shift, angle, zoom) in [([0.0, 0.0], 0.3, 1.1), ([2.0, -1.0], -1.0, 0.4), ([-9.0, 3.0], 2.0, 3.0)] {
            let mut found = Vec::new();
            mapped(&images, 0, shift, turn(angle, zoom), None, &mut found);
            for row in 0..rows {
                for column in 0..columns {
                    let (y, x) =
                        (row as f64 - 2.0 - f64::from(shift[0]), column as f64 - 3.0 - f64::from(shift[1]));
                    let r = 2.0 + (angle.cos() * y - angle.sin() * x) / zoom;
                    let c = 3.0 + (angle.sin() * y + angle.cos() * x) / zoom;
                    let (top, left) = (r.floor(), c.floor());
                    let (down, right) = (r - top, c - left);
                    let expected = at(top, left) * (1.0 - down) * (1.0 - right)
                        + at(top, left + 1.0) * (1.0 - down) * right
                        + at(top + 1.0, left) * down * (1.0 - right)
                        + at(top + 1.0, left + 1.0) * down * right;
                    let found = f64::from(found[row * columns + column]);
                    assert!((found - expected / 255.0).abs() < 1e-5, "({row}, {column}): {found}");
                }
            }
        }
    }

    #[test]
    fn a_zoom_magnifies_by_as_much() {
        // A ramp: the value grows by 10 a column; magnified twofold, by 5.
        let size = 9;
        let pixels: Vec<u8> = (0..size * size).map(|i| 10 * (i % size) as u8).collect();
        let images = Images { rows: size, columns: size, pixels, labels: vec![0] };
        let mut found = Vec::new();
        mapped(&images, 0, [0.0, 0.0], turn(0.0, 2.0), None, &mut found);
        for pair in found[4 * size..5 * size].windows(2) {
            assert!((255.0 * (pair[1] - pair[0]) - 5.0).abs() < 1e-3);
        }
    }

    #[test]
    fn random_turns_keep_the_mass_of_an_image_that_does_not_reach_its_edges() {
        let size = 21;
        let mut pixels = vec![0; size * size];
        for row in 8..13 {
            pixels[row * size + 8..row * size + 13].fill(200);
        }
        let images = Images { rows: size, columns: size, pixels, labels: vec![0] };
        let variation = Variation { max_shift: 1, max_rotation: 20.0, ..Variation::default() };
        let mut different = std::collections::BTreeSet::new();
        for trial in 0..50 {
            let mut found = Vec::new();
            vary(&images, 0, &variation, &mut Random::new(3, "vary", trial), &mut found);
            let mass: f32 = found.iter().sum();
            // Bilinear interpolation at the points of a turned lattice keeps the sum to a per cent or two at this size.
            assert!((mass / (25.0 * 200.0 / 255.0) - 1.0).abs() < 0.05, "trial {trial}: {mass}");
            assert!(found.iter().all(|p| (0.0..=200.0 / 255.0 + 1e-6).contains(p)));
            different.insert(found.iter().map(|p| p.to_bits()).collect::<Vec<_>>());
        }
        assert!(different.len() > 45);
    }
}
