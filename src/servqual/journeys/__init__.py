"""Moments of truth: touchpoints, journeys, failure along them, and which moments decide."""

from servqual.journeys.aggregation import (
    aggregate,
    ordered_average,
    orness,
    peak_end,
    vetoed_average,
)
from servqual.journeys.comparing import AggregationTable, aggregation_table
from servqual.journeys.composites import (
    Composite,
    LayerScores,
    composite,
    composite_codes,
    layer_scores,
)
from servqual.journeys.contacts import Exposure, exposure
from servqual.journeys.counting import IncidentCounts, count_incidents
from servqual.journeys.drivers import TouchpointDrivers, touchpoint_drivers
from servqual.journeys.failing import JourneyFailure, journey_failure
from servqual.journeys.flowing import JourneyFlow, journey_flow
from servqual.journeys.improving import ImprovementPlan, improvement_plan
from servqual.journeys.incidents import (
    CriticalIncidents,
    SequentialIncidents,
    critical_incidents,
    sequential_incidents,
)
from servqual.journeys.maps import Journey, load_journey
from servqual.journeys.observing import journey_from_events
from servqual.journeys.risks import (
    PRIORITY_TABLE,
    ProblemValues,
    RiskPriorities,
    problem_values,
    risk_priorities,
)
from servqual.journeys.tabling import journey_from_frame
from servqual.journeys.targets import required_reliability
from servqual.journeys.touchpoints import Encounter, Improvement, Touchpoint

__all__ = [
    "PRIORITY_TABLE",
    "AggregationTable",
    "Composite",
    "CriticalIncidents",
    "Encounter",
    "Exposure",
    "Improvement",
    "ImprovementPlan",
    "IncidentCounts",
    "Journey",
    "JourneyFailure",
    "JourneyFlow",
    "LayerScores",
    "ProblemValues",
    "RiskPriorities",
    "SequentialIncidents",
    "Touchpoint",
    "TouchpointDrivers",
    "aggregate",
    "aggregation_table",
    "composite",
    "composite_codes",
    "count_incidents",
    "critical_incidents",
    "exposure",
    "improvement_plan",
    "journey_failure",
    "journey_flow",
    "journey_from_events",
    "journey_from_frame",
    "layer_scores",
    "load_journey",
    "ordered_average",
    "orness",
    "peak_end",
    "problem_values",
    "required_reliability",
    "risk_priorities",
    "sequential_incidents",
    "touchpoint_drivers",
    "vetoed_average",
]
