"""One rung of each of several ladders, for the most gain within a limit of cost.

Ladders climb in cost and in gain, and the first rung is free of choice. This is the multiple-choice
knapsack. scipy's milp finds the same, but not within its tolerances if costs are no small whole
numbers, and not within minutes where gains are nearly proportional to costs.
"""

import math
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

__all__ = ["Costs", "Gains", "Step", "best_rungs", "hull_steps"]

REACH = 2**62  # units of cost that int64 adds exactly
UNITS = 2.0**52  # of all gains together, which float64 adds exactly
WIDTHS = (100, 8_000)  # partial plans that are kept: at a glance, and in a second
Array = NDArray[np.float64]
Units = NDArray[Any]  # whole numbers: int64, or Python's where they are too large for it
Costs = list[list[Fraction]]  # by ladder, of its rungs
Gains = list[list[float]]


@attrs.frozen
class Step:
    """From one rung to a higher one, on the upper hull of a ladder's costs and gains."""

    place: int
    low: int
    high: int
    cost: Fraction
    gain: float

    @property
    def gain_per_cost(self) -> float:
        cost = float(self.cost)
        return self.gain / cost if cost else math.inf


def hull_steps(costs: Costs, gains: Gains) -> list[Step]:
    """Return the steps of all ladders, the greatest gain per cost first.

    The first k of them, for any k, gain the most that can be had at their cost.
    """

    def step(place: int, low: int, high: int) -> Step:
        cost, gain = costs[place], gains[place]
        return Step(place, low, high, cost[high] - cost[low], gain[high] - gain[low])

    steps: list[Step] = []
    for place, cost in enumerate(costs):
        mine: list[Step] = []
        for high in range(1, len(cost)):
            new = step(place, high - 1, high)
            while mine and new.gain_per_cost >= mine[-1].gain_per_cost < math.inf:
                new = step(place, mine.pop().low, high)
            mine.append(new)
        steps += mine
    return sorted(steps, key=lambda step: -step.gain_per_cost)


