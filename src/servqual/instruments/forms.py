"""The form that was answered: items in dimensions on one scale."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from servqual._checks import distinct, instance, named, plain_number, shares, text
from servqual._fields import (
    entries,
    is_code,
    is_flag,
    is_text,
    several,
    wordings,
)
from servqual._specs import to_toml
from servqual.instruments.scales import Scale

__all__ = ["Dimension", "Instrument", "Item"]


@attrs.frozen
class Item:
    """One question of a form.

    Parameters
    ----------
    code : str
        The name of the item in tables, patterns and messages; unique in its instrument.
    text : str
        What is asked, in words.
    reverse : bool
        True where agreement means bad service; such answers are turned once, when they are read.
    translations : mapping of str to str
        The same question in other languages, by language code, as ``{"es": "…"}``.
    """

    code: str = attrs.field(validator=is_code)
    text: str = attrs.field(default="", validator=is_text)
    reverse: bool = attrs.field(default=False, validator=is_flag)
    translations: tuple[tuple[str, str], ...] = attrs.field(
        default=(), converter=wordings, kw_only=True
    )


def _items(value: Iterable[Item]) -> tuple[Item, ...]:
    return several("items", value, Item)


@attrs.frozen
class Dimension:
    """Items that together measure one aspect of the service.

    Parameters
    ----------
    code : str
        The name of the dimension in tables and messages; unique in its instrument.
    name : str
        The name for readers.
    items : sequence of Item
        At least one item.
    translations : mapping of str to str
        The name in other languages, by language code.
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_text)
    items: tuple[Item, ...] = attrs.field(converter=_items)
    translations: tuple[tuple[str, str], ...] = attrs.field(
        default=(), converter=wordings, kw_only=True
    )


