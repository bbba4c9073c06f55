"""The sizes of gaps as managers and employees rate them in a survey."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from servqual._checks import confidence_level
from servqual._frames.words import first_reason
from servqual._stats.means import mean_of_sums
from servqual._stats.student import t_interval
from servqual.survey import Moments, Survey, moments_by
from servqual.tables import Result, Table, interval_note

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GapSizes", "gap_sizes"]

GAPS = ("gap1", "gap2", "gap3", "gap4")


@attrs.frozen(kw_only=True, repr=False)
class GapSizes(Result):
    """How far ratings of what makes a gap small fall short of the top of their scale.

    Parameters
    ----------
    gaps : Table
        One row a gap: `n`, the mean `score`, the `estimate` of the gap (score - top of the scale, 0
        or below) with `sd`, `se`, `low`, `high`, and `undefined`. Keyed by the groups, if any, and
        `gap`.
    items : Table
        The same for each item, keyed `gap, item`.
    """

    gaps: Table
    items: Table


def gap_sizes(
    answers: Survey | Moments,
    *,
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
) -> GapSizes:
    """Return the sizes of the gaps that a survey of managers or employees rates.

    A gap's size is score - top of the scale: 0 where standards exist for everything, can be met,
    or promises can be kept, as the form has it, and negative where not.

    Parameters
    ----------
    answers : Survey or Moments
        Ratings, as the side `perceptions`, on a form with dimensions called ``"gap1"`` to
        ``"gap4"``, such as ``gap-survey-managers`` and ``gap-survey-employees`` of the catalogue.
    by : str or sequence of str
        Group columns, such as the branch.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    GapSizes
        In units of the scale.

    Raises
    ------
    TypeError, ValueError
        If the form has no such dimension, or a group column is unknown.

    Notes
    -----
    Such sizes are measured on other scales than the customer gap, and are never added to it or
    shared out of it; `service_gaps` needs every level on one scale. Gap 1 needs no form of its
    own: managers fill in what they think that customers expect, and `sequential_gaps` takes both.
    The means of a form's other dimensions, the antecedents, are `perception_scores`.

    References
    ----------
    Zeithaml, V. A., Parasuraman, A. & Berry, L. L. (1990). Delivering Quality Service. Free Press.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> ability = Dimension(code="gap3", name="Ability to meet standards", items=(Item("speed"),))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(ability,))
    >>> row = gap_sizes(survey_from_arrays(form, perceptions=[[5], [6]])).gaps.row(gap="gap3")
    >>> row["score"], row["estimate"]
    (5.5, -1.5)
    """
    confidence = confidence_level(confidence)
    sums = moments_by(answers, by)
    form = sums.instrument
    wanted = [code for code in form.dimension_codes if code in GAPS]
    if not wanted:
        msg = (
            f"`answers` must be on a form with dimensions among {', '.join(GAPS)}, got "
            f"{form.code!r}; the catalogue has gap-survey-managers and gap-survey-employees"
        )
        raise ValueError(msg)
    items = [place for place, code in enumerate(form.item_dimensions) if code in wanted]
    labels = {
        "dimensions": {"gap": wanted},
        "items": {
            "gap": [form.item_dimensions[place] for place in items],
            "item": [form.item_codes[place] for place in items],
        },
    }
    places = {
        "dimensions": [form.dimension_codes.index(code) for code in wanted],
        "items": items,
    }
    return GapSizes(
        **{
            field: _table(sums, level, places[level], labels[level], confidence)
            for field, level in (("gaps", "dimensions"), ("items", "items"))
        }
    )


def _table(
    sums: Moments, level: str, places: list[int], labels: dict[str, Any], confidence: float
) -> Table:
    """Return the Table of some columns of a family."""
    scale = sums.instrument.scale
    pairs = sums.products(level, "perceptions").diagonal()
    found = mean_of_sums(pairs, scale.width)[:, places]
    score = found.mean + scale.centre
    estimate = score - scale.high
    low, high = t_interval(estimate, found.se, found.df, confidence)
    reasons = {
        "no answers": found.n == 0,
        "one respondent": found.n == 1,
        "no variation": found.se == 0,
    }
    columns: dict[str, NDArray[Any]] = {
        "n": found.n.astype(int),
        "score": score,
        "estimate": estimate,
        "sd": found.sd,
        "se": found.se,
        "low": np.maximum(low, -scale.width),
        "high": np.minimum(high, 0.0),
        "undefined": first_reason(reasons),
    }
    keys = sums.keyed(**labels)
    return Table(
        title="Sizes of gaps" if level == "dimensions" else "Sizes of gaps by item",
        keys=tuple(keys),
        data={**keys, **{name: cells.ravel() for name, cells in columns.items()}},
        note=f"estimate = score - {scale.high:g}, the top of the scale; "
        + interval_note(confidence, "Student's t, inside the scale")
        + "; not to be added to the customer gap",
    )
