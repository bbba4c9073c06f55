"""Careless answers: signs of them, respondent by respondent. Nobody is left out here."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual.instruments import Instrument
from servqual.survey._intake import turned
from servqual.tables import Result, Table

__all__ = ["Screening", "screened"]


RULES = (
    "signs in the perceptions: no variance, or else a run over half of them (6 at least); 90 % at "
    "the top of the scale; on all sides: a copy of an earlier respondent (12 answers at least), "
    "over half of a side missing that was begun, minimums above expectations in over half of the "
    "items. look: one sign; doubtful: no variance on any side, or two signs. High expectations are "
    "common and no sign; among thousands, people agree by chance."
)


@attrs.frozen(kw_only=True, repr=False)
class Screening(Result):
    """What points to careless answers; the note of its tables states the rules.

    Parameters
    ----------
    summary : Table
        Respondents by grade: ``clear``, ``look`` (one sign), ``doubtful`` (a strong sign or
        several), ``empty`` (no answer at all).
    table : Table
        One row a respondent: `missing_share`; `longest_run` of equal answers one after the other
        on one side, on the form as it was printed; `zero_variance`, the number of sides
        answered with one and the same number throughout; `duplicate`, the same answers as
        an earlier respondent; `ceiling_share`, the share of perceptions at the top of the scale;
        where minimums were asked, `inverted`, the number of items whose minimum lies above the
        expectation; `signs`, how many there are; `grade`.
    """

    summary: Table
    table: Table


def screened(
    answers: Mapping[str, NDArray[Any]], instrument: Instrument, respondents: NDArray[Any]
) -> Screening:
    """Screen the answers of each respondent over all sides."""
    printed = {
        name: side if name == "importances" else turned(side.astype(float), instrument)
        for name, side in answers.items()
    }
    there = {name: ~np.isnan(side) for name, side in printed.items()}
    answered = np.sum([known.sum(axis=1) for known in there.values()], axis=0)
    runs = {name: _longest_run(side) for name, side in printed.items()}
    flat = {name: _is_flat(side) for name, side in printed.items()}
    several = np.sum([known.sum(axis=1) > 1 for known in there.values()], axis=0)
    copies = _is_copy(np.hstack(list(printed.values()))) & (answered > 0)
    copied = copies & (answered >= 12)  # fewer equal answers are chance
    missing = 1 - answered / sum(side.shape[1] for side in printed.values())
    begun = [known.any(axis=1) & (known.mean(axis=1) < 0.5) for known in there.values()]
    judged = there["perceptions"].sum(axis=1)
    top = (answers["perceptions"] == instrument.scale.high).sum(axis=1)
    ceiling = np.divide(top, judged, out=np.zeros(len(top)), where=judged > 0)
    inverted = _inverted(answers)
    found = [
        flat["perceptions"],
        ~flat["perceptions"] & (runs["perceptions"] > max(5, len(instrument.items) / 2)),
        ceiling >= 0.9,
        copied,
        np.any(begun, axis=0),
        *(2 * count > len(instrument.items) for count in inverted.values()),
    ]
    signs = np.sum(found, axis=0)
    flats = np.sum(list(flat.values()), axis=0)
    strong = ((flats == several) & (flats > 0)) | (signs > 1)
    grade = np.select([answered == 0, strong, signs > 0], ["empty", "doubtful", "look"], "clear")
    grades = ["clear", "look", "doubtful", "empty"]
    numbers = np.array([(grade == name).sum() for name in grades])
    return Screening(
        summary=Table(
            title="Careless answers",
            keys=("grade",),
            data={"grade": grades, "respondents": numbers, "share": numbers / len(grade)},
            note=RULES,
        ),
        table=Table(
            title="Respondents",
            keys=("respondent",),
            data={
                "respondent": respondents,
                "missing_share": missing,
                "longest_run": np.max(list(runs.values()), axis=0),
                "zero_variance": flats,
                "duplicate": copies,
                "ceiling_share": ceiling,
                **inverted,
                "signs": signs,
                "grade": grade,
            },
            note=RULES,
        ),
    )


def _inverted(answers: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.intp]]:
    """Return how many minimums lie above the expectation, where both were asked."""
    if not {"minimums", "expectations"} <= set(answers):
        return {}
    return {"inverted": (answers["minimums"] > answers["expectations"]).sum(axis=1)}


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
