"""Service quality: what customers expect, what they perceive, and where the service falls short."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# The face: each name and the module that has it, loaded on first use.
_MODULES = ("instruments", "plot", "scoring", "survey", "tables")
_NAMES = {
    "Dimension": "instruments",
    "GapScores": "scoring",
    "Instrument": "instruments",
    "Item": "instruments",
    "Moments": "survey",
    "Scale": "instruments",
    "Survey": "survey",
    "Table": "tables",
    "gap_scores": "scoring",
    "instrument": "instruments",
    "instrument_codes": "instruments",
    "load_instrument": "instruments",
    "moments": "survey",
    "read_survey": "survey",
    "simulate_survey": "survey",
    "survey_from_arrays": "survey",
    "survey_from_frame": "survey",
}
__all__ = ["__version__", *_NAMES]  # noqa: PLE0604 (texts)

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
    from servqual.scoring import GapScores, gap_scores
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


def __getattr__(name: str) -> Any:  # noqa: ANN401 (any name of the face)
    if name in _NAMES:
        value = getattr(import_module(f"servqual.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"servqual.{name}")
    else:
        msg = f"module 'servqual' has no attribute {name!r}"
        raise AttributeError(msg)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_MODULES})
