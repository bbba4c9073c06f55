"""Pictures of results on matplotlib Axes (extra ``plot``); every function returns the Axes."""

from servqual.plot.differences import drivers
from servqual.plot.dumbbells import gaps
from servqual.plot.frontiers import improvement_frontier
from servqual.plot.intervals import groups
from servqual.plot.likert import answers
from servqual.plot.stages import cycle
from servqual.plot.strips import journey
from servqual.plot.targets import compliance, waiting
from servqual.plot.waterfall import service_gaps
from servqual.plot.zones import tolerance_zones

__all__ = [
    "answers",
    "compliance",
    "cycle",
    "drivers",
    "gaps",
    "groups",
    "improvement_frontier",
    "journey",
    "service_gaps",
    "tolerance_zones",
    "waiting",
]
