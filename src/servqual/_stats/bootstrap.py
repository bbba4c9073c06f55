"""The bootstrap of whatever is a function of sums over respondents, in one matrix product."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import Any, Literal, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from servqual._checks import choice, whole

__all__ = ["Bootstrap", "Draw", "Features", "Progress", "Statistic", "bar", "bca", "percentile"]

Array = NDArray[np.float64]
Draw = Literal["multinomial", "poisson"]
Features = Callable[[slice], Array]  # (rows, q): what each of these rows adds to the sums
Statistic = Callable[[Array], Array]  # of sums (…, q), the estimates (…, s); NaN where undefined
Progress = (
    bool | Callable[[int, int], object]
)  # a bar, or a call with what is done, and of how much
ROWS = 4096  # rows of a block: its counts and features stay in the cache
CELLS = 2**21  # counts at a time
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
        return [slice(a, min(a + ROWS, self.rows)) for a in range(0, self.rows, ROWS)]

    def sums(self) -> Array:
        """Return the sums over all rows, each counted once."""
        return cast("Array", np.sum([self.features(rows).sum(axis=0) for rows in self.blocks], 0))

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
        each row by its own Poisson law of mean 1, as streams must, whose number nobody knows.
        """
        whole("resamples", resamples, least=1)
        choice("draw", draw, ("multinomial", "poisson"))
        sizes = np.array([rows.stop - rows.start for rows in self.blocks])
        shares = rng.multinomial(self.rows, sizes / self.rows, size=resamples)
        sums: Array | None = None
        with bar(self.rows * resamples, progress) as advance:
            for block, (rows, size) in enumerate(zip(self.blocks, sizes.tolist(), strict=True)):
                features = self.features(rows)
                if sums is None:
                    sums = np.zeros((resamples, features.shape[1]))
                for start in range(0, resamples, max(1, CELLS // size)):
                    some = slice(start, min(start + max(1, CELLS // size), resamples))
                    if draw == "poisson":
                        counts = rng.poisson(1.0, (some.stop - some.start, size))
                    else:
                        counts = _drawn(shares[some, block], size, rng)
                    sums[some] += counts.astype(float) @ features
                    advance(counts.size)
        return self.estimates(cast("Array", sums))

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
        moves = np.diag(steps)
        with np.errstate(invalid="ignore", divide="ignore"):
            change = self.estimates(sums + moves) - self.estimates(sums - moves)
            gradient = np.where(steps[:, None] > 0, change / (2 * steps[:, None]), 0.0)
            second, third = np.zeros((2, gradient.shape[1]))
            for rows in self.blocks:
                influence = (self.features(rows) - mean) @ gradient
                second += (influence**2).sum(axis=0)
                third += (influence**3).sum(axis=0)
            found: Array = third / (6 * second**1.5)
        return found


def percentile(draws: Array, confidence: float) -> tuple[Array, Array]:
    """Return the quantiles (type 7) of each column of draws that leave out equal tails.

    Draws that are NaN stand aside; NaN where fewer than two are left.
    """
    tail = (1 - confidence) / 2
    probabilities = np.broadcast_to([[tail], [1 - tail]], (2, draws.shape[1]))
    low, high = _quantiles(draws, probabilities)
    return low, high


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
    below = (draws < estimates).sum(axis=0) + (draws == estimates).sum(axis=0) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
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


def _drawn(counts: NDArray[np.int64], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how often each of `size` rows was drawn; each resample draws `counts` of them."""
    cells = rng.integers(size, size=int(counts.sum()))
    cells += np.repeat(size * np.arange(len(counts)), counts)
    return np.bincount(cells, minlength=size * len(counts)).reshape(len(counts), size)


def bar(total: int, progress: Progress) -> AbstractContextManager[Callable[[int], Any]]:
    """Return whom to tell of each step: a bar where tqdm is installed, a call, or nobody."""
    if callable(progress):
        tell, done = progress, 0

        def advance(step: int) -> None:
            nonlocal done
            done += step
            tell(done, total)

        return nullcontext(advance)
    if progress and find_spec("tqdm") is not None:
        from tqdm import tqdm

        return _Bar(tqdm(total=total, desc="bootstrap", unit="row", unit_scale=True))
    return nullcontext(lambda _: None)


class _Bar(AbstractContextManager[Callable[[int], Any]]):
    """A bar of tqdm, closed at the end."""

    def __init__(self, bar: Any) -> None:  # noqa: ANN401 (of tqdm)
        self.bar = bar

    def __enter__(self) -> Callable[[int], Any]:
        return cast("Callable[[int], Any]", self.bar.update)

    def __exit__(self, *_: object) -> None:
        self.bar.close()
