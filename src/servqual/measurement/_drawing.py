"""Intervals of respondents drawn again, for whatever measurement estimates."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import confidence_level, generator, whole
from servqual._stats.bootstrap import Bootstrap, Progress, bca, percentile
from servqual._stats.means import NO_SPREAD
from servqual.measurement.covariances import Covariance
from servqual.survey import Moments

__all__ = ["OF_ROWS", "RESAMPLED", "Drawing", "Drawn", "Spread", "see_rows", "still"]

Array = NDArray[np.float64]
RESAMPLED = ("bootstrap", "percentile")  # bias-corrected and accelerated, or plain quantiles
OF_ROWS = ("distribution-free", *RESAMPLED)  # intervals that need the answers themselves
LOST = 0.1  # the share of resamples without an estimate that an interval can bear


@attrs.frozen
class Spread:
    """The error and the interval of an estimate, how many resamples were lost, and what lacks."""

    se: float = np.nan
    low: float = np.nan
    high: float = np.nan
    lost: int = 0
    lacking: str = ""


@attrs.frozen(eq=False)
class Drawn:
    """By estimate: the estimate, its error over resamples, its interval, and resamples lost."""

    estimates: Array
    se: Array
    low: Array
    high: Array
    lost: NDArray[np.int64]


def _resamples(value: object) -> int:
    return whole("resamples", value, least=2)


@attrs.frozen(kw_only=True)
class Drawing:
    """How respondents are drawn again, and which interval that gives."""

    interval: str
    confidence: float = attrs.field(converter=confidence_level)
    resamples: int = attrs.field(converter=_resamples)
    rng: np.random.Generator = attrs.field(converter=generator)
    progress: Progress

    def ends(self, boot: Bootstrap) -> Drawn:
        """Return the error and the interval of each estimate; none where too many were lost."""
        draws = boot.draws(self.resamples, self.rng, progress=self.progress)
        estimates = boot.estimates(boot.sums()[None])[0]  # rounded as the draws are
        lost = np.isnan(draws).sum(axis=0)
        if self.interval == "percentile":
            low, high = percentile(draws, self.confidence)
        else:
            low, high = bca(draws, estimates, boot.acceleration(), self.confidence)
        enough = (lost <= LOST * len(draws)) & (lost < len(draws) - 1)
        low, high = np.where(enough, [low, high], np.nan)
        columns = (column[~np.isnan(column)] for column in draws.T)
        se = np.array([known.std(ddof=1) if len(known) > 1 else np.nan for known in columns])
        return Drawn(estimates, np.where(enough, se, np.nan), low, high, lost)

    def spreads(self, boot: Bootstrap) -> list[Spread]:
        """Return the error and the interval of each reliability, at most 1."""
        drawn, found = self.ends(boot), []
        for se, low, high, lost in zip(drawn.se, drawn.low, drawn.high, drawn.lost, strict=True):
            lacking = "" if np.isfinite(low) else "all resamples on one side: no interval"
            if np.isnan(se):
                lacking = f"{lost} of {self.resamples} resamples without an estimate: no interval"
            ends = min(float(low), 1.0), min(float(high), 1.0)  # beyond 1 is rounding
            found.append(Spread(float(se), *ends, lost=int(lost), lacking=lacking))
        return found

    def note(self, lost: int) -> str:
        """Say how often was drawn, and how many of the draws were lost."""
        return f", {self.resamples} resamples, {lost} of them without an estimate"


def see_rows(answers: object, interval: str, missing: str, formulas: str) -> None:
    """See that there are complete answers for an interval that stands on them."""
    if isinstance(answers, (Covariance, Moments)):
        kind = type(answers).__name__
        source = "a Survey" if kind == "Moments" else "answers"
        msg = (
            f"`interval`={interval!r} needs the answers themselves, and {kind} keeps none; give "
            f"{source}, or take {formulas}"
        )
        raise TypeError(msg)
    if missing == "pairwise":
        msg = (
            f"`interval`={interval!r} stands on respondents who answered all items; "
            f"take missing='listwise', or {formulas}"
        )
        raise ValueError(msg)


def still(covariance: Array, whole: Array) -> Array:
    """Return resampled covariances in which variances that are rounding beside `whole`'s are 0."""
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    flat = variance <= NO_SPREAD * np.diagonal(whole, axis1=-2, axis2=-1)
    return np.where(flat[..., :, None] | flat[..., None, :], 0.0, covariance)
