"""The same journeys under every rule of aggregation, and where their ranking flips."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import plain_number
from servqual._frames.arrays import matrix, table_of
from servqual._frames.groups import Factor
from servqual._frames.words import first_reason
from servqual._stats.averages import (
    ROUNDING,
    ordered_means,
    peak_ends,
    power_means,
    vetoed_means,
)
from servqual._stats.ranks import from_best
from servqual.journeys._scores import (
    Marks,
    Weights,
    critical_of,
    power_of,
    rank_weights,
    weights_of,
)
from servqual.journeys.maps import Journey, Names, names_of
from servqual.tables import Result, Table

__all__ = ["AggregationTable", "aggregation_table"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Flags = NDArray[np.bool_]
POWERS = {"mean": 1.0, "geometric": 0.0, "harmonic": -1.0, "minimum": -np.inf}
NONE, LACKING, BELOW = "no scores", "a score is missing", "a score below 0"
MOST = 1_000  # pairs of journeys that are shown
CELLS = 2**18  # pairs held at a time


@attrs.frozen(kw_only=True, repr=False)
class AggregationTable(Result):
    """Journeys under several rules of aggregation.

    Parameters
    ----------
    scores : Table
        One row a journey and rule: `n` (the scores that count), the `score`, the `rank` (1 the
        best, which equal scores share) and `undefined`.
    rules : Table
        One row a pair of rules (`rule`, `other`): the `pairs` of journeys that both put in an
        order, the `flips` (in the opposite one), their `share` and `undefined`.
    flips : Table
        One row a pair of journeys (`first`, `second`) that rules put in opposite orders: the rules
        that have the first ahead (`first_ahead`), and the second. Where rules are most divided
        comes first; at most 1,000 rows, and the note says how many there are.
    """

    scores: Table
    rules: Table
    flips: Table


@attrs.frozen(eq=False)
class _Rule:
    """A rule applied: the score of each journey, how many scores it stands on, why it has none."""

    name: str
    score: Array
    n: NDArray[np.intp]
    undefined: NDArray[np.str_]

    @classmethod
    def of(
        cls, name: str, score: Array, counts: Flags, why: str | NDArray[np.str_] = ""
    ) -> "_Rule":
        """Take the scores of a rule, which scores it counts, and why it has none in spite of it."""
        n = counts.sum(axis=1)
        return cls(name, score, n, np.select([n == 0, np.isnan(score)], [NONE, why], ""))


def aggregation_table(  # noqa: PLR0913 (rules of aggregation)
    scores: Any,  # noqa: ANN401 (an array or any frame)
    *,
    touchpoints: Names | None = None,
    journeys: str | Sequence[Any] | None = None,
    weights: Weights | None = None,
    critical: Marks | None = None,
    threshold: float | None = None,
    neutral: float | None = None,
    ordered_weights: ArrayLike | None = None,
    power: float = 1,
) -> AggregationTable:
    """Return the scores of journeys under all rules of aggregation, and where their ranking flips.

    Always the mean, the geometric and the harmonic mean and the minimum; where they are asked for,
    the ordered average, peak and end, and the veto.

    Parameters
    ----------
    scores : array_like, data frame or mapping of columns
        One row a journey (a customer, a branch, a variant), one column a touchpoint, in any one
        unit. NaN, None, "", "NA", "N/A" and "-" are missing: see each rule.
    touchpoints : Journey, or sequence of str, optional
        The columns in the order of the visits; of a Journey also their importances, as `weights`,
        and which are critical. Default all columns; those of an array are "1", "2", ….
    journeys : str, or sequence, optional
        Labels of the rows, or the name of the column that has them; default "1", "2", ….
    weights : array_like, or mapping of str to float, optional
        How much each touchpoint counts, as for `aggregate`. A missing score is left out.
    critical : sequence of bool or of str, optional
        The critical touchpoints, as for `vetoed_average`; a missing one leaves the veto undefined.
    threshold : float, optional
        The least score of a critical touchpoint; adds the rule ``"veto"``.
    neutral : float, optional
        The score that is neither good nor bad; adds the rule ``"peak_end"``, as `peak_end`.
    ordered_weights : array_like, optional
        A weight for each rank, the highest score's first; adds the rule ``"ordered"``, as
        `ordered_average`, which is undefined where a score is missing.
    power : float
        That of the average that the veto leaves as it is, as for `vetoed_average`.

    Returns
    -------
    AggregationTable
        Scores in the unit given, ranks from 1, the best.

    Raises
    ------
    TypeError, ValueError
        If a column is missing, a score is no number or infinite, a label stands twice, weights do
        not fit, or of `critical` and `threshold` one is missing. What is wrong with one journey
        among many is said in its row.

    Notes
    -----
    A ranking that holds under every rule is safe from the choice of one. A pair of journeys that
    flips is a question to answer, not to average away: whether a good moment can make up for a bad
    one. Scores that differ by rounding alone are equal. The time grows with the square of the
    number of journeys: about a second for 10,000.

    Examples
    --------
    >>> found = aggregation_table(
    ...     {"trip": ["a", "b"], "book": [9, 6], "fly": [3, 5]}, journeys="trip"
    ... )
    >>> found.scores.where(journey="a")["score"].round(1).tolist()
    [6.0, 5.2, 4.5, 3.0]
    >>> found.flips.row(first="a", second="b")["first_ahead"]
    'mean'
    >>> found.flips.row(first="a", second="b")["second_ahead"]
    'geometric, harmonic, minimum'
    """
    values, columns, labels = _read(scores, touchpoints, journeys)
    marks = critical
    if isinstance(touchpoints, Journey):
        weights = touchpoints.importances if weights is None else weights
        marks = touchpoints.critical if critical is None else critical
    w = weights_of(weights, columns, len(columns))
    means = power_means(values, w, power_of(power))
    there = ~np.isnan(values)
    counts = there & (w > 0)
    rules = [_Rule.of(name, power_means(values, w, p), counts, BELOW) for name, p in POWERS.items()]
    if ordered_weights is not None:
        by_rank = rank_weights("ordered_weights", ordered_weights, len(columns))
        rules.append(_Rule.of("ordered", ordered_means(values, by_rank), there, LACKING))
    if neutral is not None:
        score = peak_ends(values, plain_number("neutral", neutral))
        rules.append(_Rule.of("peak_end", score, there))
    if threshold is not None and marks is not None:
        flags = critical_of(marks, columns, len(columns))
        score, _ = vetoed_means(values, flags, plain_number("threshold", threshold), means)
        reasons = {
            "a critical score is missing": (flags & ~there).any(axis=1),
            NONE: ~counts.any(axis=1),
        }
        why = first_reason(reasons, BELOW)
        rules.append(_Rule.of("veto", score, there & (flags | (w > 0)), why))
    elif threshold is not None or critical is not None:
        absent = "threshold" if threshold is None else "critical"
        msg = f"`{absent}` must be given too: a veto is a critical score below the threshold"
        raise ValueError(msg)
    return _compared(rules, labels, np.where(there, np.abs(values), 0.0).max(axis=1))


def _read(
    scores: Any,  # noqa: ANN401 (an array or any frame)
    touchpoints: Names | None,
    journeys: str | Sequence[Any] | None,
) -> tuple[Array, tuple[str, ...], NDArray[np.str_]]:
    """Return the scores (journeys, touchpoints) and the names of both."""
    named = () if touchpoints is None else names_of("touchpoints", touchpoints)
    source = table_of("scores", scores, named, hint="; aggregate takes one journey")
    column = journeys if isinstance(journeys, str) else None
    columns = named or tuple(name for name in source.names if name != column)
    if not columns:
        msg = "`touchpoints` must name at least one column, got none"
        raise ValueError(msg)
    given: Any = journeys
    if column is not None:
        given = source.column(source.place("journeys", column))
    values = matrix("scores", source, columns, asked="touchpoints")
    given = range(1, len(values) + 1) if given is None else given
    labels = Factor.of("journeys", given).values
    if len(labels) != len(values):
        msg = f"`journeys` must have a label for each of the {len(values)} rows, got {len(labels)}"
        raise ValueError(msg)
    names, counts = np.unique(labels, return_counts=True)
    if (counts > 1).any():
        msg = (
            f"`journeys` must be different from each other, got {str(names[counts > 1][0])!r} "
            "twice; take the mean of each first, as frame.groupby('hotel').mean()"
        )
        raise ValueError(msg)
    return values, columns, labels


def _compared(rules: Sequence[_Rule], labels: NDArray[np.str_], sizes: Array) -> AggregationTable:
    """Return the Tables of rules applied to journeys; `sizes` are those of their scores."""
    rule_names = np.array([rule.name for rule in rules])
    levels = np.stack([_levels(rule.score, sizes) for rule in rules])
    scores = {
        "journey": np.repeat(labels, len(rules)),
        "rule": np.tile(rule_names, len(labels)),
        "n": _by_journey([rule.n for rule in rules]),
        "score": _by_journey([rule.score for rule in rules]),
        "rank": _by_journey([from_best(level) for level in levels]),
        "undefined": _by_journey([rule.undefined for rule in rules]),
    }
    counts, pairs = _opposed(levels.astype(np.float32))
    return AggregationTable(
        scores=Table(
            title="Journeys under each rule",
            keys=("journey", "rule"),
            data=scores,
            note="rank 1 is the best of a rule",
        ),
        rules=_rules_table(rule_names, counts),
        flips=_flips_table(rule_names, labels, counts, pairs),
    )


def _by_journey(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return a column for each rule as one, journey by journey."""
    return np.stack(columns, axis=1).ravel()


