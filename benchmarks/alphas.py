"""How often 95 % intervals of alpha and omega hold the truth, on skewed answers of 5 and 7 points.

``python benchmarks/alphas.py`` prints the table of docs/coverage.md, in some ten minutes of one
core; ``--share 0.1`` gives a first look. Answers are normal latent ones cut into points: the
covariances of the points, and so the true alpha and omega, follow from the bivariate normal law
without simulation.
"""

import argparse
import time

import numpy as np
from scipy.special import ndtri

from servqual._stats.binormal import binormal_cdf
from servqual._stats.factors import omega, one_factor
from servqual._stats.reliability import alpha
from servqual.measurement import cronbach_alpha, mcdonald_omega

SEED = 20261122
SIZES = (50, 200, 1000)
REPLICATIONS, BOOTSTRAPS = 10_000, 2_000  # replications by formula, and of the bootstrap
RESAMPLES = 1_000
LOADINGS = np.array([0.8, 0.75, 0.7, 0.65, 0.6])
SHAPES = {
    "5 points, even": (0.07, 0.24, 0.38, 0.24, 0.07),
    "5 points, skewed": (0.02, 0.05, 0.13, 0.35, 0.45),
    "5 points, at the ceiling": (0.01, 0.02, 0.04, 0.13, 0.80),
    "7 points, skewed": (0.01, 0.02, 0.04, 0.08, 0.15, 0.30, 0.40),
}
FORMULAS = ("feldt", "bonett", "bonett-wright", "distribution-free")
HEAD = (
    f"{'answers':26}{'n':>6}{'truth':>8}  {'interval':28}{'cover %':>9}{'± MC':>6}{'truth <':>9}"
    f"{'truth >':>9}{'width':>8}{'none':>6}"
)


def covariance_of_points(shares):
    """Return the covariance matrix of the points 1, 2, … of normal answers with these shares."""
    cuts = ndtri(np.cumsum(shares)[:-1])
    below = np.cumsum(shares)[:-1]
    variance = (
        np.sum(np.arange(len(shares)) ** 2 * shares) - np.sum(np.arange(len(shares)) * shares) ** 2
    )
    rho = np.outer(LOADINGS, LOADINGS)
    both = binormal_cdf(cuts[:, None], cuts[None, :], rho[..., None, None])
    # E[XY] - E[X]E[Y] = Σ P(X <= a, Y <= b) - P(X <= a) P(Y <= b), by Hoeffding
    found = (both - np.outer(below, below)).sum(axis=(-1, -2))
    np.fill_diagonal(found, variance)
    return found


def answers(shares, rows, rng):
    """Return points of normal answers with one factor, (rows, 5)."""
    latent = LOADINGS * rng.normal(size=(rows, 1))
    latent = latent + np.sqrt(1 - LOADINGS**2) * rng.normal(size=(rows, len(LOADINGS)))
    return np.searchsorted(ndtri(np.cumsum(shares)[:-1]), latent).astype(float)


def covered(calls, shares, rows, replications):
    """Return low and high of each interval, (intervals, replications, 2), on the same answers."""
    rng = np.random.default_rng([SEED, rows, round(1000 * shares[-1])])
    ends = np.full((len(calls), replications, 2), np.nan)
    for replication in range(replications):
        sample = answers(shares, rows, rng)
        for place, call in enumerate(calls):
            found = call(sample, replication)
            ends[place, replication] = found.low, found.high
    return ends


def line(shape, rows, truth, name, ends):
    """Print how often the ends hold the truth."""
    known = ~np.isnan(ends).any(axis=1)
    low, high = ends[known].T
    held = np.mean((low <= truth) & (truth <= high))
    error = np.sqrt(held * (1 - held) / known.sum())
    below, above = np.mean(truth < low), np.mean(truth > high)
    print(
        f"{shape:26}{rows:6}{truth:8.4f}  {name:28}{100 * held:9.2f}{100 * error:6.2f}"
        f"{100 * below:9.2f}{100 * above:9.2f}{np.mean(high - low):8.4f}{(~known).sum():6}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0)
    share = parser.parse_args().share
    start = time.perf_counter()
    print(HEAD)
    for shape, given in SHAPES.items():
        shares = np.array(given)
        covariance = covariance_of_points(shares)
        fit = one_factor(covariance)
        truths = float(alpha(covariance)), float(omega(fit.loadings, fit.errors))
        for rows in SIZES:
            formulas = [
                lambda x, _, name=name: cronbach_alpha(x, interval=name) for name in FORMULAS
            ]
            ends = covered(formulas, shares, rows, round(share * REPLICATIONS))
            for name, found in zip(FORMULAS, ends, strict=True):
                line(shape, rows, truths[0], f"alpha, {name}", found)
            kinds = ("bootstrap", "percentile")
            draws = [
                lambda x, seed, name=name: cronbach_alpha(
                    x, interval=name, resamples=RESAMPLES, rng=seed
                )
                for name in kinds
            ]
            omegas = [
                lambda x, _, name=name: mcdonald_omega(x, interval=name)
                for name in ("delta", "distribution-free")
            ]
            ends = covered(draws, shares, rows, round(share * BOOTSTRAPS))
            for name, found in zip(kinds, ends, strict=True):
                line(shape, rows, truths[0], f"alpha, {name}", found)
            ends = covered(omegas, shares, rows, round(share * BOOTSTRAPS))
            for name, found in zip(("delta", "distribution-free"), ends, strict=True):
                line(shape, rows, truths[1], f"omega, {name}", found)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
