"""Crosswalks: which dimensions of two forms mean the same, as far as somebody says so."""

from collections.abc import Iterable

import attrs

from servqual import _specs
from servqual._checks import between, distinct, named, names, text
from servqual._fields import is_code, is_text, several
from servqual.instruments.presets import PACKAGE

__all__ = ["Crosswalk", "Link", "crosswalk"]

FOLDER = "catalogue/crosswalks"


def _weight(value: object) -> float:
    return between("weight", value, 0, 1)


@attrs.frozen
class Link:
    """Two dimensions, one of each form, that correspond.

    Parameters
    ----------
    first, second : str
        The codes of the dimensions.
    weight : float
        How far they correspond: 1 in full, 0 not at all.
    """

    first: str = attrs.field(validator=is_code)
    second: str = attrs.field(validator=is_code)
    weight: float = attrs.field(default=1, converter=_weight)


def _first_dimensions(value: Iterable[str]) -> tuple[str, ...]:
    return _codes("first_dimensions", value)


def _second_dimensions(value: Iterable[str]) -> tuple[str, ...]:
    return _codes("second_dimensions", value)


def _codes(name: str, value: Iterable[str]) -> tuple[str, ...]:
    return tuple(text(name, code) for code in names(name, value))


def _links(value: Iterable[Link]) -> tuple[Link, ...]:
    return several("links", value, Link)


@attrs.frozen(repr=False)
class Crosswalk:
    """A partial relation between the dimensions of two forms.

    It need be neither complete nor one-to-one: a dimension may have several counterparts, or none.
    It names forms and dimensions by their codes only, so the forms may be your own.

    Parameters
    ----------
    first, second : str
        The codes of the two forms.
    first_dimensions, second_dimensions : sequence of str
        The codes of all their dimensions.
    links : sequence of Link
        At least one; each pair of dimensions stands once.
    source : str
        Who says that they correspond.
    note : str
        What is known about the provenance, and what is not.

    Raises
    ------
    ValueError
        If a link names a dimension that its form does not have, or stands twice.

    Examples
    --------
    >>> walk = Crosswalk(
    ...     first="desk",
    ...     second="servperf",
    ...     first_dimensions=("speed", "price"),
    ...     second_dimensions=("responsiveness", "empathy"),
    ...     links=(Link("speed", "responsiveness"),),
    ... )
    >>> walk.counterparts("speed"), walk.counterparts("responsiveness")
    (('responsiveness',), ('speed',))
    >>> walk.unmatched
    (('price',), ('empathy',))
    """

    first: str = attrs.field(validator=is_code)
    second: str = attrs.field(validator=is_code)
    first_dimensions: tuple[str, ...] = attrs.field(converter=_first_dimensions)
    second_dimensions: tuple[str, ...] = attrs.field(converter=_second_dimensions)
    links: tuple[Link, ...] = attrs.field(converter=_links)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        distinct("first and second", (self.first, self.second))
        for link in self.links:
            named("links: first", link.first, self.first_dimensions)
            named("links: second", link.second, self.second_dimensions)
        distinct("links", (f"{link.first} - {link.second}" for link in self.links))

    def __repr__(self) -> str:
        """Return what is related, in a line."""
        alone = sum(map(len, self.unmatched))
        size = f"{len(self.links)} links, {alone} dimensions without counterpart"
        return f"Crosswalk {self.first!r} - {self.second!r}: {size}"

    @property
    def _matched(self) -> tuple[Link, ...]:
        """The links that say more than that there is no link."""
        return tuple(link for link in self.links if link.weight)

    @property
    def unmatched(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The dimensions without counterpart: those of the first form, those of the second."""
        ahead = {link.first for link in self._matched}
        back = {link.second for link in self._matched}
        return (
            tuple(code for code in self.first_dimensions if code not in ahead),
            tuple(code for code in self.second_dimensions if code not in back),
        )

    def counterparts(self, dimension: str) -> tuple[str, ...]:
        """Return what a dimension of either form corresponds to in the other form.

        Parameters
        ----------
        dimension : str
            The code; where both forms have it, the counterparts of both are given.

        Returns
        -------
        tuple of str
            Codes in the order of `links`, whose weights say how far they correspond; it may be
            empty.

        Raises
        ------
        ValueError
            If neither form has such a dimension; the message names the nearest ones.
        """
        named("dimension", dimension, (*self.first_dimensions, *self.second_dimensions))
        ahead = (link.second for link in self._matched if link.first == dimension)
        back = (link.first for link in self._matched if link.second == dimension)
        return tuple(dict.fromkeys((*ahead, *back)))


def crosswalk(first: str, second: str) -> Crosswalk:
    """Return a crosswalk of the catalogue.

    Parameters
    ----------
    first, second : str
        The codes of two forms, in the order in which the catalogue has them.

    Returns
    -------
    Crosswalk
        The relation with its provenance.

    Raises
    ------
    ValueError
        If the catalogue has no such crosswalk; the message names those that there are.

    Examples
    --------
    >>> walk = crosswalk("perception-criteria", "servqual")
    >>> [(link.first, link.second) for link in walk.links]
    [('promise', 'reliability'), ('efficiency', 'responsiveness'),
     ('expertise', 'assurance'), ('attitude', 'empathy')]
    >>> walk.unmatched
    (('customer-standard',), ('tangibles',))
    """
    code = named("crosswalk", f"{first}--{second}", _specs.codes(PACKAGE, FOLDER))
    return _specs.preset(Crosswalk, PACKAGE, code, FOLDER)
