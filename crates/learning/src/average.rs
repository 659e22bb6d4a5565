//! Weights averaged over training.

use burn::module::{AutodiffModule, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;
use std::collections::HashMap;
use std::marker::PhantomData;

/// The exponential average of the models of a training,
///
/// ```text
/// θ̄_t = d_t θ̄_{t−1} + (1 − d_t) θ_t,     θ̄_0 = θ_0,     d_t = min(d, (1 + t) / (10 + t))
/// ```
///
/// over about the last 1/(1 − d) steps: it moves less from step to step than the model does, and as a rule it generalises better
/// (B. Polyak and A. Juditsky, SIAM J. Control Optim. 30, 838 (1992)). The smaller d_t at first lets the start be forgotten.
#[derive(Debug, Clone)]
pub(crate) struct Average<M> {
    decay: f64,
    /// θ̄.
    pub(crate) model: M,
}

impl<M> Average<M> {
    /// The average before the first step.
    pub(crate) fn new(decay: f64, model: M) -> Self {
        Self { decay, model }
    }

    /// The average after step `step`, counted from 1, which has led to `current`.
    pub(crate) fn after<B: AutodiffBackend>(self, current: &M, step: usize) -> Self
    where
        M: AutodiffModule<B>,
    {
        let step = step as f64;
        let keep = self.decay.min((1.0 + step) / (10.0 + step));
        let mut seen = Seen(HashMap::new());
        current.visit(&mut seen);
        let mut mixing = Mixing { keep, current: seen.0, backend: PhantomData::<B> };
        Self { model: self.model.map(&mut mixing), ..self }
    }
}

/// The parameters of a module, off the graph, each as a list.
struct Seen<B: AutodiffBackend>(HashMap<ParamId, Tensor<B::InnerBackend, 1>>);

impl<B: AutodiffBackend> ModuleVisitor<B> for Seen<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let value = param.val().inner();
        let length = value.shape().num_elements();
        self.0.insert(param.id, value.reshape([length]));
    }
}

/// Mixes the parameters of another module of the same ids in.
struct Mixing<B: AutodiffBackend> {
    keep: f64,
    current: HashMap<ParamId, Tensor<B::InnerBackend, 1>>,
    backend: PhantomData<B>,
}

impl<B: AutodiffBackend> ModuleMapper<B> for Mixing<B> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let Some(current) = self.current.remove(&param.id) else { return param };
        let keep = self.keep;
        param.map(|old| {
            let trained = old.is_require_grad();
            let old = old.inner();
            let current = current.reshape(old.shape());
            Tensor::from_inner(old * keep + current * (1.0 - keep)).set_require_grad(trained)
        })
    }
}
