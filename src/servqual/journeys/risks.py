"""How critical what goes wrong is: how often, how bad, and how likely to be seen in time."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import between, choice, instance, is_nothing, labelled, listed, not_negative
from servqual._stats.ranks import from_best
from servqual.journeys.maps import names_of
from servqual.tables import Result, Table

__all__ = [
    "PRIORITY_TABLE",
    "ProblemValues",
    "RiskPriorities",
    "problem_values",
    "risk_priorities",
]

Array = NDArray[np.float64]
Whole = NDArray[np.intp]
Values = Mapping[str, Any] | ArrayLike
Problems = tuple[str, ...]
Band = Literal["low", "medium", "high"]  # of ratings 1-3, 4-6, 7-10; and of priorities
BANDS: tuple[Band, ...] = ("low", "medium", "high")
BEGINS = (4, 7)  # the ratings with which the second and the third band begin
RATINGS = 10

PRIORITY_TABLE: Mapping[tuple[Band, Band], Band] = MappingProxyType(
    {
        ("high", "high"): "high",
        ("high", "medium"): "high",
        ("high", "low"): "medium",
        ("medium", "high"): "medium",
        ("medium", "medium"): "medium",
        ("medium", "low"): "low",
        ("low", "high"): "medium",
        ("low", "medium"): "low",
        ("low", "low"): "low",
    }
)
"""The priority of each band of severity and of occurrence, before detection raises it."""


@attrs.frozen(kw_only=True, repr=False)
class ProblemValues(Result):
    """Problems by their value, which is frequency times severity.

    Parameters
    ----------
    table : Table
        Keyed `problem`, the largest value first: its `frequency` and `severity`, the `value`, its
        `share` of the total and the `cumulative_share`, the `rank` (1 for the largest; ties share
        the best), `lacking`, why there is no share, and `undefined`.
    total : float
        The sum of the values.
    """

    table: Table
    total: float


def problem_values(
    frequencies: Values, severities: Values, *, problems: Iterable[str] | None = None
) -> ProblemValues:
    """Return the value of each problem: value = frequency · severity.

    Parameters
    ----------
    frequencies : mapping of str to float, or array_like
        How often customers meet with each problem: counts, or shares of the customers.
    severities : mapping of str to float, or array_like
        How bad it is for those who do, such as its mean relevance to them; 0 must mean not at all.
    problems : sequence of str, optional
        The problems; by default those of the mappings, of arrays "1", "2", …

    Returns
    -------
    ProblemValues
        In the product of both units. A problem of which one is missing has no value and stands
        last.

    Raises
    ------
    TypeError, ValueError
        If a number is below 0 or infinite, the two do not have the same problems, or the sum of the
        values is beyond all numbers.

    Notes
    -----
    As in the frequency-relevance analysis of problems (FRAP) that is ascribed to Stauss; the paper
    itself was not seen. The product needs severities on a ratio scale: with ratings of 1 to 5, it
    takes a problem rated 4 for twice as bad as one rated 2.
    Frequencies should be of the same customers and the same time.

    Examples
    --------
    >>> found = problem_values(
    ...     {"late": 40, "rude": 10, "lost": 5}, {"late": 1, "rude": 4, "lost": 4}
    ... )
    >>> found.table["problem"].tolist(), found.table["share"].tolist()
    (['late', 'rude', 'lost'], [0.4, 0.4, 0.2])
    """
    given = {"frequencies": frequencies, "severities": severities}
    names, (often, bad) = _sides(given, problems, _amount)
    with np.errstate(over="ignore"):
        value = often * bad
        total = float(np.nansum(value))
    if np.isinf(total):
        msg = "`frequencies` times `severities` is beyond all numbers; take larger units"
        raise ValueError(msg)
    order = np.argsort(-value, kind="stable")  # NaN last
    often, bad, value = often[order], bad[order], value[order]
    share = value / total if total > 0 else np.full(len(value), np.nan)
    columns = {
        "problem": np.array(names)[order],
        "frequency": often,
        "severity": bad,
        "value": value,
        "share": share,
        "cumulative_share": np.where(np.isnan(share), np.nan, np.nancumsum(share)),
        "rank": from_best(value),
        "lacking": np.where(np.isnan(share) > np.isnan(value), "all values are 0", ""),
        "undefined": _absent({"frequency": often, "severity": bad}),
    }
    table = Table(
        title="Values of problems",
        keys=("problem",),
        data=columns,
        note="value = frequency · severity",
    )
    return ProblemValues(table=table, total=total)


@attrs.frozen(kw_only=True, repr=False)
class RiskPriorities(Result):
    """Problems by the risk priority number, in lexicographic order, and by a table.

    Parameters
    ----------
    table : Table
        Keyed `problem`, as they were given: the ratings `severity`, `occurrence` and `detection`;
        `rpn`, their product, and `rpn_rank`; `lexicographic_rank`, by severity, then occurrence,
        then detection (ranks count from 1, and ties share the best); the `priority` by the table,
        ``"high"``, ``"medium"`` or ``"low"``; `flips`, the number of other problems that the two
        ranks put on opposite sides of it; and `undefined`.
    flips : int
        The pairs of problems that the two ranks put in opposite order.
    pairs : int
        All pairs of problems that have ranks.
    """

    table: Table
    flips: int
    pairs: int


def risk_priorities(
    severity: Values,
    occurrence: Values,
    detection: Values,
    *,
    problems: Iterable[str] | None = None,
    table: Mapping[tuple[Band, Band], Band] = PRIORITY_TABLE,
) -> RiskPriorities:
    """Return which problems come first: by RPN = S·O·D, by S before O before D, and by a table.

    Parameters
    ----------
    severity, occurrence, detection : mapping of str to int, or array_like of int
        Ratings from 1 to 10: how bad, how often, and how unlikely to be seen before it reaches the
        customer (10: never seen). NaN and None are missing: the problem has no rank and no
        priority.
    problems : sequence of str, optional
        The problems; by default those of the mappings, of arrays "1", "2", …
    table : mapping of (str, str) to str, optional
        The priority of each band of severity and of occurrence: ``"low"`` (1-3), ``"medium"`` (4-6)
        and ``"high"`` (7-10). A detection in the high band raises it by one step, unless the
        severity is low. ``dict(PRIORITY_TABLE) | {("low", "high"): "low"}`` changes one cell.

    Returns
    -------
    RiskPriorities
        The three side by side, and where the first two contradict each other.

    Raises
    ------
    TypeError, ValueError
        If a rating is no whole number from 1 to 10, the three do not have the same problems, or a
        cell of the table is missing or unknown.

    Notes
    -----
    The risk priority number is there because it is asked for. Ratings are ordinal, and products of
    ranks have no scale: 8 is not twice as bad as 4. The 1,000 combinations give 120 numbers only,
    of mean 166.375 and median 105, 94 % of them at most 500; 60 comes about in 24 ways, among them
    a harmless and a grave one. Lexicographic order and tables use no more than the order of the
    ratings.

    The default table is this library's own, in the manner of those that industry uses in place of
    the number (AIAG & VDA, 2019), and not a copy of them.

    References
    ----------
    Bowles, J. B. (2003). An assessment of RPN prioritization in a failure modes effects and
    criticality analysis. Annual Reliability and Maintainability Symposium, 380-386.

    Wheeler, D. J. (2011). Problems with risk priority numbers. Quality Digest.

    Examples
    --------
    >>> found = risk_priorities([10, 2], [1, 6], [6, 6], problems=("fire", "queue"))
    >>> found.table["rpn"].tolist(), found.table["lexicographic_rank"].tolist(), found.flips
    ([60.0, 72.0], [1.0, 2.0], 1)
    >>> found.table["priority"].tolist()
    ['medium', 'low']
    """
    given = {"severity": severity, "occurrence": occurrence, "detection": detection}
    names, ratings = _sides(given, problems, _rating)
    s, o, d = ratings
    rpn, lexicographic = s * o * d, (s * (RATINGS + 1) + o) * (RATINGS + 1) + d
    rated = ~np.isnan(rpn)
    flips, n = _opposed(rpn, lexicographic), int(rated.sum())
    note = (
        "rpn = severity · occurrence · detection, a product of ordinal ratings that has no scale; "
        "lexicographic: by severity, then occurrence, then detection; flips: problems that the two "
        "ranks put on opposite sides"
    )
    columns: dict[str, Any] = {
        "problem": np.array(names),
        "severity": s,
        "occurrence": o,
        "detection": d,
        "rpn": rpn,
        "rpn_rank": from_best(rpn),
        "lexicographic_rank": from_best(lexicographic),
        "priority": np.where(rated, _priorities(s, o, d, table), ""),
        "flips": np.where(rated, flips, np.nan),
        "undefined": _absent(dict(zip(given, ratings, strict=True))),
    }
    return RiskPriorities(
        table=Table(title="Risk priorities", keys=("problem",), data=columns, note=note),
        flips=int(flips.sum()) // 2,
        pairs=n * (n - 1) // 2,
    )


def _absent(sides: Mapping[str, Array]) -> NDArray[np.str_]:
    """Return which number a problem lacks first, or ""."""
    return np.select(list(map(np.isnan, sides.values())), [f"no {name}" for name in sides], "")


def _sides(
    given: Mapping[str, Values],
    problems: Iterable[str] | None,
    read: Callable[[str, object], float],
) -> tuple[Problems, Array]:
    """Return the problems, and the numbers (arguments, problems) that each argument has of them."""
    given = {argument: labelled(values) for argument, values in given.items()}
    if problems is None:
        mapped = [values for values in given.values() if isinstance(values, Mapping)]
        first = next(iter(given.values()))
        problems = mapped[0] if mapped else map(str, range(1, np.size(np.asarray(first)) + 1))
    names = names_of("problems", problems)
    rows = [_row(argument, values, names, read) for argument, values in given.items()]
    return names, np.array(rows, dtype=float)


def _row(
    argument: str, values: Values, problems: Problems, read: Callable[[str, object], float]
) -> list[float]:
    """Return the numbers of one argument, in the order of the problems."""
    pairs = zip(problems, listed(argument, values, problems), strict=True)
    return [read(f"{argument}[{name!r}]", value) for name, value in pairs]


def _amount(name: str, value: object) -> float:
    return np.nan if is_nothing(value) else not_negative(name, value)


def _rating(name: str, value: object) -> float:
    if is_nothing(value):
        return np.nan
    rating = between(name, value, 1, RATINGS)
    if not isinstance(rating, int):
        msg = f"`{name}` must be a whole number from 1 to {RATINGS}, got {rating}"
        raise ValueError(msg)  # noqa: TRY004 (a number, but not a whole one)
    return rating


def _opposed(rpn: Array, lexicographic: Array) -> Whole:
    """Return with how many others each stands in opposite order by the two; NaN with none.

    At most 1,000 combinations of ratings differ, however many problems there are.
    """
    order, first, place, counts = np.unique(
        lexicographic, return_index=True, return_inverse=True, return_counts=True
    )
    product = rpn[first]
    opposite = (order[:, None] > order) != (product[:, None] > product)
    opposite &= (order[:, None] != order) & (product[:, None] != product)
    found: Whole = (opposite @ counts)[place]
    return found


def _priorities(
    severity: Array, occurrence: Array, detection: Array, table: Mapping[tuple[Band, Band], Band]
) -> NDArray[np.str_]:
    """Return the priority of each problem by a table of bands, which poor detection raises."""
    cells = [(s, o) for s in BANDS for o in BANDS]
    instance("table", table, Mapping, hint="; take dict(PRIORITY_TABLE) and change its cells")
    if set(table) != set(cells):
        wrong = sorted(map(repr, set(table).symmetric_difference(cells)))
        msg = (
            "`table` must have a priority for each band of severity and of occurrence, as "
            f"('high', 'low'), got one too many or too few: {', '.join(wrong)}"
        )
        raise ValueError(msg)
    said = dict(table)
    steps = [BANDS.index(choice(f"table[{cell}]", said[cell], BANDS)) for cell in cells]
    bands = [np.searchsorted(BEGINS, side, side="right") for side in (severity, occurrence)]
    raised = (detection >= BEGINS[1]) & (severity >= BEGINS[0])
    step = np.array(steps).reshape(len(BANDS), len(BANDS))[bands[0], bands[1]] + raised
    found: NDArray[np.str_] = np.array(BANDS)[np.minimum(step, len(BANDS) - 1)]
    return found
