"""Levels of a service: what customers expect, what managers believe, what is set, done, seen."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    between,
    brief,
    distinct,
    frozen_array,
    instance,
    numbers,
    same_array,
    text,
)
from servqual._frames.arrays import matrix
from servqual._stats.means import Mean, Sums, mean_of_means, mean_of_sums
from servqual.instruments import Scale

__all__ = ["Levels", "Summary", "levels_of", "paired_difference"]

Array = NDArray[np.float64]
WOBBLE = 1e-9  # what rounding may do to a correlation matrix


@attrs.frozen
class Summary:
    """A level of which only means, standard deviations and numbers of answers are known.

    The three are broadcast against each other and have the shape (labels,) or, for many units at
    once, (branches, labels).

    Parameters
    ----------
    mean : array_like
        Means in units of the scale; NaN where there is none.
    sd : array_like
        Standard deviations with divisor n - 1, 0 or more; NaN where unknown, as of one answer.
    n : array_like
        Numbers of answers, whole and 0 or more; ``math.inf`` with an sd of 0 for a level that was
        set and not sampled, such as a written standard.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a number is out of range.

    Examples
    --------
    >>> Summary([6.5, 6.0], 1.2, 40).n.tolist()
    [40.0, 40.0]
    """

    mean: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    sd: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    n: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)

    def __attrs_post_init__(self) -> None:
        names = ("mean", "sd", "n")
        given = [numbers(name, getattr(self, name)) for name in names]
        try:
            shape = np.broadcast_shapes(*(field.shape for field in given))
        except ValueError as error:
            shapes = ", ".join(f"`{k}` {x.shape}" for k, x in zip(names, given, strict=True))
            msg = f"mean, sd and n must fit each other as (branches, labels), got {shapes}"
            raise ValueError(msg) from error
        if len(shape) > 2 or 0 in shape:
            msg = f"a Summary must be (labels,) or (branches, labels), got shape {shape}"
            raise ValueError(msg)
        mean, sd, n = fields = [np.broadcast_to(field, shape) for field in given]
        _refuse("mean", "finite, or NaN where there is none", np.isinf(mean), mean)
        _refuse("sd", "0 or more, or NaN where unknown", (sd < 0) | np.isinf(sd), sd)
        whole = (n >= 0) & ((n == np.floor(n)) | np.isinf(n))
        _refuse("n", "whole and 0 or more", ~whole, n)
        _refuse("sd", "0 where n is infinite", np.isinf(n) & (sd != 0), sd)
        for name, field in zip(names, fields, strict=True):
            object.__setattr__(self, name, frozen_array(field))

    @property
    def means(self) -> Mean:
        """The means with their errors; those of nobody where there are none."""
        none = np.isnan(self.mean) | (self.n == 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            se = np.where(self.n > 1, self.sd / np.sqrt(self.n), np.nan)
        return Mean(self.n, self.mean, self.sd, se, self.n - 1).where(~none)


def _refuse(name: str, rule: str, bad: NDArray[np.bool_], values: Array) -> None:
    """See that none is bad."""
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        where = f" (place {', '.join(map(str, place))})" if place else ""
        msg = f"`{name}` must be {rule}, got {values[place]}{where}"
        raise ValueError(msg)


@attrs.frozen(kw_only=True)
class Levels:
    """Levels measured on the same labels and one scale.

    Parameters
    ----------
    names, labels : tuple of str
        The levels in their order, and what each was measured on.
    branches : tuple of str
        The units; empty where there is one without a name.
    parts : Mean (branches, labels, levels)
        The mean of each label over all its answers.
    whole : Mean (branches, levels)
        The mean of the labels' means; its error is that of people's own means over the labels.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    branches: tuple[str, ...]
    parts: Mean
    whole: Mean


