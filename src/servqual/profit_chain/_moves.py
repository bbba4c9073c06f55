"""What the numbers of a market make of its shares, for each draw of them."""

from collections.abc import Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._stats.switching import share_paths, steady_shares
from servqual.inputs.reading import SHARE, moved
from servqual.profit_chain._given import RATE

__all__ = ["DYNAMICS", "ROUNDING", "Moves"]

Array = NDArray[np.float64]
DYNAMICS = {
    "share": SHARE,
    "retention": SHARE,
    "competitor_retention": SHARE,
    "churn": SHARE,
    "newcomer_share": SHARE,
    "growth": RATE,
}  # the fields of the model, and what each may be
ROUNDING = 1e-12  # of a sum of shares


@attrs.frozen(eq=False, kw_only=True)
class Moves:
    """By draw: the share at the start, and what moves in a period, in shares of the next market.

    `cautions` say where numbers together came to more than can be, and were moved.
    """

    start: Array
    kept: Array  # of the firm's share
    won: Array  # of the competitors' share
    fresh: Array
    growth: Array
    cautions: tuple[str, ...]

    @classmethod
    def of(cls, cells: Mapping[str, Array], prefix: str = "") -> "Moves":
        """Return the moves; draws are kept within what can be, as at most 1 - churn who stay.

        `prefix` stands before the names of numbers in cautions.
        """
        churn, there = cells["churn"], 1 - cells["churn"]
        growth = np.maximum(cells["growth"], -churn)
        size, said = 1 + growth, []
        for name in ("retention", "competitor_retention"):
            said += moved(prefix + name, cells[name] > there + ROUNDING, "1 - `churn`")
        said += moved(f"{prefix}growth", cells["growth"] < -churn - ROUNDING, "-`churn`")
        return cls(
            start=cells["share"],
            kept=np.minimum(cells["retention"], there) / size,
            won=np.maximum(there - cells["competitor_retention"], 0) / size,
            fresh=cells["newcomer_share"] * (growth + churn) / size,
            growth=growth,
            cautions=tuple(said),
        )

    def shares(self, periods: int) -> Array:
        """Return the share after 0, 1, … periods, (draws, periods + 1)."""
        paths = share_paths(self.start, self.kept, self.won, self.fresh, periods)
        return np.clip(paths, 0, 1)  # but for rounding they lie there

    def market(self, periods: int) -> Array:
        """Return the market after 0, 1, … periods as a multiple of that at the start."""
        found: Array = (1 + self.growth)[:, None] ** np.arange(periods + 1)
        return found

    def steady(self) -> Array:
        """Return the share to which the market runs, NaN where it runs to none."""
        return np.clip(steady_shares(self.kept, self.won, self.fresh), 0, 1)  # as in `shares`
