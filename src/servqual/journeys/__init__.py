"""Moments of truth: touchpoints, journeys, failure along them, and which moments decide."""

from servqual.journeys.maps import END, LEAVE, START, Journey, load_journey
from servqual.journeys.touchpoints import Encounter, Improvement, Touchpoint

__all__ = [
    "END",
    "LEAVE",
    "START",
    "Encounter",
    "Improvement",
    "Journey",
    "Touchpoint",
    "load_journey",
]
