"""Expectation versus perception: how far the service falls short, by item, dimension, overall."""

from servqual.scoring.attainments import Attainment, attainment
from servqual.scoring.expectation_factors import ExpectationWhatIf, expectation_what_if
from servqual.scoring.gap import GapScores, gap_scores
from servqual.scoring.groups import GroupComparison, compare_groups
from servqual.scoring.perception import (
    DirectScores,
    PerceptionScores,
    direct_scores,
    perception_scores,
)
from servqual.scoring.planning import SampleSize, sample_size, sample_size_for_interval
from servqual.scoring.respondents import RespondentScores, respondent_scores
from servqual.scoring.testing import GapTests, gap_tests
from servqual.scoring.tolerance import ToleranceZone, tolerance_zone

__all__ = [
    "Attainment",
    "DirectScores",
    "ExpectationWhatIf",
    "GapScores",
    "GapTests",
    "GroupComparison",
    "PerceptionScores",
    "RespondentScores",
    "SampleSize",
    "ToleranceZone",
    "attainment",
    "compare_groups",
    "direct_scores",
    "expectation_what_if",
    "gap_scores",
    "gap_tests",
    "perception_scores",
    "respondent_scores",
    "sample_size",
    "sample_size_for_interval",
    "tolerance_zone",
]
