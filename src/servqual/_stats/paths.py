"""Recursive regressions from covariances: their coefficients, products along paths, and errors.

Covariances are (…, k, k); what stands before the last two axes is carried along. A coefficient is
found at [effect, cause] of a matrix, and a path is a tuple of places from its cause to its effect.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from servqual._stats.correlation_matrices import definite
from servqual._stats.second_moments import correlations

__all__ = [
    "Path",
    "along",
    "carried",
    "effects_of",
    "indirect_error",
    "link_correlations",
    "others",
    "path_coefficients",
    "paths_through",
]

Array = NDArray[np.float64]
Path = tuple[int, ...]


def link_correlations(covariance: Array) -> Array:
    """Return the correlation of each variable with the next, (…, k - 1)."""
    return np.asarray(np.diagonal(correlations(covariance), 1, axis1=-2, axis2=-1), float)


def carried(covariance: Array) -> Array:
    """Return by how much each variable but the first changes with a change of 1 in the first.

    (…, k - 1), the products of the slopes of all links up to there: Π r · sd of it / sd of the
    first.
    """
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    ratios = np.sqrt(variance[..., 1:] / variance[..., :1])
    return np.asarray(np.cumprod(link_correlations(covariance), axis=-1) * ratios)


def path_coefficients(covariance: Array, causes: Sequence[Path]) -> Array:
    """Return the coefficients of each variable on its causes, (…, k, k): 0 where there is no link.

    NaN where a variable does not vary, or causes follow from each other.
    """
    sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    correlation = correlations(covariance)
    found: Array = np.zeros(correlation.shape)
    for effect, places in enumerate(map(list, causes)):
        if not places:
            continue
        among = correlation[..., places, :][..., places]
        known = definite(among)[..., None]
        usable = np.where(known[..., None], among, np.eye(len(places)))
        slopes = np.linalg.solve(usable, correlation[..., places, effect][..., None])[..., 0]
        units = sd[..., effect, None] / sd[..., places]
        found[..., effect, places] = np.where(known, slopes * units, np.nan)
    return found


def paths_through(middle: Sequence[int], first: int, last: int) -> list[Path]:
    """Return the paths from first to last through one or more of the others, in their order.

    Examples
    --------
    >>> paths_through([1, 2], 0, 3)
    [(0, 1, 3), (0, 2, 3), (0, 1, 2, 3)]
    """
    sizes = range(1, len(middle) + 1)
    return [(first, *some, last) for size in sizes for some in combinations(middle, size)]


def along(coefficients: Array, path: Path) -> Array:
    """Return the coefficients of the links of a path, (…, links)."""
    links = [coefficients[..., effect, cause] for cause, effect in pairwise(path)]
    return np.stack(links, axis=-1)


def effects_of(covariance: Array, causes: Sequence[Path], paths: Sequence[Path]) -> Array:
    """Return what the first variable does to the last: by itself, by each path, by all, in total.

    And then the same in standard deviations: (…, 2·(paths + 3)). The total is the slope of the last
    on the first alone.
    """
    coefficients = path_coefficients(covariance, causes)
    by_paths = np.stack([along(coefficients, path).prod(axis=-1) for path in paths], axis=-1)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    total = covariance[..., -1, :1] / np.where(variance[..., :1] > 0, variance[..., :1], np.nan)
    direct, indirect = coefficients[..., -1, :1], by_paths.sum(axis=-1, keepdims=True)
    found = np.concatenate([direct, by_paths, indirect, total], axis=-1)
    units = np.sqrt(variance[..., :1] / variance[..., -1:])
    return np.concatenate([found, found * units], axis=-1)


def others(factors: Array) -> Array:
    """Return for each factor, on the last axis, the product of all others.

    Examples
    --------
    >>> others(np.array([2.0, 3.0, 0.0])).tolist()
    [0.0, 0.0, 6.0]
    """
    one = np.ones((*factors.shape[:-1], 1))
    before = np.cumprod(np.concatenate([one, factors[..., :-1]], axis=-1), axis=-1)
    behind = np.concatenate([one, factors[..., :0:-1]], axis=-1)
    return np.asarray(before * np.cumprod(behind, axis=-1)[..., ::-1])


def indirect_error(
    coefficients: Array, unscaled: Sequence[Array], errors: Array, causes: Sequence[Path]
) -> float:
    """Return the delta method's error of all that the first variable does to the last by others.

    With T = (I - B)⁻¹ the total effects, the effect T_y0 - B_y0 changes with the coefficient of v
    on p by T_yv·T_p0, but for that of y on the first. Coefficients of two equations are related
    where both have the same causes: by s_vw·(XᵀX)⁻¹, s their errors' covariance.

    Parameters
    ----------
    coefficients : ndarray (k, k)
        B.
    unscaled : sequence of ndarray
        (XᵀX)⁻¹ of each variable's causes.
    errors : ndarray (k, k)
        s.
    causes : sequence of tuple of int
        Those of each variable.
    """
    size = len(coefficients)
    total = np.linalg.inv(np.eye(size) - coefficients)
    slope = total[-1][:, None] * total[:, 0]
    slope[-1, 0] = 0.0
    square = 0.0
    for v, w in np.ndindex(size, size):
        own = list(causes[v])
        if own and causes[v] == causes[w]:
            square += float(errors[v, w] * slope[v, own] @ unscaled[v] @ slope[w, own])
    return float(np.sqrt(max(square, 0.0)))
