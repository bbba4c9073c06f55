"""The four-gap model: where a service is lost between expectation and perception."""

from servqual.gaps.chain import LEVELS, GapChain, sequential_gaps, service_gaps
from servqual.gaps.closing import ClosedGaps, close_gaps
from servqual.gaps.dominance import DominantGap, dominant_gap
from servqual.gaps.five import FiveGaps, five_gaps
from servqual.gaps.levels import Summary
from servqual.gaps.sizes import GapSizes, gap_sizes

__all__ = [
    "LEVELS",
    "ClosedGaps",
    "DominantGap",
    "FiveGaps",
    "GapChain",
    "GapSizes",
    "Summary",
    "close_gaps",
    "dominant_gap",
    "five_gaps",
    "gap_sizes",
    "sequential_gaps",
    "service_gaps",
]
