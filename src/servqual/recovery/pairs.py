"""Groups of complaints compared two by two: which are closed sooner than which."""

import numpy as np

from servqual._checks import instance
from servqual._frames.groups import labelled_groups
from servqual._frames.words import first_reason
from servqual._stats.ranks import holm
from servqual._stats.survival import Curves, log_rank
from servqual.recovery.curves import ComplaintCurve
from servqual.tables import Table

__all__ = ["curve_differences"]


def curve_differences(curve: ComplaintCurve) -> Table:
    """Return the log-rank test of every pair of groups: which are closed sooner than which.

    χ² = (O - E)²/V, where O cases of the first group are closed and E would be, if both groups had
    one curve; V is the hypergeometric variance.

    Parameters
    ----------
    curve : ComplaintCurve
        From `complaint_curve` or `complaint_curve_from_cases`, with `by`. Cases without a label are
        in no pair.

    Returns
    -------
    Table
        Keyed `first` and `second`: `first_n`, `second_n`, `first_median`, `second_median`; how many
        of the first are `first_closed` and were `first_expected`, more than expected where it is
        the sooner one; `chi2` with 1 df, its `p`, and `p_holm`, adjusted over all pairs; and why a
        pair is `undefined`.

    Raises
    ------
    TypeError, ValueError
        If `curve` is something else, or has fewer than two groups with a label.

    Notes
    -----
    How many times as fast one group is closed is not said: ratios of observed to expected numbers
    lie too near to 1, the more so where many times are equal. That is for Cox's regression, as in
    lifelines and R's survival.

    References
    ----------
    Peto, R., & Peto, J. (1972). Asymptotically efficient rank invariant test procedures. Journal of
    the Royal Statistical Society A 135(2), 185-207. https://doi.org/10.2307/2344317

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    Before the first closing 2 of 4 are of North, before the second 1 of 3, before the third 1 of 2:
    1/2 + 1/3 + 1/2 = 4/3 of North were to be expected, and 2 are closed.

    >>> from servqual.recovery.curves import complaint_curve
    >>> found = complaint_curve([1, 2, 3, 4], [1, 1, 1, 1], by=["N", "S", "N", "S"])
    >>> row = curve_differences(found).row(first="N", second="S")
    >>> row["first_median"], row["first_closed"], round(row["first_expected"], 6)
    (1.0, 2, 1.333333)
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
    chi2, p = (np.array([getattr(found, name) for found in tests]) for name in ("chi2", "p"))
    sides, groups = {"first": before, "second": after}, curve.groups.take(places)
    data = {
        **{side: labels[rows] for side, rows in sides.items()},
        **{f"{side}_n": groups["n"][rows] for side, rows in sides.items()},
        **{f"{side}_median": groups["median"][rows] for side, rows in sides.items()},
        "first_closed": groups["closed"][before],
        "first_expected": np.array([found.expected[0] for found in tests]),
        "chi2": chi2,
        "p": p,
        "p_holm": holm(p),
    }
    data["undefined"] = first_reason(
        {
            "a group without cases": np.minimum(data["first_n"], data["second_n"]) == 0,
            "no case is closed while both groups have cases": np.isnan(chi2),
        }
    )
    note = "log-rank test; first_expected: closed cases of the first, if both had one curve"
    return Table(title="Pairs of groups", keys=("first", "second"), data=data, note=note)
