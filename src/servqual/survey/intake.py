"""The door: raw answers become clean arrays once, and everything that happened is counted."""

import difflib
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice
from servqual.instruments import Instrument, Scale
from servqual.instruments.scales import folded
from servqual.tables import Table

__all__ = ["MISSING", "Column", "Door", "OnInvalid", "intake_table"]

Column = NDArray[Any] | Sequence[Any]  # one column: an array of numbers, or texts and other objects
OnInvalid = Literal["error", "missing"]
MISSING = ("", "NA", "N/A", "-")
STEPS = ("answers", "missing", "not applicable", "from text", "invalid", "turned")
BLOCK = 8192  # rows checked at a time: they stay in the cache

# "5 - Important", "5: always", "(5) often": a code in front of its words
_coded = re.compile(r"\(?([-+]?\d+(?:[.,]\d+)?)\)?\s*(?:[-–—:.=)]\s*\S.*)?")  # noqa: RUF001 (dashes of exports)


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
        if not isinstance(instrument, Instrument):
            msg = f"`instrument` must be an Instrument, got a {type(instrument).__name__}"
            raise TypeError(msg)
        choice("on_invalid", on_invalid, ("error", "missing"))
        texts = frozenset(map(folded, (missing,) if isinstance(missing, str) else missing))
        anchors = {folded(words): code for code, words in instrument.scale.anchors}
        return cls(instrument, texts, on_invalid, anchors)

    def side(
        self, name: str, columns: NDArray[Any] | Sequence[Column], *, before: int = 0
    ) -> tuple[NDArray[Any], Counter[str]]:
        """Return one side's answers (respondents, items), missing as NaN, and what was done.

        `before` is the number of rows that were read earlier, for the rows in messages.
        """
        codes = self.instrument.item_codes
        found = columns.shape[-1] if isinstance(columns, np.ndarray) else len(columns)
        if found != len(codes) or (isinstance(columns, np.ndarray) and columns.ndim != 2):  # noqa: PLR2004
            shape = f"shape {columns.shape}" if isinstance(columns, np.ndarray) else f"{found} columns"
            msg = f"`{name}` must have a column for each of the {len(codes)} items, got {shape}"
            raise ValueError(msg)
        done: Counter[str] = Counter()
        answers, strange = self._numbers(name, columns, before, done)
        answers = self._on_scale(name, answers, before, done, strange)
        turned = [place for place, item in enumerate(self.instrument.items) if item.reverse]
        if turned:
            answers = _turned(answers, turned, self.instrument.scale)
            done["turned"] = int((~np.isnan(answers[:, turned])).sum())
        done["answers"] = answers.size - done["missing"]
        return answers, done

    def _numbers(
        self, name: str, columns: NDArray[Any] | Sequence[Column], before: int, done: Counter[str]
    ) -> tuple[NDArray[Any], list[str]]:
        """Bring every column to numbers; return also what could not be read, in words."""
        if isinstance(columns, np.ndarray) and columns.dtype.kind in "iuf":
            return columns, []
        if isinstance(columns, np.ndarray):
            columns = list(columns.T)
        strange: dict[str, str] = {}
        numbers = []
        for column, item in zip(columns, self.instrument.item_codes, strict=True):
            if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
                numbers.append(column)
                continue
            values = column.tolist() if isinstance(column, np.ndarray) else list(column)
            table = {value: self._code(value) for value in dict.fromkeys(values)}
            unknown = [value for value, code in table.items() if code is None]
            for value in unknown:
                table[value] = np.nan
                row = before + values.index(value) + 1
                strange.setdefault(str(value), f"{value!r} (row {row}, item {item!r})")
                done["invalid"] += values.count(value)
            numbers.append(np.fromiter(map(table.__getitem__, values), float, count=len(values)))
            texts = [value for value in values if isinstance(value, str) and table[value] == table[value]]  # noqa: PLR0124
            done["from text"] += len(texts)
        if strange and self.on_invalid == "error":
            raise ValueError(self._unknown(name, strange))
        sizes = {len(column) for column in numbers}
        if len(sizes) > 1:
            msg = f"the columns of `{name}` must be of one length, got {sorted(sizes)}"
            raise ValueError(msg)
        return np.column_stack(numbers), list(strange.values())

    def _code(self, value: object) -> float | None:
        """Return the number that one answer means, NaN for missing, None for unknown."""
        if value is None or repr(value) in {"<NA>", "NaT"}:
            return np.nan
        if isinstance(value, bool):
            return None
        if not isinstance(value, str):
            try:
                return float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                return None
        word = folded(value)
        if word in self.missing:
            return np.nan
        if word in self.anchors:
            return self.anchors[word]
        number = _coded.fullmatch(word)
        return float(number[1].replace(",", ".")) if number else None

    def _unknown(self, name: str, strange: Mapping[str, str]) -> str:
        anchors = [words for _, words in self.instrument.scale.anchors]
        folds = {folded(words): words for words in anchors}
        said = []
        for value, place in list(strange.items())[:8]:
            close = difflib.get_close_matches(folded(value), folds, n=1)
            said.append(place + (f", nearest anchor {folds[close[0]]!r}" if close else ""))
        more = f" and {len(strange) - 8} more" if len(strange) > 8 else ""  # noqa: PLR2004
        return (
            f"`{name}` must be numbers, anchors of the scale or missing, got {'; '.join(said)}{more}; "
            "add them to the scale's `anchors` or to `missing`, or set on_invalid='missing'"
        )

    def _on_scale(
        self,
        name: str,
        answers: NDArray[Any],
        before: int,
        done: Counter[str],
        strange: list[str],
    ) -> NDArray[Any]:
        """Make "not applicable" missing, and see that the rest lies on the scale."""
        scale = self.instrument.scale
        low, high, done["missing"] = _extremes(answers)
        if low < scale.low or high > scale.high:
            answers = answers.astype(np.promote_types(answers.dtype, np.float32))
            for code in scale.not_applicable:
                hit = answers == code
                done["not applicable"] += int(hit.sum())
                answers[hit] = np.nan
            rows, columns = np.nonzero((answers < scale.low) | (answers > scale.high))
            if rows.size:
                value = f"{answers[rows[0], columns[0]]:g}"
                item = self.instrument.item_codes[columns[0]]
                place = f"{value} (row {before + rows[0] + 1}, item {item!r})"
                if self.on_invalid == "error":
                    more = f"; {rows.size} such answers in all" if rows.size > 1 else ""
                    msg = f"`{name}` must lie in {scale.low}..{scale.high}, got {place}{more}"
                    raise ValueError(msg)
                answers[rows, columns] = np.nan
                done["invalid"] += rows.size
                strange.append(place)
            done["missing"] = int(np.isnan(answers).sum())
        if strange:
            msg = (
                f"`{name}`: {done['invalid']} answers are off the scale "
                f"{scale.low}..{scale.high} or unknown and were made missing, first {strange[0]}"
            )
            warnings.warn(msg, stacklevel=2)
        return answers


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


def intake_table(respondents: int, sides: Mapping[str, Counter[str]]) -> Table:
    """Return the Table of what was read, by step and side."""
    rows = [("respondents read", "", respondents)]
    rows += [(step, side, done[step]) for side, done in sides.items() for step in STEPS]
    steps, names, counts = zip(*rows, strict=True)
    return Table(
        title="Intake",
        keys=("step", "side"),
        data={"step": steps, "side": names, "count": np.array(counts, dtype=int)},
        note='"not applicable" and "invalid" answers were made missing; "turned" are reverse-keyed',
    )
