"""What was asked: scales, items, dimensions, instruments, and a catalogue of published forms."""

from servqual.instruments.forms import Dimension, Instrument, Item
from servqual.instruments.presets import instrument, instrument_codes, load_instrument
from servqual.instruments.scales import Scale

__all__ = [
    "Dimension",
    "Instrument",
    "Item",
    "Scale",
    "instrument",
    "instrument_codes",
    "load_instrument",
]
