"""How often the intervals of a weighted index hold the truth, and how long charts run.

``python benchmarks/failures.py`` prints everything, in some two minutes of one core. No matter of
time, and so not of an idle machine: the tables of docs/coverage.md.

All replications of a setting are the periods of one index, or two of them compared.
"""

import argparse
import platform
import time
import warnings
from importlib.metadata import version

import numpy as np

import servqual as sq

SEED = 20261122
REPLICATIONS = 200_000
MEANS = (0.5, 1, 2, 5, 10, 20, 50, 100)
METHODS = ("fay-feuer", "mid-p", "normal")
FEDEX = sq.failure_scheme("fedex-sqi-12")
COUNTS = np.array([500, 80, 40, 6, 30, 60, 12, 8, 20, 9, 15, 100])  # the example of theory.md, D1


def scheme(weights):
    """Return a scheme of events with such weights."""
    types = [
        sq.failures.FailureType(code=f"t{n}", name=f"t{n}", weight=w) for n, w in enumerate(weights)
    ]
    return sq.failures.FailureScheme(code="simulated", name="simulated", types=types)


EQUAL, SQI = scheme(np.ones(12)), scheme(FEDEX.points)
MINUTES = sq.failures.FailureScheme(
    code="minutes",
    name="minutes",
    types=[sq.failures.FailureType(code="delay", name="Delay", weight=1, unit="minutes")],
)
ALIKE, MIXED = np.full(12, 1 / 12), COUNTS / COUNTS.sum()
SETTINGS = (
    ("equal weights", EQUAL, ALIKE),
    ("FedEx weights, types alike", SQI, ALIKE),
    ("FedEx weights, mostly light", SQI, MIXED),
)


def covered(low, high, truth):
    """Return the share of intervals that hold the truth, in percent, and its error."""
    share = np.mean((low <= truth) & (truth <= high))
    return 100 * share, 100 * np.sqrt(share * (1 - share) / len(low))


def intervals(rng, replications):
    """Print the coverage of the intervals of the points, by the mean number of failures."""
    print(f"\nIntervals of the points, {replications:,} indices a line; cover %, truth above %")
    print(f"{'':30}{'mean':>6}" + "".join(f"{name:>16}" for name in METHODS) + f"{'± MC':>7}")
    for name, weights, shares in SETTINGS:
        for mean in MEANS:
            counts = rng.poisson(mean * shares, (replications, len(shares)))
            truth = mean * shares @ weights.points
            cells = []
            for method in METHODS:
                found = sq.failure_index(counts, weights, interval=method).periods
                share, _ = covered(found["low"], found["high"], truth)
                cells.append(f"{share:9.2f}{100 * np.mean(found['high'] < truth):7.2f}")
            error = 100 * np.sqrt(0.95 * 0.05 / replications)
            print(f"{name:30}{mean:6g}" + "".join(cells) + f"{error:7.2f}", flush=True)


def comparisons(rng, replications):
    """Print the coverage of the difference and the ratio of two periods."""
    print(f"\nTwo periods, {replications:,} pairs a line; the second is 0.7 of the first")
    print(f"{'':30}{'mean':>6}{'difference':>12}{'ratio':>8}{'undef %':>9}{'± MC':>7}")
    for name, weights, shares in SETTINGS:
        for mean in MEANS[3:]:
            pairs = [rng.poisson(k * mean * shares, (replications, 12)) for k in (1, 0.7)]
            rows = [
                sq.failures.compare_periods(*pair, weights, volume=(1, 1))
                for pair in zip(*pairs, strict=True)
            ]
            truth = mean * shares @ weights.points
            ends = {
                end: np.array([getattr(row, end) for row in rows])
                for end in ("difference_low", "difference_high", "ratio_low", "ratio_high")
            }
            known = ~np.isnan(ends["ratio_low"])
            first, error = covered(ends["difference_low"], ends["difference_high"], -0.3 * truth)
            second, _ = covered(ends["ratio_low"][known], ends["ratio_high"][known], 0.7)
            cells = f"{first:12.2f}{second:8.2f}{100 * np.mean(~known):9.2f}{error:7.2f}"
            print(f"{name:30}{mean:6g}{cells}", flush=True)


