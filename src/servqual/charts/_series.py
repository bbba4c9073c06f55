"""What charts are made of: counts and volumes of periods, and which of them are phase 1."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, is_nothing, named, numbers, whole
from servqual._frames.periods import label, own_labels, row_labels

__all__ = ["REACH", "Series", "gaps", "row_of", "see_cases", "see_counts", "series_of"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
REACH = 1e100  # of numbers, so that their squares can be added


@attrs.frozen(eq=False, kw_only=True)
class Series:
    """Counts (periods, types) and volumes of periods, NaN where missing."""

    counts: Array
    volume: Array
    periods: tuple[str, ...]
    first: Mask  # phase 1
    excluded: Mask  # left out of it
    gaps: NDArray[np.str_]  # why a period has no value, or ""

    @property
    def used(self) -> Mask:
        """The periods that say what is normal."""
        known: Mask = self.gaps == ""
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
    noun: str = "counts",
) -> Series:
    """Return counts (periods, types) with their volumes, labels and phases; see that they fit.

    The volume is one for all periods or one for each, by default 1.
    """
    size = len(counts)
    labels = row_labels(periods, size)
    volumes = _volumes(volume, labels, named_by="order" if periods is None else "label")
    return Series(
        counts=counts,
        volume=volumes,
        periods=labels,
        first=_first(baseline, size),
        excluded=np.isin(labels, _excluded(exclude, labels)),
        gaps=gaps(counts, volumes, noun),
    )


def gaps(counts: Array, volume: Array, noun: str) -> NDArray[np.str_]:
    """Return why periods have no value, or ""."""
    return np.select(
        [
            np.isnan(volume),
            (volume == 0) & (counts > 0).any(axis=1),
            volume == 0,
            np.isnan(counts).any(axis=1),
        ],
        ["volume missing", f"{noun} without volume", "no volume", f"{noun} missing"],
        "",
    )


def row_of(argument: str, values: Any) -> tuple[Array, list[str] | None]:  # noqa: ANN401 (anything)
    """Return a number for each period, NaN where missing, and the labels that come with them."""
    labels = own_labels(values)
    if isinstance(values, Mapping):
        values = list(values.values())
    try:
        cells = np.asarray(values)
    except ValueError:  # of different shapes
        cells = np.asarray(values, dtype=object)
    if isinstance(values, np.ma.MaskedArray):
        cells = np.where(np.ma.getmaskarray(values), np.nan, cells)
    if cells.ndim != 1 or not cells.size:
        rule = f"`{argument}` must be a number for each period, at least one"
        msg = f"{rule}, got {brief(values)} with shape {cells.shape}"
        raise ValueError(msg) if cells.ndim else TypeError(msg)
    plain: Any = cells
    if cells.dtype.kind not in "biuf":
        plain = [None if is_nothing(cell) else cell for cell in cells.tolist()]
    found = numbers(argument, plain)
    far = np.flatnonzero(np.abs(found) > REACH)
    if far.size:
        rule = f"`{argument}` must lie in -{REACH:g}..{REACH:g}"
        msg = f"{rule}, got {found[far[0]]} (place {far[0] + 1})"
        raise ValueError(msg)
    return found, labels


def see_counts(
    counts: Array,
    periods: Sequence[str],
    types: Sequence[str] = ("",),
    measured: Iterable[str] = (),
) -> None:
    """See that counts (periods, types) are 0 or more, and whole but of what is measured."""
    events = ~np.isin(types, list(measured))
    split = (counts != np.floor(counts)) & ~np.isnan(counts) & events
    for rule, wrong in (("0 or more", counts < 0), ("whole numbers", split)):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            place = f"period {periods[row]!r}" + (f", {types[column]!r}" if types[column] else "")
            msg = f"`counts` must be {rule}, got {counts[row, column]:g} ({place})"
            raise ValueError(msg)


def see_cases(counts: Array, volume: Array, periods: Sequence[str]) -> None:
    """See that no more cases failed than there were."""
    wrong = np.flatnonzero((counts[:, 0] > volume) & (volume > 0))
    if wrong.size:
        row = wrong[0]
        came = f"{counts[row, 0]:g} of {volume[row]:g} (period {periods[row]!r})"
        msg = f"`counts` must be at most `volume`, got {came}; events are for u_chart"
        raise ValueError(msg)


def _volumes(
    volume: Any,  # noqa: ANN401 (numbers of any kind)
    labels: tuple[str, ...],
    *,
    named_by: str,
) -> Array:
    """Return the volume of each period: in order, or by label where both sides have labels."""
    is_mapping = isinstance(volume, Mapping)
    if np.ndim(volume) == 0 and not is_mapping:
        found, own = row_of("volume", np.full(len(labels), volume))[0], None
    else:
        found, own = row_of("volume", volume)
    if own is not None and set(own) == set(labels):
        places = {name: place for place, name in enumerate(own)}
        found = found[[places[name] for name in labels]]
    elif len(found) != len(labels) or (own and (named_by == "label" or is_mapping)):
        rule = f"`volume` must be one number, or one for each of {len(labels)} periods"
        msg = f"{rule} under the same labels, got {brief(volume)}"
        raise ValueError(msg)
    wrong = np.flatnonzero((found < 0) | ((found > 0) & (found < 1 / REACH)))
    if wrong.size:
        place = wrong[0]
        msg = f"`volume` must be 0 or more, got {found[place]:g} (period {labels[place]!r})"
        raise ValueError(msg)
    return found


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
    """Return the labels of periods that phase 1 leaves out."""
    alone = isinstance(exclude, str) or not isinstance(exclude, Iterable)
    known = dict.fromkeys(labels)
    found = [label("exclude", cell) for cell in ([exclude] if alone else exclude)]
    return [words if words in known else named("exclude", words, labels) for words in found]
