"""The bootstrap of whatever is a function of sums over respondents, in one matrix product."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import Any, Literal, cast, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, generator, whole
from servqual._stats.counts import multinomial_counts, poisson_counts
from servqual._stats.parts import blocks, side_by_side, summed

__all__ = [
    "RESAMPLED",
    "Bootstrap",
    "Draw",
    "Drawing",
    "Drawn",
    "Features",
    "Progress",
    "Resampled",
    "Statistic",
    "bar",
    "bca",
    "kept",
    "percentile",
    "spread",
]

Array = NDArray[np.float64]
Draw = Literal["multinomial", "poisson", "normal"]
Resampled = Literal["bootstrap", "percentile"]  # bias-corrected and accelerated, or plain quantiles
RESAMPLED: dict[str, str] = {"bootstrap": "BCa bootstrap", "percentile": "percentile bootstrap"}
Features = Callable[[slice], Array]  # (rows, q): what each of these rows adds to the sums
Statistic = Callable[[Array], Array]  # of sums (…, q), the estimates (…, s); NaN where undefined
Progress = (
    bool | Callable[[int, int], object]
)  # a bar, or a call with what is done, and of how much
LOST = 0.1  # the share of resamples without an estimate that an interval can bear
PART = 250  # resamples of one thread at a time
MANY = 200_000  # counts from which a second thread gains more than it costs
CELLS = 2**21  # sums at a time
TIE = 1e-9  # of the spread of draws: a draw this near to the estimate is one of it
STEP = 1e-5  # of a central difference, in standard errors of a sum: good to ten digits


@attrs.frozen(kw_only=True, eq=False)
class Bootstrap:
    """Estimates that are functions of sums over rows, resampled by weights on these rows.

    Row i adds the features f_i to the sums. A resample has the sums Σ c_i·f_i, where c counts how
    often each row was drawn: all resamples are one product of counts and features, in blocks.

    Parameters
    ----------
    features : callable
        Of a slice of rows, their features (rows, q).
    rows : int
        How many rows there are.
    statistic : callable
        Of sums (…, q), the estimates (…, s); NaN where they are undefined.
    """

    features: Features
    rows: int
    statistic: Statistic

    @property
    def blocks(self) -> list[slice]:
        """The rows of each block."""
        return list(blocks(0, self.rows))

    def sums(self) -> Array:
        """Return the sums over all rows, each counted once."""
        parts = [self.features(rows).sum(axis=0) for rows in self.blocks or [slice(0, 0)]]
        return cast("Array", np.sum(parts, axis=0))

    def draws(
        self,
        resamples: int,
        rng: np.random.Generator,
        *,
        draw: Draw = "multinomial",
        progress: Progress = False,
    ) -> Array:
        """Return the estimates of resamples, (resamples, s).

        ``"multinomial"`` draws as many rows as there are, with replacement; ``"poisson"`` counts
        each row by its own Poisson law of mean 1, as streams must, whose number nobody knows;
        ``"normal"`` draws the sums from the normal law that they have where rows are many.
        """
        whole("resamples", resamples, least=1)
        choice("draw", draw, get_args(Draw))
        if not self.rows:
            return np.full((resamples, self.estimates(self.sums()[None]).shape[1]), np.nan)
        if draw == "normal":
            with bar(self.rows, progress) as advance:
                found = self.estimates(self._normal_sums(resamples, rng))
                advance(self.rows)
            return found
        starts = range(0, resamples, PART)
        sizes = [min(PART, resamples - start) for start in starts]

        def part(size: int, own: np.random.Generator) -> Array:
            return self.estimates(self._drawn(size, own, draw))

        parts = []
        with bar(self.rows * resamples, progress) as advance:
            many = len(sizes) > 1 and self.rows * resamples >= MANY
            for estimates in side_by_side(part, sizes, rng.spawn(len(sizes)), many=many):
                parts.append(estimates)
                advance(self.rows * len(estimates))
        return np.concatenate(parts)

    def _slopes(self, sums: Array, steps: Array, some: NDArray[np.intp]) -> Array:
        """Return by how much the estimates change with some of the sums."""
        moves = np.zeros((len(some), len(sums)))
        moves[np.arange(len(some)), some] = steps[some]
        change = self.estimates(sums + moves) - self.estimates(sums - moves)
        return np.where(steps[some, None] > 0, change / (2 * steps[some, None]), 0.0)

    def _drawn(self, resamples: int, rng: np.random.Generator, draw: Draw) -> Array:
        """Return the sums of some resamples."""
        sizes = np.array([rows.stop - rows.start for rows in self.blocks])
        shares = rng.multinomial(self.rows, sizes / self.rows, size=resamples)
        total: Array | float = 0.0
        for rows, totals in zip(self.blocks, shares.T, strict=True):
            if draw == "poisson":
                counts: NDArray[Any] = poisson_counts((resamples, rows.stop - rows.start), 1.0, rng)
            else:
                counts = multinomial_counts(totals, rows.stop - rows.start, rng)
            total = total + counts.astype(float) @ self.features(rows)
        return cast("Array", total)

    def _normal_sums(self, resamples: int, rng: np.random.Generator) -> Array:
        """Return sums that have the mean Σf and the covariance Σffᵀ - ΣfΣfᵀ/n of resampled ones.

        One pass over the rows gives both, whatever the number of resamples.
        """

        def part(start: int, stop: int) -> Array:
            total: Array | float = 0.0
            for some in blocks(start, stop):
                features = self.features(some)
                block = np.hstack([np.ones((len(features), 1)), features])
                total = total + block.T @ block
            return np.asarray(total)

        total = summed(part, self.rows)
        sums = total[0, 1:]
        values, vectors = np.linalg.eigh(total[1:, 1:] - np.outer(sums, sums) / self.rows)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        found: Array = sums + rng.standard_normal((resamples, len(sums))) @ root.T
        return found

    def estimates(self, sums: Array) -> Array:
        """Return the estimates that rows of sums give, some at a time."""
        parts = np.array_split(sums, 1 + sums.size // CELLS)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.concatenate([self.statistic(part) for part in parts])

    def acceleration(self) -> Array:
        """Return the acceleration of each estimate, Σ I³ / (6 (Σ I²)^1.5), for `bca`.

        I_i = ∇·(f_i - f̄) is the empirical influence of a row, with the gradient of the estimates
        by central differences of the mean features.
        """
        squares = np.sum([(self.features(rows) ** 2).sum(axis=0) for rows in self.blocks], 0)
        sums = self.sums()
        mean = sums / self.rows
        sd = np.sqrt(np.maximum(squares / self.rows - mean**2, 0))
        steps = STEP * np.sqrt(self.rows) * sd  # of the sums
        with np.errstate(invalid="ignore", divide="ignore"):
            slopes = [self._slopes(sums, steps, some) for some in _split(len(sums))]
            gradient = np.concatenate(slopes)
            second, third = np.zeros((2, gradient.shape[1]))
            for rows in self.blocks:
                influence = (self.features(rows) - mean) @ gradient
                second += (influence**2).sum(axis=0)
                third += (influence**3).sum(axis=0)
            found: Array = third / (6 * second**1.5)
        return found


def _resamples(value: object) -> int:
    return whole("resamples", value, least=2)


@attrs.frozen(eq=False)
class Drawn:
    """By estimate: the estimate, its error over resamples, its interval, and resamples lost."""

    estimates: Array
    se: Array
    low: Array
    high: Array
    lost: NDArray[np.int64]


@attrs.frozen(kw_only=True)
class Drawing:
    """How often rows are drawn again, by whom, and who is told."""

    resamples: int = attrs.field(converter=_resamples)
    rng: np.random.Generator = attrs.field(converter=generator)
    progress: Progress

    def ends(self, boot: Bootstrap, interval: Resampled, confidence: float) -> Drawn:
        """Return the error and the interval of each estimate; none where too many were lost."""
        draws = boot.draws(self.resamples, self.rng, progress=self.progress)
        estimates = boot.estimates(boot.sums()[None])[0]  # rounded as the draws are
        if interval == "percentile":
            low, high = percentile(draws, confidence)
        else:
            low, high = bca(draws, estimates, boot.acceleration(), confidence)
        low, high, lost = kept(draws, low, high)
        se = np.where(_enough(draws), spread(draws), np.nan)
        return Drawn(estimates, se, low, high, lost)

    def note(self, lost: int) -> str:
        """Say how often was drawn, and how many of the draws were lost at most, if any were."""
        said = f", at most {lost} without an estimate" if lost else ""
        return f", {self.resamples} resamples{said}"


def spread(draws: Array) -> Array:
    """Return the sd of each column of the draws that are known; NaN where fewer than two are."""
    columns = (column[~np.isnan(column)] for column in draws.T)
    return np.array([known.std(ddof=1) if len(known) > 1 else np.nan for known in columns])


def kept(draws: Array, low: Array, high: Array) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return ends, NaN where more than a tenth of the draws have no estimate, and how many."""
    enough = _enough(draws)
    lost = np.isnan(draws).sum(axis=0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan), lost


