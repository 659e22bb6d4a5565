//! A program's acting values on the host, and programs that run as other values than those that are trained.

use super::Computer;
use crate::LangevinError;
use burn::module::Param;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

/// The acting values of one segment of a program, in the shapes of the module's tensors, row-major; zero where there is no coupling.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramValues {
    /// Couplings of frozen inputs to moving units, `[inputs, moving]` (one zero row when there are no inputs).
    pub input_couplings: Vec<f64>,
    /// Couplings among moving units, `[moving, moving]`, below the diagonal.
    pub couplings: Vec<f64>,
    /// Biases of the moving units, `[moving]`.
    pub biases: Vec<f64>,
}

impl<B: Backend> Computer<B> {
    /// The acting values of each segment.
    pub fn values(&self) -> Vec<ProgramValues> {
        let of = |program: Self| ProgramValues {
            input_couplings: host(program.masked_input_couplings()),
            couplings: host(program.couplings.val() * program.coupling_mask()),
            biases: host(program.masked_biases()),
        };
        self.programs().into_iter().map(of).collect()
    }

    /// The computer that runs with these values, while gradients of what it does are gradients of this one's parameters, as if the step
    /// from parameter θ to value v(θ) had the slope 1:
    ///
    /// ```text
    /// v + (θ − θ),      the second θ off the graph
    /// ```
    ///
    /// the straight-through estimator of rounding (Y. Bengio, N. Léonard and A. Courville, arXiv:1308.3432, Sec. 4). The values are
    /// exactly v. Couplings that are not `kept` (those with inputs first, then those among units, in the shapes of [`ProgramValues`]) have no
    /// gradient; all have where nothing is said.
    ///
    /// # Errors
    /// [`LangevinError::Clock`] when there are not as many as segments; [`LangevinError::Shape`] when a length is not this computer's.
    pub fn straight_through(
        mut self,
        values: Vec<ProgramValues>,
        kept: Option<&[bool]>,
    ) -> Result<Self, LangevinError> {
        if values.len() != self.segments() {
            return Err(LangevinError::Clock(format!(
                "{} programs for {} segments; give one for each",
                values.len(),
                self.segments()
            )));
        }
        let inputs_kept = self.input_couplings.val().shape().num_elements();
        let kept = match kept {
            Some(kept) if kept.len() < inputs_kept => {
                return Err(LangevinError::Shape {
                    what: "kept couplings",
                    expected: vec![inputs_kept],
                    found: vec![kept.len()],
                });
            }
            Some(kept) => {
                let (inputs, others) = kept.split_at(inputs_kept);
                [Some(inputs), Some(others)]
            }
            None => [None, None],
        };
        for (segment, values) in values.into_iter().enumerate() {
            let ProgramValues { input_couplings, couplings, biases } = values;
            let part = match segment.checked_sub(1) {
                None => [&mut self.input_couplings, &mut self.couplings],
                Some(index) => {
                    let later = &mut self.later[index];
                    later.biases = through(&later.biases, biases.clone(), None, "biases")?;
                    [&mut later.input_couplings, &mut later.couplings]
                }
            };
            let [inputs, moving] = part;
            *inputs = through(inputs, input_couplings, kept[0], "input couplings")?;
            *moving = through(moving, couplings, kept[1], "couplings")?;
            if segment == 0 {
                self.biases = through(&self.biases, biases, None, "biases")?;
            }
        }
        Ok(self)
    }
}

fn host<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

fn through<B: Backend, const D: usize>(
    param: &Param<Tensor<B, D>>,
    values: Vec<f64>,
    kept: Option<&[bool]>,
    what: &'static str,
) -> Result<Param<Tensor<B, D>>, LangevinError> {
    let own = param.val();
    let shape = own.shape();
    if values.len() != shape.num_elements() {
        let expected = shape.as_slice().to_vec();
        return Err(LangevinError::Shape { what, expected, found: vec![values.len()] });
    }
    if let Some(kept) = kept.filter(|kept| kept.len() != shape.num_elements()) {
        let expected = shape.as_slice().to_vec();
        return Err(LangevinError::Shape { what, expected, found: vec![kept.len()] });
    }
    let shown = Tensor::from_data(TensorData::new(values, shape.clone()), &own.device());
    let zero = own.clone() - own.clone().detach();
    let zero = match kept {
        Some(kept) => {
            let mask: Vec<f32> = kept.iter().map(|kept| f32::from(u8::from(*kept))).collect();
            zero * Tensor::from_data(TensorData::new(mask, shape), &own.device())
        }
        None => zero,
    };
    Ok(Param::initialized(param.id, shown + zero))
}

#[cfg(test)]
mod tests {
    use crate::{Clock, ComputerConfig};
    use burn_ndarray::{NdArray, NdArrayDevice};

    #[test]
    fn a_computer_runs_with_the_values_it_is_given_in_every_segment() {
        let config = ComputerConfig::classifier(3, 2, 1).with_clock(Clock::equal(2).unwrap());
        let computer = config.init::<NdArray>(&NdArrayDevice::Cpu);
        let total = computer.parameters().total();
        let program: Vec<f64> = (0..total).map(|i| 0.1 * i as f64 - 0.7).collect();
        let computer = computer.with_parameters(&program).unwrap();
        let mut values = computer.values();
        for values in &mut values {
            for list in [&mut values.input_couplings, &mut values.couplings, &mut values.biases] {
                list.iter_mut().for_each(|v| *v = (*v * 2.0).round());
            }
        }
        let shown = computer.clone().straight_through(values.clone(), None).unwrap();
        assert_eq!(shown.values(), values);
        assert_ne!(shown.values(), computer.values());
        values.pop();
        assert!(computer.straight_through(values, None).is_err());
    }
}
