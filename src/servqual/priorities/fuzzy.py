"""Gaps of triangular fuzzy numbers, such as words of a scale stand for."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    brief,
    distinct,
    instance,
    is_nothing,
    labelled,
    listed,
    names,
    nearest,
    numbers,
)
from servqual._frames.arrays import table_of
from servqual._frames.columns import is_blank
from servqual._frames.words import coded, first_reason, label_folded
from servqual.tables import Result, Table

__all__ = ["FuzzyGap", "FuzzyMeans", "fuzzy_gap", "fuzzy_means"]

Array = NDArray[np.float64]
PARTS = ("low", "mode", "high")


@attrs.frozen(kw_only=True, repr=False)
class FuzzyMeans(Result):
    """The mean fuzzy number of each item.

    Parameters
    ----------
    table : Table
        Keyed `item`: the answers `n`, the parts of their mean, `low`, `mode` and `high`, and
        `undefined`.
    """

    table: Table

    @property
    def numbers(self) -> dict[str, Array]:
        """The fuzzy number (low, mode, high) of each item, NaN where there is none."""
        parts = np.column_stack([self.table[part] for part in PARTS])
        return dict(zip(self.table["item"].tolist(), parts, strict=True))


@attrs.frozen(kw_only=True, repr=False)
class FuzzyGap(Result):
    """The fuzzy gap of each item, and what it comes to.

    Parameters
    ----------
    table : Table
        Keyed `item`: the parts of the gap, `low`, `mode` and `high`; `graded_mean`, `centroid`, and
        `undefined`.
    """

    table: Table


def fuzzy_gap(
    perceptions: Any,  # noqa: ANN401 (FuzzyMeans, a mapping, or an array)
    expectations: Any,  # noqa: ANN401 (the same)
    *,
    items: Sequence[str] | None = None,
) -> FuzzyGap:
    """Return the gap of triangular fuzzy perceptions and expectations, item by item.

    (l, m, u)_P - (l, m, u)_E = (l_P - u_E, m_P - m_E, u_P - l_E), of which the graded mean is
    (l + 4m + u)/6 and the centroid (l + m + u)/3.

    Parameters
    ----------
    perceptions, expectations : FuzzyMeans, mapping of items to numbers, or array_like (items, 3)
        The fuzzy number of each item: low, mode and high, low ≤ mode ≤ high; or a plain number,
        which stands for all three. NaN where there is none.
    items : sequence of str
        Names of the rows of an array (default "1", "2", …, or those that the other side has).

    Returns
    -------
    FuzzyGap
        In units of the scale: below 0 where the service falls short.

    Raises
    ------
    TypeError, ValueError
        If a fuzzy number is no number or three in their order, sides differ in their items, or
        three plain numbers may be one fuzzy number or three items.

    Notes
    -----
    Plain numbers give the plain gap, perception - expectation. From low to high reaches what the
    words may mean, not what chance may do: it is no confidence interval. Which triangles stand for
    a word is a convention, and another one may put the items in another order.

    References
    ----------
    Zadeh, L. A. (1965). Fuzzy sets. Information and Control 8(3), 338-353.
    https://doi.org/10.1016/S0019-9958(65)90241-X

    Chen, S.-H., & Hsieh, C.-H. (2000). Representation, ranking, distance, and similarity of L-R
    type fuzzy number and application. Australian Journal of Intelligent Information Processing
    Systems 6(4), 217-229. (The graded mean; pages from memory.)

    Tsaur, S.-H., Chang, T.-Y., & Yen, C.-H. (2002). The evaluation of airline service quality by
    fuzzy MCDM. Tourism Management 23(2), 107-115.

    Examples
    --------
    >>> found = fuzzy_gap({"speed": (3, 5, 7), "care": 6}, {"speed": (5, 7, 9), "care": 5})
    >>> found.table.select("low", "mode", "high", "graded_mean")
    Fuzzy gaps
    item      low    mode   high  graded_mean
    speed  -6.000  -2.000  2.000       -2.000
    care    1.000   1.000  1.000        1.000
    low..high is what the words may mean, no confidence interval
    """
    sides = {"perceptions": _numbers(perceptions), "expectations": _numbers(expectations)}
    keys = _keys(sides, names("items", items))
    p, e = (_triangles(side, numbers, keys) for side, numbers in sides.items())
    gap = np.column_stack([p[:, 0] - e[:, 2], p[:, 1] - e[:, 1], p[:, 2] - e[:, 0]])
    reasons = {"no perception": np.isnan(p).any(axis=1), "no expectation": np.isnan(e).any(axis=1)}
    table = Table(
        title="Fuzzy gaps",
        keys=("item",),
        data={
            "item": keys,
            **dict(zip(PARTS, gap.T, strict=True)),
            "graded_mean": gap @ (1, 4, 1) / 6,
            "centroid": gap @ (1, 1, 1) / 3,
            "undefined": first_reason(reasons),
        },
        note="low..high is what the words may mean, no confidence interval",
    )
    return FuzzyGap(table=table)


def fuzzy_means(
    answers: Any,  # noqa: ANN401 (an array or any frame)
    terms: Mapping[Any, Sequence[float] | float],
    *,
    items: Sequence[str] | None = None,
) -> FuzzyMeans:
    """Return the mean fuzzy number of each item, of answers in words: Σ(l, m, u)/n.

    Parameters
    ----------
    answers : array_like or data frame (respondents, items)
        Words, one row a respondent; NaN, None and blank texts are missing.
    terms : mapping of words to (low, mode, high)
        The fuzzy number that a word stands for; neither case nor blanks around it count.
    items : sequence of str
        Names of the columns of an array (default "1", "2", …), or those that are taken of a frame.

    Returns
    -------
    FuzzyMeans
        In units of the fuzzy numbers: a side for `fuzzy_gap`.

    Raises
    ------
    TypeError, ValueError
        If an answer is not among the terms (the message has the nearest), or a term is no fuzzy
        number.

    Notes
    -----
    Each item stands on those who answered it.

    References
    ----------
    Tsaur, S.-H., Chang, T.-Y., & Yen, C.-H. (2002). The evaluation of airline service quality by
    fuzzy MCDM. Tourism Management 23(2), 107-115.

    Examples
    --------
    >>> terms = {"fair": (3, 5, 7), "good": (5, 7, 9)}
    >>> fuzzy_means([["Good"], ["fair"], [None]], terms, items=["speed"]).table.row(item="speed")
    {'item': 'speed', 'n': 2, 'low': 4.0, 'mode': 6.0, 'high': 8.0, 'undefined': ''}
    """
    known = _terms(terms)
    wanted = names("items", items)
    source = table_of("answers", answers, wanted, hint="; give one row a respondent")
    wanted = wanted or distinct("items", source.names)
    columns = [source.column(source.place("items", item)) for item in wanted]
    found = [_mean(item, *coded(c), known) for item, c in zip(wanted, columns, strict=True)]
    n, means = np.array([n for n, _ in found]), np.array([mean for _, mean in found])
    table = Table(
        title="Fuzzy means",
        keys=("item",),
        data={
            "item": wanted,
            "n": n,
            **dict(zip(PARTS, means.T, strict=True)),
            "undefined": np.where(n > 0, "", "no answers"),
        },
    )
    return FuzzyMeans(table=table)


def _terms(terms: object) -> dict[str, Array]:
    """Return the fuzzy number of each word, as words are compared."""
    instance("terms", terms, Mapping, hint="; give words to numbers, as {'good': (5, 7, 9)}")
    found: dict[str, Array] = {}
    for word, number in dict(terms).items():  # type: ignore[call-overload]  # a mapping, see above
        folded, name = label_folded(word), f"terms[{word!r}]"
        if folded in found:
            msg = f"`{name}` must have one number, got another for the same word"
            raise ValueError(msg)
        found[folded] = _triangle(name, number)
        if np.isnan(found[folded]).any():
            msg = f"`{name}` must be low, mode and high, got {brief(number)}"
            raise ValueError(msg)
    return found


def _mean(
    item: str, cells: Sequence[Any], codes: NDArray[np.intp], terms: Mapping[str, Array]
) -> tuple[int, Array]:
    """Return how many answers there are to an item, and their mean."""
    counts = np.bincount(codes, minlength=len(cells))
    total, n = np.zeros(3), 0
    for code, cell in enumerate(cells):
        if is_nothing(cell) or (isinstance(cell, str) and is_blank(cell)):
            continue
        if (word := label_folded(cell)) not in terms:
            row = int(np.flatnonzero(codes == code)[0]) + 1
            where = f"(row {row}, item {item!r})"
            msg = f"`answers`: {brief(cell)} is not among `terms` {where}{nearest(word, terms)}"
            raise ValueError(msg)
        total, n = total + counts[code] * terms[word], n + int(counts[code])
    return n, total / n if n else np.full(3, np.nan)


def _numbers(value: Any) -> Any:  # noqa: ANN401 (a side)
    return value.numbers if isinstance(value, FuzzyMeans) else labelled(value)


def _keys(sides: Mapping[str, Any], items: tuple[str, ...]) -> tuple[str, ...]:
    """Return the items: as named, or of the first side that has names, or numbered."""
    mappings = [side for side in sides.values() if isinstance(side, Mapping)]
    if items or mappings:
        return items or names("items", list(mappings[0]))
    for name, side in sides.items():
        shape = np.shape(np.asarray(side, dtype=object))
        if shape == (3,) and all(np.ndim(entry) == 0 for entry in side):
            msg = (
                f"`{name}` may be one fuzzy number or three items; give one as {{'item': (3, 5, "
                "7)}, or the names of the three as `items`"
            )
            raise ValueError(msg)
        instance(name, side, Sequence, np.ndarray, hint="; or give items to (low, mode, high)")
    return tuple(str(n) for n in range(1, len(sides["perceptions"]) + 1))


def _triangles(argument: str, value: Any, items: tuple[str, ...]) -> Array:  # noqa: ANN401 (a side)
    """Return fuzzy numbers (items, 3)."""
    entries = listed(argument, value, items)
    if not entries:
        msg = f"`{argument}` must have at least one item, got none"
        raise ValueError(msg)
    rows = zip(items, entries, strict=True)
    return np.array([_triangle(f"{argument}[{item!r}]", entry) for item, entry in rows])


def _triangle(name: str, value: Any) -> Array:  # noqa: ANN401 (numbers)
    """Return low, mode and high, NaN where there is no number."""
    absent = np.ndim(value) == 0 and is_nothing(value)
    found = numbers(name, np.nan if absent else value).ravel()
    found = np.repeat(found, 3) if found.size == 1 else found
    hole = np.isnan(found).any() and not np.isnan(found).all()
    if found.size != 3 or hole or np.isinf(found).any() or (np.diff(found) < 0).any():
        rule = "a finite number, or low, mode and high in their order"
        msg = f"`{name}` must be {rule}, as (3, 5, 7), got {brief(value)}"
        raise ValueError(msg)
    return found
