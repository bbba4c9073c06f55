"""Pictures of results on matplotlib Axes (extra ``plot``); every function returns the Axes."""

from servqual.plot.categories import kano
from servqual.plot.caterpillars import league_table
from servqual.plot.chains import chain
from servqual.plot.changes import period_change
from servqual.plot.differences import drivers
from servqual.plot.dumbbells import gaps
from servqual.plot.eigenvalues import scree
from servqual.plot.forests import alphas
from servqual.plot.frontiers import improvement_frontier
from servqual.plot.funnels import funnel
from servqual.plot.heatmaps import checklist
from servqual.plot.intervals import groups
from servqual.plot.item_totals import items
from servqual.plot.likert import answers
from servqual.plot.pareto import contributions
from servqual.plot.promoters import net_promoter
from servqual.plot.quadrants import importance_performance
from servqual.plot.rates import index
from servqual.plot.resolutions import resolution
from servqual.plot.signals import control_chart
from servqual.plot.stages import cycle
from servqual.plot.strips import journey
from servqual.plot.targets import compliance, waiting
from servqual.plot.timetables import roster
from servqual.plot.tornados import tornado
from servqual.plot.trees import complaint_tree
from servqual.plot.waterfall import service_gaps
from servqual.plot.zones import tolerance_zones

__all__ = [
    "alphas",
    "answers",
    "chain",
    "checklist",
    "complaint_tree",
    "compliance",
    "contributions",
    "control_chart",
    "cycle",
    "drivers",
    "funnel",
    "gaps",
    "groups",
    "importance_performance",
    "improvement_frontier",
    "index",
    "items",
    "journey",
    "kano",
    "league_table",
    "net_promoter",
    "period_change",
    "resolution",
    "roster",
    "scree",
    "service_gaps",
    "tolerance_zones",
    "tornado",
    "waiting",
]
