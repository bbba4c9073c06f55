"""Intervals of an indirect effect: how often they hold the true one.

``python benchmarks/indirect_effects.py`` prints the tables of the docs, in some minutes on one
core; ``--share 0.05`` gives a first look. Paths a and b are those called small (.14), medium (.39)
and large (.59) by MacKinnon, Lockwood & Williams (2004), x is normal, there is no direct effect,
and errors are normal or skewed. All three intervals are of the same samples, and both bootstraps
of the same resamples.
"""

import argparse
import platform
import time
from itertools import product

import numpy as np
import scipy
from scipy.special import ndtri

import servqual as sq
from servqual._stats.bootstrap import bca, percentile
from servqual._stats.paths import effects_of
from servqual._stats.second_moments import covariance_bootstrap
from servqual.profit_chain import mediation

SEED = 20261123
SAMPLES, RESAMPLES = 2_000, 1_000
SIZES = (25, 50, 100, 200, 500)
PATHS = ((0, 0), (0.14, 0.14), (0, 0.39), (0.39, 0.39), (0.59, 0.59))
ERRORS = {  # of mean 0 and variance 1
    "normal": lambda rng, size: rng.standard_normal(size),
    "skewed": lambda rng, size: rng.exponential(size=size) - 1,  # skewness 2
}
INTERVALS = ("percentile", "BCa", "Sobel")
CAUSES, THROUGH = ((), (0,), (0, 1)), ((0, 1, 2),)


def indirect(covariance):
    """Return a·b of covariances of x, m and y."""
    return effects_of(covariance, CAUSES, THROUGH)[..., 1:2]


def drawn(rng, n, a, b, errors):
    """Return a sample of x, m and y, less their means."""
    x = rng.standard_normal(n)
    m = a * x + errors(rng, n)
    y = b * m + errors(rng, n)
    rows = np.column_stack([x, m, y])
    return rows - rows.mean(axis=0)


def sobel(rows):
    """Return a·b, and its error √(a²·s_b² + b²·s_a²)."""
    x, m, y = rows.T
    n, xx = len(rows), x @ x
    a = x @ m / xx
    other = m - a * x  # of m, what x does not give
    b = other @ y / (other @ other)
    left = y - x * (x @ y / xx) - b * other
    of_a = other @ other / (n - 2) / xx
    of_b = left @ left / (n - 3) / (other @ other)
    return a * b, np.sqrt(a**2 * of_b + b**2 * of_a)


def misses(rng, n, a, b, errors, samples):
    """Return of each interval, how often it lies above the truth, below it, or is not there."""
    found = np.zeros((len(INTERVALS), 3))
    for _ in range(samples):
        rows = drawn(rng, n, a, b, errors)
        boot = covariance_bootstrap(rows, None, rows.T @ rows / n, indirect)
        draws = boot.draws(RESAMPLES, rng)
        at, se = sobel(rows)
        half = ndtri(0.975) * se
        ends = (
            percentile(draws, 0.95),
            bca(draws, np.array([at]), boot.acceleration(), 0.95),
            (np.array([at - half]), np.array([at + half])),
        )
        for row, (low, high) in enumerate(ends):
            found[row] += [low[0] > a * b, high[0] < a * b, np.isnan(low[0])]
    return found / samples


def see_sobel():
    """See that the formula here gives what `mediation` gives."""
    rows = drawn(np.random.default_rng(SEED), 40, 0.4, 0.3, ERRORS["normal"])
    row = mediation(*rows.T, resamples=2, interval="percentile").effects.row(effect="indirect")
    np.testing.assert_allclose(sobel(rows), (row["estimate"], row["sobel_se"]), rtol=1e-10)


def show(title, heads, rows):
    """Print a table as Markdown, its columns in line."""
    cells = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}\n")
    for place, row in enumerate(cells):
        padded = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(padded)} |")
        if place == 0:
            print(f"|{'|'.join('-' * (width + 1) + ':' for width in widths)}|", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the samples")
    samples = max(10, round(parser.parse_args().share * SAMPLES))
    start, rng = time.perf_counter(), np.random.default_rng(SEED)
    see_sobel()
    error = 100 * np.sqrt(0.95 * 0.05 / samples)
    print(
        f"servqual {sq.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}, seed {SEED}; {samples:,} samples, "
        f"{RESAMPLES:,} resamples; a share of 95 % has an error of {error:.1f}"
    )
    for name, errors in ERRORS.items():
        rows = []
        for (a, b), n in product(PATHS, SIZES):
            found = 100 * misses(rng, n, a, b, errors, samples)
            row = [f"{a:g}", f"{b:g}", str(n)]
            for above, below, none in found:
                row += [f"{100 - above - below - none:.1f}", f"{below:.1f}", f"{above:.1f}"]
            rows.append(row)
            if found[:, 2].any():
                print(f"without an interval, %: {found[:, 2].tolist()}, of {row[:3]}")
        heads = ["a", "b", "n"]
        for interval in INTERVALS:
            heads += [f"{interval}: cover %", "all below", "all above"]
        show(
            f"95 % intervals of a·b, {name} errors: held; all below the truth; all above",
            heads,
            rows,
        )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