def _is_scale(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    instance(field.name, value, Scale)


def _weights(
    value: Mapping[str, float] | Iterable[tuple[str, float]],
) -> tuple[tuple[str, float], ...]:
    name = "dimension_weights"
    found = entries(name, value, "dimensions to weights, as {'speed': 60, 'care': 40}")
    distinct(name, (text(name, code) for code, _ in found))
    return tuple((code, plain_number(f"{name}[{code!r}]", weight)) for code, weight in found)


def _dimensions(value: Iterable[Dimension]) -> tuple[Dimension, ...]:
    return several("dimensions", value, Dimension)


@attrs.frozen(repr=False)
class Instrument:
    """A form: what was asked, on which scale, and where the form comes from.

    Instruments are frozen, compare and hash by value, and are edited by methods that return
    new ones.

    Parameters
    ----------
    code, name : str
        The short and the readable name.
    scale : Scale
        The scale of every item.
    dimensions : sequence of Dimension
        At least one; the order of their items is the order of the columns of answers.
    source : str
        The publication that the form rests on.
    note : str
        What is known about the provenance, and what is not.
    dimension_weights : mapping of str to float
        The weights that the source gives to the dimensions: one for each, 0 or more, with sum 1
        or 100; or none. They are a record: no score uses them unless they are handed to it, as
        ``dict(form.dimension_weights)``.

    Examples
    --------
    >>> form = Instrument(
    ...     code="desk",
    ...     name="Service desk",
    ...     scale=Scale(1, 7),
    ...     dimensions=(
    ...         Dimension(code="speed", name="Speed", items=(Item("wait"), Item("answer"))),
    ...         Dimension(code="care", name="Care", items=(Item("polite"),)),
    ...     ),
    ... )
    >>> form.item_codes
    ('wait', 'answer', 'polite')
    >>> form.without_items("wait").item_codes
    ('answer', 'polite')
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_text)
    scale: Scale = attrs.field(validator=_is_scale)
    dimensions: tuple[Dimension, ...] = attrs.field(converter=_dimensions)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)
    dimension_weights: tuple[tuple[str, float], ...] = attrs.field(
        default=(), converter=_weights, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        distinct("dimension codes", self.dimension_codes)
        distinct("item codes", self.item_codes)
        if self.dimension_weights:
            weights = dict(self.dimension_weights)
            shares("dimension_weights", weights, self.dimension_codes)
            in_order = tuple((code, weights[code]) for code in self.dimension_codes)
            object.__setattr__(self, "dimension_weights", in_order)

    def __repr__(self) -> str:
        """Return what is asked, in a line."""
        low, high = self.scale.low, self.scale.high
        size = f"{len(self.items)} items in {len(self.dimensions)} dimensions, {low} to {high}"
        return f"Instrument {self.code!r}: {self.name}, {size}"

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all dimensions in the order of their columns."""
        return tuple(item for dimension in self.dimensions for item in dimension.items)

    @property
    def item_codes(self) -> tuple[str, ...]:
        """The codes of the items."""
        return tuple(item.code for item in self.items)

    @property
    def dimension_codes(self) -> tuple[str, ...]:
        """The codes of the dimensions."""
        return tuple(dimension.code for dimension in self.dimensions)

    @property
    def item_dimensions(self) -> tuple[str, ...]:
        """The code of each item's dimension."""
        return tuple(dimension.code for dimension in self.dimensions for _ in dimension.items)

    @property
    def reversed_places(self) -> tuple[int, ...]:
        """The places of the reverse-keyed items."""
        return tuple(place for place, item in enumerate(self.items) if item.reverse)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages into which every item and every dimension is translated."""
        parts: tuple[Item | Dimension, ...] = (*self.dimensions, *self.items)
        return tuple(sorted(set.intersection(*({*dict(part.translations)} for part in parts))))

    def in_language(self, language: str) -> "Instrument":
        """Return the form with the texts of its items and the names of its dimensions translated.

        Codes, the form's own name and the anchors of its scale stay as they are, and so do the
        translations: from the new form you can go on to another language.

        Parameters
        ----------
        language : str
            One of `languages`.

        Raises
        ------
        ValueError
            If an item or a dimension has no such translation; the message names the languages.

        Examples
        --------
        >>> wait = Item("wait", "short waits", translations={"es": "esperas cortas"})
        >>> speed = Dimension("speed", "Speed", (wait,), translations={"es": "Rapidez"})
        >>> form = Instrument("desk", "Service desk", Scale(1, 7), (speed,))
        >>> form.languages
        ('es',)
        >>> form.in_language("es").items[0].text
        'esperas cortas'
        """
        named("language", language, self.languages)

        def words(part: Item | Dimension) -> str:
            return dict(part.translations)[language]

        translated = (
            attrs.evolve(
                entry,
                name=words(entry),
                items=tuple(attrs.evolve(item, text=words(item)) for item in entry.items),
            )
            for entry in self.dimensions
        )
        return attrs.evolve(self, dimensions=tuple(translated))

    def places(self, dimension: str) -> slice:
        """Return where the columns of a dimension stand among all items."""
        named("dimension", dimension, self.dimension_codes)
        start = 0
        for entry in self.dimensions:
            stop = start + len(entry.items)
            if entry.code == dimension:
                break
            start = stop
        return slice(start, stop)

    def with_scale(self, scale: Scale) -> "Instrument":
        """Return the form on another scale."""
        return attrs.evolve(self, scale=scale)

    def with_dimensions(self, *dimensions: Dimension) -> "Instrument":
        """Return the form with dimensions added at the end.

        `dimension_weights` are dropped: they say nothing about the new dimensions.
        """
        added = (*self.dimensions, *dimensions)
        return attrs.evolve(self, dimensions=added, dimension_weights=())

    def without_dimensions(self, *codes: str) -> "Instrument":
        """Return the form without the named dimensions.

        `dimension_weights` are dropped: those of the dimensions left do not sum to 1 or 100.
        """
        for code in codes:
            named("dimension", code, self.dimension_codes)
        kept = tuple(entry for entry in self.dimensions if entry.code not in codes)
        return attrs.evolve(self, dimensions=kept, dimension_weights=())

    def with_items(self, dimension: str, *items: Item) -> "Instrument":
        """Return the form with items added at the end of a dimension."""
        named("dimension", dimension, self.dimension_codes)
        return self._with_items_of({dimension: lambda old: (*old, *items)})

    def without_items(self, *codes: str) -> "Instrument":
        """Return the form without the named items; a dimension must keep at least one."""
        for code in codes:
            named("item", code, self.item_codes)

        def kept(old: tuple[Item, ...]) -> tuple[Item, ...]:
            return tuple(item for item in old if item.code not in codes)

        for entry in self.dimensions:
            if not kept(entry.items):
                msg = f"{entry.code!r} would have no item left; use `without_dimensions`"
                raise ValueError(msg)
        return self._with_items_of(dict.fromkeys(self.dimension_codes, kept))

    def _with_items_of(
        self, edits: dict[str, Callable[[tuple[Item, ...]], tuple[Item, ...]]]
    ) -> "Instrument":
        edited = (
            attrs.evolve(entry, items=edits.get(entry.code, tuple)(entry.items))
            for entry in self.dimensions
        )
        return attrs.evolve(self, dimensions=tuple(edited))

    def to_toml(self) -> str:
        """Return the form as TOML text that `load_instrument` reads back equal."""
        return to_toml(self)
