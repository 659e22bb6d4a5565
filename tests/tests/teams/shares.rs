//! A source that makes a share alone makes the rows of the whole.

use super::crew::each;
use super::{BATCH, reversed};
use burn::tensor::{Tensor, TensorData};
use learning::{Alone, Team, TrajectorySource};

/// The same source, which is asked for all of a batch.
struct Whole<S>(S);

impl<S: TrajectorySource<super::B>> TrajectorySource<super::B> for Whole<S> {
    fn batch(&self, step: usize) -> Result<learning::TransitionBatch<super::B>, learning::LearningError> {
        self.0.batch(step)
    }
}

#[test]
fn reversed_noising_has_the_noise_of_its_rows() {
    let (source, whole) = (reversed(), Whole(reversed()));
    let data = |states: Tensor<super::B, 3>| states.into_data();
    let mut rows = 0;
    for share in each(3, |team| team.share()) {
        let (own, cut) = (source.share(2, share).unwrap(), whole.share(2, share).unwrap());
        rows += own.transitions.from.dims()[1];
        let inputs: [TensorData; 2] = [own.inputs, cut.inputs].map(|inputs| inputs.unwrap().into_data());
        assert_eq!(inputs[0], inputs[1]);
        assert_eq!(own.times, cut.times);
        assert_eq!(data(own.transitions.from), data(cut.transitions.from));
        assert_eq!(data(own.transitions.to), data(cut.transitions.to));
    }
    assert_eq!(rows, BATCH);
    assert_eq!((&Alone as &dyn Team).share().rows(BATCH), 0..BATCH);
}
