"""The form that was answered: items in dimensions on one scale."""

from collections.abc import Callable, Iterable
from typing import Any

import attrs

from servqual._checks import distinct, instance, named, text
from servqual._specs import to_toml
from servqual.instruments.scales import Scale

__all__ = ["Dimension", "Instrument", "Item"]


def _is_code(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    text(field.name, value)


def _is_text(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    instance(field.name, value, str)


def _is_flag(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    instance(field.name, value, bool)


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
    """

    code: str = attrs.field(validator=_is_code)
    text: str = attrs.field(default="", validator=_is_text)
    reverse: bool = attrs.field(default=False, validator=_is_flag)


def _items(value: Iterable[Item]) -> tuple[Item, ...]:
    return _some("items", value, Item)


def _some(name: str, value: Iterable[Any], kind: type) -> tuple[Any, ...]:
    """Return entries of one kind, at least one."""
    instance(name, value, Iterable, hint=f"; give a sequence, as ({kind.__name__}(…),)")
    found = tuple(value)
    for entry in found:
        instance(name, entry, kind)
    if not found:
        msg = f"`{name}` must hold at least one {kind.__name__}, got none"
        raise ValueError(msg)
    return found


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
    """

    code: str = attrs.field(validator=_is_code)
    name: str = attrs.field(validator=_is_text)
    items: tuple[Item, ...] = attrs.field(converter=_items)


def _is_scale(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    instance(field.name, value, Scale)


def _dimensions(value: Iterable[Dimension]) -> tuple[Dimension, ...]:
    return _some("dimensions", value, Dimension)


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

    code: str = attrs.field(validator=_is_code)
    name: str = attrs.field(validator=_is_text)
    scale: Scale = attrs.field(validator=_is_scale)
    dimensions: tuple[Dimension, ...] = attrs.field(converter=_dimensions)
    source: str = attrs.field(default="", validator=_is_text)
    note: str = attrs.field(default="", validator=_is_text)

    def __attrs_post_init__(self) -> None:
        distinct("dimension codes", self.dimension_codes)
        distinct("item codes", self.item_codes)

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
        """Return the form with dimensions added at the end."""
        return attrs.evolve(self, dimensions=(*self.dimensions, *dimensions))

    def without_dimensions(self, *codes: str) -> "Instrument":
        """Return the form without the named dimensions."""
        for code in codes:
            named("dimension", code, self.dimension_codes)
        kept = tuple(entry for entry in self.dimensions if entry.code not in codes)
        return attrs.evolve(self, dimensions=kept)

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
