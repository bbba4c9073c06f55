"""The door: raw answers become clean arrays once, and everything that happened is counted."""

import difflib
import re
import warnings
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, instance, is_nothing
from servqual.instruments import Instrument, Scale
from servqual.instruments.scales import folded
from servqual.tables import Table

__all__ = ["MISSING", "Column", "Door", "Log", "OnInvalid", "intake_table", "warn_of_invalid"]

Column = NDArray[Any] | Sequence[Any]  # one column: an array of numbers, or texts and other objects
OnInvalid = Literal["error", "missing"]
MISSING = ("", "NA", "N/A", "-")
STEPS = ("answers", "missing", "not applicable", "in words", "invalid", "turned")
BLOCK = 8192  # rows checked at a time: they stay in the cache

# A number, alone or in front of words: "5 - Important", "5: always", "5. often", "(5) never"; but
# neither a range ("5-6") nor a date ("2-Mar").
_coded = re.compile(
    r"\(?(?P<number>[-+]?\d+(?:[.,]\d+)?)"
    r"(?:\)?|(?:\)|\s+[-–—]|[.:]|\s*=)\s+[^\W\d].*|[:=][^\W\d].*)"
)


@attrs.define
class Log:
    """What happened to the answers of one side at the door.

    `counts` are by step, `invalid` the first invalid answers in words.
    """

    counts: Counter[str] = attrs.field(factory=Counter)
    invalid: list[str] = attrs.field(factory=list)

    def __add__(self, other: "Log") -> "Log":
        """Put the logs of two batches together; the first invalid answers stand for all."""
        return Log(self.counts + other.counts, self.invalid or other.invalid)


@attrs.frozen
class Door:
    """The rules by which answers are read.

    A text is missing, a number, or an anchor of the scale; "not applicable" codes become
    missing; what then lies off the scale is an error, or missing and counted; answers to
    reverse-keyed items are turned.
    """

    instrument: Instrument
    missing: frozenset[str]
    on_invalid: OnInvalid
    anchors: Mapping[str, float]

    @classmethod
    def of(cls, instrument: Instrument, missing: Iterable[str], on_invalid: OnInvalid) -> "Door":
        """Check the rules themselves."""
        instance("instrument", instrument, Instrument)
        choice("on_invalid", on_invalid, ("error", "missing"))
        texts = frozenset(map(folded, (missing,) if isinstance(missing, str) else missing))
        anchors = {folded(words): code for code, words in instrument.scale.anchors}
        return cls(instrument, texts, on_invalid, anchors)

    def side(
        self, name: str, columns: NDArray[Any] | Sequence[Column], *, before: int = 0
    ) -> tuple[NDArray[Any], Log]:
        """Return one side's answers (respondents, items), missing as NaN, and what was done.

        `before` is the number of rows that were read earlier, for the rows in messages.
        """
        found = columns.shape[1] if isinstance(columns, np.ndarray) else len(columns)
        items = self.instrument.items
        if found != len(items):
            msg = f"`{name}` must have a column for each of the {len(items)} items, got {found}"
            raise ValueError(msg)
        log = Log()
        answers = self._on_scale(name, self._numbers(name, columns, before, log), before, log)
        turned = [place for place, item in enumerate(items) if item.reverse]
        if turned:
            answers = _turned(answers, turned, self.instrument.scale)
            log.counts["turned"] = int((~np.isnan(answers[:, turned])).sum())
        log.counts["answers"] = answers.size - log.counts["missing"]
        return answers, log

    def _numbers(
        self, name: str, columns: NDArray[Any] | Sequence[Column], before: int, log: Log
    ) -> NDArray[Any]:
        """Bring every column to numbers, what is unknown to NaN."""
        if isinstance(columns, np.ndarray) and columns.dtype.kind in "iuf":
            return columns
        if isinstance(columns, np.ndarray):
            columns = list(columns.T)
        unknown: dict[str, str] = {}  # the text, and where it stands first
        numbers = []
        for column, item in zip(columns, self.instrument.item_codes, strict=True):
            if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
                numbers.append(column)
                continue
            values = column.tolist() if isinstance(column, np.ndarray) else list(column)
            values = [value if isinstance(value, Hashable) else repr(value) for value in values]
            codes = {value: self._code(value) for value in dict.fromkeys(values)}
            for value, code in codes.items():
                if code is None:
                    codes[value] = np.nan
                    log.counts["invalid"] += values.count(value)
                    place = f"{value!r} (row {before + values.index(value) + 1}, item {item!r})"
                    unknown.setdefault(str(value), place)
                elif isinstance(value, str) and folded(value) in self.anchors:
                    log.counts["in words"] += values.count(value)
            numbers.append(np.fromiter(map(codes.__getitem__, values), float, count=len(values)))
        if unknown and self.on_invalid == "error":
            raise ValueError(self._unknown(name, unknown))
        log.invalid += unknown.values()
        sizes = sorted({len(column) for column in numbers})
        if len(sizes) > 1:
            msg = f"the columns of `{name}` must be of one length, got {sizes}"
            raise ValueError(msg)
        return np.column_stack(numbers)

    def _code(self, value: object) -> float | None:
        """Return the number that one answer means, NaN for missing, None for unknown."""
        if is_nothing(value):
            return np.nan
        if isinstance(value, str):
            word = folded(value)
            if word in self.missing:
                return np.nan
            number = _coded.fullmatch(word)
            return self.anchors.get(
                word, float(number["number"].replace(",", ".")) if number else None
            )
        if isinstance(value, bool | np.bool_):
            return None
        return float(value) if isinstance(value, Real | Decimal) else None

    def _unknown(self, name: str, unknown: Mapping[str, str]) -> str:
        anchors = {folded(words): words for _, words in self.instrument.scale.anchors}
        said = []
        for value, place in list(unknown.items())[:8]:
            close = difflib.get_close_matches(folded(value), anchors, n=1)
            said.append(place + (f", nearest anchor {anchors[close[0]]!r}" if close else ""))
        said += [f"and {len(unknown) - 8} more"] * (len(unknown) > 8)
        return (
            f"`{name}` must be numbers, anchors of the scale or missing, got {'; '.join(said)}; "
            "add them to the scale's `anchors` or to `missing`, or set on_invalid='missing'"
        )

    def _on_scale(self, name: str, answers: NDArray[Any], before: int, log: Log) -> NDArray[Any]:
        """Make "not applicable" missing, and see that the rest lies on the scale."""
        scale = self.instrument.scale
        low, high, log.counts["missing"] = _extremes(answers)
        if low >= scale.low and high <= scale.high:
            return answers
        answers = answers.astype(np.promote_types(answers.dtype, np.float32))  # a copy
        not_applicable = np.isin(answers, scale.not_applicable)
        log.counts["not applicable"] = int(not_applicable.sum())
        answers[not_applicable] = np.nan
        rows, places = np.nonzero((answers < scale.low) | (answers > scale.high))
        if rows.size:
            item = self.instrument.item_codes[places[0]]
            first = f"{answers[rows[0], places[0]]:g} (row {before + rows[0] + 1}, item {item!r})"
            if self.on_invalid == "error":
                more = f"; {rows.size} such answers in all" if rows.size > 1 else ""
                msg = f"`{name}` must lie in {scale.low}..{scale.high}, got {first}{more}"
                raise ValueError(msg)
            answers[rows, places] = np.nan
            log.counts["invalid"] += rows.size
            log.invalid.append(first)
        log.counts["missing"] = int(np.isnan(answers).sum())
        return answers


