"""Counts of failures: how many of each type, period by period, and how they vary."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual import _specs
from servqual._checks import (
    distinct,
    frozen_array,
    instance,
    named,
    same_array,
    see_counts,
)
from servqual._frames.calendar import labels_from, ordinals_of_labels
from servqual._frames.groups import natural_groups
from servqual.failures._reading import ONE, Reading
from servqual.failures.schemes import FailureScheme
from servqual.tables import Result, Table

__all__ = [
    "MOST",
    "ONE",
    "PERIOD",
    "Counts",
    "FailureCounts",
    "Reading",
    "Volume",
    "are_events",
    "pooled",
    "see_no_types",
    "weighed",
]

Array = NDArray[np.float64]
Counts = Any  # FailureCounts, numbers in the order of the types or by code, or rows of them
Volume = Any  # a number, one for each period, by period, or the name of a column
Keys = Sequence[tuple[str, NDArray[Any]]]
PERIOD = "period"
MOST = 5_000_000  # cells of a table of counts


def _keys(
    value: Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
) -> tuple[tuple[str, NDArray[Any]], ...]:
    entries = value.items() if isinstance(value, Mapping) else value
    return tuple((name, frozen_array(np.asarray(labels, dtype=str))) for name, labels in entries)


def _same_keys(first: Any, second: Any) -> bool:  # noqa: ANN401 (as of the field)
    return [name for name, _ in first] == [name for name, _ in second] and all(
        np.array_equal(mine, other) for (_, mine), (_, other) in zip(first, second, strict=True)
    )


@attrs.frozen(kw_only=True, repr=False)
class FailureCounts(Result):
    """Failures counted by type, one row a period, of each group where there are groups.

    ``counts[:30]`` and ``counts[mask]`` are some of its rows, ``counts.where(branch="North")``
    those of a group; two of them add by ``+``, if no case is in both.

    Parameters
    ----------
    scheme : FailureScheme
        What is counted, and its weights.
    keys : mapping of str to array_like of str
        The labels of the rows: the group columns, and last the ``"period"``.
    counts : ndarray, shape (rows, types)
        How many there were, in the units of the types; NaN where nobody counted.
    squares : ndarray, shape (rows,)
        Σ(score²) over the cases, the variance of the points: Σw²n where every failure is a case of
        its own.
    largest : ndarray, shape (rows,)
        The largest score that a case of the whole log has, and at least the largest weight: the
        same in every row, for a period without a case is no period without the risk of one.
    scored : bool
        Whether `squares` come from the scores of cases, which hold for these weights alone.
    unit : str
        What a period is: ``"day"`` …; "" where periods are labels only.
    reading : Reading
        How the log was read from which they are. It makes no difference to equality.
    note : str
        What else is to be said of them; as an attribute, after what there is to say of the reading.

    Raises
    ------
    TypeError, ValueError
        If keys, counts, squares and largest are not of one length; if counts are negative, or those
        of events not whole; if a group column is called like a type.

    Examples
    --------
    They are kept from one day to the next as plain dicts and lists, as JSON has them.

    >>> import json
    >>> from servqual.failures.schemes import FailureType
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=[late])
    >>> monday = weighed(scheme, {"period": ["2026-01-05"]}, np.array([[3]]), unit="day")
    >>> kept = json.dumps(monday.to_dict())
    >>> FailureCounts.from_dict(json.loads(kept)) == monday
    True
    """

    scheme: FailureScheme
    keys: tuple[tuple[str, NDArray[Any]], ...] = attrs.field(
        converter=_keys, eq=attrs.cmp_using(eq=_same_keys), hash=False
    )
    counts: NDArray[Any] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    squares: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    largest: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    scored: bool = False
    unit: str = ""
    reading: Reading = attrs.field(default=Reading(), eq=False)
    _note: str = attrs.field(default="", alias="note")

    def __attrs_post_init__(self) -> None:
        instance("scheme", self.scheme, FailureScheme, hint="; failure_scheme(…) returns one")
        instance("reading", self.reading, Reading)
        columns = [name for name, _ in self.keys]
        if not columns or columns[-1] != PERIOD:
            msg = f"`keys` must end with the column {PERIOD!r}, got {columns}"
            raise ValueError(msg)
        distinct("keys", columns)
        see_no_types(self.by, self.scheme)
        rows = self.periods.shape[:1]
        shapes = {f"keys[{name!r}]": (labels, rows) for name, labels in self.keys}
        shapes["counts"] = self.counts, (*rows, len(self.scheme.types))
        shapes |= {"squares": (self.squares, rows), "largest": (self.largest, rows)}
        for name, (array, shape) in shapes.items():
            if array.shape != shape:
                msg = f"`{name}` must have the shape {shape}, got {array.shape}"
                raise ValueError(msg)
            if array.dtype.kind not in ("U" if name.startswith("keys") else "iuf"):
                msg = f"`{name}` must be numbers, got an array of {array.dtype}"
                raise TypeError(msg)
        see_counts(
            "counts",
            self.counts,
            where=lambda row: f"period {str(self.periods[row])!r}",
            events=are_events(self.scheme),
            types=self.scheme.codes,
        )

    @property
    def by(self) -> tuple[str, ...]:
        """The group columns."""
        return tuple(name for name, _ in self.keys[:-1])

    @property
    def periods(self) -> NDArray[np.str_]:
        """The period of each row."""
        return self.keys[-1][1]

    @property
    def points(self) -> Array:
        """The points of each row, Σwn."""
        return np.asarray(self.counts @ self.scheme.points)

    @property
    def note(self) -> str:
        """How the log was read, and what else is said of the counts."""
        read = self.reading.said(self.periods.tolist(), self.unit)
        return "; ".join(filter(None, [read, self._note]))

    @property
    def table(self) -> Table:
        """The counts, with a column for each type."""
        counted = dict(zip(self.scheme.codes, self.counts.T, strict=True))
        names = tuple(name for name, _ in self.keys)
        distinct("columns", (*names, *counted))
        return Table(
            title="Failures", keys=names, data={**dict(self.keys), **counted}, note=self.note
        )

    def _tables(self) -> list[Table]:
        return [self.table]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.counts)

    def __getitem__(self, rows: Any) -> "FailureCounts":  # noqa: ANN401 (a slice, mask or places)
        """Return some rows."""
        if isinstance(rows, (int, np.integer)) and not isinstance(rows, bool):
            rows = [rows]  # a single row is a table of one
        squares = self.squares[rows]
        fewer = len(squares) < len(self)
        return attrs.evolve(
            self,
            keys=[(name, labels[rows]) for name, labels in self.keys],
            counts=self.counts[rows],
            squares=squares,
            largest=self.largest[rows],
            reading=attrs.evolve(self.reading, is_part=True) if fewer else self.reading,
        )

    def __add__(self, other: "FailureCounts") -> "FailureCounts":
        """Return the counts of both logs: all groups and periods of both, and those between."""
        if not isinstance(other, FailureCounts):
            return NotImplemented
        _see_addable(self, other)
        keys, places = _merged(self.keys, other.keys, self.unit, len(self.scheme.types))
        rows = len(keys[-1][1])
        kind = np.result_type(self.counts, other.counts)
        counts, squares = np.zeros((rows, len(self.scheme.types)), kind), np.zeros(rows)
        most = max(part.largest.max(initial=self.scheme.points.max()) for part in (self, other))
        for part, own in zip((self, other), places, strict=True):
            np.add.at(counts, own, part.counts)
            np.add.at(squares, own, part.squares)
        return attrs.evolve(
            self,
            keys=keys,
            counts=counts,
            squares=squares,
            largest=np.full(rows, most),
            scored=self.scored or other.scored,
            reading=self.reading + other.reading,
            note="; ".join(filter(None, dict.fromkeys([self._note, other._note]))),
        )

    def __radd__(self, other: object) -> "FailureCounts":
        """Let `sum` add up counts, which it begins with 0."""
        return self if other == 0 else NotImplemented

    def where(self, **labels: object) -> "FailureCounts":
        """Return the rows of a group, or of a period.

        Parameters
        ----------
        **labels
            Key columns, and the label wanted in each; a group column is then left out.

        Raises
        ------
        ValueError
            If a column or its label does not exist.
        """
        keys, keep = dict(self.keys), np.ones(len(self), dtype=bool)
        for column, label in labels.items():
            found = keys[named("column", column, tuple(keys))]
            keep &= found == named(column, str(label), tuple(dict.fromkeys(found.tolist())))
        kept = self[keep]
        left = [(name, cells) for name, cells in kept.keys if name not in labels or name == PERIOD]
        return attrs.evolve(kept, keys=left)

    def total(self, *keep: str) -> "FailureCounts":
        """Return sums over all rows, or over those that are alike in some key columns.

        ``counts.total("branch")`` has a row a branch, ``counts.total("period")`` one a period.

        Parameters
        ----------
        *keep : str
            Key columns that are kept; without, there is one row, the whole.

        Raises
        ------
        ValueError
            If there is no such column.
        """
        if not keep:
            return pooled(self)
        names = [name for name, _ in self.keys]
        for name in keep:
            named("keep", name, names)
        kept = [name for name in names if name in keep]
        labels = [*zip(*(dict(self.keys)[name].tolist() for name in kept), strict=True)]
        groups = {label: place for place, label in enumerate(dict.fromkeys(labels))}
        places = np.array([groups[label] for label in labels], np.intp)
        counts = np.zeros((len(groups), len(self.scheme.types)), self.counts.dtype)
        squares = np.zeros(len(groups))
        np.add.at(counts, places, self.counts)
        np.add.at(squares, places, self.squares)
        keys = dict(zip(kept, map(list, zip(*groups, strict=True)), strict=True))
        if PERIOD not in keys:
            keys[PERIOD] = [ONE] * len(groups)
        return attrs.evolve(
            self,
            keys=keys,
            counts=counts,
            squares=squares,
            largest=np.full(len(groups), self.largest.max()),
            unit=self.unit if PERIOD in keep else "",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as plain dicts and lists, None for NaN, that JSON keeps exactly."""
        arrays = {name: getattr(self, name) for name in ("counts", "squares", "largest")}
        return {
            "scheme": _plain_model(self.scheme),
            "keys": {name: labels.tolist() for name, labels in self.keys},
            **{name: _plain(array) for name, array in arrays.items()},
            "scored": self.scored,
            "unit": self.unit,
            "reading": _plain_model(self.reading),
            "note": self._note,
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """Return the counts that `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If the value is no such dict, or breaks a rule of `FailureCounts`.
        """
        instance("value", value, Mapping, hint="; to_dict() of FailureCounts returns one")
        known = [field.alias for field in attrs.fields(cls)]
        fields = {named("value", name, known): entry for name, entry in value.items()}
        if lacking := [name for name in known if name not in fields]:
            msg = f"`value` lacks {', '.join(map(repr, lacking))}; to_dict() gives all"
            raise ValueError(msg)
        scheme = _specs.from_dict(FailureScheme, fields["scheme"], "scheme")
        reading = _specs.from_dict(Reading, fields["reading"], "reading")
        counts = _array(fields["counts"]).reshape(-1, len(scheme.types))
        squares, largest = _array(fields["squares"]), _array(fields["largest"])
        more = {"counts": counts, "squares": squares, "largest": largest}
        return cls(**fields | more | {"scheme": scheme, "reading": reading})


def _plain_model(model: attrs.AttrsInstance) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(attrs.asdict(model)))  # tuples become lists
    return found