def levels_of(
    values: Mapping[str, Any],
    *,
    labels: Sequence[str],
    branches: Sequence[str] | None,
    label_correlation: ArrayLike | None,
    scale: Scale | None,
) -> tuple[Levels, dict[str, Array]]:
    """Return levels from Summaries and arrays, and the answers of those that are arrays."""
    labels = _words("labels", labels)
    correlation = _correlation(label_correlation, len(labels))
    answers: dict[str, Array] = {}
    parts, wholes = [], []
    for name, value in values.items():
        if isinstance(value, Summary):
            part = _fitting(name, value, len(labels))
            whole = _whole(part, correlation)
        else:
            answers[name] = matrix(name, value, labels)
            part, whole = _answered(answers[name])
        if scale is not None:
            _on_scale(name, answers.get(name, part.mean), scale)
        parts.append(part)
        wholes.append(whole)
    units = {name: len(part.mean) for name, part in zip(values, parts, strict=True)}
    if len({size for size in units.values() if size != 1}) > 1:
        msg = f"levels must have the same branches, got {units}"
        raise ValueError(msg)
    several = any(isinstance(value, Summary) and value.mean.ndim == 2 for value in values.values())
    levels = Levels(
        names=tuple(text("names of levels", name) for name in values),
        labels=labels,
        branches=_branches(branches, max(units.values()), several=several),
        parts=_stacked(parts),
        whole=_stacked(wholes),
    )
    return levels, answers


def paired_difference(first: Array, last: Array) -> tuple[Mean, Mean]:
    """Return last - first for each label (1, labels) and for their mean (1,), from the same people.

    Each side's mean is over all its answers; the error counts how the two sides of a person vary
    together. On complete answers it is that of the paired t.
    """
    size = first.shape[1]
    pairs, width = _cross_sums(np.hstack([first, last]))
    places = np.stack([np.arange(size), np.arange(size, 2 * size)], axis=1)
    own = Sums(*(x[0][places[:, :, None], places[:, None]] for x in attrs.astuple(pairs)))
    part = mean_of_means(own, np.array([-1.0, 1.0]), width[places])
    whole = mean_of_means(pairs, np.repeat([-1.0, 1.0], size) / size, width)
    difference = _means(last) - _means(first)
    return (
        attrs.evolve(part, mean=difference).where(part.n > 0)[None],
        attrs.evolve(whole, mean=difference.mean(keepdims=True)).where(whole.n > 0),
    )


