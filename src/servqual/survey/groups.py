"""Group columns of a survey: labels are texts, respondents carry their places among them."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["NO_LABEL", "Factor", "crossed", "natural"]

NO_LABEL = "(missing)"  # the group of those whose label is missing


def natural(label: str) -> tuple[int, float, str]:
    """Sort key that puts numbers in their order before words."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)


def _text(value: object) -> str:
    """Return a label as text; whole numbers without a point, nothing as `NO_LABEL`."""
    if value is None or value != value or value == "" or repr(value) in {"<NA>", "NaT"}:  # noqa: PLR0124 (NaN)
        return NO_LABEL
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or NO_LABEL


@attrs.frozen(eq=False)
class Factor:
    """A group column: its name, its labels in order, and each respondent's place among them."""

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, name: str, values: Iterable[Any]) -> "Factor":
        """Encode a column of labels of any kind."""
        if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
            distinct, codes = np.unique(values, return_inverse=True)
            return cls(name, tuple(map(str, distinct.tolist())), codes.reshape(-1))
        column = values.tolist() if isinstance(values, np.ndarray) else list(values)
        said = {value: _text(value) for value in dict.fromkeys(column)}
        labels = tuple(sorted(set(said.values()), key=natural))
        place = {label: code for code, label in enumerate(labels)}
        known = {value: place[label] for value, label in said.items()}
        codes = np.fromiter(map(known.__getitem__, column), dtype=np.intp, count=len(column))
        return cls(name, labels, codes)

    def take(self, rows: NDArray[Any]) -> "Factor":
        """Return the factor of some respondents, with the labels that they use."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        return Factor(self.name, tuple(self.labels[code] for code in used), codes.reshape(-1))

    @property
    def values(self) -> NDArray[np.str_]:
        """The label of each respondent."""
        return np.array(self.labels, dtype=str)[self.codes]


def crossed(
    factors: Sequence[Factor], rows: int
) -> tuple[tuple[tuple[str, ...], ...], NDArray[np.intp]]:
    """Return the combinations of labels that occur, and each respondent's place among them."""
    codes = np.zeros(rows, dtype=np.intp)
    for factor in factors:
        codes = codes * len(factor.labels) + factor.codes
    used, codes = np.unique(codes, return_inverse=True)
    places = np.unravel_index(used, [len(factor.labels) for factor in factors]) if factors else ()
    columns = ([factor.labels[p] for p in place] for factor, place in zip(factors, places, strict=True))
    groups = tuple(zip(*columns, strict=True)) if factors else ((),) * len(used)
    return groups, codes.reshape(-1)
