"""How loyal customers say they are: net promoters, satisfied shares, effort, and indices."""

from servqual.loyalty._measures import Measure
from servqual.loyalty.comparing import MeasureDifferences, measure_differences
from servqual.loyalty.effort import EffortScore, effort_score
from servqual.loyalty.indices import CustomerIndex, acsi
from servqual.loyalty.promoters import NetPromoter, net_promoter, net_promoter_from_counts
from servqual.loyalty.satisfaction import (
    SatisfactionShare,
    satisfaction_share,
    satisfaction_share_from_counts,
)
from servqual.loyalty.trends import MeasureTrend, measure_trend

__all__ = [
    "CustomerIndex",
    "EffortScore",
    "Measure",
    "MeasureDifferences",
    "MeasureTrend",
    "NetPromoter",
    "SatisfactionShare",
    "acsi",
    "effort_score",
    "measure_differences",
    "measure_trend",
    "net_promoter",
    "net_promoter_from_counts",
    "satisfaction_share",
    "satisfaction_share_from_counts",
]
