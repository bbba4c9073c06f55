"""The error and the interval of a reliability, whatever they are made of."""

from collections.abc import Mapping
from typing import cast

import attrs
import numpy as np

from servqual._checks import choice, confidence_level
from servqual._stats.bootstrap import RESAMPLED, Bootstrap, Drawing, Drawn, Progress, Resampled
from servqual.measurement.covariances import Covariance
from servqual.survey import Moments
from servqual.tables import interval_note

__all__ = ["Method", "Spread", "see_rows"]


@attrs.frozen
class Spread:
    """The error and the interval of an estimate, resamples lost, and why there is no interval."""

    se: float = np.nan
    low: float = np.nan
    high: float = np.nan
    lost: int = 0
    reason: str = ""


@attrs.frozen(kw_only=True)
class Method:
    """Which interval is asked for, and how respondents are drawn again for it."""

    interval: str
    words: str
    confidence: float = attrs.field(converter=confidence_level)
    drawing: Drawing

    @classmethod
    def of(
        cls,
        interval: str,
        known: Mapping[str, str],
        confidence: float,
        *,
        resamples: int,
        rng: int | np.random.Generator | None,
        progress: Progress,
    ) -> "Method":
        """Check what is asked for; `known` are the intervals and their words."""
        return cls(
            interval=choice("interval", interval, tuple(known)),
            words=known[interval],
            confidence=confidence,
            drawing=Drawing(resamples=resamples, rng=rng, progress=progress),
        )

    @property
    def resampled(self) -> bool:
        """Whether the interval is made of resamples."""
        return self.interval in RESAMPLED

    @property
    def of_rows(self) -> bool:
        """Whether the interval needs the answers themselves."""
        return self.resampled or self.interval == "distribution-free"

    def drawn(self, boot: Bootstrap) -> Drawn:
        """Return the error and the interval of each estimate by resamples."""
        return self.drawing.ends(boot, cast("Resampled", self.interval), self.confidence)

    def spreads(self, boot: Bootstrap) -> list[Spread]:
        """Return the error and the interval of each reliability, at most 1, by resamples."""
        drawn, found = self.drawn(boot), []
        for se, low, high, lost in zip(drawn.se, drawn.low, drawn.high, drawn.lost, strict=True):
            reason = "" if np.isfinite(low) else "resamples on one side, or without error"
            if np.isnan(se):
                reason = f"{lost} of {self.drawing.resamples} resamples without an estimate"
            ends = min(float(low), 1.0), min(float(high), 1.0)  # beyond 1 is rounding
            found.append(Spread(float(se), *ends, lost=int(lost), reason=reason))
        return found

    def note(self, what: str = "", *, lost: int = 0, weighting: str = "") -> str:
        """Say how intervals are made; `weighting` matters to those by formula."""
        note = interval_note(self.confidence, self.words, what)
        if self.resampled:
            return note + self.drawing.note(lost)
        return note if self.of_rows else note + weighting


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