def _enough(draws: Array) -> NDArray[np.bool_]:
    lost = np.isnan(draws).sum(axis=0)
    return np.asarray((lost <= LOST * len(draws)) & (lost < len(draws) - 1))


def percentile(draws: Array, confidence: float) -> tuple[Array, Array]:
    """Return the quantiles (type 7) of each column of draws that leave out equal tails.

    Draws that are NaN stand aside; NaN where fewer than two are left.
    """
    tail = (1 - confidence) / 2
    probabilities = np.broadcast_to([[tail], [1 - tail]], (2, draws.shape[1]))
    low, high = _quantiles(draws, probabilities)
    return low, high


def _split(size: int) -> list[NDArray[np.intp]]:
    """Return places in parts, so that a square of them does not fill the memory."""
    return np.array_split(np.arange(size), 1 + size**2 // CELLS)


def bca(
    draws: Array, estimates: Array, acceleration: Array, confidence: float
) -> tuple[Array, Array]:
    """Return the bias-corrected and accelerated interval of each column of draws.

    The ends are the quantiles at Φ(z₀ + (z₀ ± z)/(1 - a(z₀ ± z))), with z₀ = Φ⁻¹ of the share of
    draws below the estimate, ties counted half [1]_. NaN where all draws lie on one side.

    References
    ----------
    .. [1] Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American
       Statistical Association 82(397), 171-185.
    """
    from scipy.special import ndtr, ndtri  # half a second

    known = ~np.isnan(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.nansum((draws - estimates) ** 2, axis=0) / known.sum(axis=0))
        beyond = np.where(np.abs(draws - estimates) > TIE * spread, np.sign(draws - estimates), 0)
        below = ((known & (beyond < 0)) + (known & (beyond == 0)) / 2).sum(axis=0)
        bias = ndtri(below / known.sum(axis=0))
        z = bias + ndtri(0.5 + confidence / 2) * np.array([[-1.0], [1.0]])
        probabilities = ndtr(bias + z / (1 - acceleration * z))
    probabilities = np.where(np.isfinite(bias), probabilities, np.nan)
    low, high = _quantiles(draws, probabilities)
    return low, high


def _quantiles(draws: Array, probabilities: Array) -> Array:
    """Return quantiles (ends, columns) of the known draws of each column, at its probabilities."""
    found = np.full(probabilities.shape, np.nan)
    for column in range(draws.shape[1]):
        known = draws[~np.isnan(draws[:, column]), column]
        if len(known) > 1 and np.isfinite(probabilities[:, column]).all():
            found[:, column] = np.quantile(known, probabilities[:, column])
    return found


@contextmanager
def bar(total: int, progress: Progress, *, unit: str = "row") -> Iterator[Callable[[int], object]]:
    """Give what is told of each step: a bar where tqdm is installed, a call, or nobody."""
    if progress is True and find_spec("tqdm") is not None:
        from tqdm import tqdm

        with closing(tqdm(total=total, desc="bootstrap", unit=unit, unit_scale=True)) as shown:
            yield shown.update
    else:
        yield _counting(progress, total) if callable(progress) else (lambda _: None)


def _counting(tell: Callable[[int, int], object], total: int) -> Callable[[int], object]:
    done = 0

    def advance(step: int) -> object:
        nonlocal done
        done += step
        return tell(done, total)

    return advance
