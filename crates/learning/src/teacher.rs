//! The teacher network that the computer imitates.

use crate::{LearningError, Response};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use langevin::{Simulation, Well};
use serde::{Deserialize, Serialize};

/// Activation of the teacher's hidden layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// tanh, as in paper A.
    Tanh,
    /// The computer's own finite-time response φ.
    Response,
}

impl Activation {
    /// The name, as in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tanh => "tanh",
            Self::Response => "response",
        }
    }
}

/// Shape of a teacher.
#[derive(Debug, Clone, PartialEq)]
pub struct TeacherConfig {
    /// Inputs.
    pub inputs: usize,
    /// Units of each hidden layer (paper A: 32, 32).
    pub hidden: Vec<usize>,
    /// Classes.
    pub classes: usize,
    /// Hidden activation.
    pub activation: Activation,
    /// Sweeps of feedback through the transposed weights: 0 for a feed-forward network, as in paper A.
    pub feedback: usize,
}

/// Fully connected layers with a hidden activation and a softmax at the end (paper A: 784-32-32-10).
///
/// With feedback its weights are symmetric, as the computer's couplings are: after the pass from below, each layer in turn hears the
/// layer above, too, through the same weights, a few times over,
///
/// ```text
/// h_l ← φ(h_(l−1) W_l + b_l + h_(l+1) W_(l+1)ᵀ),      above the last one 2p − 1, which the outputs are driven to
/// ```
#[derive(Module, Debug)]
pub struct Teacher<B: Backend> {
    layers: Vec<Linear<B>>,
    response: Option<Response<B>>,
    feedback: usize,
}

/// What a teacher does on a batch.
#[derive(Debug, Clone)]
pub struct Activity<B: Backend> {
    /// Pre-activations of all hidden units, layer after layer, `[batch, hidden]`.
    pub pre_activations: Tensor<B, 2>,
    /// Activations of all hidden units, layer after layer, `[batch, hidden]`.
    pub hidden: Tensor<B, 2>,
    /// Logits, `[batch, classes]`.
    pub logits: Tensor<B, 2>,
}

impl<B: Backend> Activity<B> {
    /// Class probabilities, `[batch, classes]`.
    pub fn probabilities(&self) -> Tensor<B, 2> {
        softmax(self.logits.clone(), 1)
    }
}

impl TeacherConfig {
    /// A randomly initialised teacher (Burn's Kaiming-uniform layers); `well` and `simulation` define the response
    /// of the computer that will imitate it.
    ///
    /// # Errors
    /// [`LearningError::Setting`] when there is no hidden layer.
    pub fn init<B: Backend>(
        &self,
        well: Well,
        simulation: &Simulation,
        device: &B::Device,
    ) -> Result<Teacher<B>, LearningError> {
        if self.hidden.is_empty() || self.hidden.contains(&0) {
            return Err(LearningError::Setting {
                name: "teacher.hidden",
                value: format!("{:?}", self.hidden),
                requirement: "at least one layer of at least one unit, such as [32, 32]",
            });
        }
        let mut sizes = vec![self.inputs];
        sizes.extend(&self.hidden);
        sizes.push(self.classes);
        Ok(Teacher {
            layers: sizes.windows(2).map(|w| LinearConfig::new(w[0], w[1]).init(device)).collect(),
            response: match self.activation {
                Activation::Tanh => None,
                Activation::Response => Some(Response::new(well, simulation, device)),
            },
            feedback: self.feedback,
        })
    }

    /// Multiply–accumulate operations of one inference: the products of the weight matrices (paper A: 26,432), all but the
    /// first of which a sweep of feedback takes once more in each direction.
    pub fn macs(&self) -> usize {
        let mut sizes = vec![self.inputs];
        sizes.extend(&self.hidden);
        sizes.push(self.classes);
        let products: Vec<usize> = sizes.windows(2).map(|w| w[0] * w[1]).collect();
        products.iter().sum::<usize>() + 2 * self.feedback * products[1..].iter().sum::<usize>()
    }
}

impl<B: Backend> Teacher<B> {
    /// The layers, from the inputs to the logits.
    pub fn layers(&self) -> &[Linear<B>] {
        &self.layers
    }

    /// Bound on the activations of hidden units: 1 for tanh, φ at the end of its table for the response.
    pub fn largest_activation(&self) -> f64 {
        self.response.as_ref().map_or(1.0, Response::largest)
    }

    /// Activations of every layer.
    ///
    /// # Shapes
    /// `inputs`: `[batch, inputs]`
    pub fn forward(&self, inputs: Tensor<B, 2>) -> Activity<B> {
        let (hidden_layers, last) = self.layers.split_at(self.layers.len() - 1);
        let activate = |u: &Tensor<B, 2>| match &self.response {
            Some(response) => response.forward(u.clone()),
            None => u.clone().tanh(),
        };
        let (mut from_below, mut pre_activations, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
        let mut x = inputs;
        for layer in hidden_layers {
            let u = layer.forward(x);
            x = activate(&u);
            from_below.push(u.clone());
            pre_activations.push(u);
            hidden.push(x.clone());
        }
        let mut logits = last[0].forward(x);
        for _ in 0..self.feedback {
            for l in 0..hidden.len() {
                if l > 0 {
                    from_below[l] = self.layers[l].forward(hidden[l - 1].clone());
                }
                let above = match hidden.get(l + 1) {
                    Some(above) => above.clone(),
                    None => softmax(logits.clone(), 1) * 2.0 - 1.0,
                };
                let weights = self.layers[l + 1].weight.val();
                pre_activations[l] = from_below[l].clone() + above.matmul(weights.transpose());
                hidden[l] = activate(&pre_activations[l]);
            }
            logits = last[0].forward(hidden[hidden.len() - 1].clone());
        }
        Activity { pre_activations: Tensor::cat(pre_activations, 1), hidden: Tensor::cat(hidden, 1), logits }
    }
}