def _plain(array: NDArray[Any]) -> list[Any]:
    """Return an array as nested lists, None for NaN."""
    if array.dtype.kind == "f" and np.isnan(array).any():
        cells = array.astype(object)
        cells[np.isnan(array)] = None
        array = cells
    found: list[Any] = array.tolist()
    return found


def _array(cells: Any) -> NDArray[Any]:  # noqa: ANN401 (nested lists)
    array = np.array(cells)
    return array.astype(float) if array.dtype == object else array


def are_events(scheme: FailureScheme) -> NDArray[np.bool_]:
    """Return which types of a scheme are events."""
    return np.array([kind.is_event for kind in scheme.types])


def see_no_types(columns: Sequence[str], scheme: FailureScheme) -> None:
    """See that no group column is called like a type, which has a column beside it."""
    for column in columns:
        if column in scheme.codes:
            msg = f"`by`: {column!r} is a type of the scheme as well; rename the column"
            raise ValueError(msg)


def _see_addable(first: FailureCounts, second: FailureCounts) -> None:
    """See that counts are of the same types, groups and periods."""
    same: list[tuple[str, Any, Any]] = [
        ("scheme", first.scheme.code, second.scheme.code),
        ("group columns", first.by, second.by),
        ("unit of periods", first.unit, second.unit),
    ]
    if first.reading.counted and second.reading.counted:
        same.append(("zone", first.reading.zone, second.reading.zone))
    for what, mine, other in same:
        if mine != other:
            msg = f"counts add where they have the same {what}, got {mine!r} and {other!r}"
            raise ValueError(msg)
    if first.scheme != second.scheme:
        msg = f"counts add where they have the same scheme, got two called {first.scheme.code!r}"
        raise ValueError(msg)


