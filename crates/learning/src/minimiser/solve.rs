//! Symmetric couplings by conjugate gradients.

use crate::LearningError;
use faer::{Mat, Side};

pub(super) fn condition_number(matrix: &Mat<f64>) -> Result<f64, LearningError> {
    let values = matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| LearningError::Setting {
        name: "transitions",
        value: "moments that are not numbers".to_owned(),
        requirement: "finite",
    })?;
    let (least, most) = values.iter().fold((f64::MAX, 0f64), |(a, b), v| (a.min(*v), b.max(*v)));
    Ok(most / least.max(f64::MIN_POSITIVE))
}

/// Solves L(x) = b for a symmetric positive (semi)definite L; returns x and the iterations.
pub(super) fn conjugate_gradients(
    apply: impl Fn(&Mat<f64>) -> Mat<f64>,
    b: &Mat<f64>,
    most: usize,
) -> (Mat<f64>, usize) {
    let dot = |a: &Mat<f64>, b: &Mat<f64>| -> f64 {
        (0..a.ncols()).flat_map(|j| (0..a.nrows()).map(move |i| (i, j))).map(|(i, j)| a[(i, j)] * b[(i, j)]).sum()
    };
    let mut x = Mat::<f64>::zeros(b.nrows(), b.ncols());
    let mut residual = b.clone();
    let mut direction = b.clone();
    let (mut square, enough) = (dot(b, b), 1e-24 * dot(b, b));
    let mut iterations = 0;
    while square > enough && iterations < most {
        let along = apply(&direction);
        let curvature = dot(&direction, &along);
        if curvature <= 0.0 {
            break;
        }
        let step = square / curvature;
        x += step * &direction;
        residual -= step * &along;
        let next = dot(&residual, &residual);
        direction = &residual + (next / square) * &direction;
        square = next;
        iterations += 1;
    }
    (x, iterations)
}
