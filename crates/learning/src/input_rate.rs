//! A learning rate of their own for the couplings of frozen inputs.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

/// What a module calls the couplings of its frozen inputs.
const NAME: &str = "input_couplings";

/// Takes the gradients of the parameters called `input_couplings` out of those of all parameters of a module.
pub(crate) fn take_inputs<B: AutodiffBackend, M: AutodiffModule<B>>(
    module: &M,
    all: &mut GradientsParams,
) -> GradientsParams {
    let mut taking = Taking { fields: Vec::new(), all, inputs: GradientsParams::new() };
    module.visit(&mut taking);
    taking.inputs
}

struct Taking<'a> {
    /// Names of the fields that the visit is in, the innermost last.
    fields: Vec<String>,
    all: &'a mut GradientsParams,
    inputs: GradientsParams,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Taking<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.fields.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.fields.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if self.fields.last().is_some_and(|name| name == NAME)
            && let Some(gradient) = self.all.remove::<B::InnerBackend, D>(param.id)
        {
            self.inputs.register(param.id, gradient);
        }
    }
}
