"""How answers spread over the classes of a scale: what a picture of them shows, without drawing."""

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, instance
from servqual._frames.groups import keyed
from servqual.instruments import Scale
from servqual.survey import Survey
from servqual.tables import Table

__all__ = ["AnswerClasses", "AnswerShares", "answer_shares"]

MOST = 11  # classes that an eye tells apart
Array = NDArray[np.float64]


@attrs.frozen(eq=False, kw_only=True)
class AnswerClasses:
    """The classes of a scale's answers from low to high; `servqual.plot.answers` says the rule.

    Parameters
    ----------
    middle : float
        The middle of the scale; a class of its own where it is `neutral`.
    lows : ndarray
        Where each class below the middle begins.
    highs : ndarray
        Where each class above the middle ends.
    neutral : bool
        Whether somebody can stand, or stands, in the middle.
    labels : tuple of str
        The numbers of each class.
    decimals : int
        Answers that agree to so many decimals are one answer.
    """

    middle: float
    lows: Array
    highs: Array
    neutral: bool
    labels: tuple[str, ...]
    decimals: int

    @classmethod
    def of(cls, scale: Scale, answers: NDArray[Any]) -> "AnswerClasses":
        """Choose the classes: every answer that is offered or given, else ranges of them."""
        decimals = 6 - math.floor(math.log10(scale.width))
        given = np.unique(np.round(answers[~np.isnan(answers)].astype(float), decimals))
        offered = [code for code, _ in scale.anchors if scale.low <= code <= scale.high]
        if scale.width < MOST:
            offered += scale.levels
        values = np.union1d(given, np.array(offered, dtype=float))
        middle, half = scale.midpoint, scale.width / 2
        if scale.width < MOST and len(values) <= MOST:
            lows, highs = values[values < middle], values[values > middle]
            neutral = middle in values
            below, above = ([f"{value:g}" for value in part] for part in (lows, highs))
        else:
            step = _round_step(half / (MOST // 2))
            starts = step * np.arange(math.ceil(round(half / step, 9)))
            lows = np.round(scale.low + starts, decimals)
            highs = np.round(scale.high - starts, decimals)[::-1]
            neutral = half.is_integer() or middle in given
            levels = np.append(given, scale.high) - scale.low
            whole = step >= 1 and bool((levels % 1 == 0).all())
            below = [
                _range(low, stop, 1, whole=whole)
                for low, stop in zip(lows, [*lows[1:], middle], strict=True)
            ]
            above = [
                _range(high, stop, -1, whole=whole)
                for high, stop in zip(highs, [middle, *highs[:-1]], strict=True)
            ]
        labels = [*below, *([f"{middle:g}"] if neutral else []), *above]
        return cls(
            middle=middle,
            lows=lows,
            highs=highs,
            neutral=neutral,
            labels=tuple(label.replace("-", "−") for label in labels),
            decimals=decimals,
        )

    def codes(self, answers: NDArray[Any]) -> NDArray[np.intp]:
        """Return the class of each answer, and -1 where it is missing."""
        x = np.round(answers.astype(float), self.decimals)
        below = np.searchsorted(self.lows, x, side="right") - 1
        above = len(self.lows) + self.neutral + np.searchsorted(self.highs, x)
        cases = [np.isnan(x), x == self.middle, x < self.middle]
        return np.select(cases, [-1, len(self.lows), below], above)


def _round_step(least: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that reaches `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * digit for digit in (1, 2, 5, 10) if round(power * digit / least, 9) >= 1)


def _range(end: float, stop: float, sign: int, *, whole: bool) -> str:
    """Name a class from its closed end, off the middle, to its open one."""
    if whole:
        last = end + sign * (math.ceil(abs(stop - end)) - 1)
        ends = [f"{end:g}"] + ([f"{last:g}"] if last != end else [])
    else:
        ends = [f"{end:g}", f"{'<' if sign > 0 else '>'}{stop:g}"]
    return " to ".join(ends[::sign])


@attrs.frozen(eq=False, kw_only=True)
class AnswerShares:
    """The share of each class among the answers to an item or a dimension.

    Parameters
    ----------
    classes : AnswerClasses
        The classes.
    table : Table
        One row a group and item, or dimension: `n` answers, the share that is `missing`, and
        `undefined`.
    shares : ndarray (rows, classes)
        Each row sums to 1, or is NaN where nobody answered.
    """

    classes: AnswerClasses
    table: Table
    shares: Array


def answer_shares(
    survey: Survey, *, side: str, level: str, by: str | Sequence[str] | None
) -> AnswerShares:
    """Return the shares of answers; the arguments are those of `servqual.plot.answers`."""
    instance("survey", survey, Survey, hint="; read_survey makes one, sums do not have the answers")
    form = survey.instrument
    if choice("level", level, ("items", "dimensions")) == "items":
        parts = [slice(place, place + 1) for place in range(len(form.items))]
        labels = {"dimension": form.item_dimensions, "item": form.item_codes}
    else:
        parts = [form.places(code) for code in form.dimension_codes]
        labels = {"dimension": form.dimension_codes}
    answers = survey.side(side)
    survey = survey.grouped(by)
    keys = keyed(survey.by, survey.crossed(survey.by)[0], labels)
    # the words of the scale are about agreement or service, not about importance
    scale = attrs.evolve(form.scale, anchors=()) if side == "importances" else form.scale
    classes = AnswerClasses.of(scale, answers)
    codes = classes.codes(answers)
    weights = survey.weights if survey.weights.size else np.ones(len(survey))
    counted = [
        _counted(codes[rows][:, part], weights[rows], len(classes.labels))
        for rows in survey.rows_by_group()
        for part in parts
    ]
    n = np.array([answered for answered, _ in counted])
    sums = np.array([weight for _, weight in counted])  # the first column is what is missing
    total = sums.sum(axis=1)
    with np.errstate(invalid="ignore"):
        shares = sums[:, 1:] / sums[:, 1:].sum(axis=1, keepdims=True)
        missing = sums[:, 0] / total
    undefined = np.select([total == 0, n == 0], ["no respondents", "no answers"], "")
    columns = {"n": n, "missing": missing, "undefined": undefined}
    table = Table(title="Answers", keys=tuple(keys), data=[*keys.items(), *columns.items()])
    return AnswerShares(classes=classes, table=table, shares=shares)


def _counted(codes: NDArray[np.intp], weights: Array, size: int) -> tuple[int, Array]:
    """Return how many answered, and the weight of the missing and of each class."""
    each = np.repeat(weights, codes.shape[1])
    sums = np.bincount(codes.ravel() + 1, each, minlength=size + 1)
    return int((codes >= 0).sum()), sums.astype(float)
