"""Control charts of any series: what is normal, how a chart looks at it, what signals."""

from servqual.charts.attributes import c_chart, laney_p_chart, laney_u_chart, p_chart, u_chart
from servqual.charts.baselines import Baseline
from servqual.charts.control import ControlChart
from servqual.charts.monitors import Monitor
from servqual.charts.rules import Cusum, Ewma, Rule, Shewhart, Signal
from servqual.charts.run_lengths import RunLength, detection_time, run_length
from servqual.charts.small_shifts import cusum_chart, ewma_chart

__all__ = [
    "Baseline",
    "ControlChart",
    "Cusum",
    "Ewma",
    "Monitor",
    "Rule",
    "RunLength",
    "Shewhart",
    "Signal",
    "c_chart",
    "cusum_chart",
    "detection_time",
    "ewma_chart",
    "laney_p_chart",
    "laney_u_chart",
    "p_chart",
    "run_length",
    "u_chart",
]
