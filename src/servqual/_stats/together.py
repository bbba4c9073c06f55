"""Chances that any, or so many, of several events happen: independent, or of one common cause.

Dependence is that of an exchangeable Gaussian copula: event i happens where √ρ·z + √(1-ρ)·eᵢ > cᵢ,
with z and eᵢ standard normal and cᵢ = -Φ⁻¹(pᵢ). Given z, events are independent, with chances
qᵢ(z) = Φ((√ρ·z - cᵢ)/√(1-ρ)). Events are the last axis. What is small is computed as such, never as
1 - (what is nearly 1).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from servqual._stats.quadrature import legendre

__all__ = ["any_of", "any_slopes", "bounds", "number_of"]

Array = NDArray[np.float64]
REACH = 9.0  # standard deviations beyond which nothing is left of a normal distribution
STEP = 1.0  # width of the panels of the quadrature where nothing is steep
STEEP = (-8.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)  # ends of panels where q(z) rises, in its own width
ABOUT = (-16.0, -12.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 8.0)  # the same, of one event alone
NODES, FEW = 16, 8  # in a panel; few where a draw's own error is larger
ROOM = 2**22  # numbers held at a time


def bounds(p: Array) -> tuple[Array, Array]:
    """Return Fréchet's bounds of the chance that any happens, whatever the dependence."""
    return p.max(axis=-1, initial=0.0), np.minimum(1.0, p.sum(axis=-1))


def any_of(p: Array, correlation: float = 0.0) -> Array:
    """Return the chance that any happens; p may have rows, such as draws."""
    p = np.asarray(p, dtype=float)
    lower, upper = bounds(p)
    rows = p.reshape(-1, p.shape[-1])
    rows = rows[:, rows.any(axis=0)]  # what never happens costs time
    if correlation == 0:
        found = _any(p)
    elif correlation == 1 or rows.shape[1] < 2:
        found = lower
    else:
        found = np.concatenate(list(_integrated(rows, correlation))).reshape(p.shape[:-1])
    return np.asarray(np.clip(found, lower, upper))


def _any(p: Array) -> Array:
    with np.errstate(divide="ignore"):  # log 0 where an event is certain
        return np.asarray(0.0 - np.expm1(np.log1p(-p).sum(axis=-1)))  # no -0


