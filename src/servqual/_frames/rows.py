"""Answers of respondents to some items, with their weights: of arrays and frames."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, names, weights_in_reach
from servqual._frames.arrays import in_a_row, matrix, see_index, table_of

__all__ = ["Rows", "Weights"]

Array = NDArray[np.float64]
Weights = Sequence[float] | NDArray[Any] | str | None
BLOCK = 65_536


@attrs.frozen(eq=False)
class Rows:
    """Answers of respondents (rows) to items (columns), NaN where missing, with their weights."""

    items: tuple[str, ...]
    values: NDArray[Any]
    weights: Array | None

    def __len__(self) -> int:
        """Return the number of respondents."""
        return len(self.values)

    @classmethod
    def of(
        cls,
        argument: str,
        answers: Any,  # noqa: ANN401 (an array or any frame)
        items: Sequence[str] | None = None,
        weights: Weights = None,
    ) -> "Rows":
        """Check answers; `items` names the columns of an array, or chooses those of a frame."""
        import narwhals.stable.v2 as nw  # a tenth of a second

        wanted = names("items", items)
        found: Array | None = None
        native = nw.to_native(answers, pass_through=True)
        if isinstance(weights, str):
            source = table_of(argument, native, hint="; give one row a respondent")
            found = in_a_row("weights", source.column(source.place("weights", weights)), "numbers")
            wanted = wanted or tuple(item for item in source.names if item != weights)
        elif weights is not None:
            see_index("weights", weights, argument, answers)
            found = in_a_row("weights", weights, "numbers")
        values = _plain(native, wanted)
        if values is None:
            source = table_of(argument, native, wanted, hint="; give one row a respondent")
            wanted = wanted or distinct("items", source.names)
            values = matrix(argument, source, wanted, asked="items" if items is not None else "")
        elif nw.dependencies.is_into_dataframe(native):
            wanted = wanted or distinct("items", map(str, native.columns))
        else:
            wanted = wanted or tuple(str(n) for n in range(1, values.shape[1] + 1))
        _see_finite(argument, values, wanted)
        return cls(wanted, values, None if found is None else _weights(found, len(values)))

    @property
    def complete(self) -> "Rows":
        """The respondents who answered every item, and whose weight is above 0."""
        whole = ~np.isnan(self.values).any(axis=1)
        if self.weights is not None:
            whole &= self.weights > 0
        if whole.all():
            return self
        kept = None if self.weights is None else self.weights[whole]
        return Rows(self.items, self.values[whole], kept)

    @property
    def sparse(self) -> str:
        """Say how few answered all, and what fewest did; nothing where at least half of all did."""
        answered = ~np.isnan(self.values)
        whole, anyone = int(answered.all(axis=1).sum()), int(answered.any(axis=1).sum())
        if 2 * whole >= anyone:
            return ""
        counts = answered.sum(axis=0)
        least = int(counts.argmin())
        return (
            f"only {whole:,} of {anyone:,} respondents answered all, and {int(counts[least]):,} "
            f"{self.items[least]!r}: take fewer items"
        )

    @property
    def centre(self) -> Array:
        """An answer to each item, from which sums are counted: they stay small and exact."""
        start: Array = self.values[:1].astype(float).ravel()
        if start.size and not np.isnan(start).any():
            return start
        first = [column[~np.isnan(column)][:1] for column in self.values[:BLOCK].T]
        return np.array([float(known[0]) if known.size else 0.0 for known in first])


def _plain(table: Any, items: Sequence[str]) -> NDArray[Any] | None:  # noqa: ANN401 (any table)
    """Return a table of numbers as it stands in memory, without a copy where that can be; or None.

    Of a frame the columns of these names, if there are any.
    """
    import narwhals.stable.v2 as nw  # a tenth of a second

    if nw.dependencies.is_pandas_dataframe(table) or nw.dependencies.is_polars_dataframe(table):
        columns = list(table.columns)
        if len(set(columns)) < len(columns) or not set(items) <= set(columns):
            return None
        table = (table[list(items)] if items and list(items) != columns else table).to_numpy()
    plain = type(table) is np.ndarray and table.ndim == 2 and table.dtype.kind in "iuf"
    if not plain or not table.size or table.shape[1] != len(items or table.T):
        return None
    found: NDArray[Any] = table.astype(float) if table.dtype.kind == "u" else table
    return found


def _weights(found: Array, rows: int) -> Array:
    if len(found) != rows:
        msg = f"`weights` must have one number for each of {rows} respondents, got {len(found)}"
        raise ValueError(msg)
    weights_in_reach(found)
    return found


def _see_finite(argument: str, values: NDArray[Any], items: Sequence[str]) -> None:
    """See that no answer is infinite; sums of blocks tell where to look."""
    if values.dtype.kind != "f":
        return
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        with np.errstate(invalid="ignore", over="ignore"):
            suspect = not np.isfinite(block.sum())
        if suspect and (bad := np.argwhere(np.isinf(block))).size:
            row, column = bad[0].tolist()
            where = f"(row {start + row + 1}, item {items[column]!r})"
            msg = f"`{argument}` must be finite, got {block[row, column]} {where}"
            raise ValueError(msg)
