"""Numbers that are not known exactly, as arguments: counted, measured or judged."""

from servqual.inputs.quantities import Counted, Judged, Measured, Quantity, Uncertain

__all__ = ["Counted", "Judged", "Measured", "Quantity", "Uncertain"]