def best_rungs(costs: Costs, gains: Gains, limit: Fraction) -> tuple[tuple[int, ...], float]:
    """Return the rungs of most gain within the limit, and how much more might be had at most.

    Costs of a common unit that is not too small, such as cents, are exact in int64. Others are
    rounded down first: if then the best fits in truth, nothing better does.
    """
    room = limit - sum((mine[0] for mine in costs), Fraction(0))
    fitting = [sum(cost - mine[0] <= room for cost in mine) for mine in costs]
    costs = [mine[:size] for mine, size in zip(costs, fitting, strict=True)]
    gains = [mine[:size] for mine, size in zip(gains, fitting, strict=True)]
    unit = Fraction(1, math.lcm(*(cost.denominator for mine in costs for cost in mine)))
    for size in (max(unit, room * (len(costs) + 1) / REACH), unit):
        knapsack = _Knapsack.of(costs, gains, room // size, size)
        best, possible = knapsack.search(WIDTHS[0], _Found())
        if possible >= best.gain:
            best, possible = knapsack.search(WIDTHS[1], best)
        if sum(mine[rung] for mine, rung in zip(costs, best.rungs, strict=True)) <= limit:
            break
    total = math.fsum(mine[-1] - mine[0] for mine in gains)
    return best.rungs, max(0.0, possible - best.gain) / UNITS * total


@attrs.frozen
class _Found:
    """A plan in whole units of gain and cost, with the rung of each ladder."""

    gain: float = -1.0
    cost: int = 0
    rungs: tuple[int, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class _Knapsack:
    """A rung of each ladder to choose, in whole units of cost and of gain: sums are exact.

    A state is a choice for the ladders so far. Steps along the hulls of the other ladders,
    by gain per cost, tell what it can still gain at least (whole steps) and at most (with a part of
    the next one).
    """

    costs: list[Units]
    gains: list[Array]
    room: int
    order: NDArray[np.intp]  # of the ladders, those whose steps are nearest to the budget last
    places: NDArray[np.intp]  # the ladder of each step
    rungs: NDArray[np.intp]  # where it leads to
    step_costs: Units
    step_gains: Array

    @classmethod
    def of(cls, costs: Costs, gains: Gains, room: int, unit: Fraction) -> "_Knapsack":
        """Round costs down to whole units, and gains to parts of all gains together."""
        total = math.fsum(gain[-1] - gain[0] for gain in gains) or 1.0
        costs = [[(cost - mine[0]) // unit * unit for cost in mine] for mine in costs]
        gains = [[float(round((g - mine[0]) / total * UNITS)) for g in mine] for mine in gains]
        kind = np.int64 if room * (len(costs) + 1) <= REACH else object
        steps = hull_steps(costs, gains)
        step_costs = np.array([int(step.cost / unit) for step in steps], dtype=kind)
        last = np.searchsorted(np.cumsum(step_costs), room, side="right")
        places = np.array([step.place for step in steps], dtype=np.intp)
        far = np.full(len(costs), len(steps))
        np.minimum.at(far, places, np.abs(np.arange(len(steps)) - last))
        return cls(
            costs=[np.array([int(cost / unit) for cost in mine], dtype=kind) for mine in costs],
            gains=[np.array(mine) for mine in gains],
            room=room,
            order=np.argsort(-far, kind="stable"),
            places=places,
            rungs=np.array([step.high for step in steps], dtype=np.intp),
            step_costs=step_costs,
            step_gains=np.array([step.gain for step in steps], dtype=float),
        )

    def search(self, width: int, best: _Found) -> tuple[_Found, float]:
        """Return the best plan, if better than one known, and what those given up gain at most."""
        spent, gained = np.zeros(1, self.step_costs.dtype), np.zeros(1)
        trail: list[NDArray[np.intp]] = []
        given_up = -math.inf
        open_steps = np.ones(len(self.places), dtype=bool)
        for place in self.order.tolist():
            spent = np.add.outer(self.costs[place], spent).ravel()
            gained = np.add.outer(self.gains[place], gained).ravel()
            states = np.flatnonzero(spent <= self.room)
            spent, gained = spent[states], gained[states]
            open_steps &= self.places != place
            least, most, whole, cost = self._bounds(open_steps, spent, gained)
            top = np.flatnonzero(least == least.max())
            top = top[np.argmin(cost[top])]
            if (least[top], -cost[top]) > (best.gain, -best.cost):
                rungs = self._rungs(
                    [*trail, states[[top]]], np.flatnonzero(open_steps)[: whole[top]]
                )
                best = _Found(float(least[top]), int(cost[top]), rungs)
            kept = np.flatnonzero(most > best.gain - len(self.order) - 2)  # rounded gains
            kept = kept[_undominated(spent[kept], gained[kept])]
            if len(kept) > width:
                promising = np.argsort(-most[kept], kind="stable")
                given_up = max(given_up, float(most[kept][promising[width]]))
                kept = kept[np.sort(promising[:width])]
            trail.append(states[kept])
            spent, gained = spent[kept], gained[kept]
        return best, given_up

    def _bounds(
        self, open_steps: NDArray[np.bool_], spent: Units, gained: Array
    ) -> tuple[Array, Array, NDArray[np.intp], Units]:
        """Return what states gain at least and at most, and the steps and cost of the least."""
        costs, gains = self.step_costs[open_steps], self.step_gains[open_steps]
        reached = np.concatenate([np.zeros(1, costs.dtype), np.cumsum(costs)])
        worth = np.concatenate([[0.0], np.cumsum(gains)])
        following = np.concatenate([costs, np.array([self.room + 1], costs.dtype)])  # no step last
        left = self.room - spent
        whole = np.searchsorted(reached, left, side="right") - 1
        part = (left - reached[whole]) / following[whole]
        least = gained + worth[whole]
        most = least + part.astype(float) * np.append(gains, 0.0)[whole]
        return least, most, whole, spent + reached[whole]

    def _rungs(self, trail: list[NDArray[np.intp]], steps: NDArray[np.intp]) -> tuple[int, ...]:
        """Return the rungs of the only state at the end of a trail, after further steps."""
        found = np.zeros(len(self.order), dtype=np.intp)
        np.maximum.at(found, self.places[steps], self.rungs[steps])
        state = 0
        for depth in reversed(range(len(trail))):
            before = len(trail[depth - 1]) if depth else 1
            found[self.order[depth]], state = divmod(int(trail[depth][state]), before)
        return tuple(found.tolist())


def _undominated(spent: Units, gained: Array) -> NDArray[np.intp]:
    """Return the states that gain more than all that cost no more."""
    rank = np.argsort(spent, kind="stable")
    cost, gain = spent[rank], gained[rank]
    better = np.ones(len(rank), dtype=bool)
    better[1:] = gain[1:] > np.maximum.accumulate(gain)[:-1]
    rank, cost = rank[better], cost[better]
    last = np.ones(len(rank), dtype=bool)  # of equal costs
    last[:-1] = cost[1:] != cost[:-1]
    found: NDArray[np.intp] = rank[last]
    return found
