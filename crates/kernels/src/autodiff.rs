//! The operations of the hot path under autodiff: custom operations whose backward passes are the fused ones, so that
//! user code calls `.backward()` as ever.

use crate::{ActionTerms, LangevinBackend, Tape, TrajectorySpec, reference};
use burn::tensor::ops::FloatTensor;
use burn_autodiff::Autodiff;
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use std::marker::PhantomData;

/// The backward pass of whole trajectories.
#[derive(Debug)]
struct TrajectoriesBackward<B>(PhantomData<B>);

/// What it needs: parameters, start and the counter of the noise; the states only where the backend kept them.
#[derive(Debug, Clone)]
struct TrajectoriesState<B: LangevinBackend> {
    couplings: Option<FloatTensor<B>>,
    drive: FloatTensor<B>,
    start: FloatTensor<B>,
    run: TrajectorySpec,
    tape: Option<Tape>,
}

impl<B: LangevinBackend> TrajectoriesState<B> {
    /// Gradients with respect to couplings, drive and start.
    fn backward(self, gradient: FloatTensor<B>) -> [Option<FloatTensor<B>>; 3] {
        let Self { couplings, drive, start, run, tape } = self;
        let gradients = B::trajectories_backward(couplings, drive, start, gradient, &run, tape);
        [gradients.couplings, Some(gradients.drive), Some(gradients.start)]
    }
}

impl<B: LangevinBackend> Backward<B, 3> for TrajectoriesBackward<B> {
    type State = TrajectoriesState<B>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradients = ops.state.backward(grads.consume::<B>(&ops.node));
        for (parent, gradient) in ops.parents.into_iter().zip(gradients) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

impl<B: LangevinBackend> Backward<B, 2> for TrajectoriesBackward<B> {
    type State = TrajectoriesState<B>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [_, drive, start] = ops.state.backward(grads.consume::<B>(&ops.node));
        for (parent, gradient) in ops.parents.into_iter().zip([drive, start]) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                grads.register::<B>(parent.id, gradient);
            }
        }
    }
}

/// The backward pass of the action: its gradients, made in the forward pass, times that of the scalar.
#[derive(Debug)]
struct ActionBackward<B>(PhantomData<B>);

fn scaled<B: LangevinBackend>(gradient: FloatTensor<B>, by: FloatTensor<B>) -> FloatTensor<B> {
    use burn::tensor::TensorMetadata;
    let ones = vec![1; gradient.shape().num_dims()];
    B::float_mul(gradient, B::float_reshape(by, ones.into()))
}

impl<B: LangevinBackend, const N: usize> Backward<B, N> for ActionBackward<B> {
    /// Gradients with respect to drive and couplings, in that order.
    type State = Vec<FloatTensor<B>>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let scalar = grads.consume::<B>(&ops.node);
        for (parent, gradient) in ops.parents.into_iter().zip(ops.state) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, scaled::<B>(gradient, scalar.clone()));
            }
        }
    }
}

/// The backward pass of the inputs' drive.
#[derive(Debug)]
struct InputDriveBackward<B>(PhantomData<B>);

impl<B: LangevinBackend> Backward<B, 2> for InputDriveBackward<B> {
    /// Inputs and their couplings.
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let ([inputs, couplings], [of_inputs, of_couplings]) = (ops.state, ops.parents);
        if let Some(parent) = of_inputs {
            let by_inputs = B::float_matmul(gradient.clone(), B::float_transpose(couplings));
            grads.register::<B>(parent.id, by_inputs);
        }
        if let Some(parent) = of_couplings {
            grads.register::<B>(parent.id, B::input_drive_backward(inputs, gradient));
        }
    }
}

impl<B: LangevinBackend, C: CheckpointStrategy> LangevinBackend for Autodiff<B, C> {
    fn trajectories(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        start: FloatTensor<Self>,
        run: &TrajectorySpec,
    ) -> FloatTensor<Self> {
        let state = TrajectoriesState::<B> {
            couplings: couplings.as_ref().map(|c| c.primitive.clone()),
            drive: drive.primitive.clone(),
            start: start.primitive.clone(),
            run: run.clone(),
            tape: None,
        };
        let forward = |s: TrajectoriesState<B>| B::trajectories(s.couplings, s.drive, s.start, &s.run);
        let taped = |s: TrajectoriesState<B>| {
            let (states, tape) =
                B::trajectories_taped(s.couplings.clone(), s.drive.clone(), s.start.clone(), &s.run);
            (TrajectoriesState { tape, ..s }, states)
        };
        let backward = TrajectoriesBackward::<B>(PhantomData);
        match couplings {
            Some(couplings) => {
                let nodes = [couplings.node.clone(), drive.node.clone(), start.node.clone()];
                match backward.prepare::<C>(nodes).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => {
                        let (state, states) = taped(state);
                        prep.finish(state, states)
                    }
                    OpsKind::UnTracked(prep) => prep.finish(forward(state)),
                }
            }
            None => {
                match backward.prepare::<C>([drive.node.clone(), start.node.clone()]).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => {
                        let (state, states) = taped(state);
                        prep.finish(state, states)
                    }
                    OpsKind::UnTracked(prep) => prep.finish(forward(state)),
                }
            }
        }
    }

    fn largest(x: FloatTensor<Self>) -> f64 {
        B::largest(x.primitive)
    }

    fn input_drive(inputs: FloatTensor<Self>, couplings: FloatTensor<Self>) -> FloatTensor<Self> {
        let state = [inputs.primitive.clone(), couplings.primitive.clone()];
        let nodes = [inputs.node.clone(), couplings.node.clone()];
        let drive = B::input_drive(inputs.primitive, couplings.primitive);
        match InputDriveBackward::<B>(PhantomData).prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state, drive),
            OpsKind::UnTracked(prep) => prep.finish(drive),
        }
    }

    fn mean_action(
        couplings: Option<FloatTensor<Self>>,
        drive: FloatTensor<Self>,
        from: FloatTensor<Self>,
        to: FloatTensor<Self>,
        terms: &ActionTerms,
    ) -> FloatTensor<Self> {
        if from.is_tracked() || to.is_tracked() {
            // The fused pass makes gradients for the computer alone.
            return reference::mean_action::<Self>(couplings, drive, from, to, terms);
        }
        let own = couplings.as_ref().map(|c| c.primitive.clone());
        let (d, from, to) = (drive.primitive.clone(), from.primitive, to.primitive);
        let action = ActionBackward::<B>(PhantomData);
        match couplings {
            Some(couplings) => {
                match Backward::<B, 2>::prepare::<C>(action, [drive.node.clone(), couplings.node.clone()])
                    .compute_bound()
                    .stateful()
                {
                    OpsKind::Tracked(prep) => {
                        let g = B::mean_action_gradients(own, d, from, to, terms);
                        prep.finish([Some(g.drive), g.couplings].into_iter().flatten().collect(), g.action)
                    }
                    OpsKind::UnTracked(prep) => prep.finish(B::mean_action(own, d, from, to, terms)),
                }
            }
            None => {
                match Backward::<B, 1>::prepare::<C>(action, [drive.node.clone()]).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => {
                        let g = B::mean_action_gradients(own, d, from, to, terms);
                        prep.finish(vec![g.drive], g.action)
                    }
                    OpsKind::UnTracked(prep) => prep.finish(B::mean_action(own, d, from, to, terms)),
                }
            }
        }
    }
}
