"""Reliability and validity beside what others use for them, in one run on the same answers.

``python benchmarks/trust.py`` prints everything, in some minutes. It needs pingouin and ordinalcorr
(PyPI), and Rscript with psych (Debian: r-cran-psych) where R is to take part; who is not installed
is left out and named. Contenders take turns, and the numbers are compared before any is timed.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from contests import show, turns_of

import servqual as sq

FORM = sq.instrument("servqual")
SIZES = (1_000, 100_000, 1_000_000)
R = r"""
suppressMessages(library(psych))
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2]); turns <- as.integer(arguments[3])
answers <- matrix(readBin(arguments[1], "double", rows * 22), rows, 22)
colnames(answers) <- paste0("i", 1:22)
places <- list(1:4, 5:9, 10:13, 14:17, 18:22)
report <- function() sapply(places, function(p) {
  a <- suppressWarnings(alpha(answers[, p], warnings = FALSE)$total$raw_alpha)
  o <- suppressMessages(suppressWarnings(
    omega(answers[, p], nfactors = 1, fm = "ml", plot = FALSE)$omega.tot))
  c(a, o)
})
found <- report()
times <- replicate(turns, system.time(report())["elapsed"])
cat(paste(format(c(found[1, ], found[2, ], times), digits = 15), collapse = " "))
"""


def answers(rows, seed=1):
    """Return perceptions 1..7, (rows, 22), that hang together within their dimensions."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(5), [len(d.items) for d in FORM.dimensions])
    found = np.empty((rows, 22))
    for start in range(0, rows, 8192):
        size = min(8192, rows - start)
        general, own = rng.normal(size=(size, 1)), rng.normal(size=(size, 5))
        latent = 0.5 * general + 0.6 * own[:, owner] + 0.7 * rng.normal(size=(size, 22))
        found[start : start + size] = np.clip(np.rint(4.6 + 1.3 * latent), 1, 7)
    return found


def reliability_beside_r(rows, turns):
    """Time psych's alpha and omega of the five dimensions of one side."""
    side = answers(rows)
    survey = sq.survey_from_arrays(FORM, perceptions=side)
    times = turns_of({"servqual": lambda: sq.reliability(survey)}, turns)
    table = sq.reliability(survey).table
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: psych is left out")
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "answers.bin"
            side.T.tofile(path)  # by column, as R holds it
            command = ["Rscript", "-e", R, str(path), str(rows), str(turns)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        found = np.array(done.stdout.split()[-10 - turns :], float)
        worst = [
            np.abs(theirs - table[name]).max()
            for theirs, name in zip(np.split(found[:10], 2), ("alpha", "omega"), strict=True)
        ]
        print(f"\nlargest difference from psych: alpha {worst[0]:.1e}, omega {worst[1]:.1e}")
        times["psych alpha + omega(ml)"] = found[10:].min(), statistics.median(found[10:])
    show(f"reliability of five dimensions, one side, {rows:,} respondents", times)


def alpha_beside_pingouin(rows, turns):
    """Time one alpha with its interval."""
    side = answers(rows)
    calls = {"servqual": lambda: sq.cronbach_alpha(side)}
    if find_spec("pingouin") is None:
        print("pingouin is not installed: it is left out")
    else:
        import pandas as pd
        import pingouin

        frame = pd.DataFrame(side)
        theirs, interval = pingouin.cronbach_alpha(data=frame)
        ours = sq.cronbach_alpha(side)
        gap = max(abs(theirs - ours.alpha), np.abs(interval - [ours.low, ours.high]).max())
        print(f"\nlargest difference from pingouin (its interval has three digits): {gap:.1e}")
        calls["servqual, of the frame"] = lambda: sq.cronbach_alpha(frame)
        calls["pingouin"] = lambda: pingouin.cronbach_alpha(data=frame)
    show(f"one alpha of 22 items, {rows:,} respondents", turns_of(calls, turns))


def bootstrap_beside_scipy(rows, turns):
    """Time intervals of five alphas (and five omegas) beside scipy's of one alpha."""
    from scipy.stats import bootstrap

    side = answers(rows)
    survey = sq.survey_from_arrays(FORM, perceptions=side)
    one = side[:, FORM.places("reliability")]

    def alpha(*items, axis=-1):
        total = np.sum(items, axis=0).var(axis=axis, ddof=1)
        k = len(items)
        return k / (k - 1) * (1 - sum(item.var(axis=axis, ddof=1) for item in items) / total)

    def scipys(method):
        return bootstrap(
            tuple(one.T), alpha, paired=True, n_resamples=2000, method=method, batch=100, rng=1
        ).confidence_interval

    def ours(interval):
        return sq.reliability(survey, interval=interval, rng=1)

    row = ours("percentile").table.row(side="perceptions", dimension="reliability")
    theirs = scipys("percentile")
    print(f"\nends of one interval: {row['low']:.5f} {row['high']:.5f},", end=" ")
    print(f"scipy {theirs[0]:.5f} {theirs[1]:.5f}")
    calls = {
        "servqual": lambda: ours("percentile"),
        "servqual, BCa": lambda: ours("bootstrap"),
        "servqual, one alpha": lambda: sq.cronbach_alpha(one, interval="percentile", rng=1),
        "servqual, one alpha, BCa": lambda: sq.cronbach_alpha(one, interval="bootstrap", rng=1),
        "scipy, one alpha": lambda: scipys("percentile"),
        "scipy, one alpha, BCa": lambda: scipys("BCa"),
    }
    title = f"2,000 resamples of {rows:,} × 22: alpha and omega of five dimensions"
    show(title, turns_of(calls, turns))


def polychoric_beside_ordinalcorr(rows, turns):
    """Time the matrix of 22 items; the package gives one pair at a time."""
    side = answers(rows)
    calls = {"servqual": lambda: sq.measurement.polychoric_matrix(side)}
    ours = sq.measurement.polychoric_matrix(side).matrix
    if find_spec("ordinalcorr") is None:
        print("ordinalcorr is not installed: it is left out")
        return
    from ordinalcorr import polychoric

    def theirs(pairs):
        return [polychoric(side[:, a], side[:, b]) for a, b in pairs]

    pairs = list(zip(*np.triu_indices(22, 1), strict=True))
    some = pairs[:: len(pairs) // 11]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gap = max(abs(x - ours[pair]) for x, pair in zip(theirs(some), some, strict=True))
        print(f"\nlargest difference from ordinalcorr in {len(some)} pairs: {gap:.1e}")
        calls[f"ordinalcorr, {len(some)} of {len(pairs)} pairs"] = lambda: theirs(some)
        times = turns_of(calls, turns)
    show(f"polychoric matrix of 22 items, {rows:,} respondents", times)
    whole = times[f"ordinalcorr, {len(some)} of {len(pairs)} pairs"][1] * len(pairs) / len(some)
    print(f"  all pairs at that pace: {whole:.1f} s, {whole / times['servqual'][1]:.0f} times ours")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--parts", nargs="*", default=["r", "pingouin", "scipy", "polychoric"])
    chosen = parser.parse_args()
    print(json.dumps({"numpy": np.__version__, "servqual": sq.__version__}))
    if "r" in chosen.parts:
        for rows in SIZES:
            reliability_beside_r(rows, chosen.turns)
    if "pingouin" in chosen.parts:
        alpha_beside_pingouin(1_000_000, chosen.turns)
    if "scipy" in chosen.parts:
        bootstrap_beside_scipy(10_000, chosen.turns)
    if "polychoric" in chosen.parts:
        polychoric_beside_ordinalcorr(100_000, chosen.turns)


if __name__ == "__main__":
    main()
