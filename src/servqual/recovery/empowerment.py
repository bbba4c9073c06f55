"""How much staff may give to make good a failure, and who decides above that."""

import math
from pathlib import Path
from typing import Literal

import attrs

from servqual import _specs
from servqual._checks import distinct, named, not_negative, plain_number, text
from servqual._fields import entries, is_code, is_text
from servqual._frames.groups import NO_LABEL
from servqual._specs import to_toml

__all__ = ["Decision", "EmpowermentPolicy", "load_empowerment_policy"]


@attrs.frozen(kw_only=True)
class Decision:
    """What becomes of an amount that somebody wants to give.

    Parameters
    ----------
    role : str
        Who asks.
    amount : float
        How much.
    action : {"approve", "escalate"}
        Whether the role decides itself.
    to : str
        Who decides: the role itself, the next higher one that may, or the owner.
    limit : float
        How much the role may give; infinite for the owner.
    """

    role: str
    amount: float
    action: Literal["approve", "escalate"]
    to: str
    limit: float


def _limits(value: object) -> tuple[tuple[str, float], ...]:
    """Take roles from the lowest to the highest, whose limits must not fall."""
    found = entries("limits", value, "roles to limits, as (('employee', 500), ('manager', 2000))")
    if not found:
        msg = "`limits` must have at least one role, as (('employee', 500),), got none"
        raise ValueError(msg)
    distinct("roles of `limits`", (text("limits", role) for role, _ in found))
    before = ("", 0.0)
    for role, given in found:
        limit = not_negative(f"limits[{role!r}]", given)
        if limit < before[1]:
            rule = "`limits` must rise with rank, from the lowest role to the highest"
            msg = f"{rule}, got {limit:g} for {role!r} behind {before[1]:g} for {before[0]!r}"
            raise ValueError(msg)
        before = (role, limit)
    return tuple((role, plain_number("limits", limit)) for role, limit in found)


@attrs.frozen(kw_only=True)
class EmpowermentPolicy:
    """How much each role may give without asking, to make good a failure.

    Parameters
    ----------
    limits : mapping of str to float, or pairs
        Each role and the most that it may give, 0 or more, from the lowest rank to the highest;
        limits must not fall with rank.
    owner : str
        Who decides above all limits.
    unit : str
        What amounts are in, as "yuan", or "".
    source : str
        Where the limits come from, or "".

    Raises
    ------
    TypeError, ValueError
        If there is no role, one stands twice or is the owner, or a limit is no number, below 0, or
        below that of a lower rank.

    Notes
    -----
    The deck has 500 yuan for employees and 2,000 for managers, without a source, and adds that use
    must be supervised: see `empowerment_audit`.

    Examples
    --------
    >>> policy = EmpowermentPolicy(limits=(("employee", 500), ("manager", 2000)), unit="yuan")
    >>> policy.decide("employee", 500).action
    'approve'
    >>> policy.decide("employee", 800).to, policy.decide("manager", 2001).to
    ('manager', 'owner')
    """

    limits: tuple[tuple[str, float], ...] = attrs.field(converter=_limits)
    owner: str = attrs.field(default="owner", validator=is_code)
    unit: str = attrs.field(default="", validator=is_text)
    source: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        if NO_LABEL in (*self.roles, self.owner):
            msg = f"no role or owner must be called {NO_LABEL!r}, as uses without a role are"
            raise ValueError(msg)
        if self.owner in self.roles:
            msg = f"`owner` must be another than the roles of `limits`, got {self.owner!r}"
            raise ValueError(msg)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles with a limit, from the lowest rank to the highest."""
        return tuple(role for role, _ in self.limits)

    def limit(self, role: str) -> float:
        """Return the most that a role may give; infinite for the owner.

        Parameters
        ----------
        role : str
            One of the roles, or the owner.

        Raises
        ------
        ValueError
            If there is no such role; the message names the nearest.
        """
        known = dict(self.limits) | {self.owner: math.inf}
        return known[named("role", role, tuple(known))]

    def decide(self, role: str, amount: float) -> Decision:
        """Return whether a role may give an amount, else who decides.

        "approve" if amount ≤ limit of the role; else "escalate" to the first higher role whose
        limit suffices, or to the owner.

        Parameters
        ----------
        role : str
            One of the roles, or the owner, who may give anything.
        amount : float
            How much, 0 or more; exactly the limit is approved.

        Returns
        -------
        Decision
            With `action` and `to`.

        Raises
        ------
        TypeError, ValueError
            If there is no such role, or the amount is no number of 0 or more.

        Examples
        --------
        >>> ranks = EmpowermentPolicy(limits={"employee": 500, "manager": 2000})
        >>> ranks.decide("employee", 5000).to
        'owner'
        """
        limit = self.limit(role)
        amount = plain_number("amount", not_negative("amount", amount))
        if amount <= limit:
            return Decision(role=role, amount=amount, action="approve", to=role, limit=limit)
        higher = self.limits[self.roles.index(role) + 1 :]
        to = next((name for name, most in higher if amount <= most), self.owner)
        return Decision(role=role, amount=amount, action="escalate", to=to, limit=limit)

    def to_toml(self) -> str:
        """Return the policy as TOML text that `load_empowerment_policy` reads back equal."""
        return to_toml(self)


def load_empowerment_policy(path: str | Path) -> EmpowermentPolicy:
    """Read a policy from a TOML file, as `EmpowermentPolicy.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    EmpowermentPolicy
        The policy.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not a policy; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> policy = EmpowermentPolicy(limits={"employee": 500, "manager": 2000}, unit="yuan")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "policy.toml"
    ...     _ = path.write_text(policy.to_toml(), encoding="utf-8")
    ...     load_empowerment_policy(path) == policy
    True
    """
    return _specs.load(EmpowermentPolicy, path)
