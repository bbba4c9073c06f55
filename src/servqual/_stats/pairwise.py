"""Weights from pairwise comparisons: the principal eigenvector, and how far judgements agree.

A comparison says how many times as much one thing is as another. Matrices are positive and
reciprocal, a_ji = 1/a_ij, on the last two axes; what stands before them is carried along.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["consistency", "misfits", "principal_weights"]

Array = NDArray[np.float64]
# The mean consistency index of random matrices of 1, 2, … 15 things (Saaty 1980).
RANDOM_INDEX = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)


def principal_weights(matrices: Array) -> Array:
    """Return the w of A·w = λ_max·w that sums to 1.

    With g the geometric means of the rows, w = g·v, v the eigenvector of a_ij·g_j/g_i. Those lie
    near 1 however far the weights are apart, so that small weights keep their digits.
    """
    logs = np.log(matrices)
    means = logs.mean(axis=-1)
    values, vectors = np.linalg.eig(np.exp(logs + means[..., None, :] - means[..., :, None]))
    place = values.real.argmax(axis=-1)[..., None, None]
    vector = np.abs(np.take_along_axis(vectors, place, axis=-1)[..., 0])  # of any sign
    size = np.log(vector) + means
    weights = np.exp(size - size.max(axis=-1, keepdims=True))
    found: Array = weights / weights.sum(axis=-1, keepdims=True)
    return found


def misfits(matrices: Array, weights: Array) -> Array:
    """Return a_ij·w_j/w_i: how many times what the weights say a comparison says; 1 if the same."""
    found: Array = matrices * (weights[..., None, :] / weights[..., :, None])
    return found


def consistency(misfit: Array) -> tuple[Array, Array, Array]:
    """Return λ_max, CI = (λ_max - n)/(n - 1) and CR = CI/RI of comparisons with these misfits ε.

    By λ_max - n = Σ_{i<j} (ε_ij + 1/ε_ij - 2)/n, which loses no digit where the judgements agree.
    CR is 0 for one or two things, which cannot contradict, and NaN beyond the 15 that have an RI.
    """
    n = misfit.shape[-1]
    excess = ((misfit - 1) ** 2 / misfit).sum(axis=(-2, -1)) / (2 * n)
    excess = excess if n > 2 else np.zeros_like(excess)
    index = excess / max(n - 1, 1)
    if n > len(RANDOM_INDEX):
        return n + excess, index, np.full_like(excess, np.nan)
    return n + excess, index, index / (RANDOM_INDEX[n - 1] or 1)
