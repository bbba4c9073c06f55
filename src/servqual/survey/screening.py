"""Careless answers: signs of them, respondent by respondent. Nobody is left out here."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual.instruments import Instrument
from servqual.tables import Result, Table

__all__ = ["Screening", "screened"]


@attrs.frozen(kw_only=True, repr=False)
class Screening(Result):
    """What points to careless answers.

    Parameters
    ----------
    summary : Table
        Respondents by grade: ``clear``, ``look`` (one sign), ``doubtful`` (a strong sign or
        several), ``empty`` (no answer at all).
    table : Table
        One row a respondent: `missing_share`; `longest_run` of equal answers one after the other
        on one side, on the form as it was printed; `zero_variance`, the number of sides
        answered with one and the same number throughout; `duplicate`, the same answers as
        an earlier respondent; `ceiling_share` of answers at the top of the scale; `signs`; `grade`.
    """

    summary: Table
    table: Table


def screened(
    answers: Mapping[str, NDArray[Any]], instrument: Instrument, respondents: NDArray[Any]
) -> Screening:
    """Screen the answers of each respondent over all sides."""
    sides = [_as_given(side, instrument) for side in answers.values()]
    whole = np.hstack(sides)
    there = ~np.isnan(whole)
    answered = there.sum(axis=1)
    runs = {name: _longest_run(side) for name, side in zip(answers, sides, strict=True)}
    flat = np.sum([_is_flat(side) for side in sides], axis=0)
    asked = np.sum([(~np.isnan(side)).sum(axis=1) > 1 for side in sides], axis=0)
    copies = _is_copy(whole) & (answered > 0)
    missing = 1 - answered / whole.shape[1]
    top = np.sum([(side == instrument.scale.high).sum(axis=1) for side in answers.values()], axis=0)
    ceiling = np.divide(top, answered, out=np.zeros(len(whole)), where=answered > 0)
    # Expectations at the top of the scale are common and no sign of carelessness.
    long = runs["perceptions"] > max(5, len(instrument.items) / 2)
    signs = (flat > 0) * 1 + (long & (flat == 0)) + copies + (missing > 0.5) + (ceiling >= 0.9)
    strong = ((flat == asked) & (flat > 0)) | copies | (signs > 1)
    grade = np.select([answered == 0, strong, signs > 0], ["empty", "doubtful", "look"], "clear")
    grades = ["clear", "look", "doubtful", "empty"]
    counts = [int((grade == name).sum()) for name in grades]
    return Screening(
        summary=Table(
            title="Careless answers",
            keys=("grade",),
            data={"grade": grades, "respondents": counts, "share": np.array(counts) / len(whole)},
        ),
        table=Table(
            title="Respondents",
            keys=("respondent",),
            data={
                "respondent": respondents,
                "missing_share": missing,
                "longest_run": np.max(list(runs.values()), axis=0),
                "zero_variance": flat,
                "duplicate": copies,
                "ceiling_share": ceiling,
                "signs": signs,
                "grade": grade,
            },
            note="signs: a side without variance, a run over half the perceptions (6 at least), a "
            "copy of an earlier respondent, over half missing, 90 % at the ceiling; doubtful: "
            "every side without variance, a copy, or two signs",
        ),
    )


def _as_given(answers: NDArray[Any], instrument: Instrument) -> NDArray[np.float64]:
    """Turn reverse-keyed items back: a straight line is one on the form as it was printed."""
    given = answers.astype(float)
    places = [place for place, item in enumerate(instrument.items) if item.reverse]
    given[:, places] = instrument.scale.low + instrument.scale.high - given[:, places]
    return given


def _longest_run(answers: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the most equal answers in a row; a missing answer ends a run."""
    run = longest = (~np.isnan(answers[:, 0])).astype(int)
    for before, now in zip(answers.T[:-1], answers.T[1:], strict=True):
        run = np.where(now == before, run + 1, ~np.isnan(now))
        longest = np.maximum(longest, run)
    return longest


def _is_flat(answers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell who gave one and the same answer to every item they answered, two at least."""
    low = np.fmin.reduce(answers, axis=1)
    high = np.fmax.reduce(answers, axis=1)
    flat: NDArray[np.bool_] = (low == high) & ((~np.isnan(answers)).sum(axis=1) > 1)
    return flat


def _is_copy(answers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell whose answers are those of an earlier respondent, missing ones included."""
    keys = np.ascontiguousarray(np.nan_to_num(answers, nan=-np.inf) + 0.0)
    rows = keys.view(np.dtype((np.void, keys.dtype.itemsize * keys.shape[1]))).ravel()
    _, first = np.unique(rows, return_index=True)
    copies = np.ones(len(rows), dtype=bool)
    copies[first] = False
    return copies
