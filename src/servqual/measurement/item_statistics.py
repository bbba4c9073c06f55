"""Items one by one: how each is answered, and how it goes with the others."""

from collections.abc import Sequence
from typing import Any
from warnings import warn

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.rows import Rows, Weights
from servqual._frames.words import lacking
from servqual._stats.reliability import alpha, item_totals
from servqual.instruments import Scale
from servqual.instruments.scales import scale_of, see_on_scale
from servqual.measurement._reasons import NO_SUM, no_covariances, no_sum
from servqual.measurement._rows import rows_of
from servqual.measurement.covariances import Covariance, Missing
from servqual.tables import Result, Table, readable

__all__ = ["ItemAnalysis", "item_analysis"]

Array = NDArray[np.float64]
NEAR_0 = 0.1  # a loading below it does not tell in which direction an item runs
AGAINST = 0.2  # a negative correlation weaker than this is no wording
ERRORS = 3.0  # standard errors of a correlation, by which it must differ from noise
EDGE = (
    1.1  # times the greatest eigenvalue that noise has, above which items have something in common
)
LOOK = "items that look reverse-keyed:"
TURN = "if that is how they are worded, declare Item(reverse=True)"


@attrs.frozen(kw_only=True, repr=False)
class ItemAnalysis(Result):
    """Items one by one.

    Parameters
    ----------
    table : Table
        One row an `item`: `n`, `mean`, `sd`; `floor` and `ceiling`, the shares of answers at the
        least and at the greatest; `item_total`, its correlation with the sum of the others, and
        `item_total_raw`, with the sum of all; `alpha_if_deleted`; `reversed`, whether it looks
        reverse-keyed; `lacking`, and `undefined`: "" or why there is no item_total.
    alpha : float
        Cronbach's α of all.
    reversed : tuple of str
        The items that look reverse-keyed; of two that run against each other, both.
    n, left_out : int
        The respondents that α stands on, and those left out because an answer is missing.
    undefined : str
        "" or why there is no α.
    """

    table: Table
    alpha: float = attrs.field(eq=repr)
    reversed: tuple[str, ...]
    n: int
    left_out: int
    undefined: str


def item_analysis(
    answers: Any,  # noqa: ANN401 (answers, or a Covariance)
    *,
    items: Sequence[str] | None = None,
    weights: Weights = None,
    missing: Missing = "listwise",
    scale: Scale | tuple[float, float] | None = None,
) -> ItemAnalysis:
    """Return each item's mean, spread and ends, its correlation with the others, and α without it.

    Of the dimensions of a survey, see `item_report`.

    item_total = r(x_j, T - x_j) with the sum T of all items; alpha_if_deleted is the α of T - x_j:
    where it lies above α, the item takes reliability away.

    Parameters
    ----------
    answers : array_like, data frame or Covariance
        One row a respondent, one column an item, NaN where missing; or the covariance of the items,
        which does not know floors and ceilings.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.
    weights : array_like or str
        Sampling weights, or their column in a frame.
    missing : {"listwise", "pairwise"}
        Stand on the respondents who answered all items, or each number on those who answered what
        it is about.
    scale : Scale or pair
        The scale, or its ends; by default, floor and ceiling are the least and the greatest answer
        to any item.

    Returns
    -------
    ItemAnalysis
        Means and sd in units of the scale, shares in 0..1.

    Raises
    ------
    TypeError, ValueError
        If answers are no numbers, lie off the scale, or names are unknown.

    Warns
    -----
    UserWarning
        If items look reverse-keyed: on the first principal component of the correlations, they load
        with the sign of the fewer, and their correlation with the sum of those that load the other
        way is below -0.2 and below -3/√n, where the first eigenvalue is greater than noise would
        have it. That tells them apart where half of the items are reversed too, and item_total
        misleads.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika
    16(3), 297-334. doi:10.1007/BF02310555

    Nunnally, J. C. & Bernstein, I. H. (1994). Psychometric Theory. 3rd ed. McGraw-Hill.

    Examples
    --------
    >>> answers = [[1, 2, 1], [3, 3, 2], [5, 5, 5], [5, 4, 4]]
    >>> found = item_analysis(answers, items=("speed", "care", "calm"), scale=(1, 5))
    >>> found.table.where(item="speed")["ceiling"].tolist()
    [0.5]
    >>> found.reversed
    ()
    """
    if isinstance(answers, Covariance):
        return _warned(analysed(Covariance.of("answers", answers, items, weights, missing)))
    rows = rows_of("answers", answers, items, weights)
    ends = _seen(rows, scale)
    return _warned(analysed(Covariance.of_rows(rows, missing), rows, ends))


