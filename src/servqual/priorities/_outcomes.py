"""An outcome beside answers to items, such as overall satisfaction."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import names
from servqual._frames.arrays import in_a_row, see_index, table_of
from servqual._frames.rows import Rows, Weights

__all__ = ["beside", "outcome_of"]

Array = NDArray[np.float64]


def outcome_of(
    outcome: Any,  # noqa: ANN401 (numbers of any kind)
    rows: int,
    rule: str = "a number for each respondent",
) -> Array:
    """Check an outcome, one number a respondent, NaN where missing."""
    found = in_a_row("outcome", outcome, rule, hint="; give the column itself")
    if len(found) != rows:
        msg = f"`outcome` must have one number for each of {rows} respondents, got {len(found)}"
        raise ValueError(msg)
    if (bad := np.flatnonzero(np.isinf(found))).size:
        msg = f"`outcome` must be finite, got {found[bad[0]]} (row {bad[0] + 1})"
        raise ValueError(msg)
    return found


def beside(
    argument: str,
    answers: Any,  # noqa: ANN401 (an array or any frame)
    outcome: Any,  # noqa: ANN401 (a column's name, or numbers)
    items: Sequence[str] | None,
    weights: Weights = None,
) -> tuple[Rows, str]:
    """Return answers with the outcome as the last column, and what the outcome is called."""
    wanted = names("items", items)
    if isinstance(outcome, str):
        source = table_of(argument, answers, hint="; give one row a respondent")
        source.place("outcome", outcome)
        column = weights if isinstance(weights, str) else None
        if outcome in (column, *wanted):
            other = "weights" if outcome == column else "items"
            msg = f"`outcome` must be another column than those of `{other}`, got {outcome!r}"
            raise ValueError(msg)
        wanted = wanted or tuple(name for name in source.names if name not in (outcome, column))
        if not wanted:
            msg = f"`{argument}` must have a column beside the outcome {outcome!r}, got none"
            raise ValueError(msg)
        return Rows.of(argument, answers, (*wanted, outcome), weights), repr(outcome)
    see_index("outcome", outcome, argument, answers)
    found = Rows.of(argument, answers, items, weights)
    own = outcome_of(outcome, len(found), "a column's name, or a number for each respondent")
    called = "the outcome"
    values = np.column_stack([found.values, own])
    found = attrs.evolve(found, items=(*found.items, called), values=values)
    _see_apart(argument, found)
    return found, called


def _see_apart(argument: str, rows: Rows) -> None:
    """See that no item is the outcome itself, which a frame may well hold."""
    *columns, outcome = rows.complete.values.T
    if len(outcome) and np.ptp(outcome) > 0:
        for name, column in zip(rows.items, columns, strict=False):
            if np.array_equal(column, outcome):
                msg = (
                    f"`outcome` must not be among `{argument}`, got the numbers of {name!r}; "
                    f"give outcome={name!r}, or name the others by `items`"
                )
                raise ValueError(msg)