LAWS = {
    "exponential": lambda rng, size: rng.exponential(30, size),
    "lognormal, sd 1 of the log": lambda rng, size: rng.lognormal(3, 1, size),
    "lognormal, sd 1.5 of the log": lambda rng, size: rng.lognormal(2.3, 1.5, size),
}
MEAN_SCORES = {"exponential": 30, "lognormal, sd 1 of the log": np.exp(3.5)}
MEAN_SCORES["lognormal, sd 1.5 of the log"] = np.exp(2.3 + 1.5**2 / 2)


def scores(rng, replications):
    """Print the coverage of the points of scored cases, of which the largest score is not known."""
    print(f"\nScored cases, {replications:,} logs a line; minutes with a weight of 1, cover %")
    numbers = (2, 5, 10, 20, 50, 100)
    print(f"{'cases in a log, on average':32}" + "".join(f"{n:8}" for n in numbers))
    for name, law in LAWS.items():
        cells = []
        for mean in numbers:
            cases = rng.poisson(mean, replications)
            minutes = law(rng, (replications, cases.max())) * (
                np.arange(cases.max()) < cases[:, None]
            )
            log = sq.failures.FailureCounts(
                scheme=MINUTES,
                keys={"period": np.arange(replications).astype(str)},
                counts=minutes.sum(axis=1, keepdims=True),
                squares=(minutes**2).sum(axis=1),
                largest=np.maximum(minutes.max(axis=1), 1),
                scored=True,
            )
            found = sq.failure_index(log, MINUTES).periods
            cells.append(covered(found["low"], found["high"], mean * MEAN_SCORES[name])[0])
        print(f"{name:32}" + "".join(f"{cell:8.2f}" for cell in cells), flush=True)


RUNS = (
    ("Shewhart, 3 sigma, no runs", {"run": 0}, 0, 370.4),
    ("CUSUM k 0.5, h 4", {"decision": 4}, 0, 168),
    ("CUSUM k 0.5, h 4", {"decision": 4}, 1, 8.38),
    ("CUSUM k 0.5, h 5", {"decision": 5}, 0, 465),
    ("CUSUM k 0.5, h 5", {"decision": 5}, 1, 10.4),
    ("EWMA 0.1, L 2.703, settled", {"width": 2.703, "settled": True}, 0, 371.9),
    ("EWMA 0.1, L 2.814, settled", {"width": 2.814, "settled": True}, 0, 499.6),
    ("EWMA 0.1, L 2.814, settled", {"width": 2.814, "settled": True}, 1, 10.33),
    ("EWMA 0.1, L 2.8239", {"width": 2.8239}, 0, 500),
    ("Shewhart, 3 sigma, 8 in a row", {"run": 8}, 0, np.nan),
    ("Shewhart, 3 sigma, 8 in a row", {"run": 8}, 1, np.nan),
)


def runs(rng, replications):
    """Print average run lengths beside those of the literature."""
    print(f"\nAverage run lengths, {replications:,} charts a line")
    print(f"{'':32}{'shift':>6}{'simulated':>11}{'± MC':>7}{'published':>11}")
    rules = {"S": sq.charts.Shewhart, "C": sq.charts.Cusum, "E": sq.charts.Ewma}
    for name, how, shift, known in RUNS:
        rule = rules[name[0]](**how)
        found = sq.charts.run_length(rule, shift=shift, replications=replications, rng=rng)
        published = "–" if np.isnan(known) else f"{known:g}"
        print(f"{name:32}{shift:6g}{found.mean:11.2f}{found.se:7.2f}{published:>11}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0, help="of the replications")
    share = parser.parse_args().share
    started = time.perf_counter()
    print(
        f"servqual {sq.__version__}, numpy {np.__version__}, scipy {version('scipy')}, "
        f"Python {platform.python_version()}, seed {SEED}"
    )
    rng = np.random.default_rng(SEED)
    warnings.simplefilter("error")
    intervals(rng, int(REPLICATIONS * share))
    comparisons(rng, int(5_000 * share))
    runs(rng, int(100_000 * share))
    scores(rng, int(20_000 * share))
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
