//! Gradients summed over the ranks of a team.

use crate::{LearningError, Team};
use burn::module::{AutodiffModule, ModuleVisitor, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::backend::AutodiffBackend;
use burn::tensor::{Tensor, TensorData};

/// The gradients of all ranks, and their losses, summed: those of the whole batch.
///
/// They are sent in the order in which a visit of the module meets its parameters, for the ids of parameters are random in every
/// process.
pub(crate) fn summed<B: AutodiffBackend, M: AutodiffModule<B>>(
    team: &dyn Team,
    module: &M,
    gradients: GradientsParams,
    loss: Tensor<B::InnerBackend, 1>,
) -> Result<(GradientsParams, Tensor<B::InnerBackend, 1>), LearningError> {
    if team.ranks() == 1 {
        return Ok((gradients, loss));
    }
    let device = loss.device();
    let mut taking = Taking { gradients, taken: Vec::new() };
    module.visit(&mut taking);
    let (ids, mut parts): (Vec<ParamId>, Vec<TensorData>) = taking.taken.into_iter().unzip();
    parts.push(loss.into_data());
    let mut sums = team.sum_tensors(parts)?;
    let loss = sums.pop().map_or_else(|| Tensor::zeros([1], &device), |data| Tensor::from_data(data, &device));
    let mut giving = Giving { gradients: GradientsParams::new(), sums: ids.into_iter().zip(sums).collect() };
    giving.sums.reverse();
    module.visit(&mut giving);
    Ok((giving.gradients, loss))
}

/// Takes the gradients of a module's parameters, in the order of a visit.
struct Taking {
    gradients: GradientsParams,
    taken: Vec<(ParamId, TensorData)>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Taking {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) {
            self.taken.push((param.id, gradient.into_data()));
        }
    }
}

/// Gives them back, the next one last.
struct Giving {
    gradients: GradientsParams,
    sums: Vec<(ParamId, TensorData)>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Giving {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some((_, data)) = self.sums.pop_if(|(id, _)| *id == param.id) {
            let gradient = Tensor::<B::InnerBackend, D>::from_data(data, &param.val().device());
            self.gradients.register(param.id, gradient);
        }
    }
}
