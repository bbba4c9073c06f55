"""Checklists: elements, their items, and which answer is good; a catalogue of the known ones."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

import attrs

from servqual import _specs
from servqual._checks import choice, distinct, instance, named, not_negative, text
from servqual._fields import is_code, is_flag, is_text, several, wordings
from servqual._frames.words import counted
from servqual.instruments.scales import Scale, by_code
from servqual.tables import Table

__all__ = [
    "Checklist",
    "ChecklistItem",
    "Element",
    "checklist",
    "checklist_codes",
    "load_checklist",
]

PACKAGE = "servqual.checklists"
Key = Literal["good", "bad", "neutral"]
ENGLISH = "en"
YES_OR_NO = Scale(
    0,
    1,
    anchors={
        0: ("no", "n", "false", "falso", "否", "不是"),
        1: ("yes", "y", "true", "verdadero", "sí", "si", "是"),
    },
)


def _weight(value: object) -> float:
    return not_negative("weight", value)


def _key(value: object) -> str:
    return choice("key", value, get_args(Key))


@attrs.frozen(kw_only=True)
class ChecklistItem:
    """One thing to look for.

    Parameters
    ----------
    code : str
        Its name in answers, tables and messages; unique in its checklist.
    text : str
        What is asked, in words.
    key : {"good", "bad", "neutral"}
        Whether yes (or a high grade) is good or bad; neutral is a prompt: answers are counted, and
        no score has them. A bad item turns words of grades too: "excellent" mould is much of it.
    weight : float
        How much it counts beside the other items of its element, 0 or more.
    translations : mapping of str to str
        The same in other languages, by language code, as ``{"es": "…"}``.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, the key is unknown, or the weight is below 0.

    Examples
    --------
    >>> ChecklistItem(code="late", text="Was anything late?", key="bad").weight
    1.0
    """

    code: str = attrs.field(validator=is_code)
    text: str = attrs.field(default="", validator=is_text)
    key: str = attrs.field(default="good", converter=_key)
    weight: float = attrs.field(default=1.0, converter=_weight)
    translations: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=wordings)

    @property
    def is_scored(self) -> bool:
        """Whether answers make a score."""
        return self.key != "neutral" and self.weight > 0


def _items(value: Iterable[ChecklistItem]) -> tuple[ChecklistItem, ...]:
    return several("items", value, ChecklistItem)


@attrs.frozen(kw_only=True)
class Element:
    """Items that together make one score of a checklist.

    Parameters
    ----------
    code : str
        Its name in tables and messages; unique in its checklist.
    name : str
        What it is, in words.
    items : sequence of ChecklistItem
        At least one.
    weight : float
        How much it counts beside the other elements, 0 or more.
    ordered : bool
        Whether the items are steps, of which each comes after those before it.
    translations : mapping of str to str
        The name in other languages, by language code.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, there is no item, or the weight is below 0.

    Examples
    --------
    >>> Element(code="look", name="Look", items=[ChecklistItem(code="badge")]).is_scored
    True
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    items: tuple[ChecklistItem, ...] = attrs.field(converter=_items)
    weight: float = attrs.field(default=1.0, converter=_weight)
    ordered: bool = attrs.field(default=False, validator=is_flag)
    translations: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=wordings)

    @property
    def is_scored(self) -> bool:
        """Whether it counts: it has a weight, and an item that is scored."""
        return self.weight > 0 and any(item.is_scored for item in self.items)


def _elements(value: Iterable[Element]) -> tuple[Element, ...]:
    return several("elements", value, Element)


def _is_scale(_: object, field: "attrs.Attribute[Scale]", value: object) -> None:
    instance(field.name, value, Scale)


