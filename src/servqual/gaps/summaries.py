"""A level that is known by its means, standard deviations and numbers of answers alone."""

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual._checks import brief, frozen_array, numbers, same_array
from servqual._stats.means import Mean

__all__ = ["Summary"]

Array = NDArray[np.float64]


@attrs.frozen
class Summary:
    """A level of which only means, standard deviations and numbers of answers are known.

    The three are broadcast against each other and have the shape (labels,) or, for many units at
    once, (branches, labels).

    Parameters
    ----------
    mean : array_like
        Means in units of the scale; NaN where there is none.
    sd : array_like
        Standard deviations with divisor n - 1, 0 or more; NaN where unknown, as of one answer.
    n : array_like
        Numbers of answers, whole and 0 or more; ``math.inf`` with an sd of 0 for a level that was
        set and not sampled, such as a written standard.

    Attributes
    ----------
    labels, branches : tuple of str
        The names that a frame or a series gave to the columns and rows of the numbers: a chain
        takes them by their names. Empty where there are none.

    Raises
    ------
    ValueError
        If the shapes or names do not fit each other, or a number is out of range.

    Examples
    --------
    >>> Summary([6.5, 6.0], 1.2, 40).n.tolist()
    [40.0, 40.0]
    """

    mean: Array = attrs.field(eq=same_array, hash=False)
    sd: Array = attrs.field(eq=same_array, hash=False)
    n: Array = attrs.field(eq=same_array, hash=False)
    labels: tuple[str, ...] = attrs.field(init=False)
    branches: tuple[str, ...] = attrs.field(init=False)
    if TYPE_CHECKING:  # what is taken; type checkers read the fields' types alone

        def __init__(self, mean: ArrayLike, sd: ArrayLike, n: ArrayLike) -> None: ...

    def __attrs_post_init__(self) -> None:
        names = ("mean", "sd", "n")
        raw = {name: getattr(self, name) for name in names}
        for kind, place in (("labels", 0), ("branches", 1)):
            found = {name: _named(value)[place] for name, value in raw.items()}
            object.__setattr__(self, kind, _one(kind, found))
        given = [numbers(name, np.asarray(value)) for name, value in raw.items()]
        try:
            shape = np.broadcast_shapes(*(field.shape for field in given))
        except ValueError as error:
            shapes = ", ".join(f"`{k}` {x.shape}" for k, x in zip(names, given, strict=True))
            msg = f"mean, sd and n must fit each other as (branches, labels), got {shapes}"
            raise ValueError(msg) from error
        if len(shape) > 2 or 0 in shape:
            msg = f"a Summary must be (labels,) or (branches, labels), got shape {shape}"
            raise ValueError(msg)
        mean, sd, n = (np.broadcast_to(field, shape) for field in given)
        n = np.where(np.isnan(n) & np.isnan(mean), 0.0, n)  # as a frame has an absent branch
        _refuse("mean", "finite, or NaN where there is none", np.isinf(mean), mean)
        _refuse("sd", "0 or more, or NaN where unknown", (sd < 0) | np.isinf(sd), sd)
        whole = (n >= 0) & ((n == np.floor(n)) | np.isinf(n))
        _refuse("n", "whole and 0 or more", ~whole, n)
        _refuse("sd", "0 where n is infinite", np.isinf(n) & (sd != 0), sd)
        for name, field in zip(names, (mean, sd, n), strict=True):
            object.__setattr__(self, name, frozen_array(field))

    @property
    def means(self) -> Mean:
        """The means with their errors; those of nobody where there are none."""
        none = np.isnan(self.mean) | (self.n == 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            se = np.where(self.n > 1, self.sd / np.sqrt(self.n), np.nan)
        return Mean(self.n, self.mean, self.sd, se, self.n - 1).where(~none)


def _refuse(name: str, rule: str, bad: NDArray[np.bool_], values: Array) -> None:
    """See that none is bad."""
    if bad.any():
        place = tuple(int(index) for index in np.argwhere(bad)[0])
        where = f" (place {', '.join(map(str, place))})" if place else ""
        msg = f"`{name}` must be {rule}, got {values[place]}{where}"
        raise ValueError(msg)


def _named(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401 (anything)
    """Return the names that a frame or series has for its labels and its branches."""

    def texts(index: Any) -> tuple[str, ...]:  # noqa: ANN401 (an index)
        found = tuple(index)
        return found if all(isinstance(name, str) for name in found) else ()

    columns, index = (getattr(value, name, None) for name in ("columns", "index"))
    index = None if callable(index) else index  # lists have a method of this name
    if columns is None:
        return ((), ()) if index is None else (texts(index), ())
    return texts(columns), () if index is None else texts(index)


def _one(kind: str, found: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names on which the fields agree."""
    given = {name: own for name, own in found.items() if own}
    if len(set(given.values())) > 1:
        said = "; ".join(f"`{name}` {', '.join(own)}" for name, own in given.items())
        msg = f"mean, sd and n must have the same {kind} in the same order, got {brief(said)}"
        raise ValueError(msg)
    return next(iter(given.values()), ())
