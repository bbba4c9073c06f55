"""Answers to pairs of Kano's questions: texts or codes on both sides, counted as pairs."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import between, brief, distinct, instance, is_nothing, names, text
from servqual._frames.arrays import see_index, table_of
from servqual._frames.columns import is_blank
from servqual._frames.grouped import By, factors_of
from servqual._frames.groups import crossed, keyed
from servqual._frames.sources import Source
from servqual._frames.words import coded, counted

__all__ = ["Pairs"]

Codes = NDArray[np.int8]
ANCHORS = {
    "like": 1,
    "enjoy": 1,
    "expect": 2,
    "expected": 2,
    "expect to be": 2,
    "must be": 2,
    "must have": 2,
    "should be": 2,
    "neutral": 3,
    "feel neutral": 3,
    "indifferent": 3,
    "dont care": 3,
    "do not care": 3,
    "tolerate": 4,
    "live with": 4,
    "accept": 4,
    "dislike": 5,
    "dont like": 5,
    "do not like": 5,
}
FILLERS = frozenset(
    ["i", "im", "id", "am", "it", "is", "can", "could", "would", "that", "this", "way"]
)
APOSTROPHES = dict.fromkeys(map(ord, "'\u2019\u2018\u02bc\u00b4`"))  # straight and curved ones
BETWEEN = re.compile(r"[\s\-\u2010-\u2015_.,;:!()\[\]=/\"\u201c\u201d\u2026]+")  # words
UNKNOWN, OUTSIDE = -1, -2  # instead of a code; 0 is no answer
SHOWN = 5  # of texts that are unknown
TYPO = 0.75  # the least ratio of a word with the one that it may be a slip of
NEGATING = ("nt", "out", "less")  # ends of words: mustnt, without
SAME_NAMES = "`functional` and `dysfunctional` must have columns of the same names"
LEGEND = "with 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike"


@attrs.frozen(eq=False)
class Pairs:
    """How many respondents gave each pair of answers.

    `counts` has the axes (segments, items, functional 1..5, dysfunctional 1..5); `missing`,
    (segments, items), counts respondents of whom a side is not known; `keys` are the key columns
    of a table, which goes through segments, and in each through items.
    """

    keys: dict[str, list[str]]
    counts: NDArray[np.intp]
    missing: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        functional: Any,  # noqa: ANN401 (an array or any frame)
        dysfunctional: Any,  # noqa: ANN401 (the same)
        items: Sequence[str] | None,
        anchors: Mapping[str, int] | None,
        by: By,
    ) -> "Pairs":
        """Check both sides, and count their pairs."""
        own, wanted = _own_anchors(anchors), names("items", items)
        see_index("dysfunctional", dysfunctional, "functional", functional, instead="")
        first = table_of("functional", functional, wanted, hint="; give one row a respondent")
        second = table_of(
            "dysfunctional", dysfunctional, wanted, hint="; give one row a respondent"
        )
        factors = factors_of(first, by, "functional", functional)
        items, columns, others = _matched(first, second, wanted, [f.name for f in factors])
        left = _side("functional", first, columns, items, own)
        right = _side("dysfunctional", second, others, items, own)
        rows = left.shape[1]
        if right.shape[1] != rows:
            rule = f"`dysfunctional` must have a row for each of {rows} respondents in `functional`"
            msg = f"{rule}, got {right.shape[1]}"
            raise ValueError(msg)
        groups, segments = crossed(factors, rows)
        size, start = 36 * len(groups), 36 * segments
        tallies = [
            np.bincount(start + (6 * f + d), minlength=size)
            for f, d in zip(left, right, strict=True)
        ]
        found = np.array(tallies).reshape(len(items), len(groups), 6, 6).swapaxes(0, 1)
        pairs = found[:, :, 1:, 1:]
        missing = found.sum(axis=(2, 3)) - pairs.sum(axis=(2, 3))
        return cls(keyed([f.name for f in factors], groups, {"item": items}), pairs, missing)

    @property
    def left_out(self) -> str:
        """What a note says of pairs of which a side is missing."""
        missing = int(self.missing.sum())
        return f"{counted(missing, 'pair')} left out, as a side has no answer" if missing else ""


def _own_anchors(anchors: Mapping[str, int] | None) -> dict[str, int]:
    """Return the caller's own texts as they are compared, with their codes."""
    given = {} if anchors is None else anchors
    instance("anchors", given, Mapping, hint="; give texts to codes, as {'I like it': 1}")
    own: dict[str, int] = {}
    for word, code in given.items():
        number = between(f"anchors[{word!r}]", code, 1, 5)
        if not isinstance(number, int):
            msg = f"`anchors[{word!r}]` must be a code 1, 2, 3, 4 or 5, got {number}"
            raise ValueError(msg)  # noqa: TRY004 (a number, but not whole)
        if own.setdefault(_folded(text("anchors", word)), number) != number:
            msg = f"`anchors` must give one code to {word!r}, whatever its case and signs"
            raise ValueError(msg)
    return own


