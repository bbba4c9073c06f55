"""Customer-defined standards: hard ones, soft ones, one-time fixes, and sets of them."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs

from servqual import _specs
from servqual._checks import distinct, instance, plain_number
from servqual._fields import is_code, is_flag, is_text, several
from servqual._frames.times import Span, counted, is_span
from servqual._specs import to_toml
from servqual.instruments import Scale

__all__ = [
    "HardStandard",
    "OneTimeFix",
    "SoftStandard",
    "Standard",
    "StandardSet",
    "load_standard_set",
    "standard_set",
    "standard_set_codes",
]

PACKAGE = "servqual.standards"


def _limit(value: object) -> float | Span | None:
    """Take the limit; the unit of a span is not yet known."""
    return value if value is None or is_span(value) else plain_number("limit", value)


def _at_least(value: object) -> float | None:
    return None if value is None else plain_number("at_least", value)


def _lowest(value: object) -> float:
    """Take the least measurement; none is -∞, which a TOML file can say."""
    return -math.inf if value in (None, -math.inf) else plain_number("lowest", value)


def _target(value: object) -> float | None:
    if value is None:
        return None
    share = plain_number("target", value)
    if not 0 < share <= 1:
        msg = f"`target` must be a share above 0 and at most 1, as 0.95, got {share}"
        raise ValueError(msg)
    return share


@attrs.frozen(kw_only=True)
class HardStandard:
    """A standard for what can be counted or timed.

    Parameters
    ----------
    name : str
        Its name in tables and messages.
    limit : float or timedelta
        What a measurement is held against, in `unit`; a time is converted into it. None where a
        source gives none.
    unit : str
        The unit of `limit` and of the measurements, such as ``"minutes"``.
    at_most : bool
        Whether a measurement meets the standard at or below the limit, or at or above it.
    target : float
        The share of measurements that must meet it, above 0 and at most 1; None where none is set.
    measure : str
        The column of a frame that has the measurements; default the name.
    lowest : float
        The least value that a measurement can have; None where any has a meaning, as for times
        before an agreed one.
    source, note : str
        Where the standard comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or `limit` lies below `lowest`.

    Examples
    --------
    >>> greeting = HardStandard(name="greeting", limit=4, unit="minutes", target=0.95)
    >>> greeting.column
    'greeting'
    >>> from datetime import timedelta
    >>> HardStandard(name="call back", limit=timedelta(days=1), unit="hours").limit
    24
    """

    name: str = attrs.field(validator=is_code)
    limit: float | None = attrs.field(default=None, converter=_limit)
    unit: str = attrs.field(validator=is_code)
    at_most: bool = attrs.field(default=True, validator=is_flag)
    target: float | None = attrs.field(default=None, converter=_target)
    measure: str = attrs.field(default="", validator=is_text)
    lowest: float = attrs.field(default=0, converter=_lowest)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        if is_span(self.limit):
            in_unit = plain_number("limit", counted("limit", self.limit, self.unit))
            object.__setattr__(self, "limit", in_unit)
        if self.limit is not None and self.limit < self.lowest:
            msg = f"`limit` must be at least `lowest`, {self.lowest}, got {self.limit}"
            raise ValueError(msg)

    @property
    def column(self) -> str:
        """The column of a frame that has the measurements."""
        return self.measure or self.name


def _is_scale(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    instance(field.name, value, Scale)


@attrs.frozen(kw_only=True)
class SoftStandard:
    """A standard for what only the customer's opinion can tell.

    Parameters
    ----------
    name : str
        Its name in tables and messages.
    item : str
        What customers are asked.
    scale : Scale
        The scale of their answers.
    at_least : float
        The answer, on the scale, from which on the standard is met; None where a source gives none.
    target : float
        The share of answers that must meet it, above 0 and at most 1; None where none is set.
    measure : str
        The column of a frame that has the answers; default the name.
    source, note : str
        Where the standard comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or `at_least` lies off the scale.

    Examples
    --------
    >>> care = SoftStandard(name="care", item="staff listen", scale=Scale(1, 7), at_least=6)
    >>> care.at_least
    6
    """

    name: str = attrs.field(validator=is_code)
    item: str = attrs.field(validator=is_code)
    scale: Scale = attrs.field(validator=_is_scale)
    at_least: float | None = attrs.field(default=None, converter=_at_least)
    target: float | None = attrs.field(default=None, converter=_target)
    measure: str = attrs.field(default="", validator=is_text)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        low, high = self.scale.low, self.scale.high
        if self.at_least is not None and not low <= self.at_least <= high:
            msg = f"`at_least` must lie on the scale, {low}..{high}, got {self.at_least}"
            raise ValueError(msg)

    @property
    def column(self) -> str:
        """The column of a frame that has the answers."""
        return self.measure or self.name


def _is_flag_or_none(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        instance(field.name, value, bool, hint="; None where nobody knows")


@attrs.frozen(kw_only=True)
class OneTimeFix:
    """A change that is made once, such as a new form or longer hours: done or not.

    Parameters
    ----------
    name : str
        Its name in tables and messages.
    done : bool
        Whether it is done; None where nobody knows.
    measure : str
        The column of a frame that says, row by row, where it is done; default the name, if there
        is such a column.
    source, note : str
        Where the fix comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind.

    Examples
    --------
    >>> OneTimeFix(name="open on Saturdays", done=True).done
    True
    """

    name: str = attrs.field(validator=is_code)
    done: bool | None = attrs.field(default=None, validator=_is_flag_or_none)
    measure: str = attrs.field(default="", validator=is_text)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    @property
    def column(self) -> str:
        """The column of a frame that says where it is done, if there is one."""
        return self.measure or self.name


Standard = HardStandard | SoftStandard | OneTimeFix


def _hard(value: Iterable[HardStandard]) -> tuple[HardStandard, ...]:
    return several("hard", value, HardStandard, least=0)


def _soft(value: Iterable[SoftStandard]) -> tuple[SoftStandard, ...]:
    return several("soft", value, SoftStandard, least=0)


def _fixes(value: Iterable[OneTimeFix]) -> tuple[OneTimeFix, ...]:
    return several("fixes", value, OneTimeFix, least=0)


@attrs.frozen(kw_only=True, repr=False)
class StandardSet:
    """The standards of a service, and where they come from.

    Parameters
    ----------
    code, name : str
        The short and the readable name.
    hard : sequence of HardStandard
        What is counted or timed.
    soft : sequence of SoftStandard
        What customers are asked.
    fixes : sequence of OneTimeFix
        What is done once.
    source, note : str
        Where the set comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If an entry is of the wrong kind, a name stands twice, or there is no entry.

    Examples
    --------
    >>> greeting = HardStandard(name="greeting", limit=4, unit="minutes")
    >>> desk = StandardSet(code="desk", name="Service desk", hard=(greeting,))
    >>> desk
    StandardSet 'desk': Service desk, 1 hard, 0 soft, 0 one-time fixes
    >>> [standard.name for standard in desk.standards]
    ['greeting']
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_text)
    hard: tuple[HardStandard, ...] = attrs.field(default=(), converter=_hard)
    soft: tuple[SoftStandard, ...] = attrs.field(default=(), converter=_soft)
    fixes: tuple[OneTimeFix, ...] = attrs.field(default=(), converter=_fixes)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        if not self.standards:
            msg = f"a StandardSet must hold at least one standard, got none for {self.code!r}"
            raise ValueError(msg)
        distinct("names of standards", (standard.name for standard in self.standards))

    def __repr__(self) -> str:
        """Return what is in the set, in a line."""
        size = f"{len(self.hard)} hard, {len(self.soft)} soft, {len(self.fixes)} one-time fixes"
        return f"StandardSet {self.code!r}: {self.name}, {size}"

    @property
    def standards(self) -> tuple[Standard, ...]:
        """All standards in order: hard ones, soft ones, fixes."""
        return (*self.hard, *self.soft, *self.fixes)

    def to_toml(self) -> str:
        """Return the set as TOML text that `load_standard_set` reads back equal."""
        return to_toml(self)


def standard_set_codes() -> tuple[str, ...]:
    """Return the codes of the sets in the catalogue.

    Examples
    --------
    >>> "ford" in standard_set_codes()
    True
    """
    return _specs.codes(PACKAGE)


def standard_set(code: str) -> StandardSet:
    """Return a set of the catalogue.

    All wording is ours; `source` and `note` say where a set comes from and what of it is confirmed.
    Limits and targets that the source does not give are None: set them with ``attrs.evolve``.

    Parameters
    ----------
    code : str
        One of `standard_set_codes()`.

    Returns
    -------
    StandardSet
        The set.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Examples
    --------
    >>> [(standard.limit, standard.unit) for standard in standard_set("business-hall").hard]
    [(3, 'minutes'), (5, 'minutes')]
    """
    return _specs.preset(StandardSet, PACKAGE, code)


def load_standard_set(path: str | Path) -> StandardSet:
    """Read a set from a TOML file, as `StandardSet.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    StandardSet
        The set.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not a set; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "standards.toml"
    ...     _ = path.write_text(standard_set("ford").to_toml(), encoding="utf-8")
    ...     load_standard_set(path) == standard_set("ford")
    True
    """
    return _specs.load(StandardSet, path)
