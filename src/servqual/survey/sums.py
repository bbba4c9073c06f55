"""Moments: the mergeable sums that every report on a survey is a function of."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual import _specs
from servqual._checks import between, choice, instance, named, names
from servqual._frames.groups import group_column, keyed, natural
from servqual._stats.means import Sums
from servqual.instruments import Instrument
from servqual.survey._kernel import State
from servqual.survey._layout import SIDES, Layout

__all__ = ["Missing", "Moments"]

Array = NDArray[np.float64]
Missing = Literal["listwise", "pairwise"]  # those who answered all items, or both of each two
FORMAT = 2  # of to_dict


@attrs.frozen(kw_only=True, slots=False, repr=False)
class Moments:
    """Counts, sums and cross-products of a survey's answers, by group; they add with ``+``.

    Everything that a report says is a function of them. The sum of the Moments of two parts is
    the Moments of the whole: bit for bit on complete answers in whole or half points without
    weights and importances, else to rounding. Make them with `moments`, keep them with `to_dict`.

    Parameters
    ----------
    instrument : Instrument
        What was asked.
    sides : tuple of str
        The sides that were asked.
    min_answered : float
        The share of a dimension's items that a respondent must have answered.
    by : tuple of str
        The group columns.
    groups : tuple of tuple of str
        The labels of each group, one for each group column, in order.
    weighted : bool
        Whether respondents have weights.
    pointed : bool
        Whether respondents divide 100 points among the dimensions.
    state : State
        The sums; read them through `products`, `squares` and `listwise`.
    """

    instrument: Instrument
    sides: tuple[str, ...]
    min_answered: float
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    weighted: bool
    pointed: bool
    state: State

    def __repr__(self) -> str:
        """Return whose sums these are, in a line."""
        by = f" in {len(self.groups)} groups by {', '.join(self.by)}" if self.by else ""
        who = f"{self.respondents.sum()} respondents{by}"
        return f"Moments of {who}: {self.instrument.name}, {', '.join(self.sides)}"

    @property
    def layout(self) -> Layout:
        """Which columns the sums stand on."""
        return Layout.of(self.instrument, self.sides, self.min_answered, self.pointed)

    @property
    def respondents(self) -> NDArray[np.int64]:
        """By group, the respondents who count: those with an answer, and a weight above 0."""
        return self.state.respondents.astype(np.int64)

    @property
    def empty(self) -> NDArray[np.int64]:
        """By group, the respondents who answered nothing."""
        return self.state.empty.astype(np.int64)

    @property
    def weightless(self) -> NDArray[np.int64]:
        """By group, the respondents whose weight is 0."""
        return self.state.weightless.astype(np.int64)

    @property
    def n_effective(self) -> Array:
        """By group, (Σw)²/Σw²: as many of equal weight say as much; NaN where there are none."""
        w, w2 = self.state.w, self.state.w2
        effective: Array = np.divide(w**2, w2, out=np.full(len(w), np.nan), where=w2 > 0)
        return effective

    def __add__(self, other: "Moments") -> "Moments":
        """Pool the respondents of both; new groups are welcome."""
        if not isinstance(other, Moments):
            return NotImplemented
        for name in ("instrument", "sides", "min_answered", "by", "weighted", "pointed"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                shown = f", got {mine!r} and {theirs!r}" if name != "instrument" else ""
                msg = f"Moments that add must have the same `{name}`{shown}"
                raise ValueError(msg)
        groups = _ordered({*self.groups, *other.groups})
        place = {group: number for number, group in enumerate(groups)}
        mine, theirs = (
            part.state.regrouped([place[group] for group in part.groups], len(groups))
            for part in (self, other)
        )
        return attrs.evolve(self, groups=groups, state=mine + theirs)

    def __radd__(self, other: object) -> "Moments":
        """Let `sum` add up Moments, which it begins with 0."""
        return self if other == 0 else NotImplemented

    def grouped(self, by: str | Sequence[str] | None) -> "Moments":
        """Return the Moments by some of the group columns; None puts all respondents together."""
        kept = [self.by.index(group_column("by", name, self.by)) for name in names("by", by)]
        shorter = [tuple(group[column] for column in kept) for group in self.groups]
        groups = _ordered(set(shorter))
        place = {group: number for number, group in enumerate(groups)}
        return attrs.evolve(
            self,
            by=tuple(self.by[column] for column in kept),
            groups=groups,
            state=self.state.regrouped([place[group] for group in shorter], len(groups)),
        )

    def inverted(self, level: str) -> NDArray[np.int64]:
        """By group, the respondents whose minimum lies above the expectation.

        Parameters
        ----------
        level : {"items", "dimensions", "overall"}
            For each item, in any item of each dimension, or in any item at all; (groups, 0) where
            there are no zones of tolerance.
        """
        return self.state.inverted[:, self.layout.inverted[level]].astype(np.int64)

    def keyed(self, **labels: Sequence[str]) -> dict[str, list[str]]:
        """Return the key columns of a table: the rows of `labels` for each group in turn.

        Parameters
        ----------
        **labels
            The key columns that follow the group columns, the same rows for every group.

        Raises
        ------
        ValueError
            If a group column has the name of one of them.
        """
        return keyed(self.by, self.groups, labels)

    def products(self, family: str, face: str) -> Sums:
        """Return the cross-sums of the columns of a face over the rows that have both of them.

        Parameters
        ----------
        family : str
            ``"items"`` or ``"dimensions"`` for a side on its own answers; with ``|gap`` behind it,
            on the answers whose both sides are there, with ``|zone`` on those that have a minimum
            too. Or a family of composite scores: ``"points"``, ``"points|gap"``, ``"forms"``.
        face : str
            A side; with ``|gap`` also ``"gap"``; with ``|zone`` also ``"width"``, ``"adequacy"``,
            ``"superiority"``.

        Returns
        -------
        Sums
            Each (groups, columns, columns), counted from the centre; `diagonal` gives the sums of
            the columns themselves.
        """
        if (family, face) not in self._known:
            self._known[family, face] = self._products(family, face)
        return self._known[family, face]

    @cached_property
    def _known(self) -> dict[tuple[str, str], Sums]:
        return {}

    def _products(self, family: str, face: str) -> Sums:
        if (family, face) in self.layout.composites:
            return self._by_power(lambda power: self._composite(family, face, power))
        columns = self.layout.families[named("family", family, list(self.layout.families))]
        linear, units = columns.map(face), columns.units
        parts = columns.columns(face)

        def at(power: int) -> tuple[Array, Array, Array]:
            whole, gappy = self._complete(power), self._incomplete(family, power)
            n = np.broadcast_to(whole[:, :1, :1], (len(whole), columns.size, columns.size)).copy()
            x = (whole[:, 0, 1:] @ linear.T)[:, :, None].repeat(columns.size, axis=2)
            xy = linear @ whole[:, 1:, 1:] @ linear.T
            n[self.state.gappy] += gappy[:, 3, parts[0], parts[0]]
            for first in parts:
                x[self.state.gappy] += gappy[:, 1, first, parts[0]]
                for second in parts:
                    xy[self.state.gappy] += gappy[:, 0, first, second]
            return n, x / units[:, None], xy / np.outer(units, units)

        return self._by_power(at)

    def squares(self, family: str, face: str) -> Array:
        """Return Σw·a² over the rows that also have b, at [a, b], (groups, columns, columns).

        Parameters
        ----------
        family, face : str
            As in `products`, but for perceptions in a family of pairs.
        """
        columns = self.layout.families[named("family", family, list(self.layout.families))]
        own, *more = columns.columns(face)
        if more:
            msg = f"`face` must be one of {', '.join(columns.stored)} in {family!r}, got {face!r}"
            raise ValueError(msg)
        linear = columns.map(face)
        whole = np.einsum("mi,gij,mj->gm", linear, self._complete(1)[:, 1:, 1:], linear)
        found = whole[:, :, None].repeat(columns.size, axis=2)
        found[self.state.gappy] += self._incomplete(family, 1)[:, 2, own, own]
        squares: Array = found / columns.units[:, None] ** 2
        return squares

    def listwise(self, face: str, dimension: str = "") -> Sums:
        """Return the cross-sums of items over the respondents who answered all of them.

        Parameters
        ----------
        face : str
            A side, or ``"gap"``.
        dimension : str
            The dimension whose items are meant; default all items.
        """
        named("face", face, self.layout.faces)
        if dimension:
            named("dimension", dimension, self.instrument.dimension_codes)
        place = self.layout.blocks[face, dimension]
        linear = self.layout.families[self.layout.family_of("items", face)].map(face)[place]

        def at(power: int) -> tuple[Array, Array, Array]:
            whole, gappy = self._complete(power), self._incomplete((face, dimension), power)
            n, x = whole[:, 0, 0].copy(), whole[:, 0, 1:] @ linear.T
            xy = linear @ whole[:, 1:, 1:] @ linear.T
            n[self.state.gappy] += gappy[:, 0, 0]
            x[self.state.gappy] += gappy[:, 0, 1:]
            xy[self.state.gappy] += gappy[:, 1:, 1:]
            n, x = n[:, None, None], x[:, :, None]
            return np.broadcast_to(n, xy.shape), np.broadcast_to(x, xy.shape), xy

        return self._by_power(at)

    def item_pairs(
        self,
        face: str,
        dimension: str = "",
        *,
        missing: Missing = "listwise",
    ) -> Sums:
        """Return the cross-sums of items, over the respondents who count by this rule.

        Parameters
        ----------
        face : str
            A side, or ``"gap"``.
        dimension : str
            The dimension whose items are meant; default all items.
        missing : {"listwise", "pairwise"}
            Over the respondents who answered all of these items, as `listwise`, or for each two
            items those who answered both, as `products`.
        """
        choice("missing", missing, get_args(Missing))
        if missing == "listwise":
            return self.listwise(face, dimension)
        named("face", face, self.layout.faces)
        found = self.products(self.layout.family_of("items", face), face)
        if not dimension:
            return found
        where = self.instrument.places(dimension)
        return found[:, where, where]

    def _by_power(self, at: Callable[[int], tuple[Array, Array, Array]]) -> Sums:
        """Return the sums for the powers of the weight; without weights all powers are one."""
        first = at(0)
        return Sums(
            first[0], *(at(1) if self.weighted else first), *(at(2) if self.weighted else first)
        )

    def _complete(self, power: int) -> Array:
        """Return the products over complete rows, with a 1 in front, for a power of the weight."""
        return self.state.complete[:, power if self.weighted else 0]

    def _incomplete(self, part: str | tuple[str, str], power: int) -> Array:
        """Return a part of the sums over incomplete rows, for the groups in `state.gappy`."""
        place, shape = self.layout.parts[part]
        return self.state.incomplete[:, power if self.weighted else 0, place].reshape(-1, *shape)

    def _composite(self, family: str, face: str, power: int) -> tuple[Array, Array, Array]:
        """Return n, Σa and Σab of composite scores for a power of the weight."""
        place, shape = self.layout.composites[family, face]
        sums = self.state.composites[:, power if self.weighted else 0, place].reshape(-1, *shape)
        units = self.layout.composite_units[family.partition("|")[0]]
        return sums[:, 3], sums[:, 1] / units[:, None], sums[:, 0] / np.outer(units, units)

    def to_dict(self) -> dict[str, Any]:
        """Return the Moments as plain dicts, lists and numbers, exactly, for JSON.

        Examples
        --------
        >>> import json
        >>> from servqual import instrument, moments, simulate_survey
        >>> kept = moments(simulate_survey(instrument("servqual"), 20, rng=1))
        >>> Moments.from_dict(json.loads(json.dumps(kept.to_dict()))) == kept
        True
        """
        state = attrs.asdict(self.state)
        return {
            "format": FORMAT,
            "instrument": attrs.asdict(self.instrument),
            "sides": list(self.sides),
            "min_answered": self.min_answered,
            "by": list(self.by),
            "groups": [list(group) for group in self.groups],
            "weighted": self.weighted,
            "pointed": self.pointed,
            "state": {name: array.ravel().tolist() for name, array in state.items()},
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Moments":
        """Make Moments of what `to_dict` gave.

        Raises
        ------
        TypeError, ValueError
            If this is not the dict of Moments of this format; the message says what is wrong.
        """
        instance("plain", plain, Mapping, hint="; read JSON with json.loads first")
        if plain.get("format") != FORMAT:
            msg = f"`plain` must be Moments of format {FORMAT}, got format {plain.get('format')!r}"
            raise ValueError(msg)
        parts = tuple(field.name for field in attrs.fields(cls))
        if absent := [name for name in parts if name not in plain]:
            msg = f"`plain` is no dict of Moments: it lacks {', '.join(absent)}"
            raise ValueError(msg)
        form = _specs.from_dict(Instrument, plain["instrument"], "instrument")
        sides = tuple(named("sides", side, SIDES) for side in plain["sides"])
        pointed = bool(plain["pointed"])
        layout = Layout.of(
            form, sides, between("min_answered", plain["min_answered"], 0, 1), pointed
        )
        by, groups = tuple(plain["by"]), tuple(map(tuple, plain["groups"]))
        shapes: dict[str, tuple[int, ...]] = {
            field.name: (len(groups),) for field in attrs.fields(State)
        }
        shapes |= layout.shapes(len(groups), 3 if plain["weighted"] else 1)
        shapes |= {"gappy": (-1,), "incomplete": (-1, *shapes["incomplete"][1:])}
        try:
            state = {
                name: np.array(plain["state"][name], float).reshape(shape)
                for name, shape in shapes.items()
            }
            state["gappy"] = state["gappy"].astype(np.int64)
        except (KeyError, TypeError, ValueError) as error:
            msg = f"`plain` is no dict of Moments: its state does not fit ({error})"
            raise ValueError(msg) from error
        fits = (
            all(len(group) == len(by) for group in groups)
            and np.isin(state["gappy"], np.arange(len(groups))).all()
        )
        if not fits or len(state["gappy"]) != len(state["incomplete"]):
            msg = "`plain` is no dict of Moments: its groups do not fit"
            raise ValueError(msg)
        return cls(
            instrument=form,
            sides=sides,
            min_answered=layout.min_answered,
            by=by,
            groups=groups,
            weighted=bool(plain["weighted"]),
            pointed=pointed,
            state=State(**state),
        )


def _ordered(groups: set[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(sorted(groups, key=lambda labels: [natural(label) for label in labels]))
