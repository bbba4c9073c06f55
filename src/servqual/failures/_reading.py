"""How a log was read: how much of it is counted, and what is not."""

from collections.abc import Iterable, Sequence

import attrs

from servqual._checks import choice, whole
from servqual._frames.words import absent_words

__all__ = ["ONE", "Reading"]

NOUNS = ("rows", "cases")
ONE = "all"  # the period of counts that have none


def _number(value: object) -> int:
    return whole("a number of rows", value, least=0)


def _noun(value: object) -> str:
    return choice("noun", value, NOUNS)


def _pairs(value: Iterable[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((word, near) for word, near in value)


def _names(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(value)


@attrs.frozen(kw_only=True)
class Reading:
    """How a log was read: how much of it is counted, and what is not.

    Parameters
    ----------
    noun : {"rows", "cases"}
        What a line of the log is.
    rows : int
        How many there were; 0 of counts that are from no log.
    passed_over : int
        How many were passed over, as `words` say.
    outside : int
        How many lay outside of the first and the last period that were wanted.
    zone : str
        The zone by which periods are told, "" of times without one.
    absent : sequence of pairs of str
        Keys of `words` that never came, each with the nearest word that did.
    left_out : sequence of str
        Columns that were not read.
    is_part : bool
        Whether only some of what was read is left.
    """

    noun: str = attrs.field(default="rows", converter=_noun)
    rows: int = attrs.field(default=0, converter=_number)
    passed_over: int = attrs.field(default=0, converter=_number)
    outside: int = attrs.field(default=0, converter=_number)
    zone: str = ""
    absent: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_pairs)
    left_out: tuple[str, ...] = attrs.field(default=(), converter=_names)
    is_part: bool = False

    @property
    def counted(self) -> int:
        """How many lines are counted."""
        return self.rows - self.passed_over - self.outside

    def __add__(self, other: "Reading") -> "Reading":
        """Return how both logs were read; two parts of one log are a part of it."""
        if not self.rows or not other.rows or (self.is_part and self == other):
            return self if self.rows else other
        never = {word for word, _ in other.absent}
        return attrs.evolve(
            self,
            rows=self.rows + other.rows,
            passed_over=self.passed_over + other.passed_over,
            outside=self.outside + other.outside,
            zone=self.zone or other.zone,
            absent=[pair for pair in self.absent if pair[0] in never],
            left_out=dict.fromkeys((*self.left_out, *other.left_out)),
            is_part=self.is_part or other.is_part,
        )

    def said(self, periods: Sequence[str], unit: str) -> str:
        """Say how many lines there were, what is not counted, and whose periods they are."""
        if not self.rows:
            return ""
        said = [f"{self.noun}: {self.rows:,}"]
        if self.is_part:
            said = [f"part of a log of {self.rows:,} {self.noun}"]
        elif self.passed_over:
            said.append(f"{self.noun} passed over: {self.passed_over:,}")
        if self.outside and not self.is_part:
            said.append(f"{self.noun} outside of first and last: {self.outside:,}")
        if set(periods) - {ONE}:
            said.append(f"periods: {periods[0]} to {periods[-1]}")
        if self.zone and unit:
            said.append(f"{unit}s of {self.zone}")
        if not self.is_part:
            said.append(absent_words(self.absent, between=", "))
        if self.left_out:
            said.append(f"columns left out: {', '.join(map(repr, self.left_out))}")
        return "; ".join(filter(None, said))
