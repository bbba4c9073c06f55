"""The four-gap model: where a service is lost between expectation and perception."""

from servqual.gaps._levels import Levels
from servqual.gaps._rows import Gap
from servqual.gaps.chain import LEVELS, GapChain, sequential_gaps, service_gaps
from servqual.gaps.closing import ClosedGaps, close_gaps
from servqual.gaps.dominance import DominantGap, dominant_gap
from servqual.gaps.five import FiveGaps, five_gaps
from servqual.gaps.sizes import GapSizes, gap_sizes
from servqual.gaps.summaries import Summary

__all__ = [
    "LEVELS",
    "ClosedGaps",
    "DominantGap",
    "FiveGaps",
    "Gap",
    "GapChain",
    "GapSizes",
    "Levels",
    "Summary",
    "close_gaps",
    "dominant_gap",
    "five_gaps",
    "gap_sizes",
    "sequential_gaps",
    "service_gaps",
]
