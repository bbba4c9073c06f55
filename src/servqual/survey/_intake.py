"""The door: raw answers become clean arrays once, and everything that happened is counted."""

import difflib
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
from servqual._frames.columns import Column
from servqual.instruments import Instrument
from servqual.instruments.scales import code_said, folded
from servqual.tables import Table

__all__ = [
    "AnswerRules",
    "IntakeCounts",
    "OnInvalid",
    "intake_table",
    "warn_of_invalid",
]

OnInvalid = Literal["error", "missing"]
STEPS = ("answers", "missing", "not applicable", "in words", "invalid", "turned")
INVALID = {"dimension_points": "that do not sum to 100"}
POINT_STEPS = ("answers", "missing", "blank read as 0", "invalid")
SUM_TOLERANCE = 1e-6  # of points, which people write with a few decimals
BLOCK = 8192  # rows checked at a time: they stay in the cache
MOST = 8  # unknown texts that a message lists


@attrs.define
class IntakeCounts:
    """What was done to the answers of a side, the first invalid one, and the range of the rest."""

    steps: Counter[str] = attrs.field(factory=Counter)
    first_invalid: str = ""
    low: float = np.inf
    high: float = -np.inf

    def __add__(self, other: "IntakeCounts") -> "IntakeCounts":
        """Put the counts of two batches together."""
        return IntakeCounts(
            self.steps + other.steps,
            self.first_invalid or other.first_invalid,
            min(self.low, other.low),
            max(self.high, other.high),
        )


@attrs.frozen
class AnswerRules:
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
    def of(
        cls, instrument: Instrument, missing: Iterable[str], on_invalid: OnInvalid
    ) -> "AnswerRules":
        """Check the rules themselves."""
        hint = "; sq.instrument(code) takes one of the catalogue, sq.load_instrument reads a file"
        instance("instrument", instrument, Instrument, hint=hint)
        choice("on_invalid", on_invalid, ("error", "missing"))
        texts = frozenset(map(folded, (missing,) if isinstance(missing, str) else missing))
        anchors = {folded(words): code for code, words in instrument.scale.anchors}
        return cls(instrument, texts, on_invalid, anchors)

    def side(
        self, name: str, columns: NDArray[Any] | Sequence[Column], *, before: int = 0
    ) -> tuple[NDArray[Any], IntakeCounts]:
        """Return one side's answers (respondents, items), missing as NaN, and what was done.

        `before` is the number of rows that were read earlier, for the rows in messages.
        """
        found = columns.shape[1] if isinstance(columns, np.ndarray) else len(columns)
        items = self.instrument.items
        if found != len(items):
            msg = f"`{name}` must have a column for each of the {len(items)} items, got {found}"
            raise ValueError(msg)
        counts = IntakeCounts()
        labels = [f"item {item.code!r}" for item in items]
        raw = self._numbers(name, columns, labels, before, counts)
        answers = self._on_scale(name, raw, before, counts)
        if name != "importances" and (places := list(self.instrument.reversed_places)):
            answers = turned(answers, self.instrument)
            counts.steps["turned"] = int((~np.isnan(answers[:, places])).sum())
        counts.steps["answers"] = answers.size - counts.steps["missing"]
        return answers, counts

    def points(
        self, columns: NDArray[Any] | Sequence[Column], *, before: int = 0
    ) -> tuple[NDArray[np.float64], IntakeCounts]:
        """Return the points (respondents, dimensions) that each row divides, and what was done."""
        name, codes = "dimension_points", self.instrument.dimension_codes
        found = columns.shape[1] if isinstance(columns, np.ndarray) else len(columns)
        if found != len(codes):
            rule = f"must have a column for each of the {len(codes)} dimensions"
            msg = f"`{name}` {rule}, got {found}"
            raise ValueError(msg)
        counts = IntakeCounts()
        labels = [f"dimension {code!r}" for code in codes]
        rules = attrs.evolve(self, anchors={})  # words of the scale are no points
        raw = rules._numbers(name, columns, labels, before, counts, np.inf)  # noqa: SLF001 (its own)
        points = raw.astype(float)
        blank = np.isnan(points)
        with np.errstate(invalid="ignore"):  # ∞ - ∞
            total = np.where(blank, 0, points).sum(axis=1)
        divided = (np.abs(total - 100) < SUM_TOLERANCE) & ~(points < 0).any(axis=1)
        wrong = np.flatnonzero(~(divided | blank.all(axis=1)))
        if wrong.size:
            row = points[wrong[0]]
            said = ", ".join("blank" if np.isnan(x) else f"{x:g}" for x in row)
            first = f"{said} with sum {total[wrong[0]]:g} (row {before + wrong[0] + 1})"
            if self.on_invalid == "error":
                more = f"; {wrong.size} such rows in all" if wrong.size > 1 else ""
                rule = f"`{name}` must be 0 or more and sum to 100 for each respondent"
                msg = (
                    f"{rule}, got {first}{more}; mend or blank them, or set on_invalid='missing': "
                    "such points, and answers that are invalid, become missing"
                )
                raise ValueError(msg)
            counts.steps["invalid"] += int(np.isfinite(points[wrong]).sum())
            counts.first_invalid = counts.first_invalid or first
        filled = blank & divided[:, None]
        points[filled] = 0
        points[wrong] = np.nan
        counts.steps["blank read as 0"] = int(filled.sum())
        counts.steps["missing"] = int(np.isnan(points).sum())
        counts.steps["answers"] = points.size - counts.steps["missing"]
        return points, counts

    def _numbers(
        self,
        name: str,
        columns: NDArray[Any] | Sequence[Column],
        labels: Sequence[str],
        before: int,
        counts: IntakeCounts,
        unknown_as: float = np.nan,
    ) -> NDArray[Any]:
        """Bring every column to numbers, what is unknown too."""
        if isinstance(columns, np.ndarray) and columns.dtype.kind in "iuf":
            return columns
        if isinstance(columns, np.ndarray):
            columns = list(columns.T)
        unknown: dict[str, str] = {}  # the text, and where it stands first
        numbers = []
        for column, label in zip(columns, labels, strict=True):
            if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
                numbers.append(column)
                continue
            values = column.tolist() if isinstance(column, np.ndarray) else list(column)
            try:
                times = Counter(values)
            except TypeError:  # a list in a cell
                values = [v if isinstance(v, Hashable) else repr(v) for v in values]
                times = Counter(values)
            codes = {value: self._code(value) for value in times}
            strange = [value for value, code in codes.items() if code is None]
            for value in strange:
                codes[value] = unknown_as
                counts.steps["invalid"] += times[value]
                place = f"{value!r} (row {before + values.index(value) + 1}, {label})"
                if len(unknown) < MOST:
                    unknown.setdefault(str(value), place)
            words = (
                value for value in times if isinstance(value, str) and folded(value) in self.anchors
            )
            counts.steps["in words"] += sum(map(times.__getitem__, words))
            numbers.append(np.fromiter(map(codes.__getitem__, values), float, count=len(values)))
        if unknown and self.on_invalid == "error":
            raise ValueError(self._unknown(name, unknown))
        counts.first_invalid = next(iter(unknown.values()), "")
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
            return code_said(word, self.anchors)
        if isinstance(value, bool | np.bool_):
            return None
        return float(value) if isinstance(value, Real | Decimal) else None

    def _unknown(self, name: str, unknown: Mapping[str, str]) -> str:
        words = {folded(words): words for _, words in self.instrument.scale.anchors}
        words = {word: words[word] for word in self.anchors}
        said = []
        for value, place in unknown.items():
            close = difflib.get_close_matches(folded(value), words, n=1)
            said.append(place + (f", nearest anchor {words[close[0]]!r}" if close else ""))
        points = name == "dimension_points"
        kinds = "numbers or missing" if points else "numbers, anchors of the scale or missing"
        advice = "" if points else "the scale's `anchors` or to "
        return (
            f"`{name}` must be {kinds}, got {'; '.join(said)}; "
            f"add them to {advice}`missing`, or set on_invalid='missing'"
        )

    def _on_scale(
        self, name: str, answers: NDArray[Any], before: int, counts: IntakeCounts
    ) -> NDArray[Any]:
        """Make "not applicable" missing, and see that the rest lies on the scale."""
        scale = self.instrument.scale
        counts.low, counts.high, counts.steps["missing"] = _extremes(answers)
        if counts.low >= scale.low and counts.high <= scale.high:
            return answers
        answers = answers.astype(np.promote_types(answers.dtype, np.float32))  # a copy
        not_applicable = np.isin(answers, scale.not_applicable)
        counts.steps["not applicable"] = int(not_applicable.sum())
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
            counts.steps["invalid"] += rows.size
            counts.first_invalid = counts.first_invalid or first
        counts.low, counts.high, counts.steps["missing"] = _extremes(answers)
        return answers


