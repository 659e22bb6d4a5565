//! The one training loop: teachers and computers, any objective, any optimiser.

use crate::average::Average;
use crate::checkpoint::read_checkpoint;
use crate::gradients::summed;
use crate::input_rate::take_inputs;
use crate::optimizer::check_learning_rate;
use crate::{Alone, Checkpoint, LearningError, Objective, OptimizerKind, Schedule, Team, module_bytes};
use burn::module::AutodiffModule;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, GradientsParams, Optimizer, RmsPropConfig, SgdConfig};
use burn::tensor::ElementConversion;
use burn::tensor::backend::AutodiffBackend;
use serde::{Deserialize, Serialize};
use std::sync::mpsc::sync_channel;

/// How to train.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainingConfig {
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// Its learning rate at the start.
    pub learning_rate: f64,
    /// How the learning rate goes on.
    pub schedule: Schedule,
    /// Weight decay λ; the gradient gains λθ.
    pub weight_decay: f64,
    /// Training steps.
    pub steps: usize,
    /// d of the exponential average of the weights θ̄ ← d θ̄ + (1 − d) θ, which is what observers see and what training returns; none
    /// for the weights themselves.
    pub average: Option<f64>,
    /// r: the couplings of frozen inputs (the parameters that a module calls `input_couplings`) have r times the learning rate; none
    /// for the same.
    ///
    /// A step of an adaptive optimiser moves every parameter by about the learning rate α, and so the force of inputs x by up to
    /// α Σ|x|, that of n units of order 1 by up to α n: where the inputs are many, what suits the one is too much for the other.
    pub input_rate: Option<f64>,
    /// Steps between two looks at the loss, each of which waits for the device.
    pub look_every: usize,
}

/// 100 steps of Adam at 1e-3.
impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            optimizer: OptimizerKind::Adam,
            learning_rate: 1e-3,
            schedule: Schedule::Constant,
            weight_decay: 0.0,
            steps: 100,
            average: None,
            input_rate: None,
            look_every: 10,
        }
    }
}

/// Where a training stands after a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Steps taken.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Mean of the objective since the last look, if this step is a look.
    pub loss: Option<f64>,
    /// Learning rate of the step.
    pub learning_rate: f64,
}

/// Whoever watches a training: progress bars, metrics, validation.
pub trait Observer<M> {
    /// Called when training starts or resumes, with the number of steps already taken.
    ///
    /// # Errors
    /// An error stops the training.
    fn start(&mut self, steps_taken: usize) -> Result<(), LearningError> {
        let _ = steps_taken;
        Ok(())
    }

    /// Called after every step.
    ///
    /// # Errors
    /// An error stops the training.
    fn after_step(&mut self, progress: Progress, model: &M) -> Result<(), LearningError>;
}

/// No one watches.
impl<M> Observer<M> for () {
    fn after_step(&mut self, _: Progress, _: &M) -> Result<(), LearningError> {
        Ok(())
    }
}

/// Minimises an objective from `model`, or from the checkpoint if there is one.
///
/// # Errors
/// [`LearningError::Diverged`] when the loss is no longer a number; [`LearningError::Setting`] for a learning rate that
/// is none; whatever objective, checkpoint and observer report.
pub fn train<B, M>(
    model: M,
    objective: &impl Objective<B, M>,
    config: &TrainingConfig,
    checkpoint: Option<&Checkpoint>,
    observer: &mut impl Observer<M>,
) -> Result<M, LearningError>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    train_in(&Alone, model, objective, config, checkpoint, observer)
}

/// As [`train`], one rank of a team that all train the same model: each does its [part](Objective::part), and takes the same step by the
/// gradients of all. Rank 0 alone reads and writes the checkpoint (of any number of ranks: a training goes on with as many as there
/// are). At every look at the loss the ranks compare their parameters.
///
/// # Errors
/// As [`train`]; [`LearningError::Team`] when the ranks no longer have the same parameters, or one cannot be reached.
pub fn train_in<B, M>(
    team: &dyn Team,
    model: M,
    objective: &impl Objective<B, M>,
    config: &TrainingConfig,
    checkpoint: Option<&Checkpoint>,
    observer: &mut impl Observer<M>,
) -> Result<M, LearningError>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
{
    let decay = (config.weight_decay > 0.0).then(|| WeightDecayConfig::new(config.weight_decay as f32));
    match config.optimizer {
        OptimizerKind::GradientDescent => {
            let optimizer = SgdConfig::new().with_weight_decay(decay).init::<B, M>();
            descend(team, model, optimizer, objective, config, checkpoint, observer)
        }
        OptimizerKind::Momentum => {
            let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
            let optimizer = SgdConfig::new().with_weight_decay(decay).with_momentum(Some(momentum)).init::<B, M>();
            descend(team, model, optimizer, objective, config, checkpoint, observer)
        }
        OptimizerKind::Adam => {
            let optimizer = AdamConfig::new().with_epsilon(1e-8).with_weight_decay(decay).init::<B, M>();
            descend(team, model, optimizer, objective, config, checkpoint, observer)
        }
        OptimizerKind::AdamW => {
            let optimizer =
                AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(config.weight_decay as f32).init::<B, M>();
            descend(team, model, optimizer, objective, config, checkpoint, observer)
        }
        OptimizerKind::RmsProp => {
            let optimizer = RmsPropConfig::new().with_weight_decay(decay).init::<B, M>();
            descend(team, model, optimizer, objective, config, checkpoint, observer)
        }
    }
}

