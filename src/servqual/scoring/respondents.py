"""Each respondent's own scores, to be joined to what else is known of them."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import frozen_array, instance, same_array
from servqual._frames.words import first_reason
from servqual.survey import Survey, respondent_columns
from servqual.tables import Result, Table

__all__ = ["RespondentScores", "respondent_scores"]

Array = NDArray[np.float64]


@attrs.frozen(kw_only=True, repr=False)
class RespondentScores(Result):
    """Dimension scores of each respondent.

    Parameters
    ----------
    respondents : ndarray (respondents,)
        Their labels.
    dimensions : tuple of str
        The codes of the dimensions.
    expectations, perceptions, gaps : ndarray (respondents, dimensions)
        Means over the items with both sides answered, NaN where these do not suffice; gap =
        perception - expectation. Where expectations were not asked, perceptions stand on their own
        answers and the others are NaN.
    overall : ndarray (respondents,)
        The mean of the gaps of all dimensions, NaN where one is missing.
    """

    respondents: NDArray[np.generic] = attrs.field(
        converter=frozen_array, eq=same_array, hash=False
    )
    dimensions: tuple[str, ...]
    expectations: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    perceptions: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    gaps: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    overall: Array = attrs.field(converter=frozen_array, eq=same_array, hash=False)

    @property
    def table(self) -> Table:
        """One row a respondent and dimension: `expectation`, `perception`, `gap`, `undefined`."""
        shape = self.gaps.shape
        gap, perception = self.gaps.ravel(), self.perceptions.ravel()
        reasons = {
            "too few answers": np.isnan(perception),
            "no expectations": np.isnan(gap),
        }
        return Table(
            title="Scores of respondents",
            keys=("respondent", "dimension"),
            data={
                "respondent": np.repeat(self.respondents, shape[1]),
                "dimension": np.tile(np.array(self.dimensions), shape[0]),
                "expectation": self.expectations.ravel(),
                "perception": perception,
                "gap": gap,
                "undefined": first_reason(reasons),
            },
            note="gap = perception - expectation, over the items with both sides answered",
        )

    def _tables(self) -> list[Table]:
        return [self.table]


def respondent_scores(survey: Survey) -> RespondentScores:
    """Score each respondent on each dimension.

    Gᵢd = mean of Pᵢⱼ - Eᵢⱼ over the items j of the dimension with both sides answered, if there are
    at least ⌈min_answered × items⌉; the mean of Gᵢd over respondents is the gap of `gap_scores`.

    Parameters
    ----------
    survey : Survey
        Answers with perceptions, and expectations where there are gaps.

    Returns
    -------
    RespondentScores
        In units of the scale, in the order of the survey.

    Raises
    ------
    TypeError
        If `survey` is something else.

    Examples
    --------
    >>> from servqual import Dimension, Instrument, Item, Scale, survey_from_arrays
    >>> speed = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
    >>> form = Instrument(code="desk", name="Desk", scale=Scale(1, 7), dimensions=(speed,))
    >>> survey = survey_from_arrays(
    ...     form, expectations=[[7, 6], [6, 6]], perceptions=[[5, 6], [6, float("nan")]]
    ... )
    >>> respondent_scores(survey).gaps.tolist()
    [[-1.0], [0.0]]
    """
    instance("survey", survey, Survey, hint="; Moments no longer know respondents")
    paired = "expectations" in survey.sides
    columns = respondent_columns(survey, "dimensions|gap" if paired else "dimensions")
    if not paired:
        nothing = np.full(columns["perceptions"].shape, np.nan)
        columns |= {"expectations": nothing, "gap": nothing}
    centre = survey.instrument.scale.centre
    return RespondentScores(
        respondents=survey.respondents,
        dimensions=survey.instrument.dimension_codes,
        expectations=columns["expectations"] + centre,
        perceptions=columns["perceptions"] + centre,
        gaps=columns["gap"],
        overall=columns["gap"].mean(axis=1),
    )