def warn_of_invalid(sides: Mapping[str, IntakeCounts]) -> None:
    """Warn, in the name of the reader that calls this, of answers that were made missing."""
    for side, counts in sides.items():
        if counts.first_invalid:
            number = counts.steps["invalid"]
            wrong = INVALID.get(side, "off the scale")
            msg = (
                f"`{side}`: {number} answer{'s' * (number > 1)} {wrong} or unknown made "
                f"missing, first {counts.first_invalid}"
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


def turned(answers: NDArray[Any], instrument: Instrument) -> NDArray[Any]:
    """Return a copy with reverse-keyed items turned: x becomes low + high - x, and back again."""
    ends = instrument.scale.low + instrument.scale.high
    keeps = answers.dtype.kind == "f" or isinstance(ends, int)
    answers = answers.astype(answers.dtype if keeps else float)  # a copy
    places = list(instrument.reversed_places)
    answers[:, places] = (ends - answers[:, places].astype(float)).astype(answers.dtype)
    return answers


def intake_table(
    respondents: int, sides: Mapping[str, IntakeCounts], instrument: Instrument
) -> Table:
    """Return the Table of what was read, by step and side."""
    rows = [("respondents read", "", respondents)]
    for side, counts in sides.items():
        steps_of_side = POINT_STEPS if side == "dimension_points" else STEPS
        rows += [(step, side, counts.steps[step]) for step in steps_of_side]
    steps, names, numbers = zip(*rows, strict=True)
    scale = instrument.scale
    seen = "; ".join(
        f"{side} {counts.low:g} to {counts.high:g}"
        for side, counts in sides.items()
        if counts.low <= counts.high
    )
    return Table(
        title="Intake",
        keys=("step", "side"),
        data={"step": steps, "side": names, "count": np.array(numbers, dtype=int)},
        note=f"answers seen on the scale {scale.low:g} to {scale.high:g}: {seen or 'none'}; "
        "missing ones include those not applicable and invalid; turned are the reverse-keyed",
    )
