"""Service quality: what customers expect, what they perceive, and where the service falls short."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servqual import instruments, plot, scoring, survey, tables
    from servqual.instruments import (
        Dimension,
        Instrument,
        Item,
        Scale,
        instrument,
        instrument_codes,
        load_instrument,
    )
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
    "Instrument",
    "Item",
    "Moments",
    "Scale",
    "Survey",
    "Table",
    "__version__",
    "compare_groups",
    "gap_scores",
    "gap_tests",
    "instrument",
    "instrument_codes",
    "instruments",
    "load_instrument",
    "moments",
    "perception_scores",
    "plot",
    "read_survey",
    "respondent_scores",
    "scoring",
    "simulate_survey",
    "survey",
    "survey_from_arrays",
    "survey_from_frame",
    "tables",
    "tolerance_zone",
]

# Each name of the face and the module that has it: loaded on first use, so that import is cheap.
_HOMES = {
    "instruments": (
        "Dimension",
        "Instrument",
        "Item",
        "Scale",
        "instrument",
        "instrument_codes",
        "load_instrument",
    ),
    "plot": (),
    "scoring": (
        "compare_groups",
        "gap_scores",
        "gap_tests",
        "perception_scores",
        "respondent_scores",
        "tolerance_zone",
    ),
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
    msg = f"module 'servqual' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
