"""Incidents that customers tell: which categories please and which annoy, and where on the way."""

from collections.abc import Mapping
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import (
    confidence_level,
    instance,
    labelled,
    listed,
    whole,
)
from servqual._stats.contingency import Independence, independence
from servqual._stats.proportions import wilson
from servqual._stats.ranks import holm
from servqual.journeys.maps import Names, names_of
from servqual.tables import Result, Table, interval_note

__all__ = [
    "CriticalIncidents",
    "SequentialIncidents",
    "critical_incidents",
    "sequential_incidents",
]

Array = NDArray[np.float64]
Whole = NDArray[np.intp]
Counts = Mapping[str, int] | ArrayLike
FEW = 5  # an expected count below this makes the χ² distribution a rough guide


@attrs.frozen(kw_only=True, repr=False)
class CriticalIncidents(Result):
    """Positive (satisfying) and negative (dissatisfying) incidents, and whether they differ.

    Parameters
    ----------
    table : Table
        Keyed `category`: the incidents `positive` and `negative`, and their sum `n`; `share`, that
        of the negative among the incidents of the category, with Wilson's interval `low` and
        `high`; `of_all_positive` and `of_all_negative`, the shares of the category in all incidents
        of the kind; `expected_positive` and `expected_negative` if kind and category were
        independent; the adjusted `residual`, above 0 where more incidents are negative than
        expected, its two-sided `p`, and `p_holm` over the categories; `lacking`, why there is no
        residual; and `undefined`.
    positive, negative : int
        All incidents of the kind.
    chi_square, df, p : float, int, float
        Pearson's test that kind and category are independent, without a correction for continuity.
    cramers_v : float
        √(χ²/n), from 0, independent, to 1, each category of one kind.
    undefined : str
        Why there is no test, or "".
    """

    table: Table
    positive: int
    negative: int
    chi_square: float = attrs.field(eq=repr)
    df: int
    p: float = attrs.field(eq=repr)
    cramers_v: float = attrs.field(eq=repr)
    undefined: str


def critical_incidents(
    positive: Counts,
    negative: Counts,
    *,
    categories: Names | None = None,
    confidence: float = 0.95,
) -> CriticalIncidents:
    """Return whether positive and negative incidents fall into different categories.

    χ² = Σ(O-E)²/E with E = kind · category/n over the categories that have incidents; residual =
    (O-E)/√(E(1 - kind/n)(1 - category/n)) of the negative.

    Parameters
    ----------
    positive, negative : mapping of str to int, or array_like of int
        How many incidents that satisfied, and that dissatisfied, each category has. A category that
        one of them lacks has none there.
    categories : Journey or sequence of str, optional
        The names in their order, by default those of the mappings; arrays need them.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    CriticalIncidents
        The test, and what each category adds to it.

    Raises
    ------
    TypeError, ValueError
        If a count is no whole number of 0 or more, or a category is unknown.

    Notes
    -----
    Incidents count as independent: several that one customer tells are not, and make p too small.
    What customers remember and tell is no sample of what happens to them: shares compare categories
    and kinds, and say nothing of how often a customer meets with an incident. The note of the Table
    says where expected counts are so small that p is a rough guide.

    References
    ----------
    Flanagan, J. C. (1954). The critical incident technique. Psychological Bulletin 51(4), 327-358.

    Bitner, M. J., Booms, B. H., & Tetreault, M. S. (1990). The service encounter: diagnosing
    favorable and unfavorable incidents. Journal of Marketing 54(1), 71-84.

    Haberman, S. J. (1973). The analysis of residuals in cross-classified tables. Biometrics 29(1),
    205-220.

    Examples
    --------
    The three groups of Bitner, Booms and Tetreault: what staff do when the service fails, when
    customers have wishes, and unprompted. The counts of the groups are from memory of the
    publication; confirmed are only the totals, 347 and 352.

    >>> groups = ("failures", "wishes", "unprompted")
    >>> found = critical_incidents([81, 114, 152], [151, 55, 146], categories=groups)
    >>> f"{found.chi_square:.4f} {found.df} {found.p:.2e}"
    '41.8055 2 8.36e-10'
    >>> found.table["residual"].round(1).tolist()
    [5.5, -5.3, -0.6]
    """
    confidence = confidence_level(confidence)
    kinds = {"positive": labelled(positive), "negative": labelled(negative)}
    names = _named_by(kinds) if categories is None else names_of("categories", categories)
    counts = np.array([_counts(kind, given, names) for kind, given in kinds.items()])
    found = independence(counts.astype(float))
    undefined = "" if found.df else "all incidents in one category"
    for kind, total in zip(kinds, counts.sum(axis=1), strict=True):
        undefined = undefined if total else f"no {kind} incidents"
    return CriticalIncidents(
        table=Table(
            title="Critical incidents",
            keys=("category",),
            data={"category": np.array(names), **_columns(counts, found, undefined, confidence)},
            note=_note(found, confidence),
        ),
        positive=int(counts[0].sum()),
        negative=int(counts[1].sum()),
        chi_square=found.chi_square,
        df=found.df,
        p=found.p,
        cramers_v=found.cramers_v,
        undefined=undefined,
    )


def _named_by(kinds: Mapping[str, Counts]) -> tuple[str, ...]:
    """Return the categories of mappings, in the order in which they come."""
    found: dict[str, int] = {}
    for kind, given in kinds.items():
        instance(kind, given, Mapping, hint="; map categories to counts, or give `categories`")
        found |= cast("Mapping[str, int]", given)
    return names_of("categories", found)


def _counts(argument: str, given: Counts, names: tuple[str, ...]) -> Whole:
    """Return a whole number for each name; one that a mapping lacks has 0."""
    pairs = zip(names, listed(argument, given, names, absent=0), strict=True)
    return np.array([whole(f"{argument}[{name!r}]", count, least=0) for name, count in pairs])


