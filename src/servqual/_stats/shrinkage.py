"""Means of units pulled to their common mean; how far units truly differ; ranks of true means."""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.parts import side_by_side
from servqual._stats.ranks import levels

__all__ = [
    "Ranks",
    "Shrunk",
    "heterogeneity",
    "paule_mandel",
    "q_profile",
    "rank_summary",
    "shrunk",
]

Array = NDArray[np.float64]
NEAR = 1e-14  # a root is found when a step is below this share of it
HUGE = 1e300  # a variance beside which no distance counts
STEPS = 200  # of halving, which few data need
CELLS = 2**17  # draws of units at a time, which stay in the cache
MANY = 2**19  # draws of units from which a second thread gains more than it costs


@attrs.frozen(kw_only=True, eq=False)
class Shrunk:
    """Units' means m with variances v, and what is believed of their true means.

    With weights 1/(v + τ²): `mean` is μ̂ and `error` its variance 1/Σ1/(v + τ²). The true mean of a
    unit has the mean `shrunk` = μ̂ + `weight`·(m - μ̂), weight = τ²/(v + τ²), and the `variance`
    v·weight + (1 - weight)²·error. A unit with v = 0 is known exactly: weight 1.
    """

    means: Array
    variances: Array
    tau2: float
    mean: float
    error: float
    weight: Array
    shrunk: Array
    variance: Array

    def take(self, places: NDArray[np.intp]) -> "Shrunk":
        """Return some of the units, believed to come from the same common distribution."""
        names = ("means", "variances", "weight", "shrunk", "variance")
        return attrs.evolve(self, **{name: getattr(self, name)[places] for name in names})


@attrs.frozen(kw_only=True, eq=False)
class Ranks:
    """Ranks of true means, 1 the highest: shares of draws, and the interval of ranks."""

    p_best: Array
    p_top: Array
    low: Array
    high: Array


def heterogeneity(m: Array, v: Array, tau2: float = 0.0) -> float:
    """Return Q = Σ(m - μ̂)²/(v + τ²), μ̂ with the weights 1/(v + τ²).

    Units with v + τ² = 0 fix μ̂, and Q is infinite where they differ: its limits.
    """
    with np.errstate(all="ignore"):
        centre, _ = _centre(m, v + tau2)
        apart = (m - centre) ** 2 / (v + tau2)
        return float(np.where(m == centre, 0.0, apart).sum())


def paule_mandel(m: Array, v: Array) -> float:
    """Return τ², the variance of true means by Paule and Mandel: Q(τ²) = k - 1, at least 0.

    NaN for fewer than two units.
    """
    return _tau2(m, v, len(m) - 1.0)


def q_profile(m: Array, v: Array, confidence: float) -> tuple[float, float]:
    """Return Viechtbauer's interval of τ²: where Q(τ²) is a quantile of χ² with k - 1 df.

    Ends are at least 0; both are 0 where means lie closer together than noise would have them.
    """
    from scipy.special import chdtri  # half a second

    low, high = (float(chdtri(len(m) - 1.0, 0.5 - side / 2)) for side in (confidence, -confidence))
    return _tau2(m, v, low), _tau2(m, v, high)


def shrunk(m: Array, v: Array, tau2: float | None = None) -> Shrunk:
    """Return the units' means pulled to their common mean; τ² is that of Paule and Mandel."""
    tau2 = paule_mandel(m, v) if tau2 is None else tau2
    total = v + tau2
    with np.errstate(all="ignore"):
        mean, error = _centre(m, total)
        weight = np.where(v > 0, tau2 / total, 1.0)
        found = mean + weight * (m - mean)
        variance = v * weight + (1 - weight) ** 2 * error
    undefined = np.isnan(total)
    return Shrunk(
        means=m,
        variances=v,
        tau2=tau2,
        mean=mean,
        error=error,
        weight=np.where(undefined, np.nan, weight),
        shrunk=np.where(undefined, np.nan, np.where(v > 0, found, m)),
        variance=np.where(undefined, np.nan, variance),
    )


def rank_summary(
    found: Shrunk, top: int, draws: int, rng: np.random.Generator, confidence: float
) -> Ranks:
    """Return what joint draws of true means say of their ranks, 1 the highest.

    A draw is μ ~ N(μ̂, error) and, given μ, true means weight·m + (1 - weight)·μ + √(v·weight)·e:
    together they have the means and variances of `found`. Of g units whose true means tie in every
    draw and hold the places from b on, `low` counts b, `high` b + g - 1, and each has 1/g of what
    the places bring. The interval is equal-tailed, of ranks that were drawn.
    """
    top = min(top, len(found.means))
    first, place, size = _ties(found)
    best = _places(found.take(first), size, draws, rng)
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    low, high = (max(math.ceil(tail * draws - 1e-9) - 1, 0) for tail in tails)
    held = np.minimum(top + 1 - np.minimum(best, top + 1), size.astype(best.dtype)[:, None])
    p_best, p_top = (best == 1).mean(axis=1) / size, held.mean(axis=1) / size
    best.partition((low, high), axis=1)
    return Ranks(
        p_best=p_best[place],
        p_top=p_top[place],
        low=best[place, low].astype(float),
        high=best[place, high] + size[place] - 1.0,
    )


