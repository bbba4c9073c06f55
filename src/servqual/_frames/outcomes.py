"""An outcome beside answers to items, such as overall satisfaction."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from servqual._checks import names
from servqual._frames.arrays import has_names, one_each, see_index, table_of
from servqual._frames.rows import Rows, Weights

__all__ = ["with_outcome"]


def with_outcome(
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
    own = one_each(
        "outcome", outcome, len(found), "a column's name, or a number for each respondent"
    )
    called = "the outcome"
    values = np.column_stack([found.values, own])
    found = attrs.evolve(found, items=(*found.items, called), values=values)
    if has_names(answers) and not wanted:
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
