"""Columns of words: the place of each among the names that came, or the codes they stand for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from itertools import count
from typing import Any, NoReturn

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, instance, is_nothing, named, nearest, text
from servqual._frames.columns import Coded, Column, ColumnRef, is_whole
from servqual._frames.groups import appearing, label_of
from servqual._frames.sources import Source

__all__ = [
    "PASSED",
    "Labels",
    "Places",
    "Vocabulary",
    "Words",
    "absent_words",
    "alike",
    "alike_labels",
    "cells_of",
    "coded",
    "counted",
    "exactly",
    "first_reason",
    "label_folded",
    "lacking",
    "lacking_parts",
    "loose_cells",
]

Words = Mapping[Any, str | None] | None
Places = NDArray[np.intp]
PASSED, NOTHING, UNKNOWN = -1, -2, -3  # instead of a place
SHOWN = 3  # of the words that may be slips
NARROW = 256  # whole numbers that lie so close are cells as they are
REACH = 16  # a table of whole numbers is at most so many times as long as they are many


@attrs.define(eq=False)
class Labels:
    """Names, and the place of each among them, in the order in which they come.

    Whole numbers that lie close together have a table of their places, from `low` on, with -1 for
    those that did not come yet: much quicker than by their texts.
    """

    texts: dict[str, int] = attrs.field(
        factory=lambda: defaultdict(count().__next__),
        init=False,
    )
    low: int = attrs.field(default=0, init=False)
    table: NDArray[np.int32] = attrs.field(factory=lambda: np.empty(0, np.int32), init=False)

    def read(self, source: Source, place: int, *, kept: Places) -> Places:
        """Return the places of the names in a column, new ones at the end."""
        words = source.words(place)
        column = source.column(place) if words is None else ()
        if is_whole(column) and self._made_room(column):
            return self._of_wholes(column[kept].astype(np.int64) - self.low)
        cells, codes = _of_kept(words or coded(column), kept)
        return self._places(cells)[codes]

    def _places(self, cells: Sequence[Any]) -> Places:
        try:
            labels = [*map(str.strip, cells)]
        except TypeError:  # they are not all texts
            labels = [*map(label_of, cells)]
        places = map(self.texts.__getitem__, labels)  # which counts new ones
        return np.fromiter(places, np.intp, len(labels))

    def _made_room(self, values: NDArray[Any]) -> bool:
        """Make the table longer for whole numbers, where that is worth it; tell whether it is."""
        low, high = int(values.min()), int(values.max())
        size = len(self.table)
        if size:
            low, high = min(low, self.low), max(high, self.low + size - 1)
        if high - low < size:
            return True
        if high - low >= REACH * (len(values) + len(self.texts)) or high >= 2**63:
            return False
        table = np.full(max(high - low + 1, 2 * size), -1, dtype=np.int32)
        start = self.low - low if size else 0
        table[start : start + size] = self.table
        self.low, self.table = low, table
        return True

    def _of_wholes(self, offsets: NDArray[np.int64]) -> Places:
        places = self.table[offsets]
        new = offsets[places < 0]
        if new.size:
            rows = np.arange(len(new))
            self.table[new[::-1]] = rows[::-1]  # of each number, its first row is written last
            new = new[self.table[new] == rows]
            self.table[new] = self._places([*map(str, (new + self.low).tolist())])
            places = self.table[offsets]
        return places.astype(np.intp)


def exactly(cell: Any) -> Any:  # noqa: ANN401 (a cell of a table)
    """Return a cell as the word that it is."""
    return cell


def label_folded(cell: Any) -> str:  # noqa: ANN401 (a cell of a table)
    """Return a cell as text, for which neither case nor blanks around it count."""
    return label_of(cell).casefold()


@attrs.define(eq=False, kw_only=True)
class Vocabulary:
    """The words of a column, and the places of the codes that they stand for.

    Parameters
    ----------
    argument : str
        What the column is called as an argument: ``"event"``.
    column : str or int
        The column.
    codes : sequence of str or None
        What a word may stand for; without, words are codes, in the order in which they come.
    words : mapping or None
        The column's own words to codes, None for those without one, whose place is `PASSED`: a
        `Log` passes over their rows, and leaves other columns to those who read them.
    mapping, example : str
        What `words` is called as an argument, and how it may look.
    known : mapping
        Words that need not be among `words`, where the log's own may differ.
    advice, of_nothing : str
        What to do about a word that is unknown and about a missing one, for messages.
    fold : callable
        Gives of a cell the word that is compared.
    """

    argument: str
    column: ColumnRef
    codes: Sequence[str] | None
    words: Words
    mapping: str = "words"
    example: str = "{'opened': 'explore'}"
    known: Mapping[Any, str | None] = attrs.field(factory=dict)
    advice: str
    of_nothing: str = ""
    fold: Callable[[Any], Any]
    texts: dict[str, int] = attrs.field(init=False)
    meanings: dict[Any, str | None] = attrs.field(init=False)
    keys: dict[Any, Any] = attrs.field(init=False)  # of `words`, by the word that is compared
    came: dict[Any, Any] = attrs.field(factory=dict, init=False)  # cells, likewise

    def __attrs_post_init__(self) -> None:
        self.texts = {code: place for place, code in enumerate(self.codes or ())}
        words = {} if self.words is None else self.words
        hint = f"; give words to what they stand for, as {self.example}"
        instance(self.mapping, words, Mapping, hint=hint)
        own: dict[Any, str | None] = {}
        self.keys = {}
        for word, code in words.items():
            if code is not None and self.codes is not None:
                named(f"{self.mapping}[{word!r}]", code, self.codes)
            elif code is not None:
                text(f"{self.mapping}[{word!r}]", code)
            if own.setdefault(self.fold(word), code) != code:
                msg = f"`{self.mapping}` must give one meaning to {word!r}, got several"
                raise ValueError(msg)
            self.keys.setdefault(self.fold(word), word)
        self.meanings = {**self.known, **own}

    def read(self, source: Source, *, before: int, kept: Places | None = None) -> Places:
        """Return the place of each row's code, or `PASSED`; `before` counts earlier rows.

        `kept` are the rows that are wanted.
        """
        return self.places(self.cells(source), before=before, kept=kept)

    def cells(self, source: Source) -> Coded:
        """Return the distinct cells of the column, and the place of each row's cell."""
        return cells_of(source, source.place(self.argument, self.column))

    def meant(self, found: Coded) -> Places:
        """Return the rows whose words do not map to None."""
        cells, codes = found
        meant = np.array([self.meanings.get(self._word(cell), "") is not None for cell in cells])
        return np.flatnonzero(meant[codes]) if len(codes) else codes

    def places(self, found: Coded, *, before: int, kept: Places | None = None) -> Places:
        """Return what `read` does, of cells that were read."""
        cells, codes = _of_kept(found, kept)
        of_cells = np.fromiter(map(self._place, cells), np.intp, len(cells))
        places = of_cells[codes]
        if (of_cells < PASSED).any():
            row = int(np.argmax(places < PASSED))
            number = before + 1 + (row if kept is None else int(kept[row]))
            self._refuse(cells[codes[row]], places[row] == NOTHING, number)
        return places

    def absent(self) -> tuple[tuple[str, str], ...]:
        """Return the keys of `words` that never came, each with the nearest word that did, or "".

        Keys stand as in messages.
        """
        lacking = [
            key for word, key in self.keys.items() if word not in self.came and label_of(key)
        ]
        texts = {label_of(cell).casefold(): label_of(cell) for cell in reversed(self.came.values())}
        found = []
        for place, key in enumerate(lacking):
            few = texts if place < SHOWN else ()  # of many words it takes long
            near = get_close_matches(label_of(key).casefold(), few, n=1)
            found.append((brief(key), texts[near[0]] if near else ""))
        return tuple(found)

    def _word(self, cell: Any) -> Any:  # noqa: ANN401 (a cell of a table)
        word = self.fold(cell)
        self.came.setdefault(word, cell)
        return word

    def _place(self, cell: Any) -> int:  # noqa: ANN401 (a cell of a table)
        word = self._word(cell)
        if word in self.meanings:
            code = self.meanings[word]
        elif self.codes is None:
            code = label_of(word)
        else:
            code = word if word in self.texts else ""
        if code is None:
            return PASSED
        if code:
            return self.texts.setdefault(code, len(self.texts))
        return NOTHING if is_nothing(word) or word == "" or self.codes is None else UNKNOWN

    def _refuse(self, cell: Any, nothing: bool, row: int) -> NoReturn:  # noqa: ANN401, FBT001 (a cell)
        """Say that a cell has no code."""
        if nothing:
            rule = f"`{self.argument}` must be there in every row, got nothing (row {row})"
            msg = f"{rule}{self.of_nothing}"
            raise ValueError(msg)
        near = nearest(str(cell), filter(None, map(str, (*self.texts, *self.meanings))))
        msg = f"`{self.argument}`: {brief(cell)} is unknown (row {row}){near}; {self.advice}"
        raise ValueError(msg)


