"""Groups of customers compared: who is served better, and by how much."""

from typing import Any, Literal

import attrs
import numpy as np

from servqual._checks import choice, names
from servqual._frames.groups import NO_LABEL, joined
from servqual._frames.words import first_reason
from servqual._stats.effects import hedges_g
from servqual._stats.means import Mean
from servqual._stats.ranks import holm
from servqual._stats.student import omnibus_welch, t_interval, t_test, welch
from servqual.scoring._sample import LEVELS, PAIR, Array, By, Columns, Level, Sample
from servqual.survey import Moments, Survey
from servqual.tables import Result, Table

__all__ = ["GroupComparison", "compare_groups"]

FACES = {"gap": "gap", "perception": "perceptions", "expectation": "expectations"}


@attrs.frozen(kw_only=True, repr=False)
class GroupComparison(Result):
    """Groups compared two by two, and all at once.

    Parameters
    ----------
    pairs : Table
        One row a pair of groups (`first`, `second`) and dimension, item or overall score:
        `first_n`, `second_n`, `first_mean`, `second_mean`, `difference` (first - second), `se`,
        `low`, `high`, `t`, `df`, `p`, `p_holm` (adjusted over all rows), `effect_size` (Hedges' g)
        with `effect_low` and `effect_high`, and `undefined`.
    omnibus : Table
        One row a dimension, item or overall score: `groups` that took part and `left_out` (fewer
        than two answers, or no variation), Welch's `f` with `df1` and `df2`, its `p`, and `p_holm`
        over these rows, and `undefined`.
    """

    pairs: Table
    omnibus: Table


def compare_groups(
    answers: Survey | Moments,
    *,
    by: By,
    level: Level = "dimensions",
    score: Literal["gap", "perception", "expectation"] = "gap",
    cluster: str | None = None,
    confidence: float = 0.95,
) -> GroupComparison:
    """Compare groups by Welch's t, two by two, with Hedges' g, and all at once by Welch's F.

    difference = mean of the first group - mean of the second: positive where the first is served
    better. g = J · difference / pooled sd with J = Γ(m/2)/(√(m/2)·Γ((m-1)/2)), m = n₁ + n₂ - 2.

    Parameters
    ----------
    answers : Survey or Moments
        Answers with the sides that the score needs.
    by : str or sequence of str
        Group columns; of several, every combination that occurs is a group. Respondents without a
        label are in none.
    level : {"dimensions", "items", "overall"}
        What is compared: the rows of `gap_scores`' tables.
    score : {"gap", "perception", "expectation"}
        Which score: gaps stand on paired answers, a side on its own.
    cluster : str
        The group column that respondents were drawn by, as in `gap_scores`; a cluster must lie in
        one group. The columns `first_clusters` and `second_clusters` are added.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GroupComparison
        In units of the scale.

    Raises
    ------
    TypeError, ValueError
        If a side or a group column is missing, or there are fewer than two groups.

    Notes
    -----
    The interval of g is that of the non-central t for the effect in the population; it is exact
    for normal answers of equal variance, and too short where the smaller group varies more. With
    sampling weights or clusters, it takes for n the number (sd/se)² that, drawn one by one, would
    say as much. Without `cluster`, customers of one branch count as independent of each other.

    Overall rows have the least n of their parts, and df as in `gap_scores`. Many groups make many
    pairs, and the best of many looks better than it is: a ranking needs more than this table.

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values: an alternative approach.
    Biometrika 38(3/4), 330-336.

    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related
    estimators. Journal of Educational Statistics 6(2), 107-128.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, perceptions=[[6], [7], [2], [3]], by={"branch": ["N", "N", "S", "S"]}
    ... )
    >>> row = compare_groups(survey, by="branch", score="perception").pairs.row()
    >>> row["first"], row["second"], row["difference"]
    ('N', 'S', 4.0)
    """
    choice("level", level, LEVELS)
    choice("score", score, tuple(FACES))
    if not names("by", by):
        msg = "`by` must name at least one group column, got none"
        raise ValueError(msg)
    sample = Sample.of(
        answers,
        "|gap" if score == "gap" else "",
        PAIR if score == "gap" else (FACES[score],),
        by=by,
        cluster=cluster,
        confidence=confidence,
    )
    if cluster is not None:
        _nested(answers, names("by", by), cluster)
    groups = sample.sums.groups
    labelled = [place for place, group in enumerate(groups) if NO_LABEL not in group]
    labels = joined([groups[place] for place in labelled])
    if len(labels) < 2:
        msg = f"`by` must make at least two groups, got {', '.join(labels) or 'none'}"
        raise ValueError(msg)
    found = sample.level(level, FACES[score])
    if score != "gap":
        found, *_ = sample.on_scale(level, found)
    found = found[labelled]
    respondents = sample.sums.respondents
    with np.errstate(invalid="ignore", divide="ignore"):  # as many drawn one by one say as much
        effective = np.where(found.se > 0, (found.sd / found.se) ** 2, found.n)
    method = "Welch's t, of g by the non-central t"
    note = f"difference = first - second ({score}); {sample.note(method)}"
    if without := int(respondents.sum() - respondents[labelled].sum()):
        note += f"; {without} respondents without a label are in no group"
    return GroupComparison(
        pairs=_pairs(sample, level, labels, found, effective, note),
        omnibus=_omnibus(sample, level, found),
    )


