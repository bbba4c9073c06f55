"""Journeys: touchpoints in their order, and branches between them."""

from collections.abc import Iterable, Mapping
from math import isclose
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual import _specs
from servqual._checks import brief, distinct, named, pairs, probability, read_only
from servqual._fields import entries, is_code, is_text, several
from servqual._specs import to_toml
from servqual._stats.chains import Chain
from servqual.journeys.touchpoints import Touchpoint

__all__ = ["END", "LEAVE", "START", "Journey", "load_journey"]

START, END, LEAVE = "start", "end", "leave"  # beside the touchpoints, where a journey has branches
Row = tuple[tuple[str, float], ...]
ROUNDING = 1e-9  # of a row's sum


def _touchpoints(value: Iterable[Touchpoint]) -> tuple[Touchpoint, ...]:
    found = several("touchpoints", value, Touchpoint)
    distinct("names of touchpoints", (touchpoint.name for touchpoint in found))
    return found


def _transitions(value: Mapping[str, Mapping[str, float]]) -> tuple[tuple[str, Row], ...]:
    """Keep the rows as pairs; the names are held against those of the touchpoints later."""
    rule = "names to what follows them, as {'book': {'pay': 0.8, 'leave': 0.2}}"
    rows = []
    for name, row in entries("transitions", value, rule):
        where = f"transitions[{name!r}]"
        found = entries(
            where, row, "what follows to its probability, as {'pay': 0.8, 'leave': 0.2}"
        )
        distinct(where, (after for after, _ in found))
        shares = [(after, probability(f"{where}[{after!r}]", share)) for after, share in found]
        total = sum(share for _, share in shares)
        if not isclose(total, 1, abs_tol=ROUNDING):
            hint = f"; what is left may go to {LEAVE!r}" if total < 1 else ""
            msg = f"`{where}` must sum to 1, got {total:.12g}{hint}"
            raise ValueError(msg)
        rows.append((name, pairs(shares)))
    distinct("transitions", (name for name, _ in rows))
    return tuple(rows)


