"""Structured assessments: checklists, worksheets, rosters, and rules with thresholds."""

from servqual.checklists.assessing import Assessment, assess
from servqual.checklists.cells import PersonCell, person_cell
from servqual.checklists.comparing import AssessmentDifferences, assessment_differences
from servqual.checklists.criteria import Verdict, needs_frontline_authority, service_economy
from servqual.checklists.forms import (
    Checklist,
    ChecklistItem,
    Element,
    checklist,
    checklist_codes,
    load_checklist,
)
from servqual.checklists.ranked import RankedValues, ValueChoice, decide
from servqual.checklists.rosters import RosterCoverage, roster_coverage
from servqual.checklists.trends import AssessmentTrends, assessment_trends
from servqual.checklists.worksheets import WorksheetScores, worksheet_scores

__all__ = [
    "Assessment",
    "AssessmentDifferences",
    "AssessmentTrends",
    "Checklist",
    "ChecklistItem",
    "Element",
    "PersonCell",
    "RankedValues",
    "RosterCoverage",
    "ValueChoice",
    "Verdict",
    "WorksheetScores",
    "assess",
    "assessment_differences",
    "assessment_trends",
    "checklist",
    "checklist_codes",
    "decide",
    "load_checklist",
    "needs_frontline_authority",
    "person_cell",
    "roster_coverage",
    "service_economy",
    "worksheet_scores",
]
