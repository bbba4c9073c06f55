"""The dimensions of each side of a survey: their estimates, all at once, and their intervals."""

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._frames.words import lacking
from servqual._stats.factors import (
    OneFactor,
    average_variance,
    omega,
    omega_gradient,
    one_factor,
)
from servqual._stats.means import Sums
from servqual._stats.reliability import (
    alpha,
    alpha_gradient,
    formula_ends,
    mean_correlation,
    normal_se,
    standardized_alpha,
)
from servqual._stats.second_moments import correlations, covariances
from servqual._stats.transformed import LOGIT, transformed_interval
from servqual.measurement._reasons import (
    FEW_ANSWERS,
    no_factor,
    no_solution,
    no_standardized,
    no_sum,
    why_certain,
    why_no_ends,
)
from servqual.measurement._spreads import Spread
from servqual.measurement.covariances import Covariance, Missing
from servqual.survey import Moments

__all__ = ["ESTIMATES", "Block", "Estimates", "Spreads", "blocks_of", "by_size"]

Array = NDArray[np.float64]
ESTIMATES = ("alpha", "omega")  # those that have an error


@attrs.frozen(eq=False, kw_only=True)
class Block:
    """The items of a dimension on a side, and the sums of their pairs, (groups, k, k)."""

    side: str
    dimension: str
    items: tuple[str, ...]
    places: slice
    sums: Sums
    missing: Missing

    def covariance(self, group: int, seen: int) -> Covariance:
        """Return the covariance in a group, with its words for what is undefined."""
        sums = self.sums[group]
        return Covariance.of_sums(self.items, sums, 0.0, self.missing, seen=seen)


def blocks_of(sums: Moments, missing: Missing) -> Iterator[Block]:
    """Yield the dimensions of each side, then those of the gaps."""
    form = sums.instrument
    for face in sums.layout.faces:
        for code in form.dimension_codes:
            where = form.places(code)
            yield Block(
                side=face,
                dimension=code,
                items=tuple(form.item_codes[where]),
                places=where,
                sums=sums.item_pairs(face, code, missing=missing),
                missing=missing,
            )


def by_size(blocks: Sequence[Block]) -> list[list[int]]:
    """Return the places of the blocks of each number of items: they are computed together."""
    sizes = [len(block.items) for block in blocks]
    return [[p for p, size in enumerate(sizes) if size == k] for k in sorted(set(sizes))]


@attrs.frozen(eq=False, kw_only=True)
class Spreads:
    """Of each estimate the error and the interval, (3, groups, blocks), or why there is none.

    `lost` are the most resamples without an estimate.
    """

    cells: dict[str, Array]
    reasons: dict[str, NDArray[np.object_]]
    lost: NDArray[np.int64]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> "Spreads":
        return cls(
            cells={name: np.full((3, *shape), np.nan) for name in ESTIMATES},
            reasons={name: np.full(shape, "", dtype=object) for name in ESTIMATES},
            lost=np.zeros(shape, dtype=np.int64),
        )

    def put(self, name: str, group: int, place: int, spread: Spread) -> None:
        """Keep the error and the interval of an estimate."""
        self.cells[name][:, group, place] = spread.se, spread.low, spread.high
        self.reasons[name][group, place] = spread.reason
        self.lost[group, place] = max(self.lost[group, place], spread.lost)


@attrs.frozen(eq=False, kw_only=True)
class Estimates:
    """The estimates of all blocks, (groups, blocks); covariances and solutions block by block."""

    blocks: list[Block]
    seen: NDArray[np.int64]
    n: Array
    n_effective: Array
    cells: dict[str, Array]
    covariances: list[Array]
    fits: list[OneFactor]

    @classmethod
    def of(cls, blocks: list[Block], seen: NDArray[np.int64]) -> "Estimates":
        shape = (len(seen), len(blocks))
        names = ("alpha", "standardized", "mean_correlation", "omega", "ave")
        cells = {name: np.full(shape, np.nan) for name in names}
        covariance = [covariances(block.sums) for block in blocks]
        fits: dict[int, OneFactor] = {}
        for places in by_size(blocks):
            S = np.stack([covariance[place] for place in places], axis=1)
            R, fit = correlations(S), one_factor(S)
            fits |= {place: fit[:, column] for column, place in enumerate(places)}
            found = {
                "alpha": alpha(S),
                "standardized": standardized_alpha(R),
                "mean_correlation": mean_correlation(R),
                "omega": omega(fit.loadings, fit.errors),
                "ave": average_variance(fit.standardized),
            }
            for name, own in found.items():
                cells[name][:, places] = np.where(np.isnan(found["alpha"]), np.nan, own)
        with np.errstate(invalid="ignore", divide="ignore"):
            effective = [np.nan_to_num(b.sums.w**2 / b.sums.w2).min(axis=(1, 2)) for b in blocks]
        return cls(
            blocks=blocks,
            seen=seen,
            n=np.stack([block.sums.n.min(axis=(1, 2)) for block in blocks], axis=1),
            n_effective=np.stack(effective, axis=1),
            cells=cells,
            covariances=covariance,
            fits=[fits[place] for place in range(len(blocks))],
        )

    def by_formula(self, interval: str, confidence: float) -> Spreads:
        """Return the errors and intervals that estimates and n give."""
        found = Spreads.of(self.n.shape)
        for place, (S, fit) in enumerate(zip(self.covariances, self.fits, strict=True)):
            n, k = self.n_effective[:, place], S.shape[-1]
            raw, own = (self.cells[name][:, place] for name in ESTIMATES)
            ends = formula_ends(interval, raw, n, k, confidence)
            se = normal_se(alpha_gradient(S), S, n)
            found.cells["alpha"][:, :, place] = se, *ends
            se = normal_se(omega_gradient(fit), fit.implied, n)
            ends = transformed_interval(own, se, confidence, LOGIT)
            found.cells["omega"][:, :, place] = se, *ends
        return found

    def lacking(self, group: int, place: int, spreads: Spreads) -> tuple[str, str]:
        """Say of a row what lacks beside α, and why α is undefined."""
        raw, own = (float(self.cells[name][group, place]) for name in ESTIMATES)
        block, fit = self.blocks[place], self.fits[place][group]
        standardized, unsolved = "", no_solution(fit, block.items)
        unknown = np.isnan(raw + self.cells["standardized"][group, place])
        if unknown or fit.status == "no inverse":  # a Covariance takes half a millisecond
            found = block.covariance(group, int(self.seen[group]))
            if undefined := no_sum(found):
                return "", undefined
            standardized, unsolved = no_standardized(found), no_factor(fit, found)
        low, low_of_omega = (spreads.cells[name][1, group, place] for name in ESTIMATES)
        drawn, drawn_of_omega = (spreads.reasons[name][group, place] for name in ESTIMATES)
        unsure = drawn_of_omega or why_no_ends(own, low_of_omega)
        absent = {
            "standardized alpha": standardized,
            "interval": why_certain(raw) or drawn or FEW_ANSWERS if np.isnan(low) else "",
            "omega": unsolved,
            "interval of omega": "" if unsolved else unsure,
        }
        return lacking(absent), ""
