//! The fused kernels for burn-flex.

use super::fused::{self, Host, fused_operations};
use crate::{ActionGradients, ActionTerms, LangevinBackend, Tape, TrajectoryGradients, TrajectorySpec, Well};
use burn::tensor::DType;
use burn::tensor::ops::FloatTensor;
use burn_flex::{Flex, FlexTensor};
use std::borrow::Cow;

impl Host for Flex {
    fn values(tensor: &FlexTensor) -> Option<Cow<'_, [f32]>> {
        if tensor.dtype() != DType::F32 {
            return None;
        }
        let own = tensor.as_slice::<f32>().map(Cow::Borrowed);
        own.or_else(|| tensor.clone().into_data().into_vec().ok().map(Cow::Owned))
    }
}

impl LangevinBackend for Flex {
    fused_operations!();
}
