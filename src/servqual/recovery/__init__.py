"""Customers who complain: what they do, what is at risk, and what recovery brings."""

from servqual.recovery.auditing import EmpowermentAudit, empowerment_audit
from servqual.recovery.closing import open_share, time_to_close
from servqual.recovery.complainers import (
    ComplainerType,
    ComplainerTypes,
    complainer_type,
    complainer_types,
)
from servqual.recovery.contrasts import (
    RecoveryContrast,
    double_deviation,
    recovery_paradox,
    recovery_paradox_within,
)
from servqual.recovery.curves import (
    ComplaintCurve,
    complaint_curve,
    complaint_curve_from_cases,
)
from servqual.recovery.effects import RecoveryEffects, recovery_effects
from servqual.recovery.empowerment import Decision, EmpowermentPolicy, load_empowerment_policy
from servqual.recovery.markets import MarketAtRisk, market_at_risk
from servqual.recovery.pairs import curve_differences
from servqual.recovery.published import (
    Iceberg,
    LoyaltyPattern,
    iceberg,
    iceberg_codes,
    loyalty_pattern,
    loyalty_pattern_codes,
    problems_from_complaints,
)
from servqual.recovery.responses import Response, complaint_tree
from servqual.recovery.sensitivities import RiskSensitivity, risk_sensitivity
from servqual.recovery.tree_estimates import EstimatedTree, tree_from_cases, tree_from_counts
from servqual.recovery.trees import Branch, ComplaintTree, ExpectedLoss, expected_loss
from servqual.recovery.voice_counts import VoiceContrast, exit_voice_from_counts
from servqual.recovery.voices import (
    ExitVoice,
    ExitVoiceOutcomes,
    exit_voice,
    exit_voice_from_outcomes,
)

__all__ = [
    "Branch",
    "ComplainerType",
    "ComplainerTypes",
    "ComplaintCurve",
    "ComplaintTree",
    "Decision",
    "EmpowermentAudit",
    "EmpowermentPolicy",
    "EstimatedTree",
    "ExitVoice",
    "ExitVoiceOutcomes",
    "ExpectedLoss",
    "Iceberg",
    "LoyaltyPattern",
    "MarketAtRisk",
    "RecoveryContrast",
    "RecoveryEffects",
    "Response",
    "RiskSensitivity",
    "VoiceContrast",
    "complainer_type",
    "complainer_types",
    "complaint_curve",
    "complaint_curve_from_cases",
    "complaint_tree",
    "curve_differences",
    "double_deviation",
    "empowerment_audit",
    "exit_voice",
    "exit_voice_from_counts",
    "exit_voice_from_outcomes",
    "expected_loss",
    "iceberg",
    "iceberg_codes",
    "load_empowerment_policy",
    "loyalty_pattern",
    "loyalty_pattern_codes",
    "market_at_risk",
    "open_share",
    "problems_from_complaints",
    "recovery_effects",
    "recovery_paradox",
    "recovery_paradox_within",
    "risk_sensitivity",
    "time_to_close",
    "tree_from_cases",
    "tree_from_counts",
]
