"""Judgements as judges give them: pairwise comparisons, and points shared out."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servqual._checks import labelled, listed, named, names, positive
from servqual._frames.arrays import matrix, table_of
from servqual._frames.sources import Source

__all__ = ["Array", "Kinds", "comparisons_of", "points_of"]

Array = NDArray[np.float64]
Kinds = tuple[str, ...]
RECIPROCAL = 1e-6  # how far a judgement and its reverse may differ from each other
REACH = 1e9  # no judgement says more, and the weights of worse contradictions lose digits
SHOWN = 5  # missing judgements that an error names


def comparisons_of(comparisons: Any, kinds: Kinds) -> tuple[Kinds, Array]:  # noqa: ANN401
    """Return the types, and reciprocal matrices of all judges (judges, types, types)."""
    entries = list(comparisons) if isinstance(comparisons, (list, tuple, np.ndarray)) else []
    if not any(isinstance(entry, Mapping) or _axes(entry) == 2 for entry in entries):
        kinds, table = _one_judge("comparisons", comparisons, kinds)
        return kinds, table[None]
    tables = []
    for place, entry in enumerate(entries):
        kinds, table = _one_judge(f"comparisons[{place}]", entry, kinds)
        tables.append(table)
    return kinds, np.stack(tables)


def _table(argument: str, value: Any, kinds: Kinds, hint: str = "") -> Source:  # noqa: ANN401
    source = table_of(argument, value, kinds, hint=hint)
    if not source.names:
        msg = f"`{argument}` must have a column for each type, got none"
        raise ValueError(msg)
    return source


def _axes(value: object) -> int:
    try:
        return np.ndim(value)  # type: ignore[arg-type]  # of anything
    except ValueError:  # rows of different lengths, which are refused where they are read
        return 2


def _one_judge(argument: str, value: Any, kinds: Kinds) -> tuple[Kinds, Array]:  # noqa: ANN401
    """Return the types and the comparisons of one judge, rows and columns in their order."""
    if isinstance(value, Mapping) and value and all(isinstance(key, tuple) for key in value):
        kinds, cells = _of_pairs(argument, value, kinds)
        return kinds, _reciprocal(argument, cells, kinds)
    source = _table(argument, value, kinds, hint="; a table of comparisons is square")
    for kind in kinds:
        source.place("types", kind)
    own = [name for name in source.names if name in kinds] if kinds else list(source.names)
    cells = matrix(argument, source, own)
    if len(cells) != len(own):
        msg = (
            f"`{argument}` must be square, a row for each of its {len(own)} columns, got "
            f"{len(cells)} rows; `types` names the columns where there are others"
        )
        raise ValueError(msg)
    rows = _row_names(value) or own
    if sorted(rows) != sorted(own):
        msg = f"`{argument}` must have the same types as rows and as columns, got {rows} and {own}"
        raise ValueError(msg)
    kinds = kinds or tuple(own)
    down, across = ([labels.index(kind) for kind in kinds] for labels in (rows, own))
    return kinds, _reciprocal(argument, cells[np.ix_(down, across)], kinds)


def _row_names(value: object) -> list[str]:
    """Return the names that the index of a pandas frame gives to its rows, if it does."""
    index = getattr(value, "index", None)
    rows = list(index) if isinstance(index, Iterable) else []
    return rows if all(isinstance(row, str) for row in rows) else []


def _of_pairs(argument: str, pairs: Mapping[Any, Any], kinds: Kinds) -> tuple[Kinds, Array]:
    """Return types and comparisons, each given one way round; the others are NaN."""
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(kind, str) for kind in pair):
            msg = f"`{argument}` must map pairs of types to numbers, got {pair!r}"
            raise TypeError(msg)
    kinds = kinds or tuple(dict.fromkeys(kind for pair in pairs for kind in pair))
    cells = np.full((len(kinds), len(kinds)), np.nan)
    for (first, second), value in pairs.items():
        i, j = (kinds.index(named(argument, kind, kinds)) for kind in (first, second))
        if i == j or (second, first) in pairs:
            fault = "a type against itself" if i == j else "both ways round"
            msg = f"`{argument}` must have each pair once, got {first!r} and {second!r} {fault}"
            raise ValueError(msg)
        cells[i, j] = positive(f"{argument}[{first!r}, {second!r}]", value)
    return kinds, cells


def _reciprocal(argument: str, cells: Array, kinds: Kinds) -> Array:
    """Return comparisons in which what is missing, NaN or 0, is 1 over its reverse."""
    given = np.where(cells == 0, np.nan, cells)
    own = np.diagonal(given)
    np.fill_diagonal(given, np.where(np.isnan(own), 1.0, own))

    def pair(i: int, j: int) -> str:
        return f"{kinds[i]!r} against {kinds[j]!r}"

    for i, j in np.argwhere((given < 1 / REACH) | (given > REACH)):
        rule = f"`{argument}` must be above 0 (within {1 / REACH:g}..{REACH:g})"
        msg = f"{rule}, got {given[i, j]:g} ({pair(i, j)}); less bad is below 1, as 1/3"
        raise ValueError(msg)
    full = np.where(np.isnan(given), 1 / given.T, given)
    absent = [pair(i, j) for i, j in np.argwhere(np.isnan(np.triu(full)))]
    if absent:
        more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
        msg = f"`{argument}` lacks {', '.join(absent[:SHOWN])}{more}; ask for every pair"
        raise ValueError(msg)
    for i, j in np.argwhere(np.abs(full * full.T - 1) > RECIPROCAL):
        msg = f"`{argument}` must be 1 where a type stands against itself, got {full[i, i]:g}"
        if i != j:
            msg = (
                f"`{argument}` must be reciprocal, got {full[i, j]:g} ({pair(i, j)}) and "
                f"{full[j, i]:g} ({pair(j, i)}); leave one of them empty, to be 1 over the other"
            )
        raise ValueError(msg)
    found: Array = np.sqrt(full / full.T)
    return found


def points_of(points: Any, kinds: Kinds) -> tuple[Kinds, Array]:  # noqa: ANN401
    """Return the types and their points (judges, types)."""
    points = labelled(points) if getattr(points, "ndim", 1) == 1 else points
    if isinstance(points, Mapping) and not any(map(_axes, points.values())):
        kinds = kinds or names("points", tuple(points))
        points = [listed("points", points, kinds)]
    elif _axes(points) == 1:
        points = [list(points)]
    source = _table("points", points, kinds)
    kinds = kinds or names("types", source.names)
    found = matrix("points", source, kinds)
    hint = "; give 0 where none is meant"
    _refuse(np.isnan(found), found, kinds, "be there for every judge and type", hint)
    beyond = (found < 1 / REACH) | (found > REACH)
    _refuse(beyond & (found != 0), found, kinds, f"be 0 or lie in {1 / REACH:g}..{REACH:g}")
    silent = np.flatnonzero(~found.any(axis=1))
    if silent.size:
        msg = f"`points` of a judge must not all be 0, got none at all (row {silent[0] + 1})"
        raise ValueError(msg)
    nothing = [kind for kind, given in zip(kinds, found.T, strict=True) if not given.any()]
    if nothing:
        msg = (
            f"`points` must give some to every type, got none for {', '.join(map(repr, nothing))}; "
            "leave out of the scheme what does not count, or give it some points"
        )
        raise ValueError(msg)
    return kinds, found


def _refuse(
    wrong: NDArray[np.bool_], points: Array, kinds: Kinds, rule: str, hint: str = ""
) -> None:
    for row, place in np.argwhere(wrong):
        got = points[row, place]
        what = "none" if np.isnan(got) else f"{got:g}"
        msg = f"`points` must {rule}, got {what} ({kinds[place]!r}, row {row + 1}){hint}"
        raise ValueError(msg)
