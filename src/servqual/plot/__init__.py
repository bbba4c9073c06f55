"""Pictures of results on matplotlib Axes (extra ``plot``); every function returns the Axes."""

from servqual.plot.dumbbells import gaps

__all__ = ["gaps"]
