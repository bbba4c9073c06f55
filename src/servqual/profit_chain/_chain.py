"""Variables in the order of a chain, as all functions of it take them; and what resamples say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, confidence_level
from servqual._frames.rows import Rows
from servqual._frames.words import counted, lacking, lacking_parts
from servqual._stats.bootstrap import RESAMPLED, Drawing, Drawn, Progress, Resampled
from servqual._stats.regression import LeastSquares, least_squares
from servqual._stats.second_moments import covariance_bootstrap, covariances, listwise_sums
from servqual.tables import interval_note

__all__ = [
    "ASSOCIATION",
    "EXACT",
    "ROUNDING",
    "Cells",
    "Chain",
    "Resampling",
    "coefficient_columns",
    "reasons_joined",
]

Array = NDArray[np.float64]
Cells = dict[str, Any]
ROUNDING = 1e-10  # of what numbers are made of: a spread below it is none
REACH = 1e200  # of the spread of one variable to that of another: beyond are no numbers
ASSOCIATION = "these are associations: who changes a cause may see another effect, or none"
EXACT = "it fits exactly"
FEW = 20  # rows, below which rows drawn again differ too little from them


@attrs.frozen(eq=False)
class Chain:
    """Complete rows of some variables, in standard scores: 0 where a variable does not vary.

    `ends` are the lowest and the highest value of each variable among these rows.
    """

    names: tuple[str, ...]
    rows: Array
    mean: Array
    sd: Array
    ends: Array
    missing: int
    sparse: str

    @classmethod
    def of(
        cls,
        argument: str,
        chain: Any,  # noqa: ANN401 (an array or any frame)
        items: Sequence[str] | None,
    ) -> "Chain":
        """Check what came."""
        rows = Rows.of(argument, chain, items)
        if len(rows.items) < 2:
            advice = "a chain goes from a cause to an effect"
            msg = f"`{argument}` must have two variables or more, got {len(rows.items)}; {advice}"
            raise ValueError(msg)
        return cls.of_rows(rows)

    @classmethod
    def of_rows(cls, rows: Rows) -> "Chain":
        """Take the rows that have all variables."""
        unit = _powers(rows.values)  # no square is beyond all numbers, nor nothing
        rows = attrs.evolve(rows, values=rows.values / unit)
        centre, complete = rows.centre, rows.complete.values
        sums, _ = listwise_sums(rows.values, None, centre)
        own = sums.diagonal()
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, sd = own.x / own.w + centre, np.sqrt(np.diagonal(covariances(sums)))
            scores = np.where(sd > 0, (complete - mean) / sd, 0.0)
        ends = np.full((2, len(mean)), np.nan)
        if len(complete):
            ends = np.stack([complete.min(axis=0), complete.max(axis=0)]).astype(float)
        mean, sd, ends = mean * unit, _comparable(sd * unit, rows.items), ends * unit
        missing = len(rows) - len(complete)
        sparse = rows.sparse.replace("respondents answered all", "rows have all variables")
        return cls(rows.items, scores, mean, sd, ends, missing, sparse)

    @property
    def n(self) -> int:
        """The rows that have all variables."""
        return len(self.rows)

    @property
    def covariance(self) -> Array:
        """That of the scores: their correlations, 0 where a variable does not vary."""
        return np.asarray(self.rows.T @ self.rows / max(self.n - 1, 1))

    @property
    def still(self) -> NDArray[np.bool_]:
        """Which variables do not vary."""
        return np.asarray(~(self.sd > 0))

    def few(self, causes: int) -> str:
        """Say why there are too few rows for a regression on so many causes, or nothing."""
        if self.n == 0:
            return "no row has all variables"
        many = counted(self.n, "row")
        short = f"{many} {'is' if self.n == 1 else 'are'} too few for {counted(causes, 'slope')}"
        return short if self.n <= causes + 1 else ""

    def why(self, places: Sequence[int], causes: int = 1) -> str:
        """Say why there is no estimate from these variables, or nothing."""
        flat = [self.names[place] for place in places if self.still[place]]
        return self.few(causes) or (f"{flat[0]!r} does not vary" if flat else "")

    def design(self, causes: Sequence[int]) -> Array:
        """Return a 1 and the scores of some variables, (n, 1 + causes)."""
        return np.column_stack([np.ones(self.n), self.rows[:, list(causes)]])

    def fit(self, effect: int, causes: Sequence[int]) -> LeastSquares:
        """Regress the scores of a variable on those of others."""
        return least_squares(self.design(causes), self.rows[:, effect])

    def unit(self, effect: int, cause: int) -> float:
        """Return a slope of 1 between scores in the units of two variables."""
        return float(self.sd[effect] / self.sd[cause])

    def link_whys(self) -> list[str]:
        """Say why there is no slope of each variable on the one before it, or nothing."""
        return [self.why((place - 1, place)) for place in range(1, len(self.names))]

    def link_columns(self, confidence: float) -> Cells:
        """Return each link: the slope of a variable on the one before it, and what is lacking."""
        whys = self.link_whys()
        rows = [
            self.coefficients(place, (place - 1,), confidence)[0]
            for place, why in enumerate(whys, 1)
            if not why
        ]
        keys = {"cause": self.names[:-1], "effect": self.names[1:]}
        found = coefficient_columns(rows, whys)
        slope = {"slope" if name == "estimate" else name: found[name] for name in found}
        return keys | {"n": np.full(len(whys), self.n)} | slope

    def coefficients(
        self, effect: int, causes: Sequence[int], confidence: float
    ) -> list[dict[str, float]]:
        """Return the numbers of each coefficient of a fit, in the units of the variables."""
        fit = self.fit(effect, causes)
        found = fit.estimates(np.eye(1 + len(causes))[1:], confidence)
        units = np.array([self.unit(effect, cause) for cause in causes])
        standardised = found["estimate"]
        for name in ("estimate", "se", "low", "high"):
            found[name] = found[name] * units
        found |= {"standardised": standardised}
        found["df"] = np.where(np.isnan(found["se"]), np.nan, fit.df)
        return [
            {name: float(found[name][row]) for name in COEFFICIENT} for row in range(len(units))
        ]

    @property
    def said(self) -> str:
        """What a note says of the rows."""
        left_out = f", {self.missing:,} left out for a missing value" if self.missing else ""
        return f"{counted(self.n, 'row')}{left_out}"

    def cautions(self, found: Cells) -> list[str]:
        """Say what to know before any number is read, of what was found by rows drawn again."""
        said = [self.sparse] if self.sparse and self.n else []
        if self.n < FEW and np.isfinite(found["low"]).any():
            rows = counted(self.n, "row")
            said += [f"intervals by rows drawn again from {rows} are often too short"]
        return said


def _powers(values: Array) -> Array:
    """Return a power of 2 for each column, near its largest number: to divide by it is exact."""
    largest = np.fmax.reduce(np.abs(values), axis=0, initial=0.0)
    return np.asarray(np.ldexp(1.0, np.frexp(largest)[1] - 1))


def _comparable(sd: Array, names: Sequence[str]) -> Array:
    """See that a slope of one variable on another is a number."""
    known = np.where(sd > 0, sd, np.nan)
    if not np.isnan(known).all():
        least, most = int(np.nanargmin(known)), int(np.nanargmax(known))
        if known[most] / REACH > known[least]:
            rule = f"{names[most]!r} and {names[least]!r} must have spreads that compare"
            msg = f"{rule}, got {known[most]:.3g} and {known[least]:.3g}; take other units"
            raise ValueError(msg)
    return sd


COEFFICIENT = ("estimate", "se", "low", "high", "t", "df", "p", "standardised")


def coefficient_columns(rows: Sequence[Mapping[str, float]], whys: Sequence[str]) -> Cells:
    """Return the columns of rows of coefficients, with what an exact fit lacks, and `undefined`.

    There are rows for those without a reason only.
    """
    known, nothing = iter(rows), dict.fromkeys(COEFFICIENT, np.nan)
    rows = [nothing if why else next(known) for why in whys]
    found: Cells = {name: np.array([row[name] for row in rows]) for name in COEFFICIENT}
    said = lacking_parts(found, np.full(len(rows), EXACT))
    absent = ["" if why else words for words, why in zip(said, whys, strict=True)]
    return found | {"lacking": absent, "undefined": list(whys)}


def reasons_joined(*said: Sequence[str]) -> list[str]:
    """Join what is said of each row."""
    return ["; ".join(filter(None, words)) for words in zip(*said, strict=True)]


@attrs.frozen(eq=False)
class Resampling:
    """How intervals are found from resampled rows."""

    interval: Resampled
    confidence: float
    drawing: Drawing

    @classmethod
    def of(
        cls,
        interval: Resampled,
        resamples: int,
        confidence: float,
        rng: int | np.random.Generator | None,
        progress: Progress,
    ) -> "Resampling":
        """Check what came."""
        choice("interval", interval, tuple(RESAMPLED))
        drawing = Drawing(resamples=resamples, rng=rng, progress=progress)
        return cls(interval, confidence_level(confidence), drawing)

    def columns(
        self,
        chain: Chain,
        statistic: Callable[[Array], Array],
        *,
        units: Array,
        sizes: Array,
        whys: Sequence[str],
    ) -> tuple[Cells, str]:
        """Return estimates with se, low, high, why these are lacking, and `undefined`; and a note.

        `statistic` is of covariances of the scores; `units` turn its estimates into those of the
        variables, `sizes` are those of the numbers that they are made of, and `whys` says which
        are undefined.
        """
        known = np.array([not why for why in whys])
        with np.errstate(invalid="ignore", divide="ignore"):
            estimate = np.where(known, statistic(chain.covariance), np.nan) * units
        cells: Cells = {"estimate": estimate}
        cells |= {name: np.full(len(units), np.nan) for name in ("se", "low", "high")}
        cells |= {"lacking": [""] * len(units), "undefined": list(whys)}
        if not known.any():
            return cells, self.note("")
        boot = covariance_bootstrap(chain.rows, None, np.diag(~chain.still * 1.0), statistic)
        drawn = self.drawing.ends(boot, self.interval, self.confidence)
        moving = drawn.se > ROUNDING * sizes
        for name, found in (("se", drawn.se), ("low", drawn.low), ("high", drawn.high)):
            cells[name] = np.where(known & moving, found, np.nan) * units
        if (turned := units < 0).any():
            low, high = cells["low"], cells["high"]
            cells |= {"low": np.where(turned, high, low), "high": np.where(turned, low, high)}
        cells["se"] = np.abs(cells["se"])
        cells["lacking"] = self._lacking(drawn, known, moving)
        return cells, self.note(self.drawing.note(int(drawn.lost[known].max())))

    def _lacking(
        self, drawn: Drawn, known: NDArray[np.bool_], moving: NDArray[np.bool_]
    ) -> list[str]:
        """Say of each estimate why it has no error, or no interval."""
        said = []
        for row, lost in enumerate(drawn.lost.tolist()):
            why = "" if moving[row] else "resamples do not differ"
            if np.isnan(drawn.se[row]):
                why = f"{lost:,} of {self.drawing.resamples:,} resamples do not have it"
            aside = "resamples on one side" if not why and np.isnan(drawn.low[row]) else ""
            said.append(
                lacking({"error, no interval": why, "interval": aside}) if known[row] else ""
            )
        return said

    def note(self, drawn: str) -> str:
        """Say what the intervals are."""
        return interval_note(self.confidence, RESAMPLED[self.interval] + drawn)