def warn_of_invalid(logs: Mapping[str, Log]) -> None:
    """Warn, in the name of the reader that calls this, of answers that were made missing."""
    for side, log in logs.items():
        if log.invalid:
            count = log.counts["invalid"]
            msg = (
                f"`{side}`: {count} answer{'s' * (count > 1)} off the scale or unknown made "
                f"missing, first {log.invalid[0]}"
            )
            warnings.warn(msg, stacklevel=3)


def _extremes(answers: NDArray[Any]) -> tuple[float, float, int]:
    """Return the least and the greatest answer and the number missing, in one blocked pass."""
    low, high, missing = np.inf, -np.inf, 0
    for start in range(0, len(answers), BLOCK):
        block = answers[start : start + BLOCK]
        least, most = block.min(), block.max()
        if np.isnan(least):
            missing += int(np.isnan(block).sum())
            least, most = np.fmin.reduce(block, axis=None), np.fmax.reduce(block, axis=None)
        low, high = min(low, float(least)), max(high, float(most))
    return low, high, missing


def _turned(answers: NDArray[Any], places: list[int], scale: Scale) -> NDArray[Any]:
    """Turn the answers to some items about the middle of the scale: x becomes low + high - x."""
    ends = scale.low + scale.high
    keeps = answers.dtype.kind == "f" or isinstance(ends, int)
    answers = answers.astype(answers.dtype if keeps else float)  # a copy
    answers[:, places] = (ends - answers[:, places].astype(float)).astype(answers.dtype)
    return answers


def intake_table(respondents: int, logs: Mapping[str, Log]) -> Table:
    """Return the Table of what was read, by step and side."""
    rows = [("respondents read", "", respondents)]
    rows += [(step, side, log.counts[step]) for side, log in logs.items() for step in STEPS]
    steps, names, counts = zip(*rows, strict=True)
    return Table(
        title="Intake",
        keys=("step", "side"),
        data={"step": steps, "side": names, "count": np.array(counts, dtype=int)},
        note='"not applicable" and "invalid" answers were made missing; "turned" are reverse-keyed',
    )
