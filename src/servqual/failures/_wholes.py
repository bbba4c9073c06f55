"""Counts taken as a whole: the sum of all periods, and the volume of them all."""

import math

import numpy as np

from servqual._checks import not_negative
from servqual.failures.counts import (
    Counts,
    FailureCounts,
    Volume,
    counted,
    counts_of,
    pooled,
    volumes_of,
)
from servqual.failures.schemes import FailureScheme

__all__ = ["whole_of"]


def whole_of(
    argument: str,
    counts: Counts,
    scheme: FailureScheme,
    *,
    volume: Volume,
    named: str = "volume",
) -> tuple[FailureCounts, float]:
    """Return counts of any form as one row, and their volume, NaN if missing in a period.

    The volume is a number for the whole, or what `volumes_of` takes, or the name of a column.
    """
    if isinstance(volume, (int, float, np.number)):
        found, whole = counts_of(argument, counts, scheme), not_negative(named, volume)
    elif volume is None:
        found, whole = counts_of(argument, counts, scheme), math.nan
    elif isinstance(volume, str):
        found, volumes = counted(argument, counts, scheme, volume)
        whole = float(volumes.sum())
    else:
        found = counts_of(argument, counts, scheme)
        whole = float(volumes_of(named, volume, found).sum())
    if not len(found):
        msg = f"`{argument}` must have at least one period, got none"
        raise ValueError(msg)
    return pooled(found), whole
