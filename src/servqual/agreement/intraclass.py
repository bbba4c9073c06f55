"""Intraclass correlations: the six forms for raters who all rated the same units."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level
from servqual._frames.words import counted
from servqual._stats.means import NO_SPREAD
from servqual._stats.variance_components import f_ends, icc_of_f, icc_of_mean
from servqual.agreement._ratings import AGREE, NOISE, numeric
from servqual.tables import Result, Table, interval_note

__all__ = ["IntraclassCorrelation", "intraclass_correlation"]

Array = NDArray[np.float64]
SINGLE, MEANS = ("ICC1", "ICC2", "ICC3"), ("ICC1k", "ICC2k", "ICC3k")
MEANINGS = (
    "each unit has raters of its own: agreement",
    "raters are a sample: agreement",
    "these raters alone: consistency",
)
NO_MEAN = "no variation between units"
NOT_POSITIVE = "no positive variance of the means"


@attrs.frozen(kw_only=True, repr=False)
class IntraclassCorrelation(Result):
    """The six intraclass correlations, and how many ratings they stand on.

    Parameters
    ----------
    table : Table
        Keyed `form`: ``"ICC1"`` to ``"ICC3"`` of one rating, ``"ICC1k"`` to ``"ICC3k"`` of the mean
        of all raters; its `meaning` in words; `n`, the units; `icc` with its interval `low` and
        `high`; `f`, `df1`, `df2` and `p` of the test that units do not differ; `lacking`, why there
        is no interval; and `undefined`.
    n : int
        Units that all raters rated.
    left_out : int
        Units that lack a rating.
    raters : int
        Raters, the columns of the ratings.
    """

    table: Table
    n: int
    left_out: int
    raters: int


@attrs.frozen
class _Squares:
    """Mean squares of ratings (n units, k raters): between units, raters, error, within units."""

    n: int
    k: int
    units: float
    raters: float
    error: float
    within: float

    @classmethod
    def of(cls, ratings: Array) -> "_Squares":
        """Add up squares about the means; what is rounding beside the ratings' range is 0."""
        n, k = ratings.shape
        width = float(ratings.max() - ratings.min())
        x = ratings - ratings.mean()
        unit, rater = x.mean(axis=1, keepdims=True), x.mean(axis=0, keepdims=True)
        between, across = k * float((unit**2).sum()), n * float((rater**2).sum())
        rest = float(((x - unit - rater) ** 2).sum())
        sums = np.array([between, across, rest, across + rest])
        df = np.array([n - 1, k - 1, (n - 1) * (k - 1), n * (k - 1)])
        found = np.where(sums <= NO_SPREAD * n * k * width**2, 0.0, sums / df)
        return cls(n, k, *found.tolist())


def intraclass_correlation(
    ratings: Any,  # noqa: ANN401 (an array, any frame, or Ratings)
    *,
    confidence: float = 0.95,
) -> IntraclassCorrelation:
    """Return the six intraclass correlations of Shrout and Fleiss.

    With the mean squares B between units, J between raters, E of error and W within units, of n
    units and k raters:

    - ICC1 = (B - W)/(B + (k-1)W) and ICC1k = (B - W)/B, where each unit has raters of its own;
    - ICC2 = (B - E)/(B + (k-1)E + k(J - E)/n) and ICC2k = (B - E)/(B + (J - E)/n), where the raters
      are a sample of those who might rate: how far they agree;
    - ICC3 = (B - E)/(B + (k-1)E) and ICC3k = (B - E)/B, of these raters alone: how far they put
      units at the same distances, though one may be stricter than another.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, raters)
        One row a unit, one column a rater, numbers. Units that lack a rating (NaN, None, "", "NA",
        "N/A" or "-", in any case) are left out; make other codes, such as 99, NaN first.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    IntraclassCorrelation
        At most 1; those of one rating at least -1/(k-1). Where the estimated variance of the means
        is negative, ICC2 and ICC2k are undefined; where it is 0, ICC2k.

    Raises
    ------
    TypeError, ValueError
        If ratings are no table of numbers.

    Notes
    -----
    Choose the form before seeing the numbers. Intervals assume normal effects: exact from F but for
    ICC2 and ICC2k, which take Satterthwaite's df, as Shrout and Fleiss do. The F of ICC1 and ICC1k
    is B/W, else B/E.

    References
    ----------
    Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater
    reliability. Psychological Bulletin 86(2), 420-428. https://doi.org/10.1037/0033-2909.86.2.420

    McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1(1), 30-46. https://doi.org/10.1037/1082-989X.1.1.30

    Examples
    --------
    The second rater is stricter by 1 throughout: consistent, but not in agreement.

    >>> table = intraclass_correlation([[2, 1], [4, 3], [6, 5]]).table
    >>> table["form"].tolist()
    ['ICC1', 'ICC2', 'ICC3', 'ICC1k', 'ICC2k', 'ICC3k']
    >>> table["icc"].round(4).tolist()
    [0.8824, 0.8889, 1.0, 0.9375, 0.9412, 1.0]
    """
    confidence = confidence_level(confidence)
    values, _ = numeric(ratings)
    whole = values[~np.isnan(values).any(axis=1)]
    n, raters = whole.shape
    columns = dict.fromkeys(("icc", "low", "high", "f", "df1", "df2", "p"), np.full(6, np.nan))
    undefined, lacking = np.full(6, _reason(whole), dtype=object), np.full(6, "", dtype=object)
    if not undefined.any():
        squares = _Squares.of(whole)
        columns |= _estimates(squares) | _intervals(squares, confidence) | _tests(squares)
        unknown = np.isnan(columns["icc"])
        undefined[unknown] = NOT_POSITIVE if squares.units else NO_MEAN
        columns = {name: np.where(unknown, np.nan, column) for name, column in columns.items()}
        lacking[np.isnan(columns["low"]) & ~unknown] = _no_interval(squares)
    means = [f"mean of {raters}: {meaning}" for meaning in MEANINGS]
    data: dict[str, Any] = {
        "form": [*SINGLE, *MEANS],
        "meaning": [*(f"one rating: {meaning}" for meaning in MEANINGS), *means],
        "n": np.full(6, n),
        **columns,
        "lacking": lacking,
        "undefined": undefined,
    }
    left_out = len(values) - n
    note = interval_note(confidence, "F, of ICC2 and ICC2k with Satterthwaite's df")
    note += f"; {counted(left_out, 'unit')} lacking a rating left out" if left_out else ""
    table = Table(title="Intraclass correlation", keys=("form",), data=data, note=note)
    return IntraclassCorrelation(table=table, n=n, left_out=left_out, raters=raters)


