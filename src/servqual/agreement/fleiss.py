"""Fleiss' kappa: agreement of any number of raters beyond chance."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, distinct, see_counts
from servqual._frames.arrays import matrix, table_of
from servqual._frames.words import counted
from servqual._stats.student import t_interval
from servqual.agreement._ratings import AGREE, ALIKE, NOISE, by_word, distinct_rows
from servqual.tables import Result, Table, interval_note

__all__ = ["FleissKappa", "fleiss_kappa", "fleiss_kappa_from_counts"]


@attrs.frozen(kw_only=True, repr=False)
class FleissKappa(Result):
    """Fleiss' kappa of several raters and what it stands on.

    Parameters
    ----------
    table : Table
        One row: all that follows but `categories`.
    categories : Table
        Keyed `category`: the `share` of ratings, and the `kappa` of this category against all
        others with `se`, `low`, `high`, `lacking` and `undefined`.
    n : int
        Units with two ratings or more.
    left_out : int
        Units with fewer.
    agreement, expected : float
        The share of agreeing pairs of ratings of a unit, and that expected by chance.
    kappa : float
        (agreement - expected)/(1 - expected): 1 where raters agree, 0 as by chance.
    se, low, high : float
        Its standard error over units, and the interval that it makes.
    lacking : str
        Why there is no interval, or "".
    undefined : str
        Why there is no kappa, or "".
    """

    table: Table
    categories: Table
    n: int
    left_out: int
    agreement: float = attrs.field(eq=repr)
    expected: float = attrs.field(eq=repr)
    kappa: float = attrs.field(eq=repr)
    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    lacking: str
    undefined: str


def fleiss_kappa(
    ratings: Any,  # noqa: ANN401 (an array, any frame, or Ratings)
    *,
    confidence: float = 0.95,
) -> FleissKappa:
    """Return Fleiss' kappa, κ = (p_o - p_e)/(1 - p_e), of any number of raters.

    p_o is the mean over units of Σ_c r_c(r_c - 1)/(r(r - 1)), with r_c of the unit's r ratings in
    category c; p_e = Σ π_c², with π_c the mean over units of r_c/r.

    Parameters
    ----------
    ratings : array_like, data frame or Ratings (units, raters)
        One row a unit, one column a rater: numbers or words, which are categories without order.
        Units may lack ratings (the form of Gwet): NaN, None, "", "NA", "N/A" and "-", in any case;
        make other codes, such as 99 or "missing", NaN first. Those with fewer than two are left
        out.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    FleissKappa
        At most 1, for all categories and for each against the others.

    Raises
    ------
    TypeError, ValueError
        If ratings are no table.

    Notes
    -----
    The standard error is that over units by linearisation (Gwet), which holds where kappa is not 0
    and needs units in number; the interval is Student's with n - 1 df, cut at 1 and at -1/(m - 1),
    m the least ratings of a unit. Raters need not be the same from unit to unit.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological
    Bulletin 76(5), 378-382. https://doi.org/10.1037/h0031619

    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability. 4th ed. Advanced Analytics.

    Examples
    --------
    Two raters disagree on one of three cases; by chance they would on half.

    >>> round(fleiss_kappa([["a", "a"], ["b", "b"], ["a", "b"]]).kappa, 4)
    0.3333
    """
    confidence = confidence_level(confidence)
    codes, labels = by_word(ratings)
    units, raters = codes.shape
    rows = np.repeat(np.arange(units), raters)[codes.ravel() >= 0]
    cells = rows * len(labels) + codes[codes >= 0]
    counts = np.bincount(cells, minlength=units * len(labels)).reshape(units, len(labels))
    return _fleiss(counts, labels, confidence)


def fleiss_kappa_from_counts(
    counts: Any,  # noqa: ANN401 (an array or any frame)
    *,
    confidence: float = 0.95,
) -> FleissKappa:
    """Return Fleiss' kappa from the number of raters who put each unit in each category.

    Parameters
    ----------
    counts : array_like, data frame or mapping of columns (units, categories)
        One row a unit, one column a category, whole numbers; 0 where nobody chose it. Units with
        fewer than two ratings are left out.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    FleissKappa
        As `fleiss_kappa` gives.

    Raises
    ------
    TypeError, ValueError
        If counts are no table of whole numbers of 0 or more.

    Examples
    --------
    >>> round(fleiss_kappa_from_counts({"a": [2, 0, 1], "b": [0, 2, 1]}).kappa, 4)
    0.3333
    """
    confidence = confidence_level(confidence)
    source = table_of("counts", counts, hint="; give one row a unit and one column a category")
    names = distinct("categories", source.names)
    found = matrix("counts", source, names)
    see_counts("counts", found, where=lambda row: f"row {row + 1}", types=names, missing=False)
    return _fleiss(found.astype(np.intp), names, confidence)


def _fleiss(
    counts: NDArray[np.intp], categories: tuple[str, ...], confidence: float
) -> FleissKappa:
    """Return kappa from counts (units, categories), and that of each category."""
    kept = counts[counts.sum(axis=1) > 1]
    n, left_out = len(kept), len(counts) - len(kept)
    rows, times = distinct_rows(kept)
    ratings = rows.sum(axis=1, keepdims=True)
    each = np.stack([rows, ratings - rows], axis=-1).swapaxes(0, 1)
    note = interval_note(confidence, "Student's t over units")
    note += (
        f"; {counted(left_out, 'unit')} with fewer than two ratings left out" if left_out else ""
    )
    whole = _kappas(rows, times, confidence)
    cells: dict[str, Any] = {
        "n": n,
        "left_out": left_out,
        **{name: cell.item() for name, cell in whole.items()},
    }
    found = _kappas(each, times, confidence)
    del found["agreement"], found["expected"]
    share = times @ (rows / ratings) / (n or np.nan)
    data = {name: [cell] for name, cell in cells.items()}
    return FleissKappa(
        table=Table(title="Fleiss' kappa", keys=(), data=data, note=note),
        categories=Table(
            title="Each category against the others",
            keys=("category",),
            data={"category": np.array(categories, dtype=str), "share": share, **found},
            note=note,
        ),
        **cells,
    )


def _kappas(
    counts: NDArray[np.intp], times: NDArray[np.int64], confidence: float
) -> dict[str, NDArray[Any]]:
    """Return kappas and their intervals from counts (…, rows, categories), rows that came `times`.

    The standard error is that of the mean of the units' parts in kappa, (p_i - p_e)/(1 - p_e) -
    2(1 - κ)(p_ei - p_e)/(1 - p_e), with p_ei = Σ_c π_c·r_c/r.
    """
    n, r = times.sum(), counts.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = (counts * (counts - 1)).sum(axis=-1) / (r * (r - 1))
        shares = counts / r[..., None]
        pi = (times @ shares) / n
        by_chance = (shares @ pi[..., None])[..., 0]
        agreement, expected = own @ times / n, (pi**2).sum(axis=-1)
        varied = ((counts > 0).any(axis=-2).sum(axis=-1) > 1) & (n > 1)
        kappa = np.where(varied, (agreement - expected) / (1 - expected), np.nan)
        k, chance = kappa[..., None], expected[..., None]
        parts = (own - chance - 2 * (1 - k) * (by_chance - chance)) / (1 - chance)
        se = np.sqrt((parts - k) ** 2 @ times / n / (n - 1))
        se = np.where(se <= NOISE, 0.0, se)
        low, high = t_interval(kappa, se, np.full(kappa.shape, n - 1.0), confidence)
        least = -1 / (r.min(axis=-1, initial=np.iinfo(np.int64).max) - 1)
    reasons = {"no unit with two ratings": n == 0, "one unit": n == 1, "no variation": ~varied}
    without = np.isnan(low) & varied
    return {
        "agreement": agreement,
        "expected": expected,
        "kappa": kappa,
        "se": se,
        "low": np.maximum(low, least),
        "high": np.minimum(high, 1.0),
        "lacking": np.select([without & (agreement == 1), without], [AGREE, ALIKE], ""),
        "undefined": np.select(
            [np.broadcast_to(holds, varied.shape) for holds in reasons.values()], list(reasons), ""
        ),
    }
