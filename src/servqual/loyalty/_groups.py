"""The groups of a measure, as they are compared with each other or followed over time."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import instance
from servqual._frames.groups import labelled_groups
from servqual._frames.words import counted
from servqual.loyalty._measures import Measure

__all__ = ["Groups"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@attrs.frozen(eq=False)
class Groups:
    """Labelled groups of a result, in the order of their labels."""

    labels: NDArray[np.str_]
    value: Array
    se: Array
    low: Array
    high: Array
    n: Array
    worth: Array
    lacking: NDArray[np.str_]
    undefined: NDArray[np.str_]
    unlabelled: int

    def __getitem__(self, places: Places) -> "Groups":
        """Return some of the groups."""
        arrays = attrs.asdict(self, recurse=False)
        del arrays["unlabelled"]
        return attrs.evolve(self, **{name: array[places] for name, array in arrays.items()})

    @classmethod
    def of(cls, measure: Measure, least: int, called: str) -> "Groups":
        """See that a result has at least so many groups; who has no label is in none."""
        hint = "; give what net_promoter, satisfaction_share, effort_score or acsi returns"
        instance("measure", measure, Measure, hint=hint)
        table = measure.table
        keys = [table[name] for name in measure.by]
        labels, there = labelled_groups("measure", keys, "measure", least=least, called=called)
        n = table["n"].astype(float)
        worth = table["n_effective"] if "n_effective" in table.columns else n
        arrays = {name: table[name] for name in ("se", "low", "high", "lacking", "undefined")}
        arrays |= {"value": table[measure.ESTIMATE], "n": n, "worth": worth}
        return cls(
            labels=labels,
            **{name: array[there] for name, array in arrays.items()},
            unlabelled=int(n[~there].sum()),
        )

    @property
    def note(self) -> str:
        """Say how many respondents are in no group."""
        if not self.unlabelled:
            return ""
        return f"; {counted(self.unlabelled, 'respondent')} without a label left out"