def _merged(
    first: Keys, second: Keys, unit: str, types: int
) -> tuple[list[tuple[str, NDArray[Any]]], list[NDArray[np.intp]]]:
    """Return every group with every period of both, and the places of the rows of each.

    Periods between are filled in where they are of time or whole numbers; `types` is how many
    columns there will be.
    """
    rows = [
        [*zip(*(labels.tolist() for _, labels in keys), strict=True)] for keys in (first, second)
    ]
    groups = list(dict.fromkeys(row[:-1] for part in rows for row in part))
    groups = [groups[place] for place in natural_groups(groups)]
    periods = _between([row[-1] for part in rows for row in part], unit, len(groups) * types)
    at_group, at_period = ({key: n for n, key in enumerate(keys)} for keys in (groups, periods))
    places = [
        np.array([at_group[row[:-1]] * len(periods) + at_period[row[-1]] for row in part], np.intp)
        for part in rows
    ]
    columns = [
        (name, np.repeat([group[n] for group in groups], len(periods)))
        for n, (name, _) in enumerate(first[:-1])
    ]
    return [*columns, (PERIOD, np.tile(np.array(periods, dtype=str), len(groups)))], places


def _between(labels: Sequence[str], unit: str, width: int) -> list[str]:
    """Return all periods from the first to the last, or as they come where that is not known."""
    counted = ordinals_of_labels(labels, unit)
    if counted is None or not counted.size:
        return list(dict.fromkeys(labels))
    low, high = int(counted.min()), int(counted.max())
    if (high - low + 1) * width > MOST:
        ends = f"{labels[int(counted.argmin())]!r} to {labels[int(counted.argmax())]!r}"
        msg = f"counts from {ends} make more than {MOST:,} cells; is one of them wrong?"
        raise ValueError(msg)
    said: list[str] = labels_from(np.arange(low, high + 1), unit).tolist()
    return said


def weighed(
    scheme: FailureScheme,
    keys: Mapping[str, ArrayLike] | Sequence[tuple[str, ArrayLike]],
    counts: NDArray[Any],
    *,
    unit: str = "",
    reading: Reading = Reading(),  # noqa: B008 (frozen)
) -> FailureCounts:
    """Return counts in which every failure is a case of its own."""
    weights = scheme.points
    return FailureCounts(
        scheme=scheme,
        keys=keys,
        counts=counts,
        squares=counts @ weights**2,
        largest=np.full(len(counts), weights.max()),
        unit=unit,
        reading=reading,
    )


def pooled(counts: FailureCounts) -> FailureCounts:
    """Return the sum of all rows, as one."""
    return attrs.evolve(
        counts,
        keys={PERIOD: [ONE]},
        counts=counts.counts.sum(axis=0, keepdims=True),
        squares=counts.squares.sum(keepdims=True),
        largest=counts.largest.max(keepdims=True),
        unit="",
    )