def _matched(
    first: Source, second: Source, wanted: tuple[str, ...], by: Sequence[str]
) -> tuple[tuple[str, ...], list[str], list[str]]:
    """Return the names of items, and the columns of each side that are theirs.

    Items choose columns of `functional`, or name them all in their order where it has none of these
    names. Columns of `dysfunctional` are found by name; by place where it has none of them and one
    of the two is an array, or items name all columns of both.
    """
    own = _columns("functional", first, by)
    other = _columns("dysfunctional", second, by)
    chosen = wanted if set(wanted) & set(own) else own
    for item in chosen:
        first.place("items", item)
    if wanted and len(wanted) != len(chosen):
        rule = f"`items` must choose columns of `functional` or name all {len(own)} of them"
        msg = f"{rule}, got {len(wanted)}: {brief(wanted)}"
        raise ValueError(msg)
    items = wanted or chosen
    for known in (chosen, items):
        alone = set(other) - set(known)
        if set(known) <= set(other) and (known is wanted or not alone):
            return items, list(chosen), list(known)
    if odd := sorted(set(chosen) ^ set(other)) if set(chosen) & set(other) else []:
        got = f"got {brief(odd)} on one side only"
        msg = f"{SAME_NAMES}, {got}; rename them or choose `items`"
        raise ValueError(msg)
    if len(other) != len(chosen):
        rule = f"`dysfunctional` must have a column for each of {len(chosen)} items"
        msg = f"{rule}, got {len(other)}: {brief(other)}"
        raise ValueError(msg)
    told = bool(wanted) and (wanted == own or set(wanted).isdisjoint(own))
    if "the array" not in {first.where, second.where} and not told:
        got = f"got {brief(list(chosen))} and {brief(list(other))}"
        advice = "rename them, or where they stand in the same order, name them: items=[…]"
        msg = f"{SAME_NAMES}, {got}; {advice}"
        raise ValueError(msg)
    return items, list(chosen), list(other)


def _columns(argument: str, source: Source, by: Sequence[str]) -> tuple[str, ...]:
    found = distinct(f"columns of {argument}", (n for n in source.names if n not in by))
    if not found:
        msg = f"`{argument}` must have a column of an item, got {', '.join(source.names)}"
        raise ValueError(msg)
    return found


def _side(
    argument: str, source: Source, columns: Iterable[str], items: Sequence[str], own: dict[str, int]
) -> Codes:
    """Return the codes of a side, (items, respondents), 0 where there is no answer."""
    found: list[Codes] = []
    unknown: dict[str, str] = {}
    for item, name in zip(items, columns, strict=True):
        codes, cell_at = _codes(source, source.place(argument, name), own)
        if not codes.size:
            msg = f"`{argument}` must have at least one row, got none"
            raise ValueError(msg)
        found.append(codes)
        if codes.min() >= 0:
            continue
        if (outside := np.flatnonzero(codes == OUTSIDE)).size:
            row = int(outside[0])
            rule = (
                f"`{argument}` must be a code 1, 2, 3, 4 or 5, or a text, got {brief(cell_at(row))}"
            )
            msg = f"{rule} (row {row + 1}, item {item!r}); `items` chooses columns"
            raise ValueError(msg)
        for row in np.flatnonzero(codes == UNKNOWN).tolist():
            unknown.setdefault(cell_at(row), f"row {row + 1}, item {item!r}")
    if unknown:
        raise ValueError(_unknown(argument, unknown, own))
    return np.array(found)


