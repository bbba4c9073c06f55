"""What charts are made of: counts and volumes of periods, and which of them are phase 1."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, named, see_counts, whole
from servqual._frames.arrays import in_a_row
from servqual._frames.periods import by_label, label, own_labels, row_labels

__all__ = [
    "COUNTS_AT_ZERO",
    "REACH",
    "UNCOUNTED",
    "VALUE_MISSING",
    "VOLUME_MISSING",
    "VOLUME_ZERO",
    "Label",
    "Labels",
    "Series",
    "blanks",
    "rows_of",
    "see_cases",
    "see_events",
    "series_of",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Label = str | float | date | np.datetime64
Labels = Label | Iterable[Label]
REACH = 1e100  # of numbers, so that their squares can be added

VOLUME_MISSING = "volume missing"
VOLUME_ZERO = "volume 0"
COUNTS_AT_ZERO = "counts at volume 0"
UNCOUNTED = "nobody counted"
VALUE_MISSING = "value missing"


@attrs.frozen(eq=False, kw_only=True)
class Series:
    """Counts (periods, types) and volumes of periods, NaN where missing."""

    counts: Array
    volume: Array
    periods: tuple[str, ...]
    first: Mask  # phase 1
    excluded: Mask  # for a known cause
    blanks: NDArray[np.str_]  # why a period has no value, or ""

    @property
    def used(self) -> Mask:
        """The periods that say what is normal."""
        known: Mask = self.blanks == ""
        return self.first & ~self.excluded & known

    @property
    def neighbours(self) -> Mask:
        """The used periods whose successor is used, too; one shorter than the series."""
        used = self.used
        return used[:-1] & used[1:]


def series_of(
    counts: Array,
    *,
    volume: object = 1,
    periods: object = None,
    baseline: object = None,
    exclude: object = (),
    nothing: str = UNCOUNTED,
) -> Series:
    """Return counts (periods, types) with their volumes, labels and phases; see that they fit.

    The volume is one for all periods or one for each, by default 1; `nothing` says of a period that
    it has no count.
    """
    size = len(counts)
    labels = row_labels(periods, size)
    volumes = _volumes(volume, labels)
    return Series(
        counts=counts,
        volume=volumes,
        periods=labels,
        first=_first(baseline, size),
        excluded=np.isin(labels, _excluded(exclude, labels)),
        blanks=blanks(counts, volumes, nothing),
    )


def blanks(counts: Array, volume: Array, nothing: str) -> NDArray[np.str_]:
    """Return why periods have no value, or ""."""
    return np.select(
        [
            np.isnan(volume),
            (volume == 0) & (counts > 0).any(axis=1),
            volume == 0,
            np.isnan(counts).any(axis=1),
        ],
        [VOLUME_MISSING, COUNTS_AT_ZERO, VOLUME_ZERO, nothing],
        "",
    )


def rows_of(
    argument: str,
    values: Any,  # noqa: ANN401 (numbers of any kind)
    periods: Iterable[Label] | None,
) -> tuple[Array, Sequence[Label] | None]:
    """Return a number for each of `periods`, by label if they have labels; else their own labels.

    The numbers are a column (periods, 1).
    """
    found, own = _row_of(argument, values)
    labels: Any = own if periods is None else periods
    if own is not None and periods is not None:
        labels = row_labels(periods, len(found))
        found = _placed(argument, found, own, labels)
    return found[:, None], labels


def _row_of(argument: str, values: Any) -> tuple[Array, list[str] | None]:  # noqa: ANN401 (anything)
    """Return a number for each period, NaN where missing, and the labels that come with them."""
    labels = own_labels(values)
    if isinstance(values, Mapping):
        values = list(values.values())
    found = in_a_row(argument, values, "a number for each period")
    far = np.flatnonzero(np.abs(found) > REACH)
    if far.size:
        rule = f"`{argument}` must lie in -{REACH:g}..{REACH:g}"
        msg = f"{rule}, got {found[far[0]]} (place {far[0] + 1})"
        raise ValueError(msg)
    return found, labels


def see_events(
    counts: Array,
    periods: Sequence[str],
    types: Sequence[str] = (),
    measured: Iterable[str] = (),
) -> None:
    """See that counts (periods, types) are 0 or more, and whole but of what is measured."""
    events = ~np.isin(types, list(measured)) if types else True
    see_counts(
        "counts", counts, where=lambda row: f"period {periods[row]!r}", events=events, types=types
    )


def see_cases(counts: Array, volume: Array, periods: Sequence[str]) -> None:
    """See that cases are whole numbers, and that no more failed than there were."""
    split = np.flatnonzero((volume != np.floor(volume)) & ~np.isnan(volume))
    if split.size:
        row = split[0]
        rule = "`volume` must be whole numbers of cases"
        msg = f"{rule}, got {volume[row]:g} (period {periods[row]!r}); events are for u_chart"
        raise ValueError(msg)
    wrong = np.flatnonzero((counts[:, 0] > volume) & (volume > 0))
    if wrong.size:
        row = wrong[0]
        came = f"{counts[row, 0]:g} of {volume[row]:g} (period {periods[row]!r})"
        msg = f"`counts` must be at most `volume`, got {came}; events are for u_chart"
        raise ValueError(msg)


def _volumes(volume: Any, labels: tuple[str, ...]) -> Array:  # noqa: ANN401 (numbers of any kind)
    """Return the volume of each period: by label where volumes have labels, else in order."""
    if np.ndim(volume) == 0 and not isinstance(volume, Mapping):
        volume = np.full(len(labels), volume)
    found, own = _row_of("volume", volume)
    found = _placed("volume", found, own, labels)
    wrong = np.flatnonzero((found < 0) | ((found > 0) & (found < 1 / REACH)))
    if wrong.size:
        place = wrong[0]
        msg = f"`volume` must be 0 or more, got {found[place]:g} (period {labels[place]!r})"
        raise ValueError(msg)
    return found


def _placed(argument: str, found: Array, own: Sequence[str] | None, labels: Sequence[str]) -> Array:
    """Return a number for each label: by their own labels where they have some, else in order."""
    if own is None:
        return by_label(argument, found, labels, hint="; or give one number for all")
    keyed = dict(zip(distinct(argument, own), found.tolist(), strict=True))
    return by_label(argument, keyed, labels, hint=f"; the periods are {brief(tuple(labels))}")


def _first(baseline: Any, size: int) -> Mask:  # noqa: ANN401 (a number or a mask)
    """Return which periods are phase 1."""
    if baseline is None:
        return np.ones(size, dtype=bool)
    mask = np.asarray(baseline)
    if mask.ndim == 0:
        first = whole("baseline", baseline, least=1)
        if first > size:
            msg = f"`baseline` must be at most the number of periods, {size}, got {first}"
            raise ValueError(msg)
        return np.arange(size) < first
    if mask.dtype.kind != "b" or mask.shape != (size,):
        rule = "`baseline` must be how many first periods are phase 1, or True or False for each"
        msg = f"{rule} of {size}, got {brief(baseline)}"
        raise ValueError(msg)
    return np.array(mask)


def _excluded(exclude: Any, labels: Sequence[str]) -> list[str]:  # noqa: ANN401 (labels)
    """Return the labels of the periods whose cause is known."""
    alone = isinstance(exclude, str) or not isinstance(exclude, Iterable)
    known = dict.fromkeys(labels)
    found = [label("exclude", cell) for cell in ([exclude] if alone else exclude)]
    return [words if words in known else named("exclude", words, labels) for words in found]
