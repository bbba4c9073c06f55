"""What the measures share: scores of respondents by group, their means, and what they return."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    distinct,
    instance,
    labelled,
    listed,
    names,
    plain_number,
    see_counts,
)
from servqual._frames.arrays import in_a_row, see_index, table_of
from servqual._frames.columns import uncoded
from servqual._frames.grouped import By, beside_keys, factors_of, named_by, see_indices
from servqual._frames.groups import crossed, joined, keyed, label_of
from servqual._frames.rows import Rows, Weights
from servqual._frames.sources import Source
from servqual._frames.words import alike_labels, first_reason
from servqual._stats.means import Mean, Sums, added, mean_of_sums, sums_by
from servqual.tables import Result, Table, readable

__all__ = [
    "ONE",
    "By",
    "CountsBy",
    "Given",
    "Measure",
    "Tally",
    "Weights",
    "as_drawn",
    "why_no_interval",
]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Columns = dict[str, NDArray[Any]]
ALONE = "answer"  # what numbers in a row are called
CountsBy = str | Mapping[str, Any] | None
LABELS = "group"  # what the labels of counts are called
ONE = "one respondent"
LEAST = 10  # respondents from whom on the top of a scale should have been used
M = TypeVar("M", bound="Measure")


@attrs.frozen(kw_only=True, repr=False)
class Measure(Result):
    """What all measures have; each has its own estimate and counts beside it.

    Parameters
    ----------
    se, low, high : float
        Standard error and interval of the estimate of all respondents together.
    n, n_effective : int, float
        Respondents who answered, and (Σw)²/Σw² of their weights.
    missing : int
        Respondents who did not answer.
    by : tuple of str
        The group columns, which are the keys of `table`.
    confidence : float
        Of the intervals.
    reach : tuple of float
        The least and the greatest value that the measure can take.
    cautions : tuple of str
        What looks wrong about the answers of all together, or none.
    table : Table
        One row a group; without groups, one row.
    lacking : str
        "" or what is missing beside the estimate, and why.
    undefined : str
        "" or why there is no estimate.
    """

    ESTIMATE: ClassVar[str] = "score"  # the column, and field, of the estimate

    se: float = attrs.field(eq=repr)
    low: float = attrs.field(eq=repr)
    high: float = attrs.field(eq=repr)
    n: int
    n_effective: float
    missing: int
    by: tuple[str, ...]
    confidence: float
    reach: tuple[float, float]
    cautions: tuple[str, ...] = ()
    table: Table
    lacking: str
    undefined: str


@attrs.frozen(eq=False)
class Given:
    """Answers (rows, items), NaN where missing; of each row its weight, number and group."""

    items: tuple[str, ...]
    values: Array
    weights: Array | None
    times: Array  # how many respondents a row stands for; empty where each is one
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    codes: Places

    @classmethod
    def of(
        cls,
        answers: Any,  # noqa: ANN401 (numbers in a row, an array or any frame)
        items: str | Sequence[str] | None,
        by: By,
        weights: Weights,
        *,
        one: bool,
    ) -> "Given":
        """Check answers, one row a respondent; of a frame, `one` column of them or several.

        Without `items`, all columns that neither `by` nor `weights` name.
        """
        see_index("weights", weights, "answers", answers)
        table, in_row = _as_column(answers)
        taken = set(named_by(by))
        taken |= {weights} if isinstance(weights, str) else set()
        if in_row and taken:
            rule = f"`answers` are numbers in a row, which have no column {min(taken)!r}"
            msg = f"{rule}; give a frame, or the labels themselves, as by={{'branch': labels}}"
            raise ValueError(msg)
        source = table_of("answers", table, hint="; give one row a respondent")
        factors = factors_of(source, by, "answers", answers)
        wanted = _wanted(source, items, taken, one=one)
        rows = Rows.of("answers", _uncoded(source, wanted, weights, table), wanted, weights)
        groups, codes = crossed(factors, len(rows))
        return cls(
            rows.items,
            rows.values.astype(float, copy=False),
            rows.weights,
            np.empty(0),
            tuple(factor.name for factor in factors),
            groups,
            codes,
        )

    @classmethod
    def of_counts(cls, counts: Mapping[str, Any], by: CountsBy) -> "Given":
        """Check counts by name: one number, or one for each row of `by`, or by label.

        A row's respondents have the place of their name, 0, 1, …, as the answer.
        """
        counts, by = _by_label(counts, by)
        first = next(iter(counts))
        for name, own in {**counts, "by": by}.items():
            see_indices(name, own, first, counts[first], instead="")
        found = {name: _counts(name, given) for name, given in counts.items()}
        sizes = {name: len(column) for name, column in found.items()}
        rows = max(sizes.values())
        if len(set(sizes.values())) > 1:
            msg = f"counts must be as many of each, got {sizes}"
            raise ValueError(msg)
        if by is not None:
            hint = "; counts have no columns: give by={'branch': ['North', 'South']}"
            named_by(by)
            instance("by", by, Mapping, hint=hint)
        elif rows > 1:
            msg = f"`by` must say which {rows} groups these are, as by={{'branch': labels}}"
            raise ValueError(msg)
        factors = factors_of(Source.of_mapping("counts", found), by)
        groups, codes = crossed(factors, rows)
        size = len(found)
        return cls(
            (ALONE,),
            np.repeat(np.arange(float(size)), rows)[:, None],
            None,
            np.concatenate(list(found.values())),
            tuple(factor.name for factor in factors),
            groups,
            np.tile(codes, size),
        )

    def unused_top(self, low: float, high: float) -> float:
        """Return the greatest answer on low..high if its top was not used, else NaN.

        That is of at least ten respondents, where the scale has over a third more points than those
        up to the greatest answer.
        """
        counting = np.ones(len(self.values), bool) if self.weights is None else self.weights > 0
        known = self.values[counting & ~np.isnan(self.values[:, 0]), 0]
        if len(known) < LEAST or high - low + 1 <= (known.max() - low + 1) * 4 / 3:
            return np.nan
        return float(known.max())

    def tally(self, scores: Array, width: Sequence[float]) -> "Tally":
        """Return means of scores (rows, columns), of these widths.

        A respondent lacks all of the columns or none.
        """
        size, counting = len(self.groups), self.times if self.times.size else self.weights
        takes_part = np.ones(len(scores), bool) if counting is None else counting > 0
        known = takes_part & ~np.isnan(scores[:, 0])
        kept = slice(None) if known.all() else known  # without a copy
        x, codes = scores[kept], self.codes[kept]
        sums = sums_by(x, codes, size, None if counting is None else counting[kept])
        if self.times.size:  # which are no weights, but as many rows
            sums = Sums(sums.w, sums.w, sums.x, sums.xx, sums.w, sums.x, sums.xx)
        sums = Sums(*map(_all_first, attrs.astuple(sums, recurse=False)))
        n, totals, worth = sums.n[:, 0], sums.x, sums.n[:, 0]
        if self.weights is not None:
            totals = _all_first(added(x, codes, size))
            with np.errstate(invalid="ignore", divide="ignore"):
                worth = np.where(n > 0, sums.w[:, 0] ** 2 / sums.w2[:, 0], 0.0)
        missing = _all_first(np.bincount(self.codes[takes_part & ~known], minlength=size))
        mean = mean_of_sums(sums, np.array(width))
        return Tally(self, mean, n.astype(int), totals, worth, missing)


@attrs.frozen(eq=False)
class Tally:
    """Means (1 + groups, columns): of all respondents in the first row, then of each group.

    They stand on `n` respondents (rows,), who are `worth` so many; `totals` are the sums of their
    scores whatever the weights.
    """

    given: Given
    mean: Mean
    n: Places
    totals: Array
    worth: Array
    missing: Places

    def large_sample_se(self, column: int = 0) -> Array:
        """√(Σw²(x-x̄)²)/Σw of a column: √(Var/n) where weights are equal; NaN of one."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Array = self.mean.se[:, column] * np.sqrt((self.n - 1) / self.n)
        return found

    def as_drawn(self, variance: Array, column: int = 0) -> Array:
        """Return what an interval by a formula takes for n, of a column with this variance."""
        return as_drawn(variance, self.large_sample_se(column), self.n, self.worth)

    def result(
        self,
        kind: type[M],
        columns: Columns,
        *,
        title: str,
        note: str,
        confidence: float,
        reach: tuple[float, float],
        **fields: Any,  # noqa: ANN401 (of this kind only)
    ) -> M:
        """Return a result of some kind from its columns, (1 + groups,) each."""
        given = self.given
        head = {"n": self.n, "n_effective": self.worth, "missing": self.missing}
        own = {name: column[0].item() for name, column in (head | columns).items()}
        if given.weights is None:
            del head["n_effective"]
        else:
            note += "; sampling weights: where an interval takes n, it is that of the weighted se"
        if given.by and not own["undefined"]:
            note += f"; all together {readable(own[kind.ESTIMATE], 3)} (n {own['n']:,})"
        same = alike_labels(joined(given.groups), self.n[1:].tolist(), "respondent")
        note = "; ".join(filter(None, [note, same, *fields.get("cautions", ())]))
        keys = keyed(given.by, given.groups, {})
        cells = {name: column[1:] for name, column in (head | columns).items()}
        table = Table(title=title, keys=given.by, data=beside_keys(keys, cells), note=note)
        return kind(**own, **fields, by=given.by, confidence=confidence, reach=reach, table=table)


