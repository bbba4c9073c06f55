"""Two rules of yes or no, in which what is not known is not false."""

import math
from collections.abc import Sequence
from types import EllipsisType

import attrs
import numpy as np

from servqual._checks import flag_or_none, not_known, not_negative, number_or_nan, probability
from servqual.tables import Result, Table

__all__ = ["Verdict", "needs_frontline_authority", "service_economy"]

MET = {True: "yes", False: "no", None: "unknown"}
SHARES = {"gdp_share": "share of GDP", "employment_share": "share of employment"}
FUCHS = 0.5
DECK = "training deck on moments of truth; no primary source is known for 60 %"
ESSAY = "essay on moments of truth in real estate"


@attrs.frozen(kw_only=True)
class _Criterion:
    criterion: str
    value: float = math.nan
    threshold: float = math.nan
    met: bool | None
    counts: bool = True
    source: str
    lacking: str = ""
    undefined: str = ""


@attrs.frozen(kw_only=True, repr=False)
class Verdict(Result):
    """A rule's answer, yes if one of its criteria is met, and these criteria.

    Its truth value is the answer's; that of an answer which is not known is an error.

    Parameters
    ----------
    answer : bool or None
        The answer; None where it is not known.
    table : Table
        Keyed `criterion`: the `value` that is compared with the `threshold`, NaN where nothing is;
        whether the criterion is `met`, as "yes", "no" or "unknown"; whether it `counts` for the
        answer or stands beside it; its `source`; `lacking`, what a value leaves out that would not
        change whether it is met; and `undefined`, why this is unknown.
    undefined : str
        Why the answer is not known, or "".
    """

    answer: bool | None
    table: Table
    undefined: str

    def __bool__(self) -> bool:
        """Return the answer.

        Raises
        ------
        ValueError
            If it is not known.
        """
        if self.answer is None:
            msg = f"the answer is not known: {self.undefined}; look at `.answer`, which is None"
            raise ValueError(msg)
        return self.answer


def service_economy(
    *,
    gdp_share: float | EllipsisType | None = ...,
    employment_share: float | EllipsisType | None = ...,
    threshold: float = 0.6,
) -> Verdict:
    """Return whether an economy is one of services: 60 % of its product, or of its employed.

    gdp_share ≥ threshold, or employment_share ≥ threshold. Beside it stands the criterion of Fuchs,
    employment_share > 0.5, which does not count for the answer.

    Parameters
    ----------
    gdp_share : float or None, optional
        The share of services in the gross domestic product, 0..1. None and NaN are not known, and
        not known is not false. What is left out is not asked: the other share decides alone.
    employment_share : float or None, optional
        The share of services among the employed, likewise.
    threshold : float
        The least share that makes a service economy, 0..1.

    Returns
    -------
    Verdict
        Its criteria are "share of GDP", "share of employment" and "share of employment (Fuchs)";
        those of a share that was left out do not stand there.

    Raises
    ------
    TypeError
        If both shares are left out, or one is no number.
    ValueError
        If a share or the threshold lies outside 0..1.

    Notes
    -----
    That one share suffices, and the 60 %, are of a training deck; no primary source is known for
    them. Fuchs spoke of more than half of the employed.

    References
    ----------
    Fuchs, V. R. (1968). The Service Economy. National Bureau of Economic Research.

    Examples
    --------
    >>> service_economy(gdp_share=0.8, employment_share=None).answer
    True
    >>> service_economy(gdp_share=0.54).answer
    False
    >>> found = service_economy(gdp_share=0.54, employment_share=None)
    >>> print(found.answer, "-", found.undefined)
    None - `employment_share` is not known
    """
    threshold = probability("threshold", threshold)
    given = {"gdp_share": gdp_share, "employment_share": employment_share}
    asked = {
        name: number_or_nan(name, share, probability)
        for name, share in given.items()
        if share is not ...
    }
    if not asked:
        msg = "give `gdp_share`, `employment_share` or both; None where one is not known"
        raise TypeError(msg)
    criteria = [
        _Criterion(
            criterion=SHARES[name],
            value=share,
            threshold=threshold,
            met=None if math.isnan(share) else not _exceeds(threshold, share),
            source=DECK,
            undefined=not_known({name: share}),
        )
        for name, share in asked.items()
    ]
    if "employment_share" in asked:
        share = asked["employment_share"]
        fuchs = attrs.evolve(
            criteria[-1],
            criterion="share of employment (Fuchs)",
            threshold=FUCHS,
            met=None if math.isnan(share) else _exceeds(share, FUCHS),
            counts=False,
            source="Fuchs (1968): more than half",
        )
        criteria.append(fuchs)
    return _verdict("Service economy", criteria)