def absent_words(
    absent: Sequence[tuple[str, str]], mapping: str = "words", between: str = "; "
) -> str:
    """Say which words never came, as `Vocabulary.absent` returns them."""
    said = []
    for key, near in absent[:SHOWN]:
        hint = f"{between}the nearest is {near!r}" if near else ""
        said.append(f"`{mapping}`: {key} does not occur{hint}")
    return _shown(between, said, len(absent))


def counted(count: int, word: str) -> str:
    """Return how many of something there are, as ``"1 visit"``."""
    return f"{count:,} {word}{'s' * (count != 1)}"


def alike(counts: Mapping[str, int], word: str, advice: str = "`words` joins them") -> str:
    """Say which names differ only in case or blanks from one that came at least as often.

    `advice` says how to join them.
    """
    same: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: -counts[name]):
        same[_bare(name.casefold())].append(name)
    pairs = [(first, name) for first, *others in same.values() for name in others]
    said = []
    for first, name in pairs[:SHOWN]:
        case, blanks = _bare(name) != _bare(first), name.casefold() != first.casefold()
        how = " and ".join(["case"] * case + ["blanks"] * blanks)
        said.append(
            f"{name!r} ({counted(counts[name], word)}) differs from {first!r} only in {how}"
        )
    return f"{_shown(', ', said, len(pairs))}; {advice}" if said else ""


