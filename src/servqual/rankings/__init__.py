"""Who is really better: league tables with shrinkage, and ranks with what is not known of them."""

from servqual.rankings.funnels import Funnel, ShareFunnel, funnel_limits, share_funnel
from servqual.rankings.leagues import LeagueTable, league_table
from servqual.rankings.luck import ShareOfLuck, share_of_luck
from servqual.rankings.stars import Stars, select_stars
from servqual.rankings.surveys import league_table_from_scores, survey_league

__all__ = [
    "Funnel",
    "LeagueTable",
    "ShareFunnel",
    "ShareOfLuck",
    "Stars",
    "funnel_limits",
    "league_table",
    "league_table_from_scores",
    "select_stars",
    "share_funnel",
    "share_of_luck",
    "survey_league",
]
