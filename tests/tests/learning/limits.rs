//! Programs that fit a chip: what is kept, what is rounded, and that training sees it.

use super::{AB, B, device, uniform};
use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use langevin::{Clock, Computer, ComputerConfig};
use learning::{InputMoments, LimitedObjective, Objective, ProgramLimits, TrainingConfig, train};

const SEGMENTS: usize = 2;

fn config() -> ComputerConfig {
    ComputerConfig::classifier(6, 5, 3).with_clock(Clock::equal(SEGMENTS).unwrap())
}

fn program(seed: u64) -> Vec<f64> {
    let total = config().init::<B>(&device()).parameters().total();
    // As a file of single precision has them.
    uniform(total, 2.0, seed).into_iter().map(|v| f64::from(v as f32)).collect()
}

fn computer(seed: u64) -> Computer<B> {
    config().init::<B>(&device()).with_parameters(&program(seed)).unwrap()
}

const ALL: usize = 6 * 8 + 8 * 7 / 2;

#[test]
fn the_largest_couplings_are_kept_the_same_in_all_segments() {
    let computer = computer(1);
    for density in [0.1, 0.37, 1.0] {
        let limits = ProgramLimits { density: Some(density), ..ProgramLimits::default() };
        let fitted = limits.fit(&computer).unwrap();
        let wanted = (density * ALL as f64).round() as usize;
        assert_eq!(ProgramLimits::couplers(&fitted), wanted);
        assert_eq!(fitted.parameters().couplers(SEGMENTS).iter().sum::<usize>(), wanted);
        let (before, after) = (computer.values(), fitted.values());
        let size = |place: usize| before.iter().map(|p| p.input_couplings[place].powi(2)).sum::<f64>().sqrt();
        let moving = |place: usize| before.iter().map(|p| p.couplings[place].powi(2)).sum::<f64>().sqrt();
        let (mut least_kept, mut largest_lost) = (f64::MAX, 0f64);
        for place in 0..48 {
            let kept: Vec<bool> = after.iter().map(|p| p.input_couplings[place].abs() > 0.0).collect();
            assert!(kept.iter().all(|k| *k == kept[0]), "kept in one segment and not in the other");
            if kept[0] {
                least_kept = least_kept.min(size(place));
            } else {
                largest_lost = largest_lost.max(size(place));
            }
        }
        for place in (0..64).filter(|place| place % 8 < place / 8) {
            if after[0].couplings[place].abs() > 0.0 {
                least_kept = least_kept.min(moving(place));
            } else {
                largest_lost = largest_lost.max(moving(place));
            }
        }
        assert!(least_kept >= largest_lost, "{least_kept} was kept, {largest_lost} was not");
        // What is kept is as it was, biases too.
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.biases, after.biases);
            let changed = before
                .couplings
                .iter()
                .zip(&after.couplings)
                .filter(|(b, a)| a.abs() > 0.0 && (**a - **b).abs() > 0.0);
            assert_eq!(changed.count(), 0);
        }
    }
}

#[test]
fn no_unit_has_more_neighbours_than_it_may() {
    for (neighbours, density) in [(1, None), (3, None), (5, Some(0.2)), (1000, None)] {
        let limits = ProgramLimits { neighbours: Some(neighbours), density, bits: None };
        let fitted = limits.fit(&computer(2)).unwrap();
        let values = &fitted.values()[0];
        let at = |place: usize| usize::from(values.couplings[place].abs() > 0.0);
        let of = |unit: usize| {
            let inputs = (0..6).filter(|f| values.input_couplings[f * 8 + unit].abs() > 0.0).count();
            inputs + (0..8).map(|other| at(unit.max(other) * 8 + unit.min(other))).sum::<usize>()
        };
        let degrees: Vec<usize> = (0..8).map(of).collect();
        assert!(degrees.iter().all(|degree| *degree <= neighbours), "{degrees:?} for {neighbours}");
        // No pair is left out whose two units both had room.
        if density.is_none() {
            let full: Vec<bool> = degrees.iter().map(|degree| *degree == neighbours).collect();
            for (unit, full) in full.iter().enumerate() {
                let free = (0..6).any(|f| values.input_couplings[f * 8 + unit] == 0.0);
                assert!(*full || !free, "unit {unit} has room for an input: {degrees:?}");
            }
        }
    }
}

