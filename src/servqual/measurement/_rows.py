"""Answers to some items as measurement takes them."""

from collections.abc import Sequence
from typing import Any

from servqual._frames.rows import Rows, Weights
from servqual.survey import Moments, Survey
from servqual.tables import Result

__all__ = ["rows_of"]


def rows_of(
    argument: str,
    answers: Any,  # noqa: ANN401 (an array or any frame)
    items: Sequence[str] | None = None,
    weights: Weights = None,
) -> Rows:
    """Check answers, one row a respondent, as `Rows.of` does; of a survey one side is wanted."""
    if isinstance(answers, (Survey, Moments)):
        kind, called = type(answers).__name__, "survey"
        hint = "give one dimension of a side, as survey.side('perceptions', 'speed'), or "
        if isinstance(answers, Moments):
            hint, called = "give ", "moments"
        hint += (
            f"covariance({called}, dimension='speed'); sq.reliability({called}) has all dimensions"
        )
        msg = f"`{argument}` must be answers to some items, got a {kind}; {hint}"
        raise TypeError(msg)
    if isinstance(answers, Result):
        kind = type(answers).__name__
        hint = "; give its `.covariance`" if hasattr(answers, "covariance") else ""
        msg = f"`{argument}` must be answers to some items, got a {kind}{hint}"
        raise TypeError(msg)
    return Rows.of(argument, answers, items, weights)