def _words(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        msg = f"`{name}` must be several texts, got {brief(values)}"
        raise TypeError(msg)
    found = tuple(text(name, value) for value in values)
    if not found:
        msg = f"`{name}` must have at least one entry, got none"
        raise ValueError(msg)
    if len(set(found)) < len(found):
        distinct(name, found)
    return found


def _branches(branches: Sequence[str] | None, size: int, *, several: bool) -> tuple[str, ...]:
    """Return the names of the units: numbers from 1 where nobody named them."""
    if branches is None:
        return tuple(map(str, range(1, size + 1))) if several else ()
    found = _words("branches", branches)
    if len(found) != size:
        msg = f"`branches` must name each of {size} units, got {len(found)} names"
        raise ValueError(msg)
    return found


def _correlation(value: ArrayLike | None, size: int) -> Array | None:
    """Return the correlation of labels as a matrix; a number is that of every two of them."""
    if value is None:
        return None
    given = numbers("label_correlation", value)
    if given.ndim == 0:
        between("label_correlation", given.item(), -1, 1)
        given = np.where(np.eye(size, dtype=bool), 1.0, given)
    if given.shape != (size, size):
        msg = f"`label_correlation` must be a number or {size} by {size}, got shape {given.shape}"
        raise ValueError(msg)
    symmetric = np.allclose(given, given.T, rtol=0, atol=WOBBLE)  # as np.corrcoef leaves it
    ones = np.allclose(np.diag(given), 1, rtol=0, atol=WOBBLE)
    if not (symmetric and ones) or np.linalg.eigvalsh(given)[0] < -WOBBLE:
        msg = (
            f"`label_correlation` must be a correlation of {size} labels (symmetric, 1 on the "
            f"diagonal, no negative eigenvalue), got {brief(value)}"
        )
        raise ValueError(msg)
    return (given + given.T) / 2


def _fitting(name: str, summary: Summary, size: int) -> Mean:
    """Return the means of a Summary as (branches, labels)."""
    shape = (*summary.mean.shape[:-1], size) if summary.mean.ndim else (size,)
    if summary.mean.ndim and summary.mean.shape[-1] not in {1, size}:
        msg = f"`{name}` must have {size} labels, got a Summary of shape {summary.mean.shape}"
        raise ValueError(msg)
    fields = attrs.astuple(summary.means, recurse=False)
    return Mean(*(np.atleast_2d(np.broadcast_to(field, shape)) for field in fields))


def _on_scale(name: str, values: Array, scale: Scale) -> None:
    instance("scale", scale, Scale)
    known = values[~np.isnan(values)]
    off = known[(known < scale.low) | (known > scale.high)]
    if off.size:
        msg = f"`{name}` must lie in {scale.low}..{scale.high}, the scale, got {off[0]}"
        raise ValueError(msg)


def _means(values: Array) -> Array:
    """Return the mean of each column over its answers."""
    there = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: Array = np.where(there, values, 0.0).sum(axis=0) / there.sum(axis=0)
    return means


def _cross_sums(values: Array) -> tuple[Sums, Array]:
    """Return the sums (1, columns, columns) counted from a first answer, and each one's range."""
    there = ~np.isnan(values)
    first = np.where(there.any(axis=0), values[there.argmax(axis=0), np.arange(values.shape[1])], 0)
    moved = np.where(there, values - first, 0.0)  # a constant column has no rounding left
    n, x, xx = (a.T @ b for a, b in ((there * 1.0, there * 1.0), (moved, there), (moved, moved)))
    width = moved.max(axis=0, initial=0) - moved.min(axis=0, initial=0)
    return Sums(*(array[None] for array in (n, n, x, xx, n, x, xx))), width


def _answered(values: Array) -> tuple[Mean, Mean]:
    """Return the mean of each label (1, labels), and of the labels (1,), of people's answers."""
    pairs, width = _cross_sums(values)
    size, means = values.shape[1], _means(values)[None]
    part = mean_of_sums(pairs.diagonal(), width)
    whole = mean_of_means(pairs, np.full(size, 1 / size), width)
    return attrs.evolve(part, mean=means), attrs.evolve(whole, mean=means.mean(axis=1))


def _whole(part: Mean, correlation: Array | None) -> Mean:
    """Return the mean of the labels (branches,) of a Summary (branches, labels).

    se² = L⁻²·Σ_d Σ_e r_de·se_d·se_e·√(min n/max n): of two labels, the smaller number answered
    both. Without r it is known only for one label, or where no label has an error.
    """
    size = part.mean.shape[1]
    flat = (part.se == 0).all(axis=1)
    if correlation is None:
        se = part.se[:, 0] if size == 1 else np.where(flat, 0.0, np.nan)
    else:
        square = (part.se**2).sum(axis=1)
        for d, e in combinations(range(size), 2):
            first, second = part.n[:, d], part.n[:, e]
            with np.errstate(invalid="ignore", divide="ignore"):  # two that were set
                both = np.minimum(first, second) / np.maximum(first, second)
            product = part.se[:, d] * part.se[:, e]
            square += 2 * correlation[d, e] * np.where(product == 0, 0, product * np.sqrt(both))
        se = np.sqrt(np.maximum(square, 0)) / size
    n = part.n.min(axis=1)
    return Mean(n, part.mean.mean(axis=1), np.full(n.shape, np.nan), se, n - 1).where(n > 0)


def _stacked(means: Sequence[Mean]) -> Mean:
    """Return the means of several levels beside each other, on a last axis."""
    n, mean, se = (
        np.stack(np.broadcast_arrays(*(getattr(level, field) for level in means)), axis=-1)
        for field in ("n", "mean", "se")
    )
    return Mean(n, mean, np.full(n.shape, np.nan), se, n - 1)