def _codes(source: Source, place: int, own: dict[str, int]) -> tuple[Codes, Callable[[int], Any]]:
    """Return a column as codes, and the cell at a row."""
    words = source.words(place)
    if words is None:
        column = source.column(place)
        plain = isinstance(column, np.ndarray) and not isinstance(column, np.ma.MaskedArray)
        if isinstance(column, np.ndarray) and plain and column.dtype.kind in "iuf":
            return _numeric(column), lambda row: column[row].item()
        words = coded(column)
    cells, places = words
    found = np.array([_code(cell, own) for cell in cells], dtype=np.int8)
    return found[places], lambda row: cells[places[row]]


def _numeric(column: NDArray[Any]) -> Codes:
    column = np.ascontiguousarray(column)  # one slow pass over a table instead of eight
    known = ~np.isnan(column)
    codes = np.where((column >= 1) & (column <= 5), column, 0).astype(np.int8)
    codes[known & ((codes != column) | (codes == 0))] = OUTSIDE
    return codes


def _code(cell: Any, own: dict[str, int]) -> int:  # noqa: ANN401 (a cell of a table)
    """Return the code of a cell that need not be a number."""
    if is_nothing(cell) or (isinstance(cell, str) and is_blank(cell)):
        return 0
    if isinstance(cell, str):
        folded = _folded(cell)
        code = own.get(folded) or ANCHORS.get(_core(folded))
        if code is not None:
            return code
    try:
        number = math.nan if isinstance(cell, (bool, np.bool_)) else float(cell)
    except (TypeError, ValueError):
        return UNKNOWN if isinstance(cell, str) else OUTSIDE
    return int(number) if number in {1, 2, 3, 4, 5} else OUTSIDE


def _folded(words: str) -> str:
    """Return words without case, apostrophes, signs between them, and a code in front."""
    found = BETWEEN.split(words.casefold().translate(APOSTROPHES))
    found = [word for word in found if word]
    return " ".join(found[1:] if len(found) > 1 and found[0] in set("12345") else found)


def _core(folded: str) -> str:
    """Return what is left of a wording without the words around it: ``"live with"``."""
    return " ".join(word for word in folded.split() if word not in FILLERS)


def _unknown(argument: str, unknown: Mapping[str, str], own: Mapping[str, int]) -> str:
    """Say which texts have no code, and which words they may be slips of."""
    known = {**ANCHORS, **own}
    meant = {word: _typo_of(word, known) for word in list(unknown)[:SHOWN]}
    said = ", ".join(
        brief(word) + f" (the nearest is {near!r})" * bool(near) for word, near in meant.items()
    )
    more = f", … ({len(unknown)} in all)" if len(unknown) > SHOWN else ""
    found = f"`{argument}` has texts without a code: {said}{more}"
    codes = ", ".join(f"{brief(word)}: {known.get(near, '…')}" for word, near in meant.items())
    advice = f"give their codes, as anchors={{{codes}}}"
    legend = "" if all(meant.values()) else f" {LEGEND}"
    return f"{found}; the first in {next(iter(unknown.values()))}; {advice}{legend}"


def _typo_of(words: str, known: Iterable[str]) -> str:
    """Return the known words that these are a slip of, or "".

    A word that was added, a first letter that is another, or an end such as "n't" is no slip: it
    may turn round what the words say.
    """
    core = _core(_folded(words)) or _folded(words)
    ratios = {word: SequenceMatcher(None, core, _core(word) or word).ratio() for word in known}
    near = max(ratios, key=lambda word: ratios[word])
    pairs = [*zip_longest(core.split(), (_core(near) or near).split(), fillvalue="")]
    return near if all(_is_typo(mine, other) for mine, other in pairs) else ""


def _is_typo(mine: str, other: str) -> bool:
    alike = SequenceMatcher(None, mine, other).ratio() >= TYPO
    return alike and mine[0] == other[0] and mine.endswith(NEGATING) == other.endswith(NEGATING)
