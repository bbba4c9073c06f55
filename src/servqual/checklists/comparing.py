"""Assessments of units compared: who is ahead, by how much, and whether it may be chance."""

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance, named
from servqual._frames.groups import labelled_groups
from servqual._frames.words import counted, first_reason, lacking_parts
from servqual._stats.means import Mean
from servqual._stats.ranks import holm
from servqual._stats.student import MOVER, Interval, difference_interval, welch_columns
from servqual.checklists.assessing import RULES, Assessment
from servqual.tables import Result, Table, interval_note

__all__ = ["AssessmentDifferences", "assessment_differences"]

Array = NDArray[np.float64]
Columns = dict[str, NDArray[Any]]


@attrs.frozen(kw_only=True, repr=False)
class AssessmentDifferences(Result):
    """Groups of sheets compared two by two.

    Parameters
    ----------
    pairs : Table
        One row a pair of groups (`first`, `second`): `first_n`, `second_n`, `first_score`,
        `second_score` (the totals, or the scores of the element), `difference` (first - second),
        `se`, `low`, `high`, `t`, `df`, `p`, `p_holm` (adjusted over all pairs), `lacking` (what is
        missing beside the difference, and why) and `undefined`.
    """

    pairs: Table


def assessment_differences(
    assessment: Assessment, *, element: str | None = None
) -> AssessmentDifferences:
    """Return the differences of all pairs of groups, first - second, with intervals and tests.

    With the interval l..u of each group, d - √((x₁-l₁)² + (u₂-x₂)²) .. d + √((u₁-x₁)² + (x₂-l₂)²).
    Welch's t = d/se, se² = se₁² + se₂², with the se and the df of the totals, of an element n - 1.

    Parameters
    ----------
    assessment : Assessment
        What `assess` returns with `by`; of several columns, every combination that occurs is a
        group, as "North · 2024-03". Sheets without a label are in none. Its confidence is taken.
    element : str, optional
        Compare the scores of this element instead of the totals.

    Returns
    -------
    AssessmentDifferences
        In shares of 1: above 0 where the first is ahead. `p` is two-sided.

    Raises
    ------
    TypeError, ValueError
        If `assessment` is something else or has fewer than two groups, or the element is unknown.

    Notes
    -----
    A group without a total has no difference. One of one sheet says nothing about its error: there
    is then neither interval nor test. Neither does one whose sheets are all alike, but where they
    are all 0 or all 1 it has the interval of a share, and so the difference has one, and no test.
    Intervals stay within -1..1, and need not agree with the test in a close case; they are one by
    one, `p_holm` is for all at once.

    Of 5 to 20 sheets a group, 95 % intervals held the truth in 94 to 100 of 100, and the test
    found at 5 % a difference that is not there in 0 to 7 (simulated: one item of yes and no, or
    the mean of 5 and 10; true scores .5 to .95).

    Sheets are drawn independently, others in each group: rows of one visit, or one assessor's in
    both groups, are not, and lenient assessors look like good units.

    Many groups make many pairs, and the best of many looks better than it is: a ranking needs more
    than this table.

    References
    ----------
    Zou, G. Y., & Donner, A. (2008). Construction of confidence limits about effect measures: a
    general approach. Statistics in Medicine 27(10), 1693-1702. https://doi.org/10.1002/sim.3095

    Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
    variances are involved. Biometrika 34(1-2), 28-35.

    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6(2), 65-70.

    Examples
    --------
    Two visits to each of two branches, with means 0.6 and 0.9: se² = 0.01 + 0.01.

    >>> from servqual.checklists.assessing import assess
    >>> from servqual.checklists.forms import Checklist, ChecklistItem, Element
    >>> look = Element(code="look", name="Look", items=[ChecklistItem(code="tidy")])
    >>> desk = Checklist(code="desk", name="Desk", elements=[look])
    >>> visits = {"tidy": [0.5, 0.7, 0.8, 1.0], "branch": ["N", "N", "S", "S"]}
    >>> row = assessment_differences(assess(desk, visits, by="branch")).pairs.row()
    >>> [round(row[name], 4) for name in ("difference", "se", "df")]
    [-0.3, 0.1414, 2.0]
    """
    instance("assessment", assessment, Assessment, hint="; give what assess returns")
    table, value = assessment.totals, "total"
    what = f"{table.title} ({RULES[assessment.rule]} of elements)"
    if element is not None:
        named("element", element, list(dict.fromkeys(assessment.elements["element"].tolist())))
        table, value = assessment.elements.where(element=element), "score"
        what = f"{table.title}, {element!r}"
    keys = [table[name] for name in assessment.by]
    labels, there = labelled_groups("assessment", keys, "assess")
    n, score, se, low, high = (
        table[name][there].astype(float) for name in ("n", value, "se", "low", "high")
    )
    df = n - 1 if element is not None else table["df"][there]
    groups = Mean(n, score, np.full(len(n), np.nan), se, df)  # nobody asks for the pooled sd
    missing = zip(labels.tolist(), table["undefined"][there].tolist(), strict=True)
    reasons = np.array([f"{label}: {reason}" if reason else "" for label, reason in missing])
    unlabelled = int(table["n"][~there].sum())
    said = f"{interval_note(assessment.confidence, MOVER)}; Welch's t"
    left_out = f"; {counted(unlabelled, 'sheet')} without a label left out" if unlabelled else ""
    return AssessmentDifferences(
        pairs=Table(
            title="Pairs of groups",
            keys=("first", "second"),
            data=_pairs(labels, groups, (low, high), reasons, assessment.confidence),
            note=f"{what}, difference = first - second; {said}{left_out}",
        )
    )


def _pairs(
    labels: NDArray[np.str_],
    groups: Mean,
    intervals: Interval,
    reasons: NDArray[np.str_],
    confidence: float,
) -> Columns:
    """Return the columns of all pairs; `reasons` say why a group has no score."""
    before, after = np.triu_indices(len(labels), 1)
    first, second = groups[before], groups[after]
    low, high = difference_interval(
        first.mean,
        second.mean,
        *((intervals[0][part], intervals[1][part]) for part in (before, after)),
    )
    columns = welch_columns(first, second, confidence)
    columns |= {"low": np.clip(low, -1.0, 1.0), "high": np.clip(high, -1.0, 1.0)}
    undefined = np.where(reasons[before] == "", reasons[after], reasons[before])
    why = first_reason(
        {
            "a group of one sheet": np.minimum(first.n, second.n) == 1,
            "all sheets of a group alike": (first.se == 0) | (second.se == 0),
        },
        "a group without an error",
    )
    return {
        "first": labels[before],
        "second": labels[after],
        "first_n": first.n.astype(int),
        "second_n": second.n.astype(int),
        "first_score": first.mean,
        "second_score": second.mean,
        **columns,
        "p_holm": holm(columns["p"]),
        "lacking": np.where(undefined == "", lacking_parts(columns, why), ""),
        "undefined": undefined,
    }