def _integrated(p: Array, correlation: float) -> Iterator[Array]:
    """Yield the chances that any happens, of some rows at a time."""
    cuts = _cuts(p)
    if len(p) > 1 and _width(correlation) < STEP:
        size = max(1, ROOM // (len(ABOUT) * FEW) // p.shape[1])
        for start in range(0, len(p), size):
            yield _about_first(cuts[start : start + size], correlation)
        return
    step, nodes = (STEP, NODES) if len(p) == 1 else (2 * STEP, FEW)
    z, weights = _quadrature(cuts, correlation, step, nodes)
    size = max(1, ROOM // z.size // p.shape[1])
    for start in range(0, len(p), size):
        yield _any(_given(z, cuts[start : start + size, None], correlation)) @ weights


def _about_first(cuts: Array, correlation: float) -> Array:
    """Return the chances that any happens, by panels about the rise of each row's likeliest event.

    Beyond them it is certain; before them, nothing happens.
    """
    from scipy.special import ndtr  # half a second

    ends = _width(correlation) * np.array(ABOUT)
    x, weights = legendre(FEW)
    spans = np.diff(ends)[:, None]
    first = cuts.min(axis=1, keepdims=True) / np.sqrt(correlation)
    first = np.clip(first, -REACH - ends[-1], 1e3)  # of events that are certain, or impossible
    z = first + (ends[:-1, None] + spans * x).ravel()
    density = (spans * weights).ravel() * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    q = _given(z, cuts[:, None], correlation)
    return np.asarray((_any(q) * density).sum(axis=1) + ndtr(-(first[:, 0] + ends[-1])))


def _cuts(p: Array) -> Array:
    from scipy.special import ndtri  # half a second

    return np.asarray(-ndtri(p))


def _width(correlation: float) -> float:
    """Return within which width of z an event's chance rises from 0 to 1."""
    return float(np.sqrt((1 - correlation) / correlation))


def _given(z: Array, cuts: Array, correlation: float) -> Array:
    """Return the chances given z, (…, z, events)."""
    from scipy.special import ndtr  # half a second

    z = z[..., None]
    return np.asarray(ndtr((np.sqrt(correlation) * z - cuts) / np.sqrt(1 - correlation)))


def _quadrature(
    cuts: Array, correlation: float, step: float = STEP, nodes: int = NODES
) -> tuple[Array, Array]:
    """Return values of z and their weights, which hold the normal density.

    Panels are narrow where some q(z) rises from 0 to 1, which it does within √((1-ρ)/ρ) of c/√ρ.
    """
    z, widths = _panels(cuts, correlation, step, nodes)
    return z, widths * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _panels(
    cuts: Array, correlation: float, step: float = STEP, nodes: int = NODES
) -> tuple[Array, Array]:
    cuts = cuts[np.isfinite(cuts)]
    root, width = np.sqrt(correlation), _width(correlation)
    pull = root * cuts.size / (1 + (cuts.size - 1) * correlation)  # of z, if all events happen
    low = min(-REACH, pull * cuts.min(initial=0.0) - REACH)
    high = max(REACH, pull * cuts.max(initial=0.0) + REACH)
    ends = np.linspace(low, high, int(np.ceil((high - low) / step)) + 1)
    if width < STEP:
        centres = np.unique(np.round(cuts / root / width)) * width  # near ones share their panels
        steep = (centres[:, None] + width * np.array(STEEP)).ravel()
        ends = np.append(ends, steep[(steep > low) & (steep < high)])
    ends = np.unique(ends)
    x, weights = legendre(nodes)
    spans = np.diff(ends)[:, None]
    return (ends[:-1, None] + spans * x).ravel(), (spans * weights).ravel()


def number_of(p: Array, correlation: float = 0.0) -> Array:
    """Return the chances that exactly 0, 1, …, n of n events happen."""
    if correlation == 0:
        return _poisson_binomial(p)
    if correlation == 1:  # the k most likely ones happen, or none beyond them
        at_least = np.concatenate([[1.0], np.sort(p)[::-1], [0.0]])
        return 0.0 - np.diff(at_least)  # no -0
    cuts = _cuts(p)
    z, weights = _quadrature(cuts, correlation)
    size = max(1, ROOM // (len(p) + 1))
    found = np.zeros(len(p) + 1)
    for start in range(0, len(z), size):
        part = slice(start, start + size)
        found += weights[part] @ _poisson_binomial(_given(z[part], cuts, correlation))
    return np.asarray(found / found.sum())


def _poisson_binomial(p: Array) -> Array:
    """Return the chances of each number, (…, n + 1): one event after the other joins."""
    size = p.shape[-1]
    found = np.zeros((size + 1, *p.shape[:-1]))
    found[0] = 1
    for place in range(size):
        chance = p[..., place]
        happens = chance * found[: place + 1]
        found[: place + 1] *= 1 - chance
        found[1 : place + 2] += happens
    return np.moveaxis(found, 0, -1)


def any_slopes(p: Array, correlation: float = 0.0) -> Array:
    """Return the derivatives of the chance that any happens by each p.

    Each is the chance that no other happens, given that this one's latent value is at its cut; NaN
    where ρ is 1 and the most likely ones are equal.
    """
    if correlation == 0:
        return _of_others(p)
    if correlation == 1:
        most = p == p.max()
        return np.where(most & (most.sum() > 1), np.nan, most.astype(float))
    cuts = _cuts(p)
    z, widths = _panels(cuts, correlation)
    slopes = np.zeros(len(p))
    size = max(1, ROOM // len(p))
    for start in range(0, len(z), size):
        part = z[start : start + size]
        away = (part[:, None] - np.sqrt(correlation) * cuts) / np.sqrt(1 - correlation)
        density = np.exp(-(away**2) / 2) / np.sqrt(2 * np.pi * (1 - correlation))
        others = _of_others(_given(part, cuts, correlation))
        slopes += widths[start : start + size] @ (density * others)
    never, surely = p == 0, p == 1  # z is then at one of its ends
    slopes[never] = float((p > 0).sum() == 0)
    slopes[surely] = float(surely.sum() == 1)
    return np.minimum(slopes, 1.0)


def _of_others(p: Array) -> Array:
    """Return for each event the chance that no other happens, independent ones."""
    with np.errstate(divide="ignore"):
        none = np.log1p(-p)
    before = np.cumsum(none, axis=-1)[..., :-1]
    behind = np.cumsum(none[..., ::-1], axis=-1)[..., -2::-1]
    nothing = np.zeros((*p.shape[:-1], 1))
    left = np.concatenate([nothing, before], axis=-1)
    right = np.concatenate([behind, nothing], axis=-1)
    return np.asarray(np.exp(left + right))
