"""The walk of a rule through periods: the same for a whole series and for one more period."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual.charts.baselines import Baseline
from servqual.charts.rules import Fired, Look, Rule, Signal, State
from servqual.charts.series import Mask, blanks

__all__ = ["NO_SPREAD", "Walk", "walk"]

Array = NDArray[np.float64]
NO_SPREAD = "no spread in phase 1"


@attrs.frozen(eq=False, kw_only=True)
class Walk:
    """What a rule saw in periods, NaN where there was nothing to see, and its memory after them."""

    columns: dict[str, Any]  # statistic, falling of a CUSUM, centre, lower, upper, volume
    excluded: Mask
    undefined: NDArray[np.str_]
    fired: tuple[Fired, ...]
    state: tuple[float, ...]

    def signals(self, periods: Sequence[str]) -> tuple[Signal, ...]:
        """Return what fired, in the order of time."""
        found = [
            (int(place), Signal(period=periods[place], rule=part.rule, statistic=at, limit=limit))
            for part in self.fired
            for place, at, limit in _firing(part)
        ]
        found.sort(key=lambda entry: entry[0])
        return tuple(signal for _, signal in found)

    def point(self, period: str) -> dict[str, Any]:
        """Return what a chart shows of the last period."""
        cells = {name: float(cells[-1]) for name, cells in self.columns.items()}
        said = {"excluded": bool(self.excluded[-1]), "undefined": str(self.undefined[-1])}
        return {"period": period, **cells, **said}

    def words(self) -> NDArray[np.str_]:
        """Return the rules that fired in each period, as text."""
        said = [""] * len(self.undefined)
        for part in self.fired:
            for place in np.flatnonzero(part.where):
                said[place] = f"{said[place]}; {part.rule}" if said[place] else part.rule
        return np.array(said, dtype=str)


def _firing(part: Fired) -> list[tuple[int, float, float]]:
    places = np.flatnonzero(part.where)
    columns = places, part.statistic[places], part.limit[places]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def walk(
    baseline: Baseline,
    rule: Rule,
    counts: Array,
    volume: Array,
    excluded: Mask,
    state: State | None = None,
) -> Walk:
    """Take a rule through periods of counts (periods, types), from its memory before them.

    A period without a value changes nothing: a run goes on after it. Nor does an excluded one; it
    is shown as it would be if it counted, and does not signal.
    """
    undefined = blanks(counts, volume, baseline.nothing)
    if rule.needs_spread and not baseline.variance:
        undefined = np.where(undefined == "", NO_SPREAD, undefined)
    there = undefined == ""
    x = baseline.values(counts[there], volume[there])
    sigma, centre = baseline.sigma(volume[there]), baseline.centre
    state = rule.start() if state is None else state
    states = []
    for value, spread, out in zip(
        x.tolist(), sigma.tolist(), excluded[there].tolist(), strict=True
    ):
        states.append(rule.step(state, value, centre, spread))
        state = state if out else states[-1]
    memory: Array = np.array(states).reshape(len(x), len(state)).T
    seen = rule.look(tuple(memory), x, centre, sigma)
    columns = _columns(seen, rule, baseline)

    def placed(cells: NDArray[Any], nothing: float = np.nan) -> Any:  # noqa: ANN401 (an array of any dtype)
        found = np.full(len(there), nothing)
        found[there] = cells
        return found

    fired = tuple(
        Fired(
            part.rule,
            placed(part.where, nothing=False) & ~excluded,
            placed(part.statistic),
            placed(part.limit),
        )
        for part in seen.fired
    )
    return Walk(
        columns={name: placed(cells) for name, cells in columns.items()} | {"volume": volume},
        excluded=excluded,
        undefined=undefined,
        fired=fired,
        state=tuple(map(float, state)),
    )


def _columns(seen: Look, rule: Rule, baseline: Baseline) -> dict[str, Array]:
    """Return what a chart shows, with limits that lie where the statistic can lie."""
    floor, ceiling = (-np.inf, np.inf) if rule.standardised else baseline.bounds
    centre = 0.0 if rule.standardised else baseline.centre
    falling = {} if seen.falling is None else {"falling": seen.falling}
    return {
        "statistic": seen.statistic,
        **falling,
        "centre": np.full_like(seen.statistic, centre),
        "lower": np.maximum(seen.lower, floor),
        "upper": np.minimum(seen.upper, ceiling),
    }