/// Straight through: gradients with respect to the program beneath are those with respect to the program that ran.
#[test]
fn gradients_are_those_of_the_program_that_ran() {
    let limits = ProgramLimits { bits: Some(3), density: Some(0.5), neighbours: Some(6) };
    let raw = config().init::<AB>(&device()).with_parameters(&program(3)).unwrap();
    let fitted = limits.fit(&raw).unwrap();
    let inputs = || Tensor::<AB, 2>::from_data(TensorData::new(uniform(12, 1.0, 4), [2, 6]), &device());
    let state = Tensor::<AB, 2>::from_data(TensorData::new(uniform(16, 1.0, 5), [2, 8]), &device());
    let energies = |computer: &Computer<AB>| {
        use langevin::Potential;
        let protocol = computer.protocol(Some(inputs()), 2).unwrap();
        let of = |p: &langevin::Landscape<AB>| p.energy(state.clone()).powi_scalar(2).sum();
        protocol.potentials().iter().map(of).reduce(|a, b| a + b).unwrap()
    };
    // The same values as leaves of their own.
    let leaf = config().init::<AB>(&device()).with_parameters(&fitted.valid().parameters().values).unwrap();
    assert_eq!(leaf.values(), fitted.values());
    let gradients = |module: &Computer<AB>, loss: Tensor<AB, 1>| {
        let found = GradientsParams::from_grads(loss.backward(), module);
        let of =
            |param: burn::module::ParamId| found.get::<B, 2>(param).unwrap().into_data().to_vec::<f64>().unwrap();
        (of(module.input_couplings.id), of(module.couplings.id))
    };
    let through = gradients(&raw, energies(&fitted));
    let direct = gradients(&leaf, energies(&leaf));
    let kept = fitted.values();
    let sizes = [&kept[0].input_couplings, &kept[1].input_couplings];
    // Limits of half the couplings leave no other: what is zero in both segments was left out, but for what was rounded to zero.
    let mut left_out = 0;
    for (place, (through, direct)) in through.0.iter().zip(&direct.0).enumerate() {
        if through.abs() > 0.0 {
            assert!((through - direct).abs() <= 0.0, "{through} for {direct}");
        } else {
            left_out += 1;
            assert!(sizes.iter().all(|values| values[place].abs() <= 0.0), "a coupling that acts has no gradient");
        }
    }
    assert!((20..44).contains(&left_out), "{left_out} of 48 have no gradient");
    assert_ne!(gradients(&raw, energies(&raw)).0, direct.0, "the program beneath is another");
    // Rounding alone leaves none without.
    let rounded = ProgramLimits { bits: Some(2), ..ProgramLimits::default() }.fit(&raw).unwrap();
    let through = gradients(&raw, energies(&rounded));
    assert!(through.0.iter().all(|g| g.abs() > 0.0));
    assert!(rounded.values()[0].input_couplings.iter().any(|v| v.abs() <= 0.0), "none was rounded to zero");
}

/// Half the squared distance of a program from a target.
struct Towards(Vec<f64>);

impl Objective<AB, Computer<AB>> for Towards {
    type Batch = ();

    fn quantity(&self) -> &'static str {
        "distance"
    }

    fn batch(&self, _: usize) -> Result<(), learning::LearningError> {
        Ok(())
    }

    fn loss(&self, model: &Computer<AB>, (): ()) -> Result<Tensor<AB, 1>, learning::LearningError> {
        let own = model.masked_input_couplings().reshape([48]);
        let target = Tensor::<AB, 1>::from_data(TensorData::new(self.0.clone(), [48]), &device());
        Ok((own - target).powi_scalar(2).sum() * 0.5)
    }
}

