"""Groups of complaints compared two by two: which are closed sooner than which."""

import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.groups import labelled_groups
from servqual._frames.words import first_reason, lacking
from servqual._stats.ranks import holm
from servqual._stats.survival import Curves, log_rank
from servqual.recovery.curves import ComplaintCurve
from servqual.tables import Table, interval_note, noted

__all__ = ["curve_differences"]

Array = NDArray[np.float64]


def curve_differences(curve: ComplaintCurve) -> Table:
    """Return the log-rank test of every pair of groups, and how much sooner the first is closed.

    With O cases of a group closed and E expected if both had one curve, ratio = (O₁/E₁)/(O₂/E₂),
    with the interval ratio·exp(±z·√(1/E₁ + 1/E₂)).

    Parameters
    ----------
    curve : ComplaintCurve
        From `complaint_curve` or `complaint_curve_from_cases`, with `by`. Cases without a label are
        in no pair. Its confidence is taken.

    Returns
    -------
    Table
        Keyed `first` and `second`: `first_n`, `second_n`, `first_median`, `second_median`; the
        `ratio` of the rates at which they are closed, above 1 where the first is sooner, with `low`
        and `high`; `chi2` with 1 df, its `p`, and `p_holm`, adjusted over all pairs; what is
        `lacking`, and why a pair is `undefined`.

    Raises
    ------
    TypeError, ValueError
        If `curve` is something else, or has fewer than two groups with a label.

    Notes
    -----
    The ratio takes the rates to be in one proportion throughout, and lies too near to 1 where they
    are far apart. Intervals are one by one, `p_holm` is for all at once.

    References
    ----------
    Berry, G., Kitchin, R. M., & Mock, P. A. (1991). A comparison of two simple hazard ratio
    estimators based on the logrank test. Statistics in Medicine 10(5), 749-755. From memory.

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    Before the first closing 2 of 4 are of North, before the second 1 of 3, before the third 1 of 2:
    of North 1/2 + 1/3 + 1/2 = 4/3 were to be expected, and 8/3 of South.

    >>> from servqual.recovery.curves import complaint_curve
    >>> found = complaint_curve([1, 2, 3, 4], [1, 1, 1, 1], by=["N", "S", "N", "S"])
    >>> pairs = curve_differences(found)
    >>> pairs["first"].tolist(), pairs["second"].tolist(), pairs["first_median"].tolist()
    (['N'], ['S'], [1.0])
    >>> pairs["ratio"].round(9).tolist()  # (2/(4/3))/(2/(8/3))
    [2.0]
    """
    instance("curve", curve, ComplaintCurve, hint="; complaint_curve makes one")
    columns = [curve.groups[name] for name in curve.by]
    labels, there = labelled_groups("curve", columns, "draw it")
    places = np.flatnonzero(there)
    before, after = np.triu_indices(len(places), 1)
    curves = Curves.of(
        curve.table["time"], curve.table["closed"], curve.table["censored"], curve.ends
    )
    tests = [log_rank(curves.take(places[[a, b]])) for a, b in zip(before, after, strict=True)]
    closed = curve.groups["closed"][places].astype(float)
    expected = np.array([found.expected for found in tests])
    chi2, p = (np.array([getattr(found, name) for found in tests]) for name in ("chi2", "p"))
    sides = {"first": before, "second": after}
    data = {
        **{side: labels[rows] for side, rows in sides.items()},
        **{f"{side}_n": curve.groups["n"][places[rows]] for side, rows in sides.items()},
        **{f"{side}_median": curve.groups["median"][places[rows]] for side, rows in sides.items()},
        **_ratios(closed[before], closed[after], expected, curve.confidence),
        "chi2": chi2,
        "p": p,
        "p_holm": holm(p),
    }
    undefined = first_reason(
        {
            "a group without cases": np.minimum(data["first_n"], data["second_n"]) == 0,
            "no case is closed while both groups have cases": np.isnan(chi2),
        }
    )
    one_sided = np.isnan(data["ratio"]) & (undefined == "")
    why = lacking({"ratio": "a group of which no case is closed"})
    data |= {"lacking": np.where(one_sided, why, ""), "undefined": undefined}
    method = interval_note(curve.confidence, "the expected numbers", "of the ratio")
    note = noted("log-rank test; ratio: how many times as fast the first is closed", method)
    return Table(title="Pairs of groups", keys=("first", "second"), data=data, note=note)


def _ratios(first: Array, second: Array, expected: Array, confidence: float) -> dict[str, Array]:
    """Return the ratio of observed to expected numbers of pairs, and its interval."""
    from scipy.special import ndtri  # half a second

    one, other = expected.T
    known = (first > 0) & (second > 0) & (one > 0) & (other > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(known, (first / one) / (second / other), np.nan)
        reach = np.exp(ndtri(0.5 + confidence / 2) * np.sqrt(1 / one + 1 / other))
        return {"ratio": ratio, "low": ratio / reach, "high": ratio * reach}
