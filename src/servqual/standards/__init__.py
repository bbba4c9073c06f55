"""Standards that customers define: what was promised, whether it is met, how long they wait."""

from servqual.standards.definitions import (
    HardStandard,
    OneTimeFix,
    SoftStandard,
    StandardSet,
    load_standard_set,
    standard_set,
    standard_set_codes,
)
from servqual.standards.figures import LimitOrMean, limit_or_mean
from servqual.standards.meeting import Compliance, compliance
from servqual.standards.queues import Rate, Waiting, servers_needed, waiting
from servqual.standards.reporting import StandardsReport, standards_report

__all__ = [
    "Compliance",
    "HardStandard",
    "LimitOrMean",
    "OneTimeFix",
    "Rate",
    "SoftStandard",
    "StandardSet",
    "StandardsReport",
    "Waiting",
    "compliance",
    "limit_or_mean",
    "load_standard_set",
    "servers_needed",
    "standard_set",
    "standard_set_codes",
    "standards_report",
    "waiting",
]
