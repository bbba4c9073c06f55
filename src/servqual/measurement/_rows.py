"""Answers to some items as measurement takes them."""

from collections.abc import Sequence
from typing import Any

from servqual._frames.rows import Rows, Weights
from servqual.survey import Moments, Survey

__all__ = ["rows_of"]


def rows_of(
    argument: str,
    answers: Any,  # noqa: ANN401 (an array or any frame)
    items: Sequence[str] | None = None,
    weights: Weights = None,
) -> Rows:
    """Check answers, one row a respondent, as `Rows.of` does; of a survey one side is wanted."""
    if isinstance(answers, (Survey, Moments)):
        kind = type(answers).__name__
        hint = "give one side, as survey.perceptions, or covariance(survey, side=…)"
        msg = f"`{argument}` must be answers to some items, got a {kind}; {hint}"
        raise TypeError(msg)
    return Rows.of(argument, answers, items, weights)