@attrs.frozen(kw_only=True, repr=False)
class Checklist:
    """A structured assessment: what is looked at, how it is answered, and where it comes from.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    elements : sequence of Element
        At least one; codes of elements differ, and so do codes of items. An item may have the code
        of its element where it is the only one.
    scale : Scale
        How items are answered: grades from its `low` to its `high`, the best. By default 0..1 with
        words for no and yes, which takes what is partly so as well.
    ordered : bool
        Whether the elements are layers, of which each stands on those before it.
    source, note : str
        Where it comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, a code stands twice, or nothing in it is scored.

    Examples
    --------
    >>> desk = Checklist(
    ...     code="desk",
    ...     name="Desk",
    ...     elements=[
    ...         Element(code="look", name="Look", items=[ChecklistItem(code="badge")]),
    ...         Element(
    ...             code="talk",
    ...             name="Talk",
    ...             items=[ChecklistItem(code="greeted"), ChecklistItem(code="rushed", key="bad")],
    ...         ),
    ...     ],
    ... )
    >>> desk.item_codes
    ('badge', 'greeted', 'rushed')
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    elements: tuple[Element, ...] = attrs.field(converter=_elements)
    scale: Scale = attrs.field(default=YES_OR_NO, validator=_is_scale)
    ordered: bool = attrs.field(default=False, validator=is_flag)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        distinct("codes of elements", self.element_codes)
        distinct("codes of items", self.item_codes)
        for element in self.elements:
            own = {item.code for item in element.items}
            if element.code in self.item_codes and own != {element.code}:
                rule = "`elements`: an item may have an element's code where it is its only item"
                msg = f"{rule}, got the element {element.code!r} and an item of that code"
                raise ValueError(msg)
        if not any(element.is_scored for element in self.elements):
            msg = "`elements` must have an item that is scored, got none with a key and weights"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Return what is asked, in a line."""
        size = f"{counted(len(self.items), 'item')} in {counted(len(self.elements), 'element')}"
        return f"Checklist {self.code!r}: {self.name}, {size}"

    @property
    def items(self) -> tuple[ChecklistItem, ...]:
        """The items of all elements, in their order."""
        return tuple(item for element in self.elements for item in element.items)

    @property
    def item_codes(self) -> tuple[str, ...]:
        """The codes of the items."""
        return tuple(item.code for item in self.items)

    @property
    def element_codes(self) -> tuple[str, ...]:
        """The codes of the elements."""
        return tuple(element.code for element in self.elements)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every text is there: English, and those of all translations."""
        known = {code for _, texts in self._texts for code in dict(texts)} - {ENGLISH}
        return (ENGLISH, *sorted(code for code in known if not self._untold(code)))

    @property
    def _texts(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """What has a text, with its translations."""
        elements = ((f"element {e.code!r}", e.translations) for e in self.elements)
        return (*elements, *((f"item {item.code!r}", item.translations) for item in self.items))

    def _untold(self, language: str) -> list[str]:
        """Say what has no text in a language."""
        return [name for name, texts in self._texts if language not in dict(texts)]

    def questions(self, language: str = ENGLISH) -> Table:
        """Return the checklist as a form to print or to fill in.

        Parameters
        ----------
        language : str
            One of `languages`.

        Returns
        -------
        Table
            Keyed `item`: the name of its `element`, its `text`, and an empty `answer`. What is
            filled in is a log: ``assess(checklist, filled, item="item", answer="answer")``.

        Raises
        ------
        TypeError, ValueError
            If a text is missing in that language; the message says which.

        Examples
        --------
        >>> form = checklist("zero-three-four").questions("es")
        >>> form.title, form.row(item="farewell")["answer"]
        ('Zero distance, three more, four voices (es)', '')
        """
        untold = self._untold(text("language", language)) if language != ENGLISH else []
        if untold and len(untold) < len(self._texts):
            some = f"{', '.join(untold[:3])}{', …' * (len(untold) > 3)}"
            msg = f"`language`: {language!r} is not complete, it lacks {some}"
            raise ValueError(msg)
        named("language", language, self.languages)
        rows = [(element, item) for element in self.elements for item in element.items]
        return Table(
            title=self.name if language == ENGLISH else f"{self.name} ({language})",
            keys=("item",),
            data={
                "item": list(self.item_codes),
                "element": [dict(e.translations).get(language, e.name) for e, _ in rows],
                "text": [dict(item.translations).get(language, item.text) for _, item in rows],
                "answer": [""] * len(rows),
            },
            note=f"answers: {self.answers}; {self.source}",
        )

    @property
    def answers(self) -> str:
        """What an item can be answered by, in words."""
        words = by_code(self.scale)
        said = [f"{code:g} ({', '.join(own)})" for code, own in words.items()]
        return f"{self.scale.low:g} to {self.scale.high:g}{': ' * bool(said)}{'; '.join(said)}"

    def to_toml(self) -> str:
        """Return the checklist as TOML text that `load_checklist` reads back equal."""
        return _specs.to_toml(self)


def checklist_codes() -> tuple[str, ...]:
    """Return the codes of the checklists in the catalogue.

    Examples
    --------
    >>> "promise-keeping" in checklist_codes()
    True
    """
    return _specs.codes(PACKAGE)


def checklist(code: str) -> Checklist:
    """Return a checklist of the catalogue.

    All wording is ours; `source` and `note` say where a checklist comes from and what of it is
    confirmed.

    Parameters
    ----------
    code : str
        One of `checklist_codes()`.

    Returns
    -------
    Checklist
        The checklist.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Examples
    --------
    >>> checklist("icare").element_codes
    ('ideal-service', 'culture', 'attentiveness', 'responsiveness', 'empowerment')
    """
    return _specs.preset(Checklist, PACKAGE, code)


def load_checklist(path: str | Path) -> Checklist:
    """Read a checklist from a TOML file, as `Checklist.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    Checklist
        The checklist.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not a checklist; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "checklist.toml"
    ...     _ = path.write_text(checklist("icare").to_toml(), encoding="utf-8")
    ...     load_checklist(path) == checklist("icare")
    True
    """
    return _specs.load(Checklist, path)