def _reason(ratings: Array) -> str:
    """Return why there is no correlation at all, or nothing."""
    units, raters = ratings.shape
    reasons = {
        "one rater": raters == 1,
        "no unit was rated by all raters": units == 0,
        "one unit": units == 1,
        "no variation": units > 0 and bool((ratings == ratings[:1, :1]).all()),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _no_interval(s: _Squares) -> str:
    """Return why an estimate has no interval."""
    if not s.units:
        return NO_MEAN
    if s.error:
        return "Satterthwaite's df vanish"
    return "no error: raters differ by a constant" if s.raters else AGREE


def _estimates(s: _Squares) -> dict[str, Array]:
    """Return the correlations in the order of the forms, NaN where the means do not vary."""
    f = _tests(s)["f"][:3]
    single, of_means = icc_of_f(f, s.k), icc_of_mean(f)
    raters = (s.raters - s.error) / s.n
    means = s.units + raters  # the variance of the means, times k
    means = 0.0 if abs(means) <= NOISE * s.units else means
    with np.errstate(invalid="ignore", divide="ignore"):
        top, all_of_it = np.float64(s.units - s.error), means + (s.k - 1) * (s.error + raters)
        single[1] = top / all_of_it if means >= 0 else np.nan
        of_means[1] = top / means if means > 0 else np.nan
    return {"icc": np.concatenate([single, of_means])}


def _tests(s: _Squares) -> dict[str, Array]:
    """Return F = B/W or B/E, its df, and p."""
    from scipy.special import fdtrc  # half a second

    df1 = np.full(6, s.n - 1.0)
    df2 = np.tile([s.n * (s.k - 1.0), *[(s.n - 1) * (s.k - 1.0)] * 2], 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = s.units / np.tile([s.within, s.error, s.error], 2)
    return {"f": f, "df1": df1, "df2": df2, "p": np.asarray(fdtrc(df1, df2, f), float)}


def _intervals(s: _Squares, confidence: float) -> dict[str, Array]:
    """Return the ends of the intervals: from those of F; of ICC2, from its own."""
    tests, k = _tests(s), s.k
    ends = f_ends(tests["f"][:3], tests["df1"][:3], tests["df2"][:3], confidence)
    single, means = (
        np.stack([of(end) for end in ends]) for of in (lambda f: icc_of_f(f, k), icc_of_mean)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        single[:, 1] = np.clip(_satterthwaite(s, 0.5 + confidence / 2), -1 / (k - 1), 1)
        means[:, 1] = k * single[:, 1] / (1 + (k - 1) * single[:, 1])
    low, high = np.where(s.units > 0, np.concatenate([single, means], axis=1), np.nan)
    return {"low": low, "high": high}


def _satterthwaite(s: _Squares, upper: float) -> Array:
    """Return the ends of the interval of ICC2, by McGraw and Wong; NaN if it lies outside."""
    from scipy.special import fdtri  # half a second

    n, k, df = s.n, s.k, s.n - 1
    icc = float(_estimates(s)["icc"][1])
    by_rater, by_error = k * icc * s.raters, (n * (1 + (k - 1) * icc) - k * icc) * s.error
    v = np.divide((k - 1) * df * (by_rater + by_error) ** 2, df * by_rater**2 + by_error**2)
    spread = k * s.raters + (k * n - k - n) * s.error
    below, above = fdtri(df, v, upper), fdtri(v, df, upper)
    with np.errstate(over="ignore", invalid="ignore"):  # of quantiles with next to no df
        low = n * (s.units - below * s.error) / (below * spread + n * s.units)
        high = n * (above * s.units - s.error) / (spread + n * above * s.units)
    holds = low <= icc <= high  # not with df far below 1
    return np.array([low, high]) if holds else np.full(2, np.nan)