def as_drawn(variance: Array, se: Array, n: NDArray[Any], worth: Array) -> Array:
    """Return of how many respondents with equal weights the se would be: variance/se², n/deff.

    Where the se is 0 or unknown, what they are `worth`; where all weigh the same, n.
    """
    known = (worth < n) & (variance > 0) & (se > 0)
    found: Array = np.divide(variance, se**2, out=worth.astype(float), where=known)
    return found


def why_no_interval(tally: Tally) -> NDArray[np.str_]:
    """Return for each row why a mean has no interval by t, or ""; no mean needs no reason."""
    alone, alike = tally.n == 1, (tally.n > 1) & (tally.mean.se[:, 0] == 0)
    return first_reason(
        {f"no error, no interval: {ONE}": alone, "no interval: no variation": alike}
    )


def _all_first(groups: NDArray[Any]) -> NDArray[Any]:
    """Return what there is of all together, then of each group."""
    return np.concatenate([groups.sum(axis=0, keepdims=True), groups])


def _as_column(answers: Any) -> tuple[Any, bool]:  # noqa: ANN401 (numbers in a row, or a table)
    """Return numbers in a row as a column with a name, and whether they are in a row."""
    import narwhals.stable.v2 as nw  # a tenth of a second

    native = nw.to_native(answers, pass_through=True)
    try:
        if isinstance(native, (Mapping, str, bytes)) or np.ndim(native) != 1:
            return answers, False
        cells = np.asanyarray(native)
    except ValueError:  # rows of different lengths
        return answers, False
    if isinstance(cells, np.ma.MaskedArray) and cells.dtype.kind in "OUS":
        known = cells.astype(object)
        return {ALONE: [None if cell is np.ma.masked else cell for cell in known]}, True
    return {ALONE: cells if cells.dtype.kind in "biufc" else list(native)}, True