def _levels(score: Array, sizes: Array) -> Array:
    """Return the places of scores from the lowest, 0; those that rounding tells apart share one."""
    levels = np.full(score.shape, np.nan)
    there = np.flatnonzero(~np.isnan(score))
    order = there[np.argsort(score[there], kind="stable")]
    steps = np.zeros(order.size)
    noise = ROUNDING * np.maximum(sizes[order][1:], sizes[order][:-1])
    steps[1:] = np.diff(score[order]) > noise
    levels[order] = np.cumsum(steps)
    return levels


def _opposed(levels: NDArray[np.float32]) -> tuple[Codes, Codes]:
    """Count pairs of journeys by what the rules say of them, and name the most divided pairs.

    What rules say of a pair is a code: one bit a rule, set where it has the first journey ahead,
    then one bit a rule for the second. Returns how many pairs have each code, and of pairs that
    are opposed the rows (division, first, second, code).
    """
    rules, size = levels.shape
    division = _division(rules)
    counts = np.zeros(division.size, dtype=np.intp)
    found = np.empty((0, 4), dtype=np.intp)
    rows = max(1, CELLS // size)
    for start in range(0, size, rows):
        first, second = levels[:, start : start + rows, None], levels[:, None, start:]
        code = np.zeros((first.shape[1], second.shape[2]), dtype=np.uint16)
        for ahead in (np.greater, np.less):
            for rule in range(rules):
                code <<= 1
                code |= ahead(first[rule], second[rule])
        code[np.tril_indices(len(code), m=code.shape[1])] = 0  # each pair once
        counts += np.bincount(code.ravel(), minlength=counts.size)
        least = found[-1, 0] if len(found) == MOST else 0
        one, other = np.nonzero(division[code] > least)
        codes = code[one, other].astype(np.intp)
        here = np.stack([division[codes], start + one, start + other, codes], axis=1)
        found = np.concatenate([found, here])
        found = found[np.argsort(-found[:, 0], kind="stable")][:MOST]
    return counts, found


def _opinions(codes: Codes, rules: int) -> tuple[Codes, Codes]:
    """Return of each code the rules that have the first journey ahead, and the second: 0 or 1."""
    bits = codes[:, None] >> np.arange(2 * rules)[::-1] & 1
    return bits[:, :rules], bits[:, rules:]


def _division(rules: int) -> NDArray[np.uint8]:
    """Return how divided the rules are, by code: first how many dissent, then how many judge."""
    ahead, behind = (sides.sum(axis=1) for sides in _opinions(np.arange(4**rules), rules))
    dissent = np.minimum(ahead, behind)
    return np.where(dissent > 0, dissent * (rules + 1) + ahead + behind, 0).astype(np.uint8)


def _rules_table(rule_names: NDArray[np.str_], counts: Codes) -> Table:
    """Return the Table of pairs of rules, from the number of pairs of journeys by code."""
    codes = np.flatnonzero(counts)
    ahead, behind = _opinions(codes, len(rule_names))
    weighted = counts[codes, None]
    pairs = (weighted * (ahead + behind)).T @ (ahead + behind)
    opposite = (weighted * ahead).T @ behind
    places = np.triu_indices(len(rule_names), 1)
    n, flips = pairs[places], (opposite + opposite.T)[places]
    return Table(
        title="Rules compared",
        keys=("rule", "other"),
        data={
            "rule": rule_names[places[0]],
            "other": rule_names[places[1]],
            "pairs": n,
            "flips": flips,
            "share": np.divide(flips, n, out=np.full(n.shape, np.nan), where=n > 0),
            "undefined": np.where(n > 0, "", "no two journeys that both rules put in an order"),
        },
        note="share = flips / pairs of journeys that both rules put in an order",
    )


def _flips_table(
    rule_names: NDArray[np.str_], labels: NDArray[np.str_], counts: Codes, found: Codes
) -> Table:
    """Return the Table of pairs of journeys, the most divided first."""
    _, first, second, codes = found.T
    sides = _opinions(codes, len(rule_names))
    ahead, behind = ([", ".join(rule_names[row == 1].tolist()) for row in side] for side in sides)
    in_all = counts[_division(len(rule_names)) > 0].sum()
    of = len(labels) * (len(labels) - 1) // 2
    note = f"{in_all:,} of {of:,} pairs of journeys have an order that depends on the rule"
    if in_all > len(found):
        note += f"; the {len(found):,} on which rules are most divided are shown"
    return Table(
        title="Journeys whose order depends on the rule",
        keys=("first", "second"),
        data={
            "first": labels[first],
            "second": labels[second],
            "first_ahead": np.array(ahead, dtype=str),
            "second_ahead": np.array(behind, dtype=str),
        },
        note=note,
    )