/// Of a separable distance the best sparse program is known: the target's largest entries.
#[test]
fn training_within_limits_finds_the_best_program_that_fits() {
    let target = uniform(48, 3.0, 6);
    let model = ComputerConfig::classifier(6, 5, 3).init::<AB>(&device());
    let limits = ProgramLimits { density: Some(16.0 / ALL as f64), ..ProgramLimits::default() };
    let objective = Towards(target.clone());
    let limited = LimitedObjective { objective: &objective, limits, steps: 400, seen: None };
    let config = TrainingConfig { steps: 400, learning_rate: 0.05, ..TrainingConfig::default() };
    let trained = train(model, &limited, &config, None, &mut ()).unwrap();
    let found = limits.fit(&trained.valid()).unwrap().values()[0].input_couplings.clone();
    let mut order: Vec<usize> = (0..48).collect();
    order.sort_by(|a, b| target[*b].abs().total_cmp(&target[*a].abs()));
    for (rank, place) in order.iter().enumerate() {
        let wanted = if rank < 16 { target[*place] } else { 0.0 };
        assert!((found[*place] - wanted).abs() < 0.05, "number {rank}: {} for {wanted}", found[*place]);
    }
}

#[test]
fn limits_close_over_half_of_the_training_and_stay() {
    let limits = ProgramLimits { bits: Some(4), density: Some(0.1), neighbours: Some(10) };
    let at = |step| limits.after(step, 100, 50);
    assert_eq!(at(0), ProgramLimits { density: Some(1.0), neighbours: Some(50), bits: Some(4) });
    assert!((at(25).density.unwrap() - (0.1 + 0.9 / 8.0)).abs() < 1e-12 && at(25).neighbours == Some(15));
    for step in [50, 75, 100, 200] {
        assert_eq!(at(step), limits);
    }
    for bad in [
        ProgramLimits { bits: Some(1), ..ProgramLimits::default() },
        ProgramLimits { bits: Some(13), ..ProgramLimits::default() },
        ProgramLimits { density: Some(0.0), ..ProgramLimits::default() },
        ProgramLimits { density: Some(f64::NAN), ..ProgramLimits::default() },
        ProgramLimits { neighbours: Some(0), ..ProgramLimits::default() },
    ] {
        assert!(bad.fit(&computer(1)).is_err(), "{bad:?}");
    }
}

/// Inputs that do not vary are biases: their couplings go first, whatever their size, and what they add stays.
#[test]
fn couplings_with_inputs_that_do_not_vary_become_biases() {
    let computer = computer(7);
    let rows = 50;
    // The first two inputs stand still.
    let inputs: Vec<f64> = uniform(rows * 6, 1.5, 8)
        .into_iter()
        .enumerate()
        .map(|(k, x)| match k % 6 {
            0 => 3.0,
            1 => -2.0,
            _ => x,
        })
        .collect();
    let inputs = Tensor::<B, 2>::from_data(TensorData::new(inputs, [rows, 6]), &device());
    let seen = InputMoments::of(inputs.clone());
    assert!(seen.spread[0] < 1e-6 && seen.spread[2] > 0.3 && (seen.mean[1] + 2.0).abs() < 1e-12, "{seen:?}");
    let limits = ProgramLimits { density: Some((ALL - 16) as f64 / ALL as f64), ..ProgramLimits::default() };
    let fitted = limits.fit_seen(&computer, Some(&seen)).unwrap();
    for (before, after) in computer.values().iter().zip(fitted.values()) {
        assert!(
            after.input_couplings[..16].iter().all(|v| v.abs() <= 0.0),
            "an input that stands still is coupled"
        );
        assert_eq!(before.input_couplings[16..], after.input_couplings[16..]);
    }
    // So every drive is as it was.
    let drives = |computer: &Computer<B>| -> Vec<f64> {
        let protocol = computer.protocol(Some(inputs.clone()), rows).unwrap();
        protocol.potentials().iter().flat_map(|p| p.drive().into_data().to_vec::<f64>().unwrap()).collect()
    };
    for (before, after) in drives(&computer).into_iter().zip(drives(&fitted)) {
        assert!((before - after).abs() < 1e-5, "{before} → {after}");
    }
    let wrong = InputMoments { mean: vec![0.0; 5], spread: vec![1.0; 5] };
    assert!(limits.fit_seen(&computer, Some(&wrong)).is_err());
}
