"""The different ways in which units were rated, of which Krippendorff's alpha is a function."""

from collections.abc import Callable
from typing import cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.bootstrap import Bootstrap, Drawing, bar
from servqual.agreement._ratings import distinct_rows

__all__ = ["Patterns"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
SQUARED = ("ordinal", "interval")  # levels whose δ² is a squared difference
CELLS = 2**21  # ratings of resamples held at a time
MANY = 10_000  # patterns from which sums over units are drawn, where alpha is a function of sums
FEW = 64  # values that nominal and ratio sums may have


@attrs.frozen(eq=False)
class Patterns:
    """The different ways in which units were rated, and how many units were rated so.

    The order of raters does not count. Alpha is a function of how often each pattern came, `times`.
    A pattern has `sizes` ratings; all ratings of patterns stand in a row: the pattern that each
    belongs to (`owner`, in order), and the place of its value (`code`). By value, they belong to
    `owner_by_value`, each value's from `starts` on.
    """

    level: str
    times: NDArray[np.int64]
    sizes: NDArray[np.intp]
    owner: Codes
    code: Codes
    owner_by_value: Codes
    starts: Codes
    values: Array
    within: Array  # Σ_{i≠j} δ² of each pattern; at the ordinal level it depends on the ranks

    @classmethod
    def of(cls, codes: Codes, values: Array, level: str) -> "Patterns":
        """Count patterns of units, (units, raters), each with two ratings or more."""
        rows, times = distinct_rows(np.sort(codes, axis=1))
        there = rows >= 0
        sizes = there.sum(axis=1)
        used, code = np.unique(rows[there], return_inverse=True)
        values = values[used]
        owner = np.repeat(np.arange(len(rows)), sizes)
        if level in SQUARED:
            within = _squares(values[code][None, :], owner, sizes)[0]
        else:
            full = np.full(rows.shape, np.nan)
            full[there] = values[code]
            within = _pairs(full, _ratios if level == "ratio" else _unlike)
        order = np.argsort(code, kind="stable")
        starts = np.flatnonzero(np.diff(code[order], prepend=-1))
        return cls(level, times, sizes, owner, code, owner[order], starts, values, within)

    def disagreements(self) -> tuple[float, float]:
        """Return D_o and D_e."""
        observed, expected = self._disagreements(self.times[None, :])[:, 0].tolist()
        return observed, expected

    def draws(self, drawing: Drawing) -> Array:
        """Return the alphas of as many units, drawn with replacement, NaN where undefined."""
        few = self.level == "interval" or (self.level != "ordinal" and len(self.values) <= FEW)
        if few and len(self.times) > MANY:
            boot = self._by_sums()
            return boot.draws(drawing.resamples, drawing.rng, progress=drawing.progress)[:, 0]
        return self._by_times(drawing)

    def _by_times(self, drawing: Drawing) -> Array:
        """Return the alphas of resamples from how often each pattern is drawn."""
        units, found = int(self.times.sum()), np.empty(drawing.resamples)
        step = max(1, CELLS // len(self.code))
        with bar(drawing.resamples, drawing.progress, unit="resample") as advance:
            for start in range(0, drawing.resamples, step):
                some = slice(start, min(start + step, drawing.resamples))
                times = drawing.rng.multinomial(units, self.times / units, some.stop - start)
                found[some] = _alpha(*self._disagreements(times))
                advance(some.stop - start)
        return found

    def _by_sums(self) -> Bootstrap:
        """Return the bootstrap of alpha as a function of sums over units.

        A unit of m ratings adds Σ_{i≠j} δ²/(m - 1); and m, Σx and Σx² at the interval level, else
        how many of its ratings have each value.
        """
        unit = np.repeat(np.arange(len(self.times)), self.times)  # their order does not count
        starts = np.cumsum(self.sizes) - self.sizes
        if self.level == "interval":
            n = len(self.code)
            x = self.values[self.code] - self.values[self.code].mean()
            ratings = np.stack([np.ones(n), x, x**2], axis=1)
        else:
            ratings = np.eye(len(self.values), dtype=np.float32)[self.code]
        own = self.within / (self.sizes - 1)
        added = np.column_stack([own, np.add.reduceat(ratings, starts, axis=0)])

        def alpha(sums: Array) -> Array:
            if self.level == "interval":
                n, x, xx = np.moveaxis(sums[..., 1:], -1, 0)
                expected = 2 * (n * xx - x**2)
            else:
                margins = sums[..., 1:]
                n = margins.sum(axis=-1)
                expected = self._expected(margins, self.values[None, :], n)
            return _alpha(sums[..., 0] / n, expected / (n * (n - 1)))[..., None]

        return Bootstrap(features=lambda some: added[unit[some]], rows=len(unit), statistic=alpha)

    def _disagreements(self, times: NDArray[np.int64]) -> Array:
        """Return D_o and D_e for counts of patterns (samples, patterns)."""
        by_value = np.take(times, self.owner_by_value, axis=1)
        margins = np.add.reduceat(by_value, self.starts, axis=1).astype(float)
        n = margins.sum(axis=1)
        values, within = self.values[None, :], self.within[None, :]
        if self.level == "ordinal":
            values = np.cumsum(margins, axis=1) - margins / 2
            within = _squares(values[:, self.code], self.owner, self.sizes)
        observed = (times * (within / (self.sizes - 1))).sum(axis=1) / n
        varied = (margins > 0).sum(axis=1) > 1
        expected = np.where(varied, self._expected(margins, values, n), 0.0) / (n * (n - 1))
        return np.stack([observed, expected])

    def _expected(self, margins: Array, values: Array, n: Array) -> Array:
        """Return Σ_c Σ_k n_c·n_k·δ²(c, k)."""
        if self.level in SQUARED:
            mean = (margins * values).sum(axis=1, keepdims=True) / n[:, None]
            found: Array = 2 * n * (margins * (values - mean) ** 2).sum(axis=1)
            return found
        if self.level == "nominal":
            return cast("Array", n**2 - (margins**2).sum(axis=1))
        total, step = np.zeros(len(n)), max(1, CELLS // len(self.values))
        for start in range(0, len(self.values), step):
            some = slice(start, start + step)
            apart = _ratios(self.values[:, None], self.values[some])
            total += ((margins @ apart) * margins[:, some]).sum(axis=1)
        return total


def _alpha(observed: Array, expected: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def _squares(values: Array, owner: Codes, sizes: NDArray[np.intp]) -> Array:
    """Return Σ_{i≠j} (x_i - x_j)² = 2m·Σ(x - x̄)² of each pattern, from (samples, ratings)."""
    starts = np.cumsum(sizes) - sizes
    mean = np.add.reduceat(values, starts, axis=1) / sizes
    squares: Array = np.add.reduceat((values - mean[:, owner]) ** 2, starts, axis=1)
    return squares * (2 * sizes)


def _pairs(rows: Array, apart: Callable[[Array, Array], Array]) -> Array:
    """Return Σ_{i≠j} δ² of each row, NaN where there is no rating."""
    found = np.zeros(len(rows))
    step = max(1, CELLS // rows.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        there = ~np.isnan(block)
        for rater in range(rows.shape[1] - 1):
            first, others = block[:, rater : rater + 1], block[:, rater + 1 :]
            both = there[:, rater : rater + 1] & there[:, rater + 1 :]
            found[start : start + step] += 2 * np.sum(apart(first, others), axis=1, where=both)
    return found


def _unlike(first: Array, second: Array) -> Array:
    return np.asarray(first != second, dtype=float)


def _ratios(first: Array, second: Array) -> Array:
    """Return ((c - k)/(c + k))², 0 where both are 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(first == second, 0.0, ((first - second) / (first + second)) ** 2)
    return found
