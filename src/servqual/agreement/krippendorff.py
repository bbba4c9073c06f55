"""Krippendorff's alpha: agreement of any number of raters, at any level of measurement."""

from collections.abc import Callable
from typing import Any, Literal, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level, generator, whole
from servqual._stats.bootstrap import Progress, bar, percentile
from servqual.agreement._ratings import AGREE, by_value, by_word, counted, distinct_rows
from servqual.tables import Result, Table, interval_note

__all__ = ["KrippendorffAlpha", "Level", "krippendorff_alpha"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
LEVELS = ("nominal", "ordinal", "interval", "ratio")
SQUARED = ("ordinal", "interval")  # levels whose δ² is a squared difference
ESTIMATES = ("observed", "expected", "alpha", "low", "high")
CELLS = 2**21  # ratings of resamples held at a time


@attrs.frozen(kw_only=True, repr=False)
class KrippendorffAlpha(Result):
    """Krippendorff's alpha and what it stands on.

    Parameters
    ----------
    table : Table
        One row, keyed `level`: all that follows.
    level : str
        The level of measurement.
    n : int
        The ratings that can be paired: those of units with two ratings or more.
    units : int
        Units with two ratings or more.
    left_out : int
        Units with fewer.
    raters : int
        Raters, the columns of the ratings.
    observed, expected : float
        The mean δ² of two ratings of one unit, and that of any two ratings.
    alpha : float
        1 - observed/expected: 1 where raters agree, 0 where they do as by chance, below 0 where
        they agree less than that.
    low, high : float
        Its interval.
    lacking : str
        Why there is no interval, or "".
    undefined : str
        Why there is no alpha, or "".
    """

    table: Table
    level: str
    n: int
    units: int
    left_out: int
    raters: int
    observed: float = attrs.field(eq=repr)
    expected: float = attrs.field(eq=repr)
    alpha: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    lacking: str
    undefined: str


def krippendorff_alpha(
    ratings: Any,  # noqa: ANN401 (an array, any frame, or Ratings)
    *,
    level: Level,
    confidence: float = 0.95,
    resamples: int = 2000,
    rng: int | np.random.Generator | None = None,
    progress: Progress = False,
) -> KrippendorffAlpha:
    """Return Krippendorff's alpha, α = 1 - D_o/D_e.

    D_o = 1/n · Σ_u 1/(m_u - 1) · Σ_{i≠j} δ²(x_ui, x_uj) over the m_u ratings of each unit, and
    D_e = 1/(n(n - 1)) · Σ_c Σ_k n_c·n_k·δ²(c, k), with n_c of the n ratings that have the value c.
    δ² is 1 for different categories; (c - k)² at the interval level; ((c - k)/(c + k))² at the
    ratio level; and at the ordinal level (R_c - R_k)², with R the mean rank among all ratings.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, raters)
        One row a unit, one column a rater. NaN, None, "", "NA", "N/A" and "-" are missing: alpha
        stands on what is there. Units with fewer than two ratings are left out.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What the ratings are: categories, numbers or words; or numbers of which the order counts,
        the differences, or the ratios, for numbers of 0 or more. It decides what a disagreement is,
        and has no default.
    confidence : float
        The confidence of the interval, between 0 and 1.
    resamples : int
        How often units are drawn anew.
    rng : int or Generator, optional
        The seed of the draws.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with the resamples done, and all.

    Returns
    -------
    KrippendorffAlpha
        Alpha is at most 1; and undefined, not 1, where all ratings have one value.

    Raises
    ------
    TypeError, ValueError
        If ratings are no table, at other levels than the nominal no numbers, or below 0 at the
        ratio level.

    Notes
    -----
    The interval is the percentile bootstrap over units: raters are taken as they are. Units that
    were rated alike are drawn together, so that many units on a short scale cost no more than few.
    Where raters agree in every unit, resamples cannot differ, and there is none. Krippendorff asks
    for .8, and for tentative conclusions .667. At the ratio level every two distinct values are
    compared: with tens of thousands of them, that takes long.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.

    Krippendorff, K. (2019). Content Analysis: An Introduction to Its Methodology. 4th ed. Sage.
    https://doi.org/10.4135/9781071878781

    Examples
    --------
    Two coders disagree on one of three cases: 2 of 6 ordered pairs, where 18 of 30 are expected.

    >>> found = krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]], level="nominal", rng=1)
    >>> found.n, round(found.observed, 4), round(found.expected, 4), round(found.alpha, 4)
    (6, 0.3333, 0.6, 0.4444)
    """
    choice("level", level, LEVELS)
    confidence, rng = confidence_level(confidence), generator(rng)
    whole("resamples", resamples, least=1)
    codes, values = _read(ratings, level)
    there = (codes >= 0).sum(axis=1)
    kept = there > 1
    figures = {
        "n": int(there[kept].sum()),
        "units": int(kept.sum()),
        "left_out": int((~kept).sum()),
        "raters": codes.shape[1],
    }
    estimates = dict.fromkeys(ESTIMATES, np.nan)
    undefined = "" if figures["units"] else "no unit with two ratings"
    lacking, said = "", []
    if not undefined:
        patterns = _Patterns.of(codes[kept], values, level)
        observed, expected = patterns.disagreements(patterns.times[None, :])[:, 0].tolist()
        estimates |= {"observed": observed, "expected": expected}
        alone = "one unit" if figures["units"] == 1 else ""  # whose alpha is 0 whatever it has
        undefined = alone or ("" if expected > 0 else "no variation")
    if not undefined:
        estimates["alpha"] = 1 - observed / expected
        lacking = "" if observed else AGREE
    if not undefined and not lacking:
        draws = patterns.draws(resamples, rng, progress)
        (estimates["low"],), (estimates["high"],) = percentile(draws[:, None], confidence)
        lacking = "too few resamples have an alpha" if np.isnan(estimates["low"]) else ""
        said.append(_said(confidence, draws))
    if figures["left_out"]:
        said.append(f"{counted(figures['left_out'])} with fewer than two ratings left out")
    estimates = {name: float(value) for name, value in estimates.items()}
    cells = {"level": level, **figures, **estimates, "lacking": lacking, "undefined": undefined}
    data = {name: [cell] for name, cell in cells.items()}
    table = Table(title="Krippendorff's alpha", keys=("level",), data=data, note="; ".join(said))
    return KrippendorffAlpha(table=table, **cells)


def _said(confidence: float, draws: Array) -> str:
    """Say how the interval is made."""
    method = interval_note(confidence, "percentile bootstrap over units")
    without = int(np.isnan(draws).sum())
    more = f", of which {without} gave no estimate" if without else ""
    return f"{method}, {len(draws)} resamples{more}"


def _read(ratings: Any, level: str) -> tuple[Codes, Array]:  # noqa: ANN401 (as above)
    """Return the place of each rating among the distinct values, and these."""
    if level == "nominal":
        codes, labels = by_word(ratings)
        return codes, np.arange(len(labels), dtype=float)
    codes, values = by_value(ratings)
    if level == "ratio" and values.size and values[0] < 0:
        row, column = np.argwhere(codes == 0)[0].tolist()
        where = f"(row {row + 1}, column {column + 1})"
        msg = f"`ratings` must be 0 or more at level 'ratio', got {values[0]:g} {where}"
        raise ValueError(msg)
    return codes, values


@attrs.frozen(eq=False)
class _Patterns:
    """The different ways in which units were rated, and how many units were rated so.

    The order of raters does not count. Alpha is a function of how often each pattern came, `times`.
    A pattern has `sizes` ratings; all ratings of patterns stand in a row: the pattern that each
    belongs to (`owner`, in order), and the place of its value (`code`).
    """

    level: str
    times: NDArray[np.int64]
    sizes: NDArray[np.intp]
    owner: Codes
    code: Codes
    values: Array
    within: Array  # Σ_{i≠j} δ² of each pattern; at the ordinal level it depends on the ranks

    @classmethod
    def of(cls, codes: Codes, values: Array, level: str) -> "_Patterns":
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
        return cls(level, times, sizes, owner, code, values, within)

    def disagreements(self, times: NDArray[np.int64]) -> Array:
        """Return D_o and D_e for counts of patterns (samples, patterns)."""
        order = np.argsort(self.code, kind="stable")
        starts = np.searchsorted(self.code[order], np.arange(len(self.values)))
        margins = np.add.reduceat(times[:, self.owner[order]], starts, axis=1).astype(float)
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

    def draws(self, resamples: int, rng: np.random.Generator, progress: Progress) -> Array:
        """Return the alphas of as many units, drawn with replacement: counts are multinomial."""
        units, found = int(self.times.sum()), np.empty(resamples)
        step = max(1, CELLS // len(self.code))
        with bar(resamples, progress) as advance:
            for start in range(0, resamples, step):
                some = slice(start, min(start + step, resamples))
                times = rng.multinomial(units, self.times / units, some.stop - start)
                observed, expected = self.disagreements(times)
                with np.errstate(invalid="ignore", divide="ignore"):
                    found[some] = np.where(expected > 0, 1 - observed / expected, np.nan)
                advance(some.stop - start)
        return found


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