def analysed(
    found: Covariance, rows: Rows | None = None, scale: Scale | None = None
) -> ItemAnalysis:
    """Return the analysis of items by their covariance and, where there are any, their answers."""
    backward = _reversed(found.correlation, found.n_effective)
    if rows is not None and found.missing == "listwise":
        rows = rows.complete
    low, high, where = _ends(rows, scale)
    covariance = found.matrix
    together, raw, deleted = item_totals(covariance)
    data: dict[str, Any] = {
        "item": found.items,
        "n": np.diagonal(found.counts),
        "mean": found.means,
        "sd": np.sqrt(np.diagonal(covariance)),
        "floor": _shares(rows, low, len(found.items)),
        "ceiling": _shares(rows, high, len(found.items)),
        "item_total": together,
        "item_total_raw": raw,
        "alpha_if_deleted": deleted,
        "reversed": backward,
    }
    whole = float(alpha(covariance))
    about = f"alpha {readable(whole, 3)}, n {found.n} ({found.missing})"
    return ItemAnalysis(
        table=Table(
            title="Items",
            keys=("item",),
            data=data | _reasons(found, together, raw, known=rows is not None),
            note=f"{where}; {about}, {found.left_out} left out",
        ),
        alpha=whole,
        reversed=tuple(item for item, back in zip(found.items, backward, strict=True) if back),
        n=found.n,
        left_out=found.left_out,
        undefined=no_sum(found),
    )


def _reversed(correlation: Array, n: float) -> NDArray[np.bool_]:
    """Tell which items load on the first principal component with the sign of the fewer.

    And correlate negatively with the sum of the more: items of several dimensions that hardly hang
    together have either sign by chance. Of two items, neither is the one.
    """
    values, vectors = np.linalg.eigh(np.nan_to_num(correlation))
    loadings = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    noise = (1 + np.sqrt(len(loadings) / max(n, 1))) ** 2  # Marchenko and Pastur's edge
    told: NDArray[np.bool_] = (np.abs(loadings) >= NEAR_0) & (values[-1] > EDGE * noise)
    if not told.any():
        return told
    first = int(told.argmax())  # upright, where nothing else tells the halves apart
    one, other = told & (loadings > 0), told & (loadings < 0)
    few = [(s.sum(), round(np.abs(loadings[s]).sum(), 9), s[first]) for s in (one, other)]
    found, others = (one, other) if few[0] < few[1] else (other, one)
    upright = correlation[:, others]
    with np.errstate(invalid="ignore", divide="ignore"):
        total: Array = np.nansum(upright, axis=1) / np.sqrt(np.nansum(upright[others]))
    least = max(AGAINST, ERRORS / np.sqrt(max(n, 1)))
    backward: NDArray[np.bool_] = found & (total < -least)
    return np.full(2, backward.any()) if len(backward) == 2 else backward


def _warned(analysis: ItemAnalysis) -> ItemAnalysis:
    if analysis.reversed:
        msg = f"{LOOK} {against(analysis)}; {TURN} in an instrument, or give low + high - answer"
        warn(msg, stacklevel=3)
    return analysis


def against(analysis: ItemAnalysis, dimension: str = "") -> str:
    """Say which items look reversed."""
    names, others = analysis.reversed, len(analysis.table) - len(analysis.reversed)
    of = f" of {dimension!r}" * bool(dimension)
    if not others:
        return f"{' and '.join(map(repr, names))}{of} run against each other"
    half = f", or the other {others} do" if others == len(names) else ""
    verb = "runs" if len(names) == 1 else "run"
    return f"{', '.join(map(repr, names))} {verb} against the others{of}{half}"


def _seen(rows: Rows, scale: Scale | tuple[float, float] | None) -> Scale | None:
    """See that all answers lie on the scale."""
    if scale is None:
        return None
    scale = scale_of(scale)
    see_on_scale("answers", rows.values, scale, rows.items)
    return scale


def _ends(rows: Rows | None, scale: Scale | None) -> tuple[float, float, str]:
    """Return the least and the greatest answer, and where they are from."""
    if rows is None or np.isnan(rows.values).all():
        return np.nan, np.nan, "floor and ceiling are not known without answers"
    said = "floor and ceiling are the shares of answers of"
    if scale is not None:
        return scale.low, scale.high, f"{said} {scale.low} and {scale.high}"
    low, high = float(np.nanmin(rows.values)), float(np.nanmax(rows.values))
    return low, high, f"{said} {low:g} and {high:g}, the least and the greatest given"


def _shares(rows: Rows | None, answer: float, items: int) -> Array:
    """Return the share of each item's answers that are this one, by weight."""
    if rows is None:
        return np.full(items, np.nan)
    w = np.ones(len(rows)) if rows.weights is None else rows.weights
    with np.errstate(invalid="ignore"):
        found: Array = w @ (rows.values == answer) / (w @ ~np.isnan(rows.values))
    return found


def _reasons(
    found: Covariance, together: Array, raw: Array, *, known: bool
) -> dict[str, NDArray[np.str_]]:
    """Return the columns of what is lacking beside an item's correlation, and why there is none."""
    still = np.diagonal(found.matrix) == 0
    words = np.where(still, "the item does not vary", "the others do not vary")
    undefined = np.where(np.isnan(together), no_covariances(found) or words, "")
    absent = {
        "floor and ceiling": "" if known else "Moments and covariances keep no answers",
        "alpha_if_deleted": "one item would be left" if len(found.items) == 2 else "",
        "item_total_raw": NO_SUM if np.isnan(raw[~np.isnan(together)]).any() else "",
    }
    return {"lacking": np.where(undefined == "", lacking(absent), ""), "undefined": undefined}