def needs_frontline_authority(
    *,
    covered_by_rule: bool | None,
    report_time: float | None,
    solve_time: float | None,
    customer_tolerance: float | None,
) -> Verdict:
    """Return whether staff must be free to decide on the spot, rather than report and wait.

    No rule covers the matter, or report_time + solve_time > customer_tolerance.

    Parameters
    ----------
    covered_by_rule : bool or None
        Whether the rules say what to do. None and NaN are not known, here and below.
    report_time, solve_time : float or None
        How long it takes to report, and then to solve the matter, 0 or more, in one unit of time.
    customer_tolerance : float or None
        How long the customer would wait, in the same unit.

    Returns
    -------
    Verdict
        Its criteria are "no rule covers it" and "too long to report". The latter is met already
        where the known one of the two times exceeds the tolerance, and is not where both are 0.

    Raises
    ------
    TypeError, ValueError
        If a time is no number or below 0, or `covered_by_rule` is neither True nor False.

    Notes
    -----
    The essay names complaints, consultation and transactions; that the two conditions join by "or"
    is this library's reading. A time as long as the tolerance, but for rounding, is not too long.

    References
    ----------
    An essay on moments of truth in real estate, after Carlzon, J. (1987). Moments of Truth.
    Ballinger.

    Examples
    --------
    >>> case = {"covered_by_rule": True, "report_time": 10, "customer_tolerance": 15}
    >>> needs_frontline_authority(**case, solve_time=20).answer
    True
    >>> needs_frontline_authority(**case, solve_time=5).answer
    False
    >>> print(needs_frontline_authority(**case, solve_time=None).answer)
    None
    """
    covered = flag_or_none("covered_by_rule", covered_by_rule)
    report = number_or_nan("report_time", report_time, not_negative)
    solve = number_or_nan("solve_time", solve_time, not_negative)
    tolerance = number_or_nan("customer_tolerance", customer_tolerance, not_negative)

    times = {"report_time": report, "solve_time": solve, "customer_tolerance": tolerance}
    absent = not_known(times)
    least = sum(time for time in (report, solve) if not math.isnan(time))
    too_long = _exceeds(least, tolerance)  # which nothing does where the tolerance is not known
    settled = too_long or not absent or report + solve == 0  # which exceeds no tolerance
    criteria = [
        _Criterion(
            criterion="no rule covers it",
            met=None if covered is None else not covered,
            source=ESSAY,
            undefined=not_known({"covered_by_rule": covered}),
        ),
        _Criterion(
            criterion="too long to report",
            value=least if settled else math.nan,
            threshold=tolerance,
            met=too_long if settled else None,
            source=ESSAY,
            lacking=absent if settled else "",
            undefined="" if settled else absent,
        ),
    ]
    return _verdict("Authority of the front line", criteria)


def _verdict(title: str, criteria: Sequence[_Criterion]) -> Verdict:
    """Return Kleene's "or" of the criteria that count: yes before unknown before no."""
    counting = [entry for entry in criteria if entry.counts]
    met = {entry.met for entry in counting}
    answer = True if True in met else None if None in met else False
    open_ = "; ".join(entry.undefined for entry in counting if entry.undefined)
    undefined = open_ if answer is None else ""
    data = {
        field.name: np.array([getattr(entry, field.name) for entry in criteria])
        for field in attrs.fields(_Criterion)
    }
    data["met"] = np.array([MET[entry.met] for entry in criteria])
    said = f"answer: {MET[answer]}; one criterion that counts is enough for yes"
    table = Table(title=title, keys=("criterion",), data=data, note=said)
    return Verdict(answer=answer, table=table, undefined=undefined)


def _exceeds(value: float, limit: float) -> bool:
    """Tell whether a value is above a limit by more than rounding."""
    return value > limit and not math.isclose(value, limit, rel_tol=1e-12)
