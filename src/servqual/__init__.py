"""Service quality: what customers expect, what they perceive, and where the service falls short."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servqual import agreement as agreement
    from servqual import charts as charts
    from servqual import checklists as checklists
    from servqual import cycle as cycle
    from servqual import failures as failures
    from servqual import gaps as gaps
    from servqual import inputs as inputs
    from servqual import instruments as instruments
    from servqual import journeys as journeys
    from servqual import loyalty as loyalty
    from servqual import measurement as measurement
    from servqual import plot as plot
    from servqual import priorities as priorities
    from servqual import profit_chain as profit_chain
    from servqual import rankings as rankings
    from servqual import recovery as recovery
    from servqual import scoring as scoring
    from servqual import standards as standards
    from servqual import survey as survey
    from servqual import tables as tables
    from servqual.checklists import assess, checklist
    from servqual.failures import failure_chart, failure_index, failure_scheme
    from servqual.gaps import Summary, service_gaps
    from servqual.instruments import (
        Dimension,
        Instrument,
        Item,
        Scale,
        instrument,
        instrument_codes,
        load_instrument,
    )
    from servqual.journeys import (
        Encounter,
        Journey,
        Touchpoint,
        aggregate,
        exposure,
        journey_failure,
        required_reliability,
    )
    from servqual.loyalty import net_promoter
    from servqual.measurement import cronbach_alpha, mcdonald_omega, reliability, validity
    from servqual.priorities import importance_performance, kano
    from servqual.rankings import league_table
    from servqual.scoring import (
        compare_groups,
        gap_scores,
        gap_tests,
        perception_scores,
        respondent_scores,
        tolerance_zone,
    )
    from servqual.survey import (
        Moments,
        Survey,
        moments,
        read_survey,
        simulate_survey,
        survey_from_arrays,
        survey_from_frame,
    )
    from servqual.tables import Table

__version__ = "0.1.0"
__all__ = [
    "Dimension",
    "Encounter",
    "Instrument",
    "Item",
    "Journey",
    "Moments",
    "Scale",
    "Summary",
    "Survey",
    "Table",
    "Touchpoint",
    "__version__",
    "aggregate",
    "assess",
    "checklist",
    "compare_groups",
    "cronbach_alpha",
    "exposure",
    "failure_chart",
    "failure_index",
    "failure_scheme",
    "gap_scores",
    "gap_tests",
    "importance_performance",
    "instrument",
    "instrument_codes",
    "journey_failure",
    "kano",
    "league_table",
    "load_instrument",
    "mcdonald_omega",
    "moments",
    "net_promoter",
    "perception_scores",
    "read_survey",
    "reliability",
    "required_reliability",
    "respondent_scores",
    "service_gaps",
    "simulate_survey",
    "survey_from_arrays",
    "survey_from_frame",
    "tolerance_zone",
    "validity",
]

# Each name of the face and the module that has it: loaded on first use, so that import is cheap.
_HOMES = {
    "agreement": (),
    "charts": (),
    "checklists": ("assess", "checklist"),
    "cycle": (),
    "failures": ("failure_chart", "failure_index", "failure_scheme"),
    "gaps": ("Summary", "service_gaps"),
    "inputs": (),
    "instruments": (
        "Dimension",
        "Instrument",
        "Item",
        "Scale",
        "instrument",
        "instrument_codes",
        "load_instrument",
    ),
    "journeys": (
        "Encounter",
        "Journey",
        "Touchpoint",
        "aggregate",
        "exposure",
        "journey_failure",
        "required_reliability",
    ),
    "loyalty": ("net_promoter",),
    "measurement": ("cronbach_alpha", "mcdonald_omega", "reliability", "validity"),
    "plot": (),
    "priorities": ("importance_performance", "kano"),
    "profit_chain": (),
    "rankings": ("league_table",),
    "recovery": (),
    "scoring": (
        "compare_groups",
        "gap_scores",
        "gap_tests",
        "perception_scores",
        "respondent_scores",
        "tolerance_zone",
    ),
    "standards": (),
    "survey": (
        "Moments",
        "Survey",
        "moments",
        "read_survey",
        "simulate_survey",
        "survey_from_arrays",
        "survey_from_frame",
    ),
    "tables": ("Table",),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (any name of the face)
    for module, names in _HOMES.items():
        if name == module or name in names:
            home = import_module(f"servqual.{module}")
            globals()[name] = home if name == module else getattr(home, name)
            return globals()[name]
    msg = f"module 'servqual' has no attribute {name!r}{_elsewhere(name)}"
    raise AttributeError(msg)


def _elsewhere(name: str) -> str:
    """Say in which module a name is that the face has not."""
    if name.startswith("_"):  # asked for by programs
        return ""
    for module in _HOMES:
        if module != "plot" and name in import_module(f"servqual.{module}").__all__:
            return f"; it is servqual.{module}.{name}"
    return ""


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_HOMES})