def _centre(m: Array, total: Array) -> tuple[float, float]:
    """Return the mean with weights 1/total, and its variance; what has no variance fixes it."""
    exact = m[total == 0]
    if exact.size:
        return float(exact[0] + (exact - exact[0]).mean()), 0.0
    if not m.size or np.isnan(total).any():
        return math.nan, math.nan
    surest = int(total.argmin())  # others count from it: far-out and noisy ones cost no digits
    weights = total[surest] / total
    apart = weights @ (m - m[surest]) / weights.sum()
    return float(m[surest] + apart), float(total[surest] / weights.sum())


def _tau2(m: Array, v: Array, target: float) -> float:
    """Return the root of Q(τ²) = target, at least 0.

    Q falls, and with S = Σ(m - m̄)² it lies between S/(max v + τ²) and S/(min v + τ²), which bracket
    the root. Steps are Newton's for 1/Q, a line where variances are equal.
    """
    if len(m) < 2:
        return math.nan
    m = m - m[v.argmin()]
    width = float(np.abs(m).max())
    if width == 0:
        return 0.0
    with np.errstate(over="ignore"):
        m, v = m / width, np.minimum(v / width / width, HUGE)
    spread = float(((m - m.mean()) ** 2).sum()) / target
    low, high = max(spread - float(v.max()), 0.0), spread - float(v.min())
    if high <= 0 or (low == 0 and heterogeneity(m, v) <= target):
        return 0.0
    at = low or high / 2
    for _ in range(STEPS):
        step = _newton(m, v, at, target)
        low, high = (at, high) if not step < 0 else (low, at)
        last, at = at, at + step
        if abs(step) <= NEAR * last or high - low <= NEAR * low:
            break
        at = at if low < at < high else (low + high) / 2
    return min(max(at, low), high) * width * width


def _newton(m: Array, v: Array, at: float, target: float) -> float:
    """Return Newton's step for 1/Q = 1/target; the slope of Q is -Σ(m - μ̂)²/(v + τ²)²."""
    with np.errstate(all="ignore"):
        centre, _ = _centre(m, v + at)
        parts = (m - centre) ** 2 / (v + at)
        q = parts.sum()
        return float((q / target - 1) * q / (parts / (v + at)).sum())


def _ties(found: Shrunk) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return one unit of each tie, the tie of each unit, and how many units each tie has.

    Without a spread, all tie; with one, those that are known exactly and equal but for rounding.
    """
    k = len(found.means)
    if found.tau2 == 0:
        return np.zeros(1, np.intp), np.zeros(k, np.intp), np.array([k])
    keys = np.arange(k)
    exact = np.flatnonzero(found.variances == 0)
    _, first, place = np.unique(levels(found.means[exact]), return_index=True, return_inverse=True)
    keys[exact] = exact[first][place]
    return np.unique(keys, return_inverse=True, return_counts=True)


def _places(
    found: Shrunk, size: NDArray[np.intp], draws: int, rng: np.random.Generator
) -> NDArray[np.unsignedinteger]:
    """Return the best place that each tie holds in each draw, (ties, draws).

    What is drawn is the distance from μ, in which small differences are not lost.
    """
    k = len(size)
    best = np.empty((k, draws), np.min_scalar_type(int(size.sum()) + 1))
    if k == 1:
        best[:] = 1
        return best
    scale = math.sqrt(found.tau2)
    centre, slack = (found.means - found.mean) / scale, math.sqrt(found.error) / scale
    noise = np.sqrt(found.variances * found.weight) / scale
    step = max(1, CELLS // k)
    starts = range(0, draws, step)

    def part(start: int, own: np.random.Generator) -> None:
        rows = min(step, draws - start)
        mean = slack * own.standard_normal((rows, 1))
        drawn = own.standard_normal((rows, k))
        drawn *= noise
        drawn += found.weight * (centre - mean)
        order = np.argsort(-drawn, axis=1)
        held = size[order]
        ranks = np.empty((rows, k), best.dtype)
        np.put_along_axis(ranks, order, np.cumsum(held, axis=1) - held + 1, axis=1)
        best[:, start : start + rows] = ranks.T

    many = len(starts) > 1 and draws * k >= MANY
    list(side_by_side(part, starts, rng.spawn(len(starts)), many=many))
    return best
