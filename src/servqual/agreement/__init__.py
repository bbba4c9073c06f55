"""Do raters agree: Krippendorff's alpha, intraclass correlations, kappa, agreement in groups."""

from servqual.agreement.branches import (
    GroupReliability,
    group_reliability,
    group_reliability_from_scores,
)
from servqual.agreement.cohen import CohenKappa, cohen_kappa
from servqual.agreement.fleiss import FleissKappa, fleiss_kappa, fleiss_kappa_from_counts
from servqual.agreement.intraclass import IntraclassCorrelation, intraclass_correlation
from servqual.agreement.krippendorff import KrippendorffAlpha, krippendorff_alpha
from servqual.agreement.ratings import Ratings, ratings_from_frame
from servqual.agreement.within import (
    WithinGroupAgreement,
    group_agreement,
    within_group_agreement,
)

__all__ = [
    "CohenKappa",
    "FleissKappa",
    "GroupReliability",
    "IntraclassCorrelation",
    "KrippendorffAlpha",
    "Ratings",
    "WithinGroupAgreement",
    "cohen_kappa",
    "fleiss_kappa",
    "fleiss_kappa_from_counts",
    "group_agreement",
    "group_reliability",
    "group_reliability_from_scores",
    "intraclass_correlation",
    "krippendorff_alpha",
    "ratings_from_frame",
    "within_group_agreement",
]