def _share(part: Array | Whole, total: Array | Whole) -> Array:
    """Return part/total, NaN where there is nothing."""
    return np.divide(part, total, out=np.full(np.shape(part), np.nan), where=np.asarray(total) > 0)


def _columns(
    counts: Whole, found: Independence, lacking: str, confidence: float
) -> dict[str, NDArray[Any]]:
    """Return the columns of the Table from counts (kinds, categories)."""
    from scipy.special import ndtr  # half a second

    residual = found.residual[1]
    p = 2 * ndtr(-np.abs(residual))
    return {
        **_shares(counts[0], counts[1], confidence),
        "expected_positive": found.expected[0],
        "expected_negative": found.expected[1],
        "residual": residual,
        "p": p,
        "p_holm": holm(p) if np.isfinite(p).sum() > 2 else p,  # of two, one test stands twice
        **_reasons(counts.sum(axis=0), lacking),
    }


def _shares(positive: Whole, negative: Whole, confidence: float) -> dict[str, NDArray[Any]]:
    """Return the columns of counts and their shares."""
    n = positive + negative
    low, high = wilson(negative.astype(float), n.astype(float), confidence)
    return {
        "positive": positive,
        "negative": negative,
        "n": n,
        "share": _share(negative, n),
        "low": low,
        "high": high,
        "of_all_positive": _share(positive, positive.sum()),
        "of_all_negative": _share(negative, negative.sum()),
    }


def _reasons(n: Whole, lacking: str) -> dict[str, NDArray[np.str_]]:
    """Return the last columns: what a row with incidents lacks, and why others have no share."""
    return {
        "lacking": np.where(n > 0, lacking, ""),
        "undefined": np.where(n > 0, "", "no incidents"),
    }


def _note(found: Independence, confidence: float) -> str:
    """Say what the test says, and where it is a rough guide."""
    small = int(((found.expected > 0) & (found.expected < FEW)).sum())
    parts = [
        "share: of the negative among the incidents of a category",
        interval_note(confidence, "Wilson"),
        "residual above 0: more negative incidents than expected",
    ]
    if found.df:
        test = f"χ² {found.chi_square:.3f}, df {found.df}, p {found.p:.3g}"
        parts.append(f"{test}, Cramér's V {found.cramers_v:.3f}")
        if small:
            parts.append(f"expected counts below {FEW}: {small}, so that p is a rough guide")
    return "; ".join(parts)


@attrs.frozen(kw_only=True, repr=False)
class SequentialIncidents(Result):
    """Positive and negative incidents along a journey.

    Parameters
    ----------
    table : Table
        Keyed `touchpoint`, in the order of the journey: the incidents `positive` and `negative`,
        and their sum `n`; `share`, that of the negative among them, with Wilson's interval `low`
        and `high`; `of_all_positive` and `of_all_negative`, the shares of the touchpoint in all
        incidents of the kind; `cumulative_negative_share`, that of all negative incidents up to
        here; `lacking`, of which kind there is none; and `undefined`.
    concentrated : tuple of str
        The fewest touchpoints that have at least half of all negative incidents, those with most
        first; of touchpoints with as many, the earlier. Empty where there is no negative incident.
    """

    table: Table
    concentrated: tuple[str, ...]


def sequential_incidents(
    positive: Counts, negative: Counts, *, touchpoints: Names, confidence: float = 0.95
) -> SequentialIncidents:
    """Return where along a journey customers tell of positive and of negative incidents.

    Parameters
    ----------
    positive, negative : mapping of str to int, or array_like of int
        How many incidents of the kind each touchpoint has; one that a mapping lacks has none.
    touchpoints : Journey or sequence of str
        The touchpoints, in the order in which customers come to them.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    SequentialIncidents
        The shares of each touchpoint, and where negative incidents concentrate.

    Raises
    ------
    TypeError, ValueError
        If a count is no whole number of 0 or more, or a touchpoint is unknown.

    Notes
    -----
    The technique leads customers through their visit step by step and asks at each what they
    remember, so that also small things are told; intervals take incidents as independent. Whether
    the negative share differs between touchpoints, `critical_incidents` tests.

    References
    ----------
    Stauss, B., & Weinlich, B. (1997). Process-oriented measurement of service quality: applying the
    sequential incident technique. European Journal of Marketing 31(1), 33-55.

    Examples
    --------
    >>> steps = ("arrive", "order", "pay")
    >>> found = sequential_incidents([6, 9, 1], [2, 1, 5], touchpoints=steps)
    >>> found.table["cumulative_negative_share"].tolist(), found.concentrated
    ([0.25, 0.375, 1.0], ('pay',))
    """
    confidence = confidence_level(confidence)
    names = names_of("touchpoints", touchpoints)
    good, bad = _counts("positive", positive, names), _counts("negative", negative, names)
    total = bad.sum()
    lacking = "" if total else "no negative incidents"
    lacking = lacking if good.any() else "no positive incidents"
    order = np.argsort(-bad, kind="stable")
    enough = int(np.searchsorted(2 * np.cumsum(bad[order]), total)) + 1 if total else 0
    columns = {
        "touchpoint": np.array(names),
        **_shares(good, bad, confidence),
        "cumulative_negative_share": _share(np.cumsum(bad), total),
        **_reasons(good + bad, lacking),
    }
    note = "share: of the negative among the incidents of a touchpoint; " + interval_note(
        confidence, "Wilson"
    )
    return SequentialIncidents(
        table=Table(
            title="Incidents along the journey", keys=("touchpoint",), data=columns, note=note
        ),
        concentrated=tuple(names[place] for place in order[:enough]),
    )
