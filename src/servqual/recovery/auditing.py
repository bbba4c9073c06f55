"""The use of empowerment looked over: amounts above limits, misuse, and who uses it how often."""

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import (
    confidence_level,
    frozen_array,
    instance,
    nearest,
    positive,
    same_array,
)
from servqual._frames.arrays import flags_in, matrix, see_rows, table_of
from servqual._frames.grouped import By, factor_at
from servqual._frames.groups import NO_LABEL, Factor
from servqual._frames.sources import Source
from servqual._frames.words import alike_labels, counted, first_reason
from servqual._stats.proportions import shares_of
from servqual.recovery._units import Units, units_of
from servqual.recovery.empowerment import EmpowermentPolicy
from servqual.tables import Result, Table, interval_note, noted

__all__ = ["EmpowermentAudit", "empowerment_audit"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Columns = dict[str, NDArray[Any]]
NOT_BY_LOT = "unless they were drawn by lot, their share of misuse is not that of all"
EQUAL = "without `occasions` units have equal shares, and those without a use are not seen"


@attrs.frozen(kw_only=True, repr=False)
class EmpowermentAudit(Result):
    """What staff gave, held against a policy.

    Parameters
    ----------
    roles : Table
        Keyed `role`, from the lowest rank: its `limit`, the `uses`, how many are `missing` an
        amount, the sum of the known ones as `amount` and their `mean`; of the `n` that are held
        against the limit those above it, `over_limit`, and their `share` with Wilson's interval
        `low` and `high`; `undefined`, why there is no share. The owner, and uses without a role as
        "(missing)", stand last where they occur.
    misuse : Table
        Keyed `role`: the `uses`, the `n` checked ones, and of these the `misused` ones, their
        `share`, `low`, `high` and `undefined`.
    units : Table
        Keyed `unit`, who or what `by` names: its `occasions` where they were given, the `uses`, how
        many are `expected`, their `ratio` uses/expected with its exact interval `low` and `high`,
        the two-sided `p` and `p_holm` (adjusted over all units), `signal` ("above" or "below" the
        limits of 99.8 %, or "") and `undefined`.
    limits : Table
        Keyed `unit` and `level`: the least count `low` and the greatest `high` that are not far
        out, `outside` ("above", "below" or "") and `undefined`.
    over_limit : ndarray of bool (uses,)
        Which rows are above the limit of their role, though it gave them.
    signals : tuple of str
        The units outside the widest limits.
    misuse_share, misuse_low, misuse_high : float
        Of all uses that were checked, with Wilson's interval.
    cautions : tuple of str
        What to mind, or none. The note of `roles` has them too.
    lacking : str
        "" or why there is no share of misuse.
    """

    roles: Table
    misuse: Table
    units: Table
    limits: Table
    over_limit: NDArray[np.bool_] = attrs.field(converter=frozen_array, eq=same_array, hash=False)
    signals: tuple[str, ...]
    misuse_share: float = attrs.field(eq=repr)
    misuse_low: float = attrs.field(eq=repr)
    misuse_high: float = attrs.field(eq=repr)
    cautions: tuple[str, ...]
    lacking: str


def empowerment_audit(  # noqa: PLR0913 (the columns of a log)
    uses: Any,  # noqa: ANN401 (any frame)
    policy: EmpowermentPolicy,
    *,
    role: str,
    amount: str,
    by: By = None,
    misused: str | None = None,
    occasions: Mapping[str, float] | None = None,
    rate: float | None = None,
    confidence: float = 0.95,
) -> EmpowermentAudit:
    """Return who gave more than the policy allows, how much is misuse, and who uses it oddly often.

    share = uses above the role's limit/uses with an amount. expected = occasions · all uses/all
    occasions. Of units with one rate, Poisson counts have given their total the binomial
    distribution (all uses, occasions/all occasions); limits are its least count with P(X ≤ count) >
    α/2 and the least with P(X > count) ≤ α/2, and p = min(1, 2·min(P(X ≤ uses), P(X ≥ uses))).
    With a `rate`, expected = occasions · rate, and the distribution is Poisson's.

    Parameters
    ----------
    uses : data frame or mapping of columns
        One row a use: something that was given to a customer.
    policy : EmpowermentPolicy
        The limits.
    role, amount : str
        The columns of who gave and how much, 0 or more. Blanks and NaN are missing, and counted.
    by : str, or mapping of one name to labels, optional
        A column that makes units, such as a person or a branch, or the label of each use.
    misused : str, optional
        A column that says of uses which somebody checked whether they were misuse: True or False, 1
        or 0, yes or no; blank where nobody checked.
    occasions : mapping of str to float, optional
        How many occasions each unit had, such as failures or customers served; those of units
        without a use too, whom the log cannot show. By default all units in the log had as many.
    rate : float, optional
        How many uses are expected for each of the `occasions`, above 0, where that is known from
        elsewhere: a target, not the rate of an earlier log, which is itself uncertain. By default
        that of all units together.
    confidence : float
        The confidence of the intervals, between 0 and 1.

    Returns
    -------
    EmpowermentAudit
        A use without a role or an amount is not held against a limit, and counts among the units;
        one without a label of a unit is in a unit "(missing)" that nothing is held against.

    Raises
    ------
    TypeError, ValueError
        If a column or a role is unknown, an amount is below 0, `misused` is something else than
        true or false, a unit in the log has no occasions, or a `rate` comes without any; the
        message names the row.

    Notes
    -----
    A signal says that a unit is not like the others, not why: "below" may be staff who do not dare
    to use what they may, "above" a place where much goes wrong. One of 500 units in control lies
    outside limits of 99.8 % by chance, one of 20 outside 95 %, and fewer, as counts are whole.

    `ratio` is the rate of a unit to that of all units together, this one with them: of two units
    with as many occasions, one has 0 and the other 2 if only this one has uses. A unit far out
    shifts what is expected of all: one far below may put others above. Leave it out and look at the
    others again, or give a `rate`.

    Units that truly differ, or uses that come in bursts, make more signals. Limits hold for uses
    that are rare among the occasions; where they are not, they are too wide.

    Supervision sees uses and not the failures where nobody used what he might have.

    References
    ----------
    Przyborowski, J., & Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson
    series. Biometrika 31(3-4), 313-323. https://doi.org/10.1093/biomet/31.3-4.313. From
    memory.

    Spiegelhalter, D. J. (2005). Funnel plots for comparing institutional performance. Statistics in
    Medicine 24(8), 1185-1202. https://doi.org/10.1002/sim.1970

    Examples
    --------
    >>> policy = EmpowermentPolicy(limits={"employee": 500, "manager": 2000})
    >>> log = {"role": ["employee", "employee", "manager"], "given": [500, 501, 1999]}
    >>> found = empowerment_audit(log, policy, role="role", amount="given")
    >>> found.roles["share"].tolist(), found.over_limit.tolist()
    ([0.5, 0.0], [False, True, False])
    """
    confidence = confidence_level(confidence)
    instance("policy", policy, EmpowermentPolicy)
    source = table_of("uses", uses, hint="; give one row a use")
    amounts = matrix("uses", source, (amount,), asked="amount")[:, 0]
    see_rows("amount", amounts, amounts < 0, "be 0 or more")
    roles, checked = _roles(source, role, policy), _checked(source, misused, len(amounts))
    factor = units_of(source, by, uses, len(amounts))
    rate = _rate(rate, by, occasions)
    limits = np.array([dict(policy.limits).get(name, np.nan) for name in roles.labels])
    over = amounts > limits[roles.codes]
    cautions = _cautions(roles, amounts, checked, None if by is None else factor)
    cautions += (EQUAL,) if by is not None and occasions is None else ()
    units = Units.of(factor, occasions, rate)
    bounds, signal = units.limits()
    whole = _shares(np.zeros(len(amounts), np.intp), checked, 1, confidence)
    why = "nobody checked a use" if misused is not None else "`misused` was not given"
    return EmpowermentAudit(
        roles=_by_role(roles, limits, amounts, policy.unit, cautions, confidence),
        misuse=_misuse(roles, checked, why, confidence),
        units=units.rates(confidence, signal),
        limits=bounds,
        over_limit=over,
        signals=tuple(np.array(units.labels)[signal != ""].tolist()),
        misuse_share=float(whole["share"][0]),
        misuse_low=float(whole["low"][0]),
        misuse_high=float(whole["high"][0]),
        cautions=cautions,
        lacking="" if whole["n"][0] else f"no share of misuse: {why}",
    )


def _rate(rate: float | None, by: By, occasions: Mapping[str, float] | None) -> float | None:
    """See that occasions are those of units, and a rate one of occasions."""
    if by is None and occasions is not None:
        msg = "`occasions` are those of units; name their column, as by='branch'"
        raise ValueError(msg)
    if rate is not None and occasions is None:
        msg = "`rate` is for each of the `occasions`; give these, as {'North': 120}"
        raise ValueError(msg)
    return None if rate is None else positive("rate", rate)


def _roles(source: Source, role: str, policy: EmpowermentPolicy) -> Factor:
    """Return the role of each use: all with a limit, and the owner and nobody where they occur."""
    found = factor_at(source, "role", role)
    known = (*policy.roles, policy.owner, NO_LABEL)
    for code, label in enumerate(found.labels):
        if label not in known:
            row = int(np.argmax(found.codes == code)) + 1
            msg = f"`role`: {label!r} is unknown (row {row}){nearest(label, known[:-1])}"
            raise ValueError(msg)
    labels = (*policy.roles, *(label for label in known[-2:] if label in found.labels))
    places = np.array([labels.index(label) for label in found.labels], dtype=np.intp)
    return Factor("role", labels, places[found.codes])


def _checked(source: Source, misused: str | None, rows: int) -> Array:
    """Return 1 for a use that was misuse, 0 for one that was none; NaN where nobody checked."""
    if misused is None:
        return np.full(rows, np.nan)
    return flags_in(source, "misused", misused, ", or blank where nobody checked")


def _by_role(
    roles: Factor,
    limits: Array,
    amounts: Array,
    unit: str,
    cautions: tuple[str, ...],
    confidence: float,
) -> Table:
    """Return what each role gave, and how much of that is above its limit."""
    size, codes, known = len(roles.labels), roles.codes, ~np.isnan(amounts)
    uses, there = np.bincount(codes, minlength=size), np.bincount(codes[known], minlength=size)
    total = np.bincount(codes[known], amounts[known], minlength=size)
    held = np.where(np.isnan(limits[codes]) | ~known, np.nan, amounts > limits[codes])
    reasons = {
        "no role": np.array(roles.labels) == NO_LABEL,
        "no limit": np.isnan(limits),
        "no uses": uses == 0,
    }
    shares = _shares(codes, held, size, confidence, first_reason(reasons, "no amounts"))
    note = noted(
        f"amounts in {unit}" if unit else "amounts as they came",
        "share: of uses above the limit of their role",
        interval_note(confidence, "Wilson"),
        cautions=cautions,
    )
    data = {
        "role": np.array(roles.labels),
        "limit": limits,
        "uses": uses,
        "missing": uses - there,
        "amount": total,
        "mean": np.divide(total, there, out=np.full(size, np.nan), where=there > 0),
        "n": shares.pop("n"),
        "over_limit": shares.pop("count"),
        **shares,
    }
    return Table(title="Use of empowerment", keys=("role",), data=data, note=note)


def _misuse(roles: Factor, checked: Array, why: str, confidence: float) -> Table:
    """Return the share of misuse among the uses of each role that were checked."""
    size = len(roles.labels)
    uses = np.bincount(roles.codes, minlength=size)
    nothing = np.where(uses > 0, why, "no uses")
    shares = _shares(roles.codes, checked, size, confidence, nothing)
    data = {
        "role": np.array(roles.labels),
        "uses": uses,
        "n": shares.pop("n"),
        "misused": shares.pop("count"),
        **shares,
    }
    note = f"share: of the uses that were checked; {interval_note(confidence, 'Wilson')}"
    return Table(title="Misuse", keys=("role",), data=data, note=note)


def _shares(
    codes: Places,
    yes: Array,
    size: int,
    confidence: float,
    nothing: str | NDArray[np.str_] = "",
) -> Columns:
    """Return the share of 1 among the 1 and 0 of each of so many groups."""
    known = ~np.isnan(yes)
    n = np.bincount(codes[known], minlength=size)
    return shares_of(np.bincount(codes[yes == 1], minlength=size), n, nothing, confidence)


def _cautions(
    roles: Factor, amounts: Array, checked: Array, units: Factor | None
) -> tuple[str, ...]:
    absent = {
        "a role": roles.values == NO_LABEL,
        "an amount": np.isnan(amounts),
        "a unit": np.zeros(0) if units is None else units.values == NO_LABEL,
    }
    found = [
        f"{counted(count, 'use')} without {what}"
        for what, rows in absent.items()
        if (count := int(rows.sum()))
    ]
    n = int((~np.isnan(checked)).sum())
    if 0 < n < len(checked):
        found.append(f"{n:,} of {counted(len(checked), 'use')} checked: {NOT_BY_LOT}")
    if units is not None:
        counts = np.bincount(units.codes, minlength=len(units.labels)).tolist()
        found.append(alike_labels(units.labels, counts, "use"))
    return tuple(filter(None, found))
