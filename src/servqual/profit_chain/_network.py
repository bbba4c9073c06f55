"""What leads to what in a mediation: its regressions, its paths, and what these are made of."""

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import distinct
from servqual._stats.correlation_matrices import definite, redundant
from servqual._stats.paths import (
    Path,
    along,
    indirect_error,
    others,
    path_coefficients,
    paths_through,
)
from servqual.profit_chain._chain import ROUNDING, Cells, Chain, coefficient_columns

__all__ = ["Network", "alone"]

Array = NDArray[np.float64]
ARROW = " → "


@attrs.frozen(eq=False)
class Network:
    """What leads to what: the causes of each variable, and the paths from the first to the last."""

    given: Chain
    causes: tuple[Path, ...]
    paths: tuple[Path, ...]

    @classmethod
    def of(cls, given: Chain, *, serial: bool) -> "Network":
        """Link variables in their order: mediators to all after them, or to the last alone."""
        last = len(given.names) - 1
        middle = range(1, last)
        if serial:
            causes = [tuple(range(place)) for place in range(last + 1)]
            paths = paths_through(middle, 0, last)
        else:
            causes = [(), *[(0,)] * len(middle), tuple(range(last))]
            paths = [(0, place, last) for place in middle]
        return cls(given, tuple(causes), tuple(paths))

    def why_not(self, effect: int, causes: Path) -> str:
        """Say why a variable has no regression on some others, or nothing."""
        given, places = self.given, list(causes)
        if why := given.why((*causes, effect), len(causes)):
            return why
        among = given.covariance[places][:, places]
        if definite(among):
            return ""
        *from_these, place = (repr(given.names[places[part]]) for part in redundant(among))
        return f"{place} follows from {', '.join(from_these)}"

    @property
    def why(self) -> str:
        """Why the total effect is not divided: the outcome has no regression on all others."""
        return self.why_not(len(self.causes) - 1, self.causes[-1])

    @property
    def why_no_total(self) -> str:
        """Why there is no total effect: the outcome has no regression on the cause alone."""
        return self.why_not(len(self.causes) - 1, (0,))

    @property
    def whys(self) -> list[str]:
        """Why there is no effect, of each: all but the total need all mediators."""
        return [self.why] * (len(self.labels) - 1) + [self.why_no_total]

    @property
    def labels(self) -> list[str]:
        """The effects."""
        names = self.given.names
        along = (ARROW.join(names[place] for place in path) for path in self.paths)
        return [*distinct("paths", ("direct", *along, "indirect", "total"))]

    @property
    def units(self) -> Array:
        """Those of effects, and then of standardised ones."""
        unit = np.nan if self.why_no_total else self.given.unit(-1, 0)
        return np.repeat([unit, 1.0], len(self.labels))

    @property
    def coefficients(self) -> Array:
        """Those of scores, NaN where they are undefined."""
        if self.why:
            return np.full((len(self.causes),) * 2, np.nan)
        return path_coefficients(self.given.covariance, self.causes)

    @property
    def sizes(self) -> Array:
        """Of what size the numbers are that effects are made of."""
        found = self.coefficients
        parts = np.array([np.abs(others(along(found, path))).sum() for path in self.paths])
        return np.concatenate([[1.0], parts, [parts.sum(), 1.0]])

    def regressions(self, confidence: float) -> Cells:
        """Return the columns of regressions, the last that of the outcome on the cause alone."""
        names, last = self.given.names, len(self.causes) - 1
        fits = [*enumerate(self.causes[1:], 1), (last, (0,))]
        pairs = [(names[effect], names[cause]) for effect, causes in fits for cause in causes]
        pairs[-1] = (names[-1], alone(names[0]))
        rows: list[dict[str, float]] = []
        whys: list[str] = []
        for effect, causes in fits:
            why = self.why_not(effect, causes)
            whys += [why] * len(causes)
            rows += [] if why else self.given.coefficients(effect, causes, confidence)
        outcomes, predictors = zip(*pairs, strict=True)
        keys = {"outcome": outcomes, "predictor": predictors}
        return keys | {"n": np.full(len(pairs), self.given.n)} | coefficient_columns(rows, whys)

    def sobel(self) -> Array:
        """Return the delta method's error of indirect effects of scores; NaN if there is none."""
        if self.why:
            return np.full(len(self.labels), np.nan)
        given, found = self.given, self.coefficients
        fits = [given.fit(place, causes) for place, causes in enumerate(self.causes)]
        residuals = given.rows - given.rows @ found.T
        df = np.array([fit.df for fit in fits])
        errors = residuals.T @ residuals / np.minimum.outer(df, df)
        inverses = [fit.unscaled[1:, 1:] for fit in fits]
        own = np.zeros_like(found)
        for place, causes in enumerate(self.causes):
            own[place, list(causes)] = np.diagonal(inverses[place]) * errors[place, place]
        along_paths = [
            np.sqrt((others(along(found, path)) ** 2 * along(own, path)).sum())
            for path in self.paths
        ]
        indirect = indirect_error(found, inverses, errors, self.causes)
        se = np.array([np.nan, *along_paths, indirect, np.nan])  # the others have their t
        return np.where(se > ROUNDING * self.sizes, se, np.nan)


def alone(name: str) -> str:
    """Return what a cause is called where it is the only predictor."""
    return f"{name} (alone)"
