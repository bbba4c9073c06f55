"""Levels of a service: what customers expect, what managers believe, what is set, done, seen."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, brief, distinct, instance, named, numbers, text
from servqual._frames.arrays import matrix, table_of
from servqual._frames.groups import Factor, natural, split
from servqual._stats.means import Mean, Sums, mean_of_means, mean_of_sums
from servqual._stats.student import welch
from servqual.gaps.summaries import Summary
from servqual.instruments import Scale

__all__ = ["ROUNDING", "Levels", "joint_squares", "levels_of", "totals_of"]

Array = NDArray[np.float64]
By = str | Mapping[str, Any] | None
ROUNDING = 1e-12  # of the largest level: a step below it is none
WOBBLE = 1e-9  # what rounding may do to a correlation matrix


@attrs.frozen(kw_only=True, repr=False)
class Levels:
    """Levels measured on the same labels and one scale.

    Parameters
    ----------
    names, labels : tuple of str
        The levels in their order, and what each was measured on.
    branches : tuple of str
        The units; empty where there is one without a name.
    parts : Mean (branches, labels, levels)
        The mean of each label over all its answers, with the fields `n`, `mean`, `se`, `df`.
    whole : Mean (branches, levels)
        The mean of the labels' means; its error is that of people's own means over the labels.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    branches: tuple[str, ...]
    parts: Mean
    whole: Mean

    def __repr__(self) -> str:
        """Return what was measured, in a line."""
        units = f", {len(self.branches)} branches" if self.branches else ""
        return f"Levels: {', '.join(self.names)}; {len(self.labels)} labels{units}"


@attrs.frozen(eq=False)
class Level:
    """A level in its units: their names, if they have any, and of answers their rows and owners."""

    part: Mean
    whole: Mean
    units: tuple[str, ...] = ()
    answers: Array | None = None
    owners: tuple[str, ...] = ()

    def of(self, names: tuple[str, ...]) -> "Level":
        """Return the level in these units; nobody answered in those that it does not have."""
        if not self.units:
            return self
        place = {unit: number for number, unit in enumerate(self.units)}
        places = np.array([place.get(name, -1) for name in names])
        part = self.part[places].where(places[:, None] >= 0)
        return attrs.evolve(self, part=part, whole=self.whole[places].where(places >= 0))

    def rows(self, names: tuple[str, ...]) -> list[Array]:
        """Return the answers in each of these units; all of them where there are no units."""
        answers = np.empty((0, 1)) if self.answers is None else self.answers
        if not self.units:
            return [answers]
        place = {unit: number for number, unit in enumerate(names)}
        return split(answers, np.array([place[owner] for owner in self.owners]), len(names))


def levels_of(
    values: Mapping[str, Any],
    *,
    labels: Sequence[str],
    by: By,
    branches: Sequence[str] | None,
    label_correlation: ArrayLike | None,
    scale: Scale | None,
) -> tuple[Levels, dict[str, Level]]:
    """Return levels from Summaries and answers, together and one by one."""
    labels = _words("labels", labels)
    correlation = _correlation(label_correlation, len(labels))
    hint = "; name a column, or map levels to columns or to the labels of their rows"
    instance("by", by, str, Mapping, type(None), hint=hint)
    for name in by if isinstance(by, Mapping) else ():
        named("by", name, list(values))
    found: dict[str, Level] = {}
    for name, value in values.items():
        text("names of levels", name)
        if isinstance(value, Summary):
            part = _fitting(name, value, labels)
            found[name] = Level(part, _whole(part, correlation), value.branches)
        else:
            owner = by.get(name) if isinstance(by, Mapping) else by
            found[name] = _level_of_answers(name, value, labels, owner)
        if scale is not None:
            level = found[name]
            _on_scale(name, level.part.mean if level.answers is None else level.answers, scale)
    names = _branches(branches, values, found)
    found = {name: level.of(names) for name, level in found.items()}
    levels = Levels(
        names=tuple(values),
        labels=labels,
        branches=names,
        parts=_stacked([level.part for level in found.values()]),
        whole=_stacked([level.whole for level in found.values()]),
    )
    return levels, found


def _level_of_answers(name: str, value: Any, labels: tuple[str, ...], owner: Any) -> Level:  # noqa: ANN401 (an array or any frame; a column or labels)
    hint = (
        "; a level that was set is Summary([…], sd=0, n=math.inf), and respondent_scores(survey) "
        "has the answers of a survey"
    )
    source = table_of(name, value, labels, hint=hint)
    answers = matrix(name, source, labels)
    if owner is None:
        return Level(*_answered(answers), answers=answers)
    if isinstance(owner, str):
        owner = source.column(source.place("by", owner))
    factor = Factor.of(name, owner)
    if factor.codes.shape != answers.shape[:1]:
        rule = f"`by` must have a label for each of the {len(answers)} rows of {name}"
        msg = f"{rule}, got {len(factor.codes)}"
        raise ValueError(msg)
    each = [_answered(rows) for rows in split(answers, factor.codes, len(factor.labels))]
    part, whole = (Mean.under(means) for means in zip(*each, strict=True))
    return Level(part, whole, factor.labels, answers, tuple(factor.values.tolist()))


