"""What a column is: an array, or texts and other objects; and which texts stand for nothing."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

__all__ = ["MISSING", "Coded", "Column", "ColumnRef", "SideColumns", "is_blank", "is_whole"]

Column = NDArray[Any] | Sequence[Any]  # one column: an array of numbers, or texts and other objects
Coded = tuple[Sequence[Any], NDArray[Any]]  # distinct cells as they come, and each row's place
SideColumns = str | Sequence[str] | Sequence[int]
ColumnRef = str | int
MISSING = ("", "NA", "N/A", "-")  # texts that stand for nothing


def is_blank(text: str) -> bool:
    """Tell whether a text stands for nothing; case and outer blanks do not matter."""
    return text.strip().upper() in MISSING


def is_whole(column: Column) -> TypeGuard[NDArray[Any]]:
    """Tell whether a column is an array of whole numbers."""
    if not isinstance(column, np.ndarray) or isinstance(column, np.ma.MaskedArray):
        return False
    return column.dtype.kind in "iu" and column.size > 0
