"""What was asked: scales, items, dimensions, instruments, and a catalogue of published forms."""

from servqual.instruments.crosswalks import Crosswalk, Link, crosswalk
from servqual.instruments.forms import Dimension, Instrument, Item
from servqual.instruments.labellings import Labelling, LabelSet, labelling
from servqual.instruments.presets import instrument, instrument_codes, load_instrument
from servqual.instruments.scales import Scale

__all__ = [
    "Crosswalk",
    "Dimension",
    "Instrument",
    "Item",
    "LabelSet",
    "Labelling",
    "Link",
    "Scale",
    "crosswalk",
    "instrument",
    "instrument_codes",
    "labelling",
    "load_instrument",
]
