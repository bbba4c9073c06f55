"""What was answered: surveys, their readers and screening, and the Moments of one pass."""

from servqual.survey._layout import SIDES
from servqual.survey.answers import Survey
from servqual.survey.readers import read_survey, survey_from_arrays, survey_from_frame
from servqual.survey.scores import respondent_columns
from servqual.survey.screening import Screening
from servqual.survey.simulation import simulate_survey
from servqual.survey.stream import moments, moments_by
from servqual.survey.sums import Moments

__all__ = [
    "SIDES",
    "Moments",
    "Screening",
    "Survey",
    "moments",
    "moments_by",
    "read_survey",
    "respondent_columns",
    "simulate_survey",
    "survey_from_arrays",
    "survey_from_frame",
]
