//! Leaving out the smallest couplings.

use super::InputMoments;
use burn::tensor::backend::Backend;
use langevin::{Computer, ProgramValues};

/// √(Σ_segments J²) of every place: first those of the input couplings, then those of the others.
pub(super) fn sizes(programs: &[ProgramValues]) -> Vec<f64> {
    let Some(first) = programs.first() else { return Vec::new() };
    let mut squares = vec![0.0; first.input_couplings.len() + first.couplings.len()];
    for program in programs {
        for (square, value) in squares.iter_mut().zip(program.input_couplings.iter().chain(&program.couplings)) {
            *square += value * value;
        }
    }
    squares.iter().map(|square| square.sqrt()).collect()
}

/// Sets to zero what is left out, the same places in every segment; says what is kept, nothing where that is all.
pub(super) fn prune<B: Backend>(
    computer: &Computer<B>,
    programs: &mut [ProgramValues],
    density: Option<f64>,
    neighbours: Option<usize>,
    seen: Option<&InputMoments>,
) -> Option<Vec<bool>> {
    let (layout, mut sizes) = (computer.layout(), sizes(programs));
    if let Some(seen) = seen {
        // What a coupling with an input does to the drive.
        for (row, spread) in sizes.chunks_exact_mut(layout.moving()).zip(&seen.spread) {
            row.iter_mut().for_each(|size| *size *= spread);
        }
    }
    let inputs = programs.first()?.input_couplings.len();
    // Places where the connectivity has a coupling, the largest first; equals in order of their place.
    let masks = [computer.input_coupling_mask(), computer.coupling_mask()].map(|mask| mask.to_data());
    let coupled = masks.iter().flat_map(|mask| mask.iter::<f32>()).map(|mask| mask > 0.5);
    let mut places: Vec<usize> =
        coupled.enumerate().filter_map(|(place, coupled)| coupled.then_some(place)).collect();
    let room = density.map_or(places.len(), |density| ((density * places.len() as f64).round() as usize).max(1));
    let larger = |a: &usize, b: &usize| sizes[*b].total_cmp(&sizes[*a]).then(a.cmp(b));
    let mut kept = vec![false; sizes.len()];
    match neighbours {
        None if room < places.len() => {
            places.select_nth_unstable_by(room, larger);
            places[..room].iter().for_each(|place| kept[*place] = true);
        }
        None => return None,
        Some(most) => {
            places.sort_unstable_by(larger);
            let units = layout.moving();
            let mut free = vec![most; units];
            let mut left = room;
            for place in places {
                if left == 0 {
                    break;
                }
                let column = place % units;
                // The other end of an input's coupling has room for all.
                let row = (place >= inputs).then(|| (place - inputs) / units);
                if free[column] > 0 && row.is_none_or(|row| free[row] > 0) {
                    kept[place] = true;
                    free[column] -= 1;
                    row.into_iter().for_each(|row| free[row] -= 1);
                    left -= 1;
                }
            }
        }
    }
    for program in programs {
        if let Some(seen) = seen {
            let rows =
                program.input_couplings.chunks_exact(layout.moving()).zip(kept.chunks_exact(layout.moving()));
            for ((row, kept), mean) in rows.zip(&seen.mean) {
                let lost = row.iter().zip(kept).map(|(value, kept)| if *kept { 0.0 } else { value * mean });
                program.biases.iter_mut().zip(lost).for_each(|(bias, lost)| *bias += lost);
            }
        }
        for (value, kept) in program.input_couplings.iter_mut().chain(&mut program.couplings).zip(&kept) {
            if !kept {
                *value = 0.0;
            }
        }
    }
    Some(kept)
}