def alike_labels(labels: Sequence[str], counts: Sequence[int], word: str) -> str:
    """Say which labels of groups differ only in case or blanks; `word` is what is counted."""
    named = dict(zip(labels, counts, strict=False))  # there may be no labels
    return alike(named, word, "give them one label to join them")


def first_reason(
    said: Mapping[str, NDArray[np.bool_] | np.bool_], otherwise: str = ""
) -> NDArray[np.str_]:
    """Return for each entry the first of the words that hold."""
    return np.select(list(said.values()), list(said), otherwise)


def lacking(absent: Mapping[str, str]) -> str:
    """Say what has no number and why, as ``"no interval: no error"``, of what has a reason."""
    return "; ".join(f"no {what}: {why}" for what, why in absent.items() if why)


def lacking_parts(columns: Mapping[str, NDArray[Any]], why: NDArray[np.str_]) -> list[str]:
    """Say of each row which of its error, interval and test are NaN, and why."""
    parts = {"error": "se", "interval": "low", "test": "p"}
    absent = np.stack([np.isnan(columns[name]) for name in parts.values()], axis=1).tolist()
    said = [
        ", ".join(f"no {w}" for w, gone in zip(parts, row, strict=True) if gone) for row in absent
    ]
    return [f"{what}: {reason}" if what else "" for what, reason in zip(said, why, strict=True)]


def _bare(name: str) -> str:
    """Return a name without its blanks."""
    return "".join(name.split())


def _shown(between: str, said: Sequence[str], count: int) -> str:
    """Join what is said of some; tell how many there are in all."""
    more = [f"… ({count} in all)"] * (count > len(said))
    return between.join([*said, *more])


def cells_of(source: Source, place: int, kept: Places | None = None) -> Coded:
    """Return the distinct cells of a column as they come, and the place of each row's cell."""
    return _of_kept(source.words(place) or coded(source.column(place)), kept)


def loose_cells(source: Source, place: int) -> Coded:
    """Return cells of a column, not all of which need occur, and the place of each row's."""
    words = source.categories(place) or source.words(place)
    if words is not None:
        return words
    column = source.column(place)
    if is_whole(column):
        low, high = int(column.min()), int(column.max())
        if 0 <= low <= high < NARROW:
            return range(high + 1), column
        if high - low < NARROW:
            return range(low, high + 1), np.subtract(column, low, dtype=np.intp)
    return coded(column)


def _of_kept(found: Coded, kept: Places | None) -> Coded:
    """Return what is left of distinct cells where some rows are not kept."""
    cells, codes = found
    if kept is None or len(kept) == len(codes):
        return found
    used, codes = appearing(codes[kept])
    return [cells[place] for place in used], codes


def coded(column: Column) -> Coded:
    """Return the distinct cells of a column as they come, and the place of each row's cell."""
    if is_whole(column):
        found, codes = appearing(column)
        return found.tolist(), codes
    if isinstance(column, np.ndarray):
        column = column.tolist()
    try:
        places = {cell: place for place, cell in enumerate(dict.fromkeys(column))}
    except TypeError as error:  # a list, say
        msg = f"a cell must be a word or a number, got {error}"
        raise TypeError(msg) from error
    return list(places), np.fromiter(map(places.__getitem__, column), np.intp, len(column))
