"""Answers to some items as measurement takes them: arrays, frames, one row a respondent."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct, names, weights_in_reach
from servqual._frames.arrays import in_a_row, matrix, table_of
from servqual.survey import Moments, Survey

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
        if isinstance(answers, (Survey, Moments)):
            kind = type(answers).__name__
            hint = "give one side, as survey.perceptions, or covariance(survey, side=…)"
            msg = f"`{argument}` must be answers to some items, got a {kind}; {hint}"
            raise TypeError(msg)
        import narwhals.stable.v2 as nw  # a tenth of a second

        wanted = names("items", items)
        native = nw.to_native(answers, pass_through=True)
        plain = type(native) is np.ndarray and native.ndim == 2 and native.dtype.kind in "iuf"
        if plain and len(native) and native.shape[1] == len(wanted or native.T):
            wanted = wanted or tuple(str(n) for n in range(1, native.shape[1] + 1))
            values: NDArray[Any] = native if native.dtype.kind != "u" else native.astype(float)
            _see_finite(argument, values, wanted)
        else:
            source = table_of(argument, native, wanted, hint="; give one row a respondent")
            if isinstance(weights, str):
                name = weights
                weights = in_a_row(
                    "weights", source.column(source.place("weights", name)), "numbers"
                )
                wanted = wanted or tuple(item for item in source.names if item != name)
            wanted = wanted or distinct("items", source.names)
            values = matrix(argument, source, wanted, asked="items" if items is not None else "")
        if isinstance(weights, str):
            msg = f"`weights` names a column, {weights!r}, and an array has none; give the numbers"
            raise TypeError(msg)
        return cls(wanted, values, None if weights is None else _weights(weights, len(values)))

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which respondents count: those with an answer, and a weight above 0."""
        some: NDArray[np.bool_] = ~np.isnan(self.values).all(axis=1)
        return some if self.weights is None else some & (self.weights > 0)

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
    def centre(self) -> Array:
        """An answer to each item, from which sums are counted: they stay small and exact."""
        first = [column[~np.isnan(column)][:1] for column in self.values[:BLOCK].T]
        return np.array([float(known[0]) if known.size else 0.0 for known in first])

    @property
    def width(self) -> float:
        """The distance of the least answer from the greatest; 0 without answers."""
        if not np.isfinite(self.values).any():
            return 0.0
        return float(np.nanmax(self.values)) - float(np.nanmin(self.values))


def _weights(weights: Any, rows: int) -> Array:  # noqa: ANN401 (numbers of any kind)
    found = in_a_row("weights", weights, "a number for each respondent")
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
