"""Krippendorff's alpha: agreement of any number of raters, at any level of measurement."""

from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level
from servqual._frames.words import counted
from servqual._stats.bootstrap import RESAMPLED, Drawing, Progress, kept, percentile
from servqual.agreement._patterns import Patterns
from servqual.agreement._ratings import AGREE, by_word, numeric, placed
from servqual.tables import Result, Table, interval_note

__all__ = ["KrippendorffAlpha", "Level", "krippendorff_alpha"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
ESTIMATES = ("observed", "expected", "alpha", "low", "high")


@attrs.frozen(kw_only=True, repr=False)
class KrippendorffAlpha(Result):
    """Krippendorff's alpha and what it stands on.

    Parameters
    ----------
    table : Table
        One row: all that follows.
    level : str
        The level of measurement.
    n : int
        Units with two ratings or more.
    left_out : int
        Units with fewer.
    ratings : int
        The ratings of the n units, which can be paired.
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
    left_out: int
    ratings: int
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
    rng: int | np.random.Generator | None = 0,
    progress: Progress = False,
) -> KrippendorffAlpha:
    """Return Krippendorff's alpha, α = 1 - D_o/D_e.

    D_o = 1/N · Σ_u 1/(m_u - 1) · Σ_{i≠j} δ²(x_ui, x_uj) over the m_u ratings of each unit, and
    D_e = 1/(N(N - 1)) · Σ_c Σ_k n_c·n_k·δ²(c, k), with n_c of the N ratings that have the value c.
    δ² is 1 for different categories; (c - k)² at the interval level; ((c - k)/(c + k))² at the
    ratio level; and at the ordinal level (R_c - R_k)², with R the mean rank among all ratings.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, raters)
        One row a unit, one column a rater. NaN, None, "", "NA", "N/A" and "-" are missing, in any
        case; other codes, such as 99 or "missing", are ratings: make them NaN first. Alpha stands
        on what is there. Units with fewer than two ratings are left out.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What the ratings are: categories, numbers or words; or numbers of which the order counts,
        the differences, or the ratios, for numbers of 0 or more. It decides what a disagreement is,
        and has no default.
    confidence : float
        The confidence of the interval, between 0 and 1.
    resamples : int
        How often units are drawn anew, at least twice. Where more than a tenth of the resamples
        have no alpha, there is no interval.
    rng : int or Generator, optional
        The seed of the draws; by default 0, so that a report says the same twice. None draws other
        numbers each time.
    progress : bool or callable
        Show a bar where tqdm is installed, or call with what is done, and of how much.

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
    The interval is the percentile bootstrap over units: raters are taken as they are. Where raters
    agree in every unit, resamples cannot differ, and there is none. Krippendorff asks for .8, and
    for tentative conclusions .667.

    Units that were rated alike are drawn together, and at the interval level sums suffice: a
    million units take seconds. But where nearly all units are rated differently, each resample goes
    over all ratings at the ordinal level: some minutes for 100,000 units; and the ratio level
    compares every two distinct values: a minute for 10,000 of them. Draw fewer resamples then, or
    round the ratings.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania.

    Krippendorff, K. (2019). Content Analysis: An Introduction to Its Methodology. 4th ed. Sage.
    https://doi.org/10.4135/9781071878781

    Examples
    --------
    Two coders disagree on one of three cases: 2 of 6 ordered pairs, where 18 of 30 are expected.

    >>> found = krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]], level="nominal")
    >>> found.n, round(found.observed, 4), round(found.expected, 4), round(found.alpha, 4)
    (3, 0.3333, 0.6, 0.4444)
    """
    choice("level", level, get_args(Level))
    confidence = confidence_level(confidence)
    drawing = Drawing(resamples=resamples, rng=rng, progress=progress)
    codes, values = _read(ratings, level)
    there = (codes >= 0).sum(axis=1)
    paired = there > 1
    n, left_out = int(paired.sum()), int((~paired).sum())
    estimates = dict.fromkeys(ESTIMATES, np.nan)
    undefined = "" if n else "no unit with two ratings"
    lacking, said = "", []
    if not undefined:
        patterns = Patterns.of(codes[paired], values, level)
        observed, expected = patterns.disagreements()
        estimates |= {"observed": observed, "expected": expected}
        alone = "one unit" if n == 1 else ""  # whose alpha is 0 whatever it has
        undefined = alone or ("" if expected > 0 else "no variation")
    if not undefined:
        estimates["alpha"] = 1 - observed / expected
        lacking = "" if observed else AGREE
    if not undefined and not lacking:
        (estimates["low"], estimates["high"]), lost = _ends(patterns, drawing, confidence)
        if np.isnan(estimates["low"]):
            lacking = f"no interval: {lost} of {resamples} resamples without an estimate"
        method = interval_note(confidence, f"{RESAMPLED['percentile']} over units")
        said.append(method + drawing.note(lost))
    if left_out:
        said.append(f"{counted(left_out, 'unit')} with fewer than two ratings left out")
    cells: dict[str, Any] = {
        "level": level,
        "n": n,
        "left_out": left_out,
        "ratings": int(there[paired].sum()),
        "raters": codes.shape[1],
        **{name: float(value) for name, value in estimates.items()},
        "lacking": lacking,
        "undefined": undefined,
    }
    data = {name: [cell] for name, cell in cells.items()}
    table = Table(title="Krippendorff's alpha", keys=(), data=data, note="; ".join(said))
    return KrippendorffAlpha(table=table, **cells)


def _ends(
    patterns: Patterns, drawing: Drawing, confidence: float
) -> tuple[tuple[float, float], int]:
    """Return the interval, NaN where too many resamples have no alpha, and how many."""
    draws = patterns.draws(drawing)[:, None]
    low, high, lost = kept(draws, *percentile(draws, confidence))
    return (float(low[0]), float(high[0])), int(lost[0])


def _read(ratings: Any, level: Level) -> tuple[Codes, Array]:  # noqa: ANN401 (as above)
    """Return the place of each rating among the distinct values, and these."""
    if level == "nominal":
        codes, labels = by_word(ratings)
        return codes, np.arange(len(labels), dtype=float)
    found, raters = numeric(ratings)
    if level == "ratio" and (below := np.argwhere(found < 0)).size:
        row, column = below[0].tolist()
        got = f"{found[row, column]:g} (row {row + 1}, {raters[column]!r})"
        msg = f"`ratings` must be 0 or more at level 'ratio', got {got}"
        raise ValueError(msg)
    return placed(found)
