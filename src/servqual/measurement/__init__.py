"""Can the numbers be trusted: reliability, validity, and what they stand on."""

from servqual.measurement.adequacy import (
    ParallelAnalysis,
    SamplingAdequacy,
    parallel_analysis,
    sampling_adequacy,
)
from servqual.measurement.alpha import CronbachAlpha, cronbach_alpha
from servqual.measurement.comparing import AlphaComparison, compare_alphas
from servqual.measurement.composites import CompositeReliability, composite_reliability
from servqual.measurement.covariances import Covariance, covariance
from servqual.measurement.differences import (
    DifferenceDiagnostics,
    DifferenceReliability,
    difference_diagnostics,
    difference_reliability,
)
from servqual.measurement.discriminant import FornellLarcker, Htmt, fornell_larcker, htmt
from servqual.measurement.handover import model_syntax, syntax_names
from servqual.measurement.item_reports import ItemReport, item_report
from servqual.measurement.item_statistics import ItemAnalysis, item_analysis
from servqual.measurement.latent_matrices import PolychoricMatrix, polychoric_matrix
from servqual.measurement.latent_pairs import Polychoric, polychoric, polychoric_from_counts
from servqual.measurement.omega import McdonaldOmega, mcdonald_omega
from servqual.measurement.ordinal import OrdinalReliability, ordinal_reliability
from servqual.measurement.reporting import Reliability, reliability
from servqual.measurement.stratified import StratifiedAlpha, stratified_alpha
from servqual.measurement.validating import Validity, validity

__all__ = [
    "AlphaComparison",
    "CompositeReliability",
    "Covariance",
    "CronbachAlpha",
    "DifferenceDiagnostics",
    "DifferenceReliability",
    "FornellLarcker",
    "Htmt",
    "ItemAnalysis",
    "ItemReport",
    "McdonaldOmega",
    "OrdinalReliability",
    "ParallelAnalysis",
    "Polychoric",
    "PolychoricMatrix",
    "Reliability",
    "SamplingAdequacy",
    "StratifiedAlpha",
    "Validity",
    "compare_alphas",
    "composite_reliability",
    "covariance",
    "cronbach_alpha",
    "difference_diagnostics",
    "difference_reliability",
    "fornell_larcker",
    "htmt",
    "item_analysis",
    "item_report",
    "mcdonald_omega",
    "model_syntax",
    "ordinal_reliability",
    "parallel_analysis",
    "polychoric",
    "polychoric_from_counts",
    "polychoric_matrix",
    "reliability",
    "sampling_adequacy",
    "stratified_alpha",
    "syntax_names",
    "validity",
]
