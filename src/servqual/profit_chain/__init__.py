"""From service quality to money: paths, shares of a market, lifetime value, scorecard."""

from servqual.profit_chain.effects import CustomerBase, ProfitEffects, profit_effects
from servqual.profit_chain.lifetimes import LifetimeValue, lifetime_value
from servqual.profit_chain.mediating import Mediation, MediatorOrder, mediation
from servqual.profit_chain.money import ScoreToMoney, score_to_money
from servqual.profit_chain.returns import (
    ReturnOnQuality,
    net_present_value,
    return_on_quality,
    return_on_quality_from_flows,
)
from servqual.profit_chain.scorecards import PERSPECTIVES, Scorecard, ScorecardMeasure, scorecard
from servqual.profit_chain.serial import SerialPaths, serial_paths
from servqual.profit_chain.shares import MarketShare, ShareDynamics, market_share

__all__ = [
    "PERSPECTIVES",
    "CustomerBase",
    "LifetimeValue",
    "MarketShare",
    "Mediation",
    "MediatorOrder",
    "ProfitEffects",
    "ReturnOnQuality",
    "ScoreToMoney",
    "Scorecard",
    "ScorecardMeasure",
    "SerialPaths",
    "ShareDynamics",
    "lifetime_value",
    "market_share",
    "mediation",
    "net_present_value",
    "profit_effects",
    "return_on_quality",
    "return_on_quality_from_flows",
    "score_to_money",
    "scorecard",
    "serial_paths",
]