def _nested(answers: Survey | Moments, by: tuple[str, ...], cluster: str) -> None:
    """See that every cluster lies in one group: else groups do not vary independently."""
    parts = answers.grouped((*by, cluster))
    groups = parts.groups if isinstance(parts, Moments) else parts.crossed(parts.by)[0]
    labels = [group[-1] for group in groups]
    if twice := [label for label in labels if labels.count(label) > 1]:
        msg = f"`cluster` must lie within the groups of `by`, got {twice[0]!r} in several of them"
        raise ValueError(msg)


def _pairs(
    sample: Sample, level: str, groups: list[str], found: Mean, effective: Array, note: str
) -> Table:
    """Return the Table of pairs, from means and effective n (groups, rows)."""
    before, after = np.triu_indices(len(groups), 1)
    first, second = found[before], found[after]
    difference = welch(second, first)
    low, high = t_interval(difference.mean, difference.se, difference.df, sample.confidence)
    t, p = t_test(difference.mean, difference.se, difference.df)
    labels = sample.labels(level)
    rows = found.n.shape[1]
    columns: Columns = {
        "first_n": first.n.astype(int),
        "second_n": second.n.astype(int),
        **(
            {
                "first_clusters": (first.df + 1).astype(int),
                "second_clusters": (second.df + 1).astype(int),
            }
            if sample.clustered
            else {}
        ),
        "first_mean": first.mean,
        "second_mean": second.mean,
        "difference": difference.mean,
        "se": difference.se,
        "low": low,
        "high": high,
        "t": t,
        "df": difference.df,
        "p": p,
        "p_holm": holm(p.ravel()),
        **hedges_g(difference, effective[before], effective[after], sample.confidence),
    }
    least = np.minimum(first.n, second.n)
    reasons = {
        "a group without answers": least == 0,
        "a group of one": least == 1,
        "a group of one cluster": np.isnan(difference.se) & sample.clustered,
        "no variation in either group": difference.se == 0,
        f"{'clusters' if sample.clustered else 'weights'} leave too few for g": np.isnan(
            columns["effect_low"]
        ),
    }
    columns["undefined"] = first_reason(reasons)
    keys: dict[str, Any] = {
        "first": np.repeat(np.array(groups)[before], rows),
        "second": np.repeat(np.array(groups)[after], rows),
        **{name: list(column) * len(before) for name, column in labels.items()},
    }
    cells = {name: column.ravel() for name, column in columns.items()}
    return Table(title="Pairs of groups", keys=tuple(keys), data=keys | cells, note=note)


def _omnibus(sample: Sample, level: str, found: Mean) -> Table:
    """Return the Table of Welch's test over all groups."""
    f, df1, df2, p, part = omnibus_welch(found)
    columns: dict[str, Any] = {
        **sample.labels(level),
        "groups": part.astype(int),
        "left_out": (len(found.n) - part).astype(int),
        "f": f,
        "df1": df1,
        "df2": df2,
        "p": p,
        "p_holm": holm(p),
        "undefined": np.select(
            [part < 2, part < len(found.n)],
            ["fewer than two groups with variation", "groups of one or without variation left out"],
            "",
        ),
    }
    return Table(
        title="All groups",
        keys=tuple(sample.labels(level)),
        data=columns,
        note="Welch's F that all groups that vary have one mean; p_holm over these rows",
    )