def _branches(
    branches: Sequence[str] | None, values: Mapping[str, Any], found: Mapping[str, Level]
) -> tuple[str, ...]:
    """Return the names of the units: those given, else those of the levels, else numbers from 1."""
    sizes = {name: len(level.part.mean) for name, level in found.items() if not level.units}
    several = {size for size in sizes.values() if size != 1}
    own = {unit for level in found.values() for unit in level.units}
    size = max(several, default=len(own) or 1)
    if len(several) > 1 or (own and several):
        units = {name: level.units or len(level.part.mean) for name, level in found.items()}
        msg = f"levels must have the same branches, got {brief(units)}"
        raise ValueError(msg)
    if branches is None:
        flat = all(np.ndim(getattr(value, "mean", 0)) < 2 for value in values.values())
        numbered = () if flat and size == 1 else tuple(map(str, range(1, size + 1)))
        return tuple(sorted(own, key=natural)) or numbered
    names = _words("branches", branches)
    for unit in sorted(own - set(names)):
        named("branches", unit, names)
    if not own and len(names) != size:
        rule = f"`branches` must name each of {size} units"
        msg = f"{rule}, got {len(names)} names; answers are split by `by`"
        raise ValueError(msg)
    return names


def totals_of(
    measured: Levels, found: Mapping[str, Level], first: int, last: int, *, paired: bool
) -> tuple[Mean, Mean]:
    """Return the gap between two levels for each label (branches, labels) and all (branches,)."""
    parts, whole = measured.parts, measured.whole
    if not paired:
        of_label = welch(parts[..., first], parts[..., last])
        return of_label, welch(whole[..., first], whole[..., last])
    ends = measured.names[first], measured.names[last]
    before, after = (found[name] for name in ends)
    if absent := [name for name in ends if found[name].answers is None]:
        msg = (
            f"`paired` needs the answers of {' and '.join(ends)}, one row a customer, got a "
            f"Summary for {' and '.join(absent)}; leave `paired` out"
        )
        raise ValueError(msg)
    sizes = [0 if level.answers is None else len(level.answers) for level in (before, after)]
    if sizes[0] != sizes[1]:
        msg = (
            f"`paired` needs {ends[0]} and {ends[1]} from the same people in the same rows, got "
            f"{sizes[0]} and {sizes[1]} rows; leave `paired` out for different people"
        )
        raise ValueError(msg)
    if before.owners != after.owners:
        msg = f"`paired` needs {ends[0]} and {ends[1]} in the same branches, row by row"
        raise ValueError(msg)
    both = zip(*(level.rows(measured.branches) for level in (before, after)), strict=True)
    each = [_paired_difference(*rows) for rows in both]
    of_label, of_all = (Mean.under(means) for means in zip(*each, strict=True))
    again = [0] * len(parts.mean)  # one pair, where other levels are Summaries of branches
    return (of_label, of_all) if before.units else (of_label[again], of_all[again])


def _paired_difference(first: Array, last: Array) -> tuple[Mean, Mean]:
    """Return last - first for each label (1, labels) and for their mean (1,), from the same people.

    Each side's mean is over all its answers; the error counts how the two sides of a person vary
    together. On complete answers it is that of the paired t.
    """
    size = first.shape[1]
    if not len(first):
        first = last = np.full((1, size), np.nan)
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
    return distinct(name, found)


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


def _fitting(name: str, summary: Summary, labels: tuple[str, ...]) -> Mean:
    """Return the means of a Summary as (branches, labels), with its labels in their order."""
    size, own = len(labels), summary.labels
    if summary.mean.ndim and summary.mean.shape[-1] not in {1, size}:
        msg = f"`{name}` must have {size} labels, got a Summary of shape {summary.mean.shape}"
        raise ValueError(msg)
    if own and sorted(own) != sorted(labels):
        rule = f"`{name}` must be of the labels {', '.join(labels)}"
        msg = f"{rule}, got a Summary of {', '.join(own)}"
        raise ValueError(msg)
    shape = (*summary.mean.shape[:-1], size) if summary.mean.ndim else (size,)
    order = [own.index(label) for label in labels] if own else slice(None)
    fields = attrs.astuple(summary.means, recurse=False)
    return Mean(*(np.atleast_2d(np.broadcast_to(x, shape))[:, order] for x in fields))


def joint_squares(level: Mean, total: Mean) -> tuple[Array, Array, Array]:
    """Return the squared errors of a paired first and last level, and their covariance.

    All three with the n of the pair, n₀/(n₀ - 1), so that they make the error of the difference:
    first + last - 2·covariance = se².
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        bessel = total.n / (total.n - 1)
        first, last = (
            bessel * level.se[..., end] ** 2 * (level.n[..., end] - 1) / level.n[..., end]
            for end in (0, -1)
        )
    return first, last, (first + last - total.se**2) / 2


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
