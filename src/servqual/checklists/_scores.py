"""Scores of the items and elements of sheets, and the totals that elements make."""

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.averages import ROUNDING, power_means, scaled
from servqual._stats.means import Mean, Sums, added, mean_of_means, mean_of_sums, sums_by
from servqual.checklists._answers import Sheets
from servqual.checklists.forms import Checklist, Element

__all__ = ["POWERS", "Scores", "Totals", "carried", "counted_items", "owners", "reached"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
POWERS: dict[str, float] = {"mean": 1.0, "geometric": 0.0, "minimum": -math.inf}


@attrs.frozen(eq=False)
class Scores:
    """Scores of the items of sheets, and of their elements, (sheets, …); NaN where there is none.

    `member` tells which items make which element (items, elements); `scored` items have a score,
    and those `counted` are of an element with a weight.
    """

    sheets: Sheets
    items: Array
    elements: Array
    member: Array
    scored: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    weights: Array

    @classmethod
    def of(cls, sheets: Sheets) -> "Scores":
        """Weigh the items of each element."""
        checklist, items = sheets.checklist, sheets.scores
        belongs = owners(checklist)
        member = np.array([[float(own is e) for e in checklist.elements] for own in belongs])
        shares = scaled(np.array([item.weight for item in checklist.items]))[:, None] * member
        answered = ~np.isnan(items)
        with np.errstate(invalid="ignore", divide="ignore"):
            elements = (np.where(answered, items, 0.0) @ shares) / (answered @ shares)
        return cls(
            sheets,
            items,
            np.clip(elements, *_reach(items, checklist)),
            member,
            np.array([item.is_scored for item in checklist.items]),
            counted_items(checklist),
            np.array([element.weight for element in checklist.elements]),
        )

    @property
    def some(self) -> NDArray[np.bool_]:
        """Which sheets have an answer that is scored."""
        return np.asarray(~np.isnan(self.items).all(axis=1))

    @property
    def answered(self) -> Array:
        """How many items that count each sheet answers."""
        return np.asarray((~np.isnan(self.items))[:, self.counted].sum(axis=1), float)

    @property
    def not_applicable(self) -> Array:
        """How many items that count each sheet calls not applicable."""
        return np.asarray(self.sheets.not_applicable[:, self.counted].sum(axis=1), float)

    def sheet_totals(self, rule: str) -> Array:
        """Return the total of each sheet."""
        return power_means(self.elements, self.weights, POWERS[rule])

    def totals(self, codes: Places, groups: int, rule: str) -> "Totals":
        """Return the totals of groups of sheets, T = f(S_1, …), with the errors of Σ f'_k·S_k."""
        pairs = _pairs(self.elements, codes, groups)
        own = pairs.diagonal()
        elements = mean_of_sums(own, 1.0)
        used = ~np.isnan(elements.mean) & (self.weights > 0)
        elements = elements.where(used)
        weights = np.broadcast_to(self.weights, used.shape)
        totals = power_means(elements.mean, weights, POWERS[rule])
        weakest = _lowest(elements)
        slopes = _slopes(elements.mean, totals, self.weights, weakest, rule)
        steep = np.asarray(~np.isfinite(slopes).all(axis=1))
        mean = mean_of_means(pairs, np.nan_to_num(slopes), 1.0)
        one = (slopes != 0).sum(axis=1) == 1
        ends = np.where(slopes != 0, own.x == own.xx, True).all(axis=1)  # noqa: FBT003 (a mask)
        sizes = np.bincount(codes, minlength=groups) * self.counted.sum()
        return Totals(
            n=added(self.some.astype(float), codes, groups),
            mean=attrs.evolve(mean, mean=totals, se=np.where(steep, np.nan, mean.se)),
            binary=np.asarray(ends & (one | (totals == 0) | (totals == 1))),
            weakest=np.where(used.any(axis=1), weakest, -1),
            steep=steep,
            coverage=added(self.answered, codes, groups) / sizes,
            not_applicable=added(self.not_applicable, codes, groups) == sizes,
        )


@attrs.frozen(eq=False)
class Totals:
    """Totals of groups of `n` sheets, as means.

    `binary` ones are a share of sheets; `weakest` is the place of the element with the lowest
    score, -1 for none; `steep` is a total that changes without bounds with an element, which
    scores 0; `not_applicable` are groups of which all is.
    """

    n: Array
    mean: Mean
    binary: NDArray[np.bool_]
    weakest: Places
    steep: NDArray[np.bool_]
    coverage: Array
    not_applicable: NDArray[np.bool_]


def _reach(items: Array, checklist: Checklist) -> tuple[Array, Array]:
    """Return the lowest and the highest score of an item in each element, against rounding."""
    ends = np.cumsum([len(element.items) for element in checklist.elements])[:-1]
    parts = np.split(items, ends, axis=1)
    low, high = (
        np.column_stack([reduce(part, axis=1) for part in parts])
        for reduce in (np.fmin.reduce, np.fmax.reduce)
    )
    return low, high


def counted_items(checklist: Checklist) -> NDArray[np.bool_]:
    """Tell which items count for a total: they are scored, and their element has a weight."""
    return np.array(
        [
            item.is_scored and element.is_scored
            for element in checklist.elements
            for item in element.items
        ]
    )


def owners(checklist: Checklist) -> list[Element]:
    """Return the element of each item."""
    return [element for element in checklist.elements for _ in element.items]


def _pairs(scores: Array, codes: Places, groups: int) -> Sums:
    """Return the sums of scores by group over the sheets that have both of a pair."""
    there = (~np.isnan(scores)).astype(float)
    x = np.where(there > 0, scores, 0.0)

    def summed(first: Array, second: Array) -> Array:
        columns = [added(column[:, None] * second, codes, groups) for column in first.T]
        return np.array(columns).swapaxes(0, 1)

    n, total, product = summed(there, there), summed(x, there), summed(x, x)
    return Sums(n, n, total, product, n, total, product)


def _lowest(elements: Mean) -> Places:
    """Return the place of the lowest score, of ties the least certain."""
    scores = np.where(np.isnan(elements.mean), np.inf, elements.mean)
    lowest = scores <= scores.min(axis=1, keepdims=True) + ROUNDING
    return np.asarray(np.where(lowest, np.nan_to_num(elements.se), -1.0).argmax(axis=1))


def _slopes(scores: Array, totals: Array, weights: Array, lowest: Places, rule: str) -> Array:
    """Return the slope of totals with each score; NaN scores do not count."""
    used = ~np.isnan(scores)
    if rule == "minimum":
        return np.where(used & (np.arange(scores.shape[1]) == lowest[:, None]), 1.0, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(used, weights, 0.0) / np.where(used, weights, 0.0).sum(axis=1)[:, None]
        return share if rule == "mean" else np.where(used, share * totals[:, None] / scores, 0.0)


def reached(scores: Scores) -> Array:
    """Return the share of sheets in which a step and all before it were met; NaN where no step.

    A step that failed settles those behind it; one that is not applicable, or a prompt, stops
    nobody.
    """
    sheets = scores.sheets
    passed = sheets.not_applicable | ~scores.scored
    met = np.where(passed, 1.0, np.where(np.isnan(scores.items), np.nan, scores.items == 1))
    found = np.full((len(sheets.groups), met.shape[1]), np.nan)
    start = 0
    for element in sheets.checklist.elements:
        steps = slice(start, start + len(element.items))
        start = steps.stop
        if element.ordered:
            unknown = np.isnan(met[:, steps])
            run: Array = np.cumprod(np.where(unknown, 1.0, met[:, steps]), axis=1, dtype=float)
            unsettled = (run > 0) & np.logical_or.accumulate(unknown, axis=1)
            run = np.where(unsettled | sheets.not_applicable[:, steps], np.nan, run)
            sums = sums_by(run, sheets.codes, len(sheets.groups))
            with np.errstate(invalid="ignore"):
                found[:, steps] = sums.x / sums.n
    return found


def carried(scores: Array, layers: int) -> Array:
    """Return the lowest score of each layer and those before it; prompts are infinite."""
    rows = scores.reshape(-1, layers)
    carried = np.minimum.accumulate(rows, axis=1)
    settled = np.fmin.accumulate(rows, axis=1) == 0  # whatever a layer without answers has
    return np.where(settled, 0.0, np.where(np.isinf(carried), np.nan, carried)).ravel()