/// Minimises an objective with an optimiser of one's own: any Burn [`Optimizer`] (`config.optimizer` and
/// `config.weight_decay` are not looked at).
///
/// # Errors
/// As [`train`].
pub fn train_with<B, M, O>(
    model: M,
    optimizer: O,
    objective: &impl Objective<B, M>,
    config: &TrainingConfig,
    checkpoint: Option<&Checkpoint>,
    observer: &mut impl Observer<M>,
) -> Result<M, LearningError>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
    O: Optimizer<M, B>,
{
    descend(&Alone, model, optimizer, objective, config, checkpoint, observer)
}

/// What is wrong with ranks whose parameters differ.
const DRIFTED: &str = "no longer have the same parameters: their processors do not compute alike; give all ranks processors of one \
                       kind, or train on one";

fn descend<B, M, O>(
    team: &dyn Team,
    mut model: M,
    mut optimizer: O,
    objective: &impl Objective<B, M>,
    config: &TrainingConfig,
    checkpoint: Option<&Checkpoint>,
    observer: &mut impl Observer<M>,
) -> Result<M, LearningError>
where
    B: AutodiffBackend,
    M: AutodiffModule<B>,
    O: Optimizer<M, B>,
{
    check_learning_rate(config.learning_rate)?;
    if let Some(decay) = config.average.filter(|decay| !(*decay > 0.0 && *decay < 1.0)) {
        let requirement = "between 0 and 1, such as 0.999";
        return Err(LearningError::Setting { name: "average", value: decay.to_string(), requirement });
    }
    if let Some(rate) = config.input_rate.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
        let requirement = "finite and above 0";
        return Err(LearningError::Setting { name: "input_rate", value: rate.to_string(), requirement });
    }
    let mut average = config.average.map(|decay| Average::new(decay, model.clone()));
    let mut taken = 0;
    // The others are told.
    let checkpoint = checkpoint.filter(|_| team.rank() == 0);
    let device = model.devices().into_iter().next().unwrap_or_default();
    if let Some(state) = read_checkpoint::<B, (M::Record, Option<M::Record>), _>(team, checkpoint, &device)? {
        let (record, averaged) = state.model;
        model = model.load_record(record);
        if let (Some(average), Some(averaged)) = (&mut average, averaged) {
            average.model = average.model.clone().load_record(averaged);
        }
        optimizer = optimizer.load_record(state.optimizer);
        taken = state.steps;
    }
    observer.start(taken)?;
    let share = team.share();
    let look_every = config.look_every.max(1);
    let (mut sum, mut counted) = (None, 0usize);
    // The batch of a step is made while the step before it is trained.
    std::thread::scope(|scope| {
        let (made, batches) = sync_channel(1);
        scope.spawn(move || {
            for step in taken..config.steps {
                let batch = objective.share(step, share);
                let failed = batch.is_err();
                // Nobody takes it any more when the training has ended early.
                if made.send(batch).is_err() || failed {
                    return;
                }
            }
        });
        for step in taken..config.steps {
            let learning_rate = config.schedule.at(config.learning_rate, step, config.steps);
            let Ok(batch) = batches.recv() else {
                return Err(LearningError::Stopped("the thread that makes batches ended".to_owned()));
            };
            let loss = if team.ranks() == 1 {
                objective.loss(&model, batch?)?
            } else {
                objective.part(&model, batch?, team)?
            };
            let gradients = GradientsParams::from_grads(loss.backward(), &model);
            let (mut gradients, value) = summed::<B, M>(team, &model, gradients, loss.inner())?;
            sum = Some(match sum.take() {
                Some(sum) => sum + value,
                None => value,
            });
            counted += 1;
            if let Some(rate) = config.input_rate {
                let inputs = take_inputs::<B, M>(&model, &mut gradients);
                model = optimizer.step(learning_rate * rate, model, inputs);
            }
            model = optimizer.step(learning_rate, model, gradients);

            let done = step + 1;
            average = average.map(|average| average.after(&model, done));
            let shown = average.as_ref().map_or(&model, |average| &average.model);
            let mut seen = None;
            if (done % look_every == 0 || done == config.steps)
                && let Some(sum) = sum.take()
            {
                let mean = sum.into_scalar().elem::<f64>() / counted as f64;
                counted = 0;
                if !mean.is_finite() {
                    return Err(LearningError::Diverged {
                        quantity: objective.quantity(),
                        value: mean,
                        step: done,
                        learning_rate,
                    });
                }
                seen = Some(mean);
                if team.ranks() > 1 {
                    let parameters = module_bytes(&model.valid()).map_err(LearningError::Team)?;
                    team.agree(&parameters, DRIFTED)?;
                }
            }
            let progress = Progress { step: done, steps: config.steps, loss: seen, learning_rate };
            observer.after_step(progress, shown)?;
            if let Some(checkpoint) = checkpoint
                && (done % checkpoint.every.max(1) == 0 || done == config.steps)
            {
                let averaged = average.as_ref().map(|average| average.model.clone().into_record());
                checkpoint.write::<B, _, _>(
                    (model.clone().into_record(), averaged),
                    optimizer.to_record(),
                    done,
                )?;
            }
        }
        Ok(average.map_or(model, |average| average.model))
    })
}
