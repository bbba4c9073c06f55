"""Published figures with their scope: how many say nothing, and how many stay after a complaint."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from servqual import _specs
from servqual._checks import distinct, instance, listed, not_negative, probability, text
from servqual._fields import entries, is_code, is_text
from servqual.inputs import Quantity
from servqual.recovery._outcomes import see_outcome_names

__all__ = [
    "Iceberg",
    "LoyaltyPattern",
    "iceberg",
    "iceberg_codes",
    "loyalty_pattern",
    "loyalty_pattern_codes",
    "problems_from_complaints",
]

PACKAGE = "servqual.recovery"
ICEBERGS, PATTERNS = "catalogue/icebergs", "catalogue/loyalty_patterns"


def _silent_each(value: object) -> float:
    return not_negative("silent_per_complaint", value)


@attrs.frozen(kw_only=True)
class Iceberg:
    """How many customers with a problem say nothing for each who complains.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    silent_per_complaint : float
        Those who say nothing, for each who complains; 0 where all complain.
    scope : str
        Of which goods, problems and channels it holds: there is no figure that holds of all.
    source, note : str
        Where it comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, the scope is blank, or the figure is below 0.

    Examples
    --------
    >>> own = Iceberg(code="own", name="Our survey", silent_per_complaint=3, scope="our hotline")
    >>> own.complain_rate
    0.25
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    silent_per_complaint: float = attrs.field(converter=_silent_each)
    scope: str = attrs.field(validator=is_code)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    @property
    def complain_rate(self) -> float:
        """The share of those with a problem who complain, 1/(1 + silent_per_complaint)."""
        return 1 / (1 + self.silent_per_complaint)

    @property
    def caution(self) -> str:
        """What is to be said wherever it is used."""
        said = f"{self.silent_per_complaint:.4g} silent for each complaint holds for {self.scope}"
        return f"{said}; measure your own"


def iceberg_codes() -> tuple[str, ...]:
    """Return the codes of the icebergs in the catalogue.

    Examples
    --------
    >>> "folk-26" in iceberg_codes()
    True
    """
    return _specs.codes(PACKAGE, ICEBERGS)


def iceberg(code: str) -> Iceberg:
    """Return an iceberg of the catalogue.

    Parameters
    ----------
    code : str
        One of `iceberg_codes()`.

    Returns
    -------
    Iceberg
        With its scope, and what of its source was seen.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Notes
    -----
    The figure of 26 for one is told of everything and has no stable source. Shares of those who
    complain run from a few of a hundred with small problems to two thirds with large losses.

    Examples
    --------
    >>> iceberg("folk-26").silent_per_complaint
    26.0
    """
    return _specs.preset(Iceberg, PACKAGE, code, ICEBERGS)


def problems_from_complaints(complaints: float, iceberg: Iceberg) -> float:
    """Return how many customers had a problem: complaints · (1 + silent per complaint).

    Parameters
    ----------
    complaints : float
        How many complained, 0 or more.
    iceberg : Iceberg
        How many say nothing for each, as of `iceberg`.

    Returns
    -------
    float
        Customers with a problem, those who complained among them.

    Raises
    ------
    TypeError, ValueError
        If `complaints` is below 0, or `iceberg` is something else.

    Notes
    -----
    It holds as far as the iceberg's scope does, which a plain number cannot tell: read
    `iceberg.caution`. The figure is one of other people's customers. Where it makes more problems
    than there are customers, or more than surveys find, it does not fit yours.

    Examples
    --------
    >>> problems_from_complaints(10, iceberg("folk-26"))
    270.0
    """
    instance("iceberg", iceberg, Iceberg, hint="; recovery.iceberg('folk-26') makes one")
    return not_negative("complaints", complaints) * (1 + iceberg.silent_per_complaint)


def _loyalties(value: object) -> tuple[tuple[str, float], ...]:
    found = entries("loyalties", value, "outcomes to loyalties, as {'satisfied': 0.7}")
    if not found:
        msg = "`loyalties` must hold at least one outcome, got none"
        raise ValueError(msg)
    names = distinct("loyalties", [text("loyalties", name) for name, _ in found])
    see_outcome_names("loyalties", names)
    return tuple((name, probability(f"loyalties[{name!r}]", share)) for name, share in found)


def _silent(value: object) -> float:
    return probability("silent", value)


@attrs.frozen(kw_only=True)
class LoyaltyPattern:
    """Loyalty after a problem: of those who complained, by outcome, and of those who did not.

    Parameters
    ----------
    code, name : str
        Its name in the catalogue, and in words.
    loyalties : mapping of str to float
        The outcomes of a complaint, and the share who stay after each. Kept as pairs.
    silent : float
        The share of those who stay without having complained.
    scope : str
        Of which problems it holds.
    source, note : str
        Where it comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If a field is of the wrong kind, a share lies outside 0..1, an outcome stands twice or is
        named as a row of tables, as ``"silent"``, or there is none.

    Examples
    --------
    >>> own = LoyaltyPattern(
    ...     code="own",
    ...     name="Our survey",
    ...     loyalties={"mended": 0.9, "refused": 0.25},
    ...     silent=0.5,
    ...     scope="late parcels",
    ... )
    >>> own.outcomes({"mended": 0.75, "refused": 0.25})
    (('mended', 0.75, 0.9), ('refused', 0.25, 0.25))
    """

    code: str = attrs.field(validator=is_code)
    name: str = attrs.field(validator=is_code)
    silent: float = attrs.field(converter=_silent)
    scope: str = attrs.field(validator=is_code)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)
    loyalties: tuple[tuple[str, float], ...] = attrs.field(converter=_loyalties)

    def outcomes(
        self, shares: Mapping[str, Quantity] | Iterable[Quantity]
    ) -> tuple[tuple[str, Any, float], ...]:
        """Return the outcomes with their shares of those who complain, as `market_at_risk` takes.

        Parameters
        ----------
        shares : mapping of str to a share, or sequence of shares
            Of each outcome, by name or in their order; numbers, or uncertain ones of `inputs`.

        Raises
        ------
        TypeError, ValueError
            If there is not one share for each outcome.
        """
        names = [name for name, _ in self.loyalties]
        pairs = zip(self.loyalties, listed("shares", shares, names), strict=True)
        return tuple((name, share, loyalty) for (name, loyalty), share in pairs)


def loyalty_pattern_codes() -> tuple[str, ...]:
    """Return the codes of the patterns in the catalogue.

    Examples
    --------
    >>> loyalty_pattern_codes()
    ('tarp-over-100-dollars', 'tarp-under-5-dollars')
    """
    return _specs.codes(PACKAGE, PATTERNS)


def loyalty_pattern(code: str) -> LoyaltyPattern:
    """Return a loyalty pattern of the catalogue.

    Parameters
    ----------
    code : str
        One of `loyalty_pattern_codes()`.

    Returns
    -------
    LoyaltyPattern
        With its scope, and what of its source was seen.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Notes
    -----
    The shares are of American households asked decades ago what they would do. Ask your own.

    Examples
    --------
    >>> pattern = loyalty_pattern("tarp-over-100-dollars")
    >>> pattern.silent, dict(pattern.loyalties)["satisfied quickly"]
    (0.09, 0.82)
    """
    return _specs.preset(LoyaltyPattern, PACKAGE, code, PATTERNS)
