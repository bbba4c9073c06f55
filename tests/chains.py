"""Rows of chains of variables, and what their regressions are by the normal equations."""

import numpy as np
import pytest
from hypothesis import strategies as st

__all__ = [
    "ATTITUDE",
    "FAST",
    "NAMES",
    "SEEDS",
    "close",
    "lines",
    "network",
]

FAST = {"resamples": 50}
# R's attitude: complaints, learning, raises, rating
ATTITUDE = np.array(
    [
        *([51, 39, 61, 43], [64, 54, 63, 63], [70, 69, 76, 71], [63, 47, 54, 61]),
        *([78, 66, 71, 81], [55, 44, 54, 43], [67, 56, 66, 58], [75, 55, 70, 71]),
        *([82, 67, 71, 72], [61, 47, 62, 67], [53, 58, 58, 64], [60, 39, 59, 67]),
        *([62, 42, 55, 69], [83, 45, 59, 68], [77, 72, 79, 77], [90, 72, 60, 81]),
        *([85, 69, 79, 74], [60, 75, 55, 65], [70, 57, 75, 65], [58, 54, 64, 50]),
        *([40, 34, 43, 50], [61, 62, 66, 64], [66, 50, 63, 53], [37, 58, 50, 40]),
        *([54, 48, 66, 63], [77, 63, 88, 66], [75, 74, 80, 78], [57, 45, 51, 48]),
        *([85, 71, 77, 85], [82, 59, 64, 82]),
    ],
    float,
)
NAMES = ("complaints", "learning", "raises", "rating")


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def lines(y, *causes):
    """Return the slopes of a regression, its errors, and its df, by the normal equations."""
    X = np.column_stack([np.ones(len(y)), *causes])
    inverse = np.linalg.inv(X.T @ X)
    b = inverse @ X.T @ y
    df = len(y) - X.shape[1]
    variance = ((y - X @ b) ** 2).sum() / df
    return b[1:], np.sqrt(variance * np.diag(inverse))[1:], df


def network(seed, n, k):
    """Return rows of variables that go together."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, k)) @ rng.normal(size=(k, k)) * rng.uniform(0.1, 50, k) + 7


SEEDS = st.integers(0, 2**32 - 1)
