"""Schemes: which failures are counted, and how much each of them weighs for customers."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual import _specs
from servqual._checks import distinct, listed, plain_number, positive
from servqual._fields import is_code, is_text, several

__all__ = [
    "FailureScheme",
    "FailureType",
    "failure_scheme",
    "failure_scheme_codes",
    "load_failure_scheme",
]

PACKAGE = "servqual.failures"
EVENTS = "events"
REACH = 1e100


def _weight(value: object) -> float:
    return plain_number("weight", value)


def _per(value: object) -> float | None:
    return None if value is None else positive("per", value)


@attrs.frozen(kw_only=True)
class FailureType:
    """A kind of failure, and its weight beside the others.

    Parameters
    ----------
    code : str
        Its name in counts, tables and messages.
    name : str
        What it is, in words.
    weight : float
        The points of one: how bad it is for customers beside the others. Not 0; below 0 only in a
        scheme for `signed_index`.
    unit : str
        What is counted: ``"events"``, which are whole and happen one by one, or another, as
        ``"minutes"`` of delay, of which one case brings many. Of a rate, what it is a rate of.
    per : float, optional
        Of a rate: how many of `unit` it stands for, 1 for a share. None of what is counted.
    note : str
        What else is to be known of it.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or the weight is 0.

    Examples
    --------
    >>> FailureType(code="lost", name="Lost parcel", weight=10).is_event
    True
    >>> FailureType(code="delay", name="Delay", weight=5, unit="minutes").is_event
    False
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    weight: float = attrs.field(converter=_weight)
    unit: str = attrs.field(default=EVENTS, validator=is_code)
    per: float | None = attrs.field(default=None, converter=_per)
    note: str = attrs.field(default="", validator=is_text)

    @weight.validator
    def _in_reach(self, _: "attrs.Attribute[float]", value: float) -> None:
        """See that it counts, and that squares of weights can be added."""
        if not value:
            rule = f"`weight` of {self.code!r} must not be 0"
            msg = f"{rule}: leave out of the scheme what does not count"
            raise ValueError(msg)
        if not 1 / REACH <= abs(value) <= REACH:
            msg = f"`weight` of {self.code!r} must lie in {1 / REACH:g}..{REACH:g}, got {value:g}"
            raise ValueError(msg)

    @property
    def is_event(self) -> bool:
        """Whether it counts events: whole, and independent of each other."""
        return self.unit == EVENTS and self.per is None


def _types(value: Iterable[FailureType]) -> tuple[FailureType, ...]:
    found = several("types", value, FailureType)
    distinct("codes of types", (kind.code for kind in found))
    return found


@attrs.frozen(kw_only=True)
class FailureScheme:
    """Kinds of failures with their weights: what a weighted failure index counts.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    types : sequence of FailureType
        At least one, with different codes.
    source, note : str
        Where it comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, or a code stands twice.

    Examples
    --------
    >>> late = FailureType(code="late", name="Late", weight=1)
    >>> lost = FailureType(code="lost", name="Lost", weight=10)
    >>> scheme = FailureScheme(code="parcels", name="Parcels", types=(late, lost))
    >>> scheme.weights
    {'late': 1, 'lost': 10}
    >>> scheme.with_weights({"late": 2, "lost": 9}).weights
    {'late': 2, 'lost': 9}
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    types: tuple[FailureType, ...] = attrs.field(converter=_types)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the types."""
        return tuple(kind.code for kind in self.types)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each type by its code."""
        return {kind.code: kind.weight for kind in self.types}

    @property
    def points(self) -> NDArray[np.float64]:
        """The weights as an array, in the order of the types."""
        return np.array([kind.weight for kind in self.types], dtype=float)

    def with_weights(self, weights: Mapping[str, float] | Iterable[float]) -> Self:
        """Return the scheme with other weights: one for each type, in their order or by code.

        Parameters
        ----------
        weights : mapping of str to float, or sequence
            The weights, as of `weights_from_comparisons` and `weights_from_points`.

        Raises
        ------
        TypeError, ValueError
            If a type has no weight, a code is unknown, or a weight is 0 or no number.
        """
        found = zip(self.types, listed("weights", weights, self.codes), strict=True)
        return attrs.evolve(self, types=[attrs.evolve(kind, weight=w) for kind, w in found])

    def to_toml(self) -> str:
        """Return the scheme as TOML text that `load_failure_scheme` reads back equal."""
        return _specs.to_toml(self)


def failure_scheme_codes() -> tuple[str, ...]:
    """Return the codes of the schemes in the catalogue.

    Examples
    --------
    >>> "fedex-sqi-12" in failure_scheme_codes()
    True
    """
    return _specs.codes(PACKAGE)


def failure_scheme(code: str) -> FailureScheme:
    """Return a scheme of the catalogue.

    All wording is ours; `source` and `note` say where a scheme comes from and what of it is
    confirmed.

    Parameters
    ----------
    code : str
        One of `failure_scheme_codes()`.

    Returns
    -------
    FailureScheme
        The scheme.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Examples
    --------
    >>> failure_scheme("fedex-sqi-12").weights["lost"]
    10
    """
    return _specs.preset(FailureScheme, PACKAGE, code)


def load_failure_scheme(path: str | Path) -> FailureScheme:
    """Read a scheme from a TOML file, as `FailureScheme.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    FailureScheme
        The scheme.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not a scheme; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "scheme.toml"
    ...     _ = path.write_text(failure_scheme("fedex-sqi-9").to_toml(), encoding="utf-8")
    ...     load_failure_scheme(path) == failure_scheme("fedex-sqi-9")
    True
    """
    return _specs.load(FailureScheme, path)
