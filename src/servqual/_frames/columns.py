"""What a column is: an array, or texts and other objects; and what texts in it stand for."""

import re
from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MISSING",
    "Coded",
    "Column",
    "ColumnRef",
    "SideColumns",
    "code_in_front",
    "is_blank",
    "is_whole",
    "uncoded",
]

Column = NDArray[Any] | Sequence[Any]  # one column: an array of numbers, or texts and other objects
Coded = tuple[Sequence[Any], NDArray[Any]]  # distinct cells as they come, and each row's place
SideColumns = str | Sequence[str] | Sequence[int]
ColumnRef = str | int
MISSING = ("", "NA", "N/A", "-")  # texts that stand for nothing

# A number, alone or in front of words: "5 - Important", "5: always", "5. often", "(5) never"; but
# neither a range ("5-6") nor a date ("2-Mar").
_coded = re.compile(
    r"\(?(?P<number>[-+]?\d+(?:[.,]\d+)?)"
    r"(?:\)?|(?:(?:\)|\s+[-–—]|[.:]|\s*=)\s+|[:=])(?P<words>[^\W\d].*))"
)


def is_blank(text: str) -> bool:
    """Tell whether a text stands for nothing; case and outer blanks do not matter."""
    return text.strip().upper() in MISSING


def is_whole(column: Column) -> TypeGuard[NDArray[Any]]:
    """Tell whether a column is an array of whole numbers."""
    if not isinstance(column, np.ndarray) or isinstance(column, np.ma.MaskedArray):
        return False
    return column.dtype.kind in "iu" and column.size > 0


def code_in_front(text: str) -> tuple[float, str] | None:
    """Return the number of a text such as "5 - important", and the words behind it, if any."""
    found = _coded.fullmatch(text)
    return found and (float(found["number"].replace(",", ".")), found["words"] or "")


def uncoded(column: Column) -> Column:
    """Return a column with the numbers of texts such as "5 - important"; others stay."""
    plain = isinstance(column, np.ndarray) and column.dtype.kind not in "OUT"
    if plain or isinstance(column, np.ma.MaskedArray):
        return column
    cells = column.tolist() if isinstance(column, np.ndarray) else column
    codes = {}
    for text in {cell for cell in cells if isinstance(cell, str)}:
        if (found := code_in_front(text.strip())) and found[1]:
            codes[text] = found[0]
    if not codes:
        return column
    return [codes.get(cell, cell) if isinstance(cell, str) else cell for cell in cells]