@attrs.frozen(kw_only=True, repr=False)
class Journey:
    """The touchpoints that a customer comes to, in their order or by branches.

    Without branches, a customer comes to each touchpoint with its `visit_probability`, once. With
    branches, the journey is a Markov chain: it begins at the first touchpoint, `transitions` tell
    what follows, and it is over at ``"end"``, or early, at ``"leave"``.

    Parameters
    ----------
    name : str
        Its name in tables and messages.
    touchpoints : sequence of Touchpoint
        At least one, with different names.
    transitions : mapping of str to mapping of str to float, optional
        What follows a touchpoint, with its probability: another, the same again, ``"end"`` or
        ``"leave"``. A row sums to 1; after a touchpoint without a row comes the next one, and the
        end after the last. The row ``"start"`` has the probabilities of the first touchpoint.
    source, note : str
        Where the journey comes from, and what of it is confirmed.

    Raises
    ------
    TypeError, ValueError
        If there is no touchpoint, a name stands twice, a row does not sum to 1 or names an unknown
        touchpoint; if a touchpoint cannot be reached, or the end cannot be reached, or there is no
        way out of a cycle; or if a touchpoint has a visit probability beside branches, from which
        visits follow.

    Examples
    --------
    >>> stay = Journey(
    ...     name="hotel stay",
    ...     touchpoints=(
    ...         Touchpoint(name="arrive", failure_probability=0.02, critical=True),
    ...         Touchpoint(name="ask for help", failure_probability=0.05, visit_probability=0.4),
    ...     ),
    ... )
    >>> stay
    Journey 'hotel stay': 2 touchpoints, 1 critical
    >>> stay.visit_probabilities.tolist()
    [1.0, 0.4]
    """

    name: str = attrs.field(validator=is_code)
    touchpoints: tuple[Touchpoint, ...] = attrs.field(converter=_touchpoints)
    transitions: tuple[tuple[str, Row], ...] = attrs.field(default=(), converter=_transitions)
    source: str = attrs.field(default="", validator=is_text)
    note: str = attrs.field(default="", validator=is_text)

    def __attrs_post_init__(self) -> None:
        if self.transitions:
            self._see_names()
            self._see_ways()

    def __repr__(self) -> str:
        """Return what the journey has, in a line."""
        size, critical = len(self.touchpoints), int(self.critical.sum())
        said = f"{size} touchpoint{'s' * (size > 1)}, {critical} critical"
        return f"Journey {self.name!r}: {said}{', with branches' * self.has_branches}"

    @property
    def has_branches(self) -> bool:
        """Whether transitions tell what follows."""
        return bool(self.transitions)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the touchpoints."""
        return tuple(touchpoint.name for touchpoint in self.touchpoints)

    @property
    def critical(self) -> NDArray[np.bool_]:
        """Which touchpoints are critical."""
        return read_only(np.array([touchpoint.critical for touchpoint in self.touchpoints]))

    @property
    def importances(self) -> NDArray[np.float64]:
        """The importance of each touchpoint."""
        return read_only(np.array([touchpoint.importance for touchpoint in self.touchpoints]))

    @property
    def visit_probabilities(self) -> NDArray[np.float64]:
        """The probability that a customer comes to each touchpoint; not of branches."""
        if self.has_branches:
            msg = f"{self!r}: visits follow from the branches; `journey_flow` counts them"
            raise ValueError(msg)
        return read_only(np.array([point.visit_probability for point in self.touchpoints]))

    @property
    def failure_probabilities(self) -> NDArray[np.float64]:
        """The failure probability of each touchpoint, given or observed; NaN where not known."""
        found = [touchpoint.estimated_probability for touchpoint in self.touchpoints]
        return read_only(np.array(found, dtype=float))

    def touchpoint(self, name: str) -> Touchpoint:
        """Return the touchpoint of a name."""
        return self.touchpoints[self.names.index(named("name", name, self.names))]

    def chain(self) -> NDArray[np.float64]:
        """Return the transition probabilities of a journey with branches or without.

        Returns
        -------
        ndarray
            One row the start and one each touchpoint; one column each touchpoint, the end and
            leaving. Of a journey without branches, every touchpoint leads to the next.
        """
        size = len(self.touchpoints)
        columns = {name: place for place, name in enumerate((*self.names, END, LEAVE))}
        rows = np.zeros((size + 1, size + 2))
        said = dict(self.transitions)
        for row, name in enumerate((START, *self.names)):
            if name in said:
                for after, share in said[name]:
                    rows[row, columns[after]] = share
                rows[row] /= rows[row].sum()  # of 1 but for rounding
            else:
                rows[row, row] = 1
        return read_only(rows)

    def to_toml(self) -> str:
        """Return the journey as TOML text that `load_journey` reads back equal."""
        return to_toml(self)

    def _see_names(self) -> None:
        for reserved in (START, END, LEAVE):
            if reserved in self.names:
                msg = (
                    f"`touchpoints`: with branches, {reserved!r} has a meaning of its own; give "
                    "the touchpoint another name"
                )
                raise ValueError(msg)
        for name, row in self.transitions:
            named("transitions", name, (START, *self.names))
            for after, _ in row:
                named(f"transitions[{name!r}]", after, (*self.names, END, LEAVE))
        for point in self.touchpoints:
            if point.visit_probability != 1:
                msg = (
                    f"touchpoint {point.name!r}: with branches, visits follow from the transitions;"
                    f" leave `visit_probability` out, got {point.visit_probability}"
                )
                raise ValueError(msg)

    def _see_ways(self) -> None:
        """See that every touchpoint and the end can be reached, and every touchpoint be left."""
        chain, size = self.chain(), len(self.touchpoints)
        between = chain[1:, :size] > 0
        reached = _spread(chain[0, :size] > 0, between)
        if not reached.all():
            name = self.names[int(np.argmin(reached))]
            msg = f"`transitions`: touchpoint {name!r} cannot be reached from the start"
            raise ValueError(msg)
        if not (chain[:, size] > 0).any():
            msg = f"`transitions`: the end cannot be reached; some row must lead to {END!r}"
            raise ValueError(msg)
        over = _spread(chain[1:, size:].sum(axis=1) > 0, between.T)
        if not over.all():
            names = [name for name, out in zip(self.names, over.tolist(), strict=True) if not out]
            msg = (
                f"`transitions`: no way leads out of {brief(names)}; some row must lead to {END!r} "
                f"or {LEAVE!r}"
            )
            raise ValueError(msg)


def chain_of(journey: Journey) -> Chain:
    """Return the Markov chain of a journey, if its visits are numbers."""
    chain = Chain.of(journey.chain())
    finite = np.isfinite(chain.visits)
    if not finite.all():
        name = journey.names[int(np.argmin(finite))]
        msg = (
            f"`transitions`: the visits of {name!r} are beyond all numbers; more must lead out of "
            "its cycle"
        )
        raise ValueError(msg)
    return chain


def known_failures(journey: Journey, visits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the failure probabilities; 0 of touchpoints that nobody comes to."""
    p = journey.failure_probabilities
    unknown = np.isnan(p) & (visits > 0)
    if unknown.any():
        name = journey.names[int(np.argmax(unknown))]
        msg = (
            f"`journey`: it is not known how often touchpoint {name!r} fails; give it a "
            "`failure_probability`, or `failures` and `occasions`"
        )
        if not journey.has_branches:
            msg += "; `visit_probability=0` leaves it out"
        raise ValueError(msg)
    return np.nan_to_num(p)


Names = Journey | Iterable[str]  # of touchpoints


def names_of(argument: str, value: Names) -> tuple[str, ...]:
    """Return different names, of a journey those of its touchpoints."""
    if isinstance(value, Journey):
        return value.names
    listed = (value,) if isinstance(value, str) else value
    return distinct(argument, several(argument, listed, str))


def _spread(found: NDArray[np.bool_], ways: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what can be reached from what is found."""
    while True:
        more = found | ways[found].any(axis=0)
        if (more == found).all():
            return more
        found = more


def load_journey(path: str | Path) -> Journey:
    """Read a journey from a TOML file, as `Journey.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    Journey
        The journey.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not a journey; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> visit = Journey(
    ...     name="visit", touchpoints=(Touchpoint(name="ask", failures=1, occasions=9),)
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "visit.toml"
    ...     _ = path.write_text(visit.to_toml(), encoding="utf-8")
    ...     load_journey(path) == visit
    True
    """
    return _specs.load(Journey, path)