def _wanted(
    source: Source, items: str | Sequence[str] | None, taken: set[str], *, one: bool
) -> tuple[str, ...]:
    """Return the columns of answers: those that are named, else those that nothing else takes."""
    argument = "answer" if one else "items"
    named = names(argument, items)
    if source.where != "the array":  # whose columns `items` name
        for name in named:
            source.place(argument, name)
    found = named or tuple(name for name in source.names if name not in taken)
    if len(found) == 1 or (found and not one):
        return found
    rule = "one column of answers" if one else "at least one column of answers"
    hint = "; name it, as answer='recommend'" if one and found else ""
    got = ", ".join(map(repr, found)) or "none"
    msg = f"`answers` must have {rule}, got {got}{hint}"
    raise ValueError(msg)


def _uncoded(
    source: Source,
    wanted: Sequence[str],
    weights: Weights,
    table: Any,  # noqa: ANN401 (what the source is of)
) -> Any:  # noqa: ANN401 (the table, or a mapping of columns)
    """Return the table itself, or its columns where some have texts such as "10 - likely"."""
    if source.where == "the array" and len(wanted) != source.width:
        return table
    places: Sequence[int] = range(source.width)
    if source.where != "the array":  # whose columns `wanted` names
        places = [source.place("answers", name) for name in wanted]
    columns = {name: source.column(place) for name, place in zip(wanted, places, strict=True)}
    read = {name: uncoded(column) for name, column in columns.items()}
    if all(read[name] is column for name, column in columns.items()):
        return table
    if isinstance(weights, str):
        read[weights] = source.column(source.place("weights", weights))
    return read


def _by_label(counts: Mapping[str, Any], by: CountsBy) -> tuple[Mapping[str, Any], Any]:
    """Return counts in rows, and labels: those of the counts where they have some."""
    rows = {name: labelled(given) for name, given in counts.items()}
    named = next((given for given in rows.values() if isinstance(given, Mapping)), None)
    if named is None or (by is not None and not isinstance(by, str)):
        return counts, by
    labels = distinct("labels of counts", map(label_of, named))
    found = {}
    for name, given in rows.items():
        by_label = isinstance(given, Mapping)
        own = {label_of(label): count for label, count in given.items()} if by_label else given
        found[name] = listed(name, own, labels)
    return found, {LABELS if by is None else by: labels}


def _counts(name: str, given: Any) -> Array:  # noqa: ANN401 (a number, or numbers in a row)
    if np.ndim(given) == 0 and not isinstance(given, Mapping):
        found = np.array([float(plain_number(name, given))])
    else:
        found = in_a_row(name, given, "a count, or one for each group")
    see_counts(name, found, where=lambda row: f"row {row + 1}", missing=False)
    return found
