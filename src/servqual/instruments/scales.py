"""The scale on which items are answered."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, plain_number, text
from servqual._fields import entries
from servqual._frames.columns import code_in_front

__all__ = ["Scale", "by_code", "code_said", "folded", "scale_of", "see_on_scale"]


def _low(value: object) -> float:
    return plain_number("low", value)


def _high(value: object) -> float:
    return plain_number("high", value)


def _codes(values: Iterable[object]) -> tuple[float, ...]:
    instance("not_applicable", values, Iterable, hint="; give a sequence, as (0,)")
    return tuple(sorted({plain_number("not_applicable", value) for value in values}))


def _anchors(
    value: Mapping[Any, str | Sequence[str]] | Iterable[tuple[Any, str | Sequence[str]]],
) -> tuple[tuple[float, str], ...]:
    """Sort anchors by their code, one pair for each wording; a TOML file has codes as texts."""
    found = [
        (_code(code), word.strip() if isinstance(word, str) else word)
        for code, words in entries("anchors", value, "codes to words, as {1: 'never'}")
        for word in (words if isinstance(words, (list, tuple)) else (words,))
    ]
    return tuple(
        sorted((plain_number("anchors", code), text("anchors", word)) for code, word in found)
    )


def _code(code: object) -> object:
    try:
        return float(code) if isinstance(code, str) else code
    except ValueError:
        return code


def folded(answer: str) -> str:
    """Return a text as anchors are compared: without case, outer blanks and curly apostrophes."""
    return " ".join(answer.replace("\u2019", "'").replace("\u2018", "'").split()).casefold()


def code_said(word: str, anchors: Mapping[str, float]) -> float | None:
    """Return the code of a folded text: that of an anchor, or a number in front of its words.

    None where it is neither, or the words say another number.
    """
    if word in anchors:
        return anchors[word]
    if not (found := code_in_front(word)):
        return None
    number, words = found
    return number if anchors.get(words, number) == number else None


@attrs.frozen
class Scale:
    """A rating scale from `low` to `high`, both included; fractions are answers too.

    Parameters
    ----------
    low, high : float
        The ends of the scale.
    not_applicable : tuple of float
        Codes outside low..high that mean "not applicable"; they are read as missing and counted.
    anchors : mapping of float to str or sequence of str
        The words that stand beside codes on the form, in one wording or several; answers given in
        these words are read as their codes. Codes of `not_applicable` may have words too.

    Raises
    ------
    ValueError
        If `low` is not below `high`, a not-applicable code lies on the scale, an anchor lies off
        it, or two anchors have the same words.

    Examples
    --------
    >>> scale = Scale(1, 5, not_applicable=(0,), anchors={1: "never", 5: "always"})
    >>> scale.midpoint, scale.width
    (3.0, 4)
    >>> scale.levels
    (1, 2, 3, 4, 5)
    """

    low: float = attrs.field(converter=_low)
    high: float = attrs.field(converter=_high)
    not_applicable: tuple[float, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    anchors: tuple[tuple[float, str], ...] = attrs.field(
        default=(), converter=_anchors, kw_only=True
    )
    if TYPE_CHECKING:  # what the converters take; type checkers read the fields' types alone

        def __init__(
            self,
            low: float,
            high: float,
            *,
            not_applicable: Iterable[float] = ...,
            anchors: Mapping[float, str | Sequence[str]] | Iterable[tuple[float, str]] = ...,
        ) -> None: ...

    def __attrs_post_init__(self) -> None:
        if not self.low < self.high:
            msg = f"`low` must be below `high`, got {self.low} and {self.high}"
            raise ValueError(msg)
        for code in self.not_applicable:
            if self.low <= code <= self.high:
                msg = f"`not_applicable` must lie outside {self.low}..{self.high}, got {code}"
                raise ValueError(msg)
        words: dict[str, float] = {}
        for code, word in self.anchors:
            if not (self.low <= code <= self.high or code in self.not_applicable):
                msg = f"`anchors` must lie in {self.low}..{self.high}, got {code} for {word!r}"
                raise ValueError(msg)
            if folded(word) in words:
                msg = f"`anchors` must differ, got {word!r} for {words[folded(word)]} and {code}"
                raise ValueError(msg)
            words[folded(word)] = code

    @property
    def midpoint(self) -> float:
        """The middle of the scale."""
        return (self.low + self.high) / 2

    @property
    def centre(self) -> float:
        """The whole number at or below the middle, from which sums are counted."""
        return math.floor(self.midpoint)

    @property
    def width(self) -> float:
        """The distance from `low` to `high`, which no gap can exceed."""
        return self.high - self.low

    @property
    def levels(self) -> tuple[float, ...]:
        """The answers a form with whole steps offers, from `low` to `high`."""
        return tuple(self.low + step for step in range(int(self.width) + 1))


def by_code(scale: Scale) -> dict[float, list[str]]:
    """Return the words of each code that has any."""
    found: dict[float, list[str]] = {}
    for code, word in scale.anchors:
        found.setdefault(code, []).append(word)
    return found


def scale_of(scale: Scale | Sequence[float]) -> Scale:
    """Return the Scale that is given, or that has these ends."""
    if isinstance(scale, Scale):
        return scale
    instance("scale", scale, Scale, tuple, list, hint="; give its ends, as (1, 5)")
    if len(scale) != 2:
        msg = f"`scale` must be a Scale or its two ends, as (1, 5), got {brief(scale)}"
        raise ValueError(msg)
    return Scale(*scale)


def see_on_scale(
    argument: str, values: NDArray[np.float64], scale: Scale, columns: Sequence[str]
) -> None:
    """See that values (rows, columns) lie on a scale, where they are not NaN."""
    off = np.argwhere((values < scale.low) | (values > scale.high))
    if off.size:
        row, column = off[0].tolist()
        got = f"{values[row, column]:g} (row {row + 1}, {columns[column]!r})"
        rule = f"`{argument}` must lie in {scale.low}..{scale.high}"
        msg = f"{rule}, got {got}; mend it, make it NaN if it is no answer, or give another `scale`"
        raise ValueError(msg)
