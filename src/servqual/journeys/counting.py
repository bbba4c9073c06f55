"""Incidents counted from a table that has one row an incident."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.columns import ColumnRef
from servqual._frames.groups import label_of, natural
from servqual._frames.logs import added
from servqual._frames.sources import Source
from servqual._frames.streams import batches
from servqual._frames.words import PASSED, Vocabulary, label_folded
from servqual.journeys.maps import Names, names_of
from servqual.tables import Result, Table

__all__ = ["IncidentCounts", "count_incidents"]

BATCH = 65_536  # rows read at a time
KINDS = ("positive", "negative")
WORDS: dict[Any, str | None] = {
    **dict.fromkeys(("positive", "satisfying", "+"), "positive"),
    **dict.fromkeys(("negative", "dissatisfying", "-", "\u2212"), "negative"),
    **dict.fromkeys(("", "na", "n/a")),  # nothing is said
}


@attrs.frozen(kw_only=True, repr=False)
class IncidentCounts(Result):
    """How many incidents of each kind were told of each category.

    Parameters
    ----------
    table : Table
        Keyed `category`: the incidents `positive` and `negative`.
    left_out : int
        Rows without a category or an outcome, or with an outcome that is to be passed over.
    """

    table: Table
    left_out: int

    @property
    def positive(self) -> dict[str, int]:
        """The positive, or satisfying, incidents of each category."""
        return self._of("positive")

    @property
    def negative(self) -> dict[str, int]:
        """The negative, or dissatisfying, incidents of each category."""
        return self._of("negative")

    def _of(self, kind: str) -> dict[str, int]:
        return {row["category"]: row[kind] for row in self.table.rows()}


def count_incidents(
    records: Any,  # noqa: ANN401 (any table)
    *,
    category: ColumnRef = "category",
    outcome: ColumnRef = "outcome",
    outcomes: Mapping[Any, str | None] | None = None,
    categories: Names | None = None,
) -> IncidentCounts:
    """Return how many positive and negative incidents of each category there are in a table.

    Parameters
    ----------
    records : table
        One row an incident: a data frame, mapping of columns, path of a .parquet file, DuckDB
        relation, or an iterable of such.
    category, outcome : str or int
        The columns, by name or place.
    outcomes : mapping of the table's own words to outcomes, optional
        ``"positive"`` or ``"negative"``, or None for what is to be passed over. Known besides, in
        small letters or large: positive, satisfying and +; negative, dissatisfying and -.
    categories : Journey or sequence of str, optional
        All categories, in their order; by default those that occur, in the order of their names.

    Returns
    -------
    IncidentCounts
        Its `positive` and `negative` go to `critical_incidents` and `sequential_incidents`.

    Raises
    ------
    TypeError, ValueError
        If there is no incident, or a category or an outcome is unknown; the message names the row.

    Examples
    --------
    >>> told = {"category": ["delay", "staff", "delay"], "outcome": ["negative", "+", "late"]}
    >>> found = count_incidents(told, outcomes={"late": "negative"})
    >>> found.positive, found.negative
    ({'delay': 0, 'staff': 1}, {'delay': 2, 'staff': 0})
    """
    about = Vocabulary(
        argument="category",
        column=category,
        codes=None if categories is None else names_of("categories", categories),
        words={"": None},
        advice="`categories` names all that there are",
        fold=label_of,
    )
    said = Vocabulary(
        argument="outcome",
        column=outcome,
        codes=KINDS,
        words=outcomes,
        known=WORDS,
        mapping="outcomes",
        example="{'late': 'negative'}",
        advice="`outcomes` maps other words to 'positive' or 'negative', or None to pass them over",
        fold=label_folded,
    )
    counts, rows = _tallied(records, about, said)
    n = int(counts.sum())
    if not n:
        msg = f"`records` must have an incident with category and outcome, got {rows} rows"
        raise ValueError(msg)
    labels, order = list(about.texts), [*range(len(about.texts))]
    if categories is None:
        occurring = np.flatnonzero(counts.any(axis=1)).tolist()
        order = sorted(occurring, key=lambda place: natural(labels[place]))
    left_out = rows - n
    columns: dict[str, Any] = {"category": [labels[place] for place in order]}
    columns |= dict(zip(KINDS, counts[order].T, strict=True))
    note = f"rows left out, without category or outcome: {left_out}" if left_out else ""
    table = Table(title="Incidents", keys=("category",), data=columns, note=note)
    return IncidentCounts(table=table, left_out=left_out)


def _tallied(
    records: Any,  # noqa: ANN401 (any table)
    about: Vocabulary,
    said: Vocabulary,
) -> tuple[NDArray[np.intp], int]:
    """Return the incidents (categories, kinds), and how many rows there are."""
    counts, rows = np.zeros((0, len(KINDS)), dtype=np.intp), 0

    def places(source: Source) -> dict[str, list[int]]:
        return {each.argument: [source.place(each.argument, each.column)] for each in (about, said)}

    with closing(batches("records", records, places, rows=BATCH)) as sources:
        for source in sources:  # files and engines are closed, on errors too
            which, kinds = (each.read(source, before=rows) for each in (about, said))
            told = (which != PASSED) & (kinds != PASSED)
            cells = which[told] * len(KINDS) + kinds[told]
            more = np.bincount(cells, minlength=len(about.texts) * len(KINDS))
            counts = added(counts, more.reshape(-1, len(KINDS)))
            rows += len(which)
    return counts, rows
