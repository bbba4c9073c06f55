"""What becomes of complaints: the share of each outcome, and the loyalty after it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import brief, distinct, instance, text
from servqual._stats.compositions import completed, dirichlet, share_quantile
from servqual._stats.laws import Law
from servqual.inputs import Counted, Quantity, Uncertain
from servqual.inputs.reading import SHARE, Asked, Entry, Inputs
from servqual.tables import readable

__all__ = [
    "ALL",
    "SELECTED",
    "SILENT",
    "VOICED",
    "Given",
    "Outcomes",
    "gain_said",
    "losses",
    "loyalty_of",
    "see_outcome_names",
    "share_of",
    "states",
    "with_shares",
]

Array = NDArray[np.float64]
Given = Mapping[str, tuple[Quantity, Quantity]] | Iterable[tuple[Any, ...]]
SELECTED = (
    "those who complain are no random sample: customers whom you encourage to complain may stay "
    "or leave otherwise than those who did of themselves"
)
VOICED, SILENT, ALL = "complained", "silent", "all"  # rows of tables beside the outcomes
FORMS = "(share, loyalty) or (name, share, loyalty) each, or a mapping {name: (share, loyalty)}"


def share_of(outcome: str) -> str:
    """Return what the share of an outcome is called among inputs."""
    return f"share of {outcome!r}"


def loyalty_of(outcome: str) -> str:
    """Return what the loyalty after an outcome is called among inputs."""
    return f"loyalty of {outcome!r}"


def gain_said(gain: float, low: float, high: float) -> str:
    """Return what a note says of a gain, with its interval if it has one."""
    numbers = [readable(float(number), 3) for number in (gain, low, high)]
    return f"gain {numbers[0]}" + ("" if math.isnan(low) else f" ({numbers[1]} to {numbers[2]})")


@attrs.frozen(eq=False)
class Outcomes:
    """The outcomes of complaints.

    Parameters
    ----------
    names : tuple of str
        What they are called.
    shares, loyalties : tuple of float or uncertain
        Of those who complain, how many have each; and how many of these stay.
    counts : ndarray or None
        Of shares that were counted together, how many had each.
    """

    names: tuple[str, ...]
    shares: tuple[Quantity, ...]
    loyalties: tuple[Quantity, ...]
    counts: Array | None

    @classmethod
    def of(cls, given: object) -> "Outcomes":
        """Read what was given, and see that shares sum to 1."""
        names, pairs = _entries(given)
        shares, loyalties = zip(*pairs, strict=True)
        counts = _counts(shares)
        called = [f"outcomes[{name!r}]" for name in names]
        values = [SHARE.value(f"{c}, share", one) for c, one in zip(called, shares, strict=True)]
        if counts is None:
            _see_sum(values)
        for c, one in zip(called, loyalties, strict=True):
            SHARE.value(f"{c}, loyalty", one)
        return cls(names, shares, loyalties, counts)

    @property
    def given(self) -> dict[str, Quantity]:
        """The shares by their names among inputs."""
        return dict(zip(map(share_of, self.names), self.shares, strict=True))

    @property
    def rests(self) -> list[str]:
        """Certain shares beside uncertain ones, which take what these leave."""
        sure = [name for name, one in self.given.items() if not isinstance(one, Uncertain)]
        return sure if len(sure) < len(self.names) else []

    @property
    def laws(self) -> dict[str, Law | None]:
        """The laws of shares that were counted together."""
        counts = self.counts
        return {} if counts is None else {n: _law(counts, k) for k, n in enumerate(self.given)}

    @property
    def entries(self) -> dict[str, Entry]:
        """Shares, then loyalties, by their names among inputs.

        Of shares that were counted together the last is what the others leave.
        """
        given: dict[str, Quantity] = dict(self.given)
        if self.counts is not None:
            given[share_of(self.names[-1])] = self.counts[-1] / self.counts.sum()
        given |= dict(zip(map(loyalty_of, self.names), self.loyalties, strict=True))
        return {name: (one, SHARE) for name, one in given.items()}

    def together(self, inputs: Inputs, asked: Asked) -> Inputs:
        """Return inputs with draws of shares that sum to 1; the estimates stay.

        Shares that were counted are drawn together; of others those that are uncertain are drawn,
        and the certain ones share what is left.
        """
        names = list(self.given)
        moved = np.array([[isinstance(one, Uncertain)] for one in self.shares])
        if not (inputs.uncertain and moved.any()):
            return inputs
        if self.counts is None:
            draws = {name: inputs.cells[name][1:] for name in names}
            values = {name: float(inputs.cells[name][0]) for name in names}
            drawn = with_shares(draws, self.names, values, np.repeat(moved, asked.draws, axis=1))
        else:
            shares = dirichlet(self.counts, asked.rng.random((len(names), asked.draws)))
            drawn = dict(zip(names, shares, strict=True))
        own = {name: np.append(inputs.cells[name][0], drawn[name]) for name in names}
        return attrs.evolve(inputs, cells=inputs.cells | own)


def with_shares(
    cells: Mapping[str, Array],
    outcomes: Sequence[str],
    values: Mapping[str, float],
    moved: NDArray[np.bool_],
) -> dict[str, Array]:
    """Return cells with shares that sum to 1 where those `moved` (outcomes, m) have moved."""
    names = list(map(share_of, outcomes))
    base = np.array([values[name] for name in names], float)
    shares = completed(np.stack([cells[name] for name in names]), base, moved)
    return dict(cells) | dict(zip(names, shares, strict=True))


def states(
    cells: Mapping[str, Array], outcomes: Sequence[str], voice: str, silent: str
) -> tuple[Array, Array]:
    """Return the share of those with a problem who come to each state, and the loyalty after it.

    States are the outcomes and silence; `voice` and `silent` are what the share of those who
    complain, and the loyalty of those who do not, are called among inputs.
    """
    voiced = cells[voice]
    shares = [voiced * cells[share_of(name)] for name in outcomes]
    loyalties = [cells[loyalty_of(name)] for name in outcomes]
    return np.stack([*shares, 1 - voiced]), np.stack([*loyalties, cells[silent]])


def losses(cells: Mapping[str, Array], outcomes: Sequence[str]) -> Array:
    """Return how many customers each state loses against the baseline."""
    shares, loyalties = states(cells, outcomes, "complain_rate", "silent_loyalty")
    problems = cells["customers"] * cells["problem_rate"]
    lost: Array = problems * shares * (cells["baseline_loyalty"] - loyalties)
    return lost


def _entries(given: object) -> tuple[tuple[str, ...], list[tuple[Any, Any]]]:
    """Return the names of outcomes, and a pair of share and loyalty for each."""
    hint = f"; give {FORMS}"
    if isinstance(given, Mapping):
        given = [(name, *_pair(entry, hint)) for name, entry in given.items()]
    instance("outcomes", given, Iterable, hint=hint)
    rows = [_parts(entry, hint) for entry in cast("Iterable[object]", given)]
    if not rows:
        msg = f"`outcomes` must have at least one outcome, got none{hint}"
        raise ValueError(msg)
    sizes = sorted({len(row) for row in rows})
    if sizes not in ([2], [3]):
        wrong = next((row for row in rows if len(row) not in (2, 3)), rows[-1])
        msg = f"`outcomes` must be alike, and pairs or triples, got {brief(wrong)}{hint}"
        raise ValueError(msg)
    first = range(1, len(rows) + 1)
    names = [text("outcomes", r[0]) for r in rows] if sizes == [3] else list(map(str, first))
    see_outcome_names("outcomes", names)
    return distinct("names of outcomes", names), [row[-2:] for row in rows]


def _pair(entry: object, hint: str) -> tuple[Any, ...]:
    parts = _parts(entry, hint)
    if len(parts) != 2:
        msg = f"`outcomes` must map names to pairs, got {brief(entry)}{hint}"
        raise ValueError(msg)
    return parts


def see_outcome_names(name: str, names: Sequence[str]) -> None:
    """See that no outcome has the name of another row of the tables."""
    for taken in (VOICED, SILENT, ALL):
        if taken in names:
            msg = (
                f"`{name}` must not have an outcome {taken!r}, which is a row of its own in tables"
            )
            raise ValueError(msg)


def _parts(entry: object, hint: str) -> tuple[Any, ...]:
    instance("outcomes", entry, tuple, list, np.ndarray, hint=hint)
    return tuple(cast("Iterable[Any]", entry))


def _counts(shares: Sequence[Any]) -> Array | None:
    """Return the counts of shares that were counted together; None where none was counted."""
    counted = [share for share in shares if isinstance(share, Counted)]
    if not counted:
        return None
    rule = "`outcomes`: shares must all be counted, with one n to which their counts add up"
    advice = "or none be; these are parts of the same complaints"
    if len(counted) < len(shares):
        other = next(share for share in shares if not isinstance(share, Counted))
        msg = f"{rule}, {advice}, got {brief(other)} beside {counted[0]}"
        raise ValueError(msg)
    sizes = list(dict.fromkeys(share.n for share in counted))
    total = sum(share.count for share in counted)
    if sizes != [total]:
        msg = f"{rule}, got n {' and '.join(map(str, sizes))} with counts of sum {total}"
        raise ValueError(msg)
    return np.array([share.count for share in counted], float)


def _law(counts: Array, place: int) -> Law:
    return lambda probability: share_quantile(counts, place, probability)


def _see_sum(shares: Sequence[float]) -> None:
    total = math.fsum(shares)
    if not math.isclose(total, 1, abs_tol=1e-9):
        got = ", ".join(f"{share:g}" for share in shares)
        rule = "`outcomes` must have shares that sum to 1"
        msg = f"{rule}, got {got} with sum {total:.12g}; name an outcome for the rest"
        raise ValueError(msg)
