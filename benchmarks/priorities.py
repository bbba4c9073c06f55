"""Drivers and league tables beside what a user would write, in one run on the same numbers.

``python benchmarks/priorities.py`` prints everything, in some two minutes. It needs scikit-learn
and statsmodels; who is not installed is left out and named. Contenders take turns, and the numbers
are compared before any is timed. What would take too long is timed in part, and says so.
"""

import argparse
import json
from importlib.util import find_spec
from math import factorial

import numpy as np
from contests import show, turns_of
from scipy.optimize import brentq

import servqual as sq
from servqual.priorities import relative_importance
from servqual.rankings import league_table

ROWS, TOUCHPOINTS = 25_976, 14  # of shared/data/airline
UNITS, DRAWS, TOP = 10_000, 1000, 3
SOME = 32  # of the 2^14 sets of predictors, drawn, where each is a model of its own


def flights(seed=1):
    """Return answers 1..5 on 14 touchpoints, some missing, and who is satisfied."""
    rng = np.random.default_rng(seed)
    general = rng.normal(size=(ROWS, 1))
    kinds = rng.normal(size=(ROWS, 4))[:, np.arange(TOUCHPOINTS) % 4]
    latent = 0.4 * general + 0.5 * kinds + rng.normal(size=(ROWS, TOUCHPOINTS))
    answers = np.clip(np.rint(3.3 + 1.1 * latent), 1, 5)
    pull = answers @ np.linspace(0, 0.3, TOUCHPOINTS) + rng.normal(size=ROWS)
    answers[rng.random(answers.shape) < 0.006] = np.nan
    return answers, (pull > np.median(pull)).astype(float)


def units(seed=2):
    """Return means and their squared standard errors, of units of 4 to 400 answers."""
    rng = np.random.default_rng(seed)
    variances = 1 / rng.integers(4, 401, UNITS)
    return 4 + 0.2 * rng.normal(size=UNITS) + rng.normal(size=UNITS) * np.sqrt(variances), variances


def places_of(number):
    """Return the predictors of a set, which are the bits of its number."""
    return [place for place in range(TOUCHPOINTS) if number >> place & 1]


def shares_of(explained):
    """Return what each predictor adds to R², over all sets without it: R² by number of the set."""
    p, sets = TOUCHPOINTS, np.arange(2**TOUCHPOINTS)
    size = np.array([number.bit_count() for number in sets.tolist()])
    weight = np.array([factorial(s) * factorial(p - 1 - s) / factorial(p) for s in range(p)])
    found = np.empty(p)
    for place in range(p):
        without = sets[sets >> place & 1 == 0]
        found[place] = weight[size[without]] @ (
            explained[without | 1 << place] - explained[without]
        )
    return found


def by_correlations(answers, outcome):
    """Return R² of all sets of predictors from one matrix of correlations, and the shares."""
    complete = ~np.isnan(answers).any(axis=1)
    R = np.corrcoef(np.column_stack([answers, outcome])[complete], rowvar=False)
    explained = np.zeros(2**TOUCHPOINTS)
    for number in range(1, len(explained)):
        places = places_of(number)
        r = R[places, -1]
        explained[number] = r @ np.linalg.solve(R[np.ix_(places, places)], r)
    return explained, shares_of(explained)


def drivers(turns):
    """Time LMG of 14 touchpoints."""
    answers, outcome = flights()
    complete = ~np.isnan(answers).any(axis=1)
    rows, y = answers[complete], outcome[complete]
    explained, shares = by_correlations(answers, outcome)
    ours = relative_importance(answers, outcome)
    print(
        f"\n{len(y):,} complete rows; largest difference of shares from all sets by numpy:", end=""
    )
    print(f" {np.abs(ours.shares - shares).max():.1e}")
    drawn = np.random.default_rng(4).choice(2**TOUCHPOINTS - 1, SOME, replace=False) + 1
    some = [(number, places_of(number)) for number in drawn.tolist()]
    calls = {
        "servqual": lambda: relative_importance(answers, outcome),
        "servqual, relative weights": lambda: relative_importance(
            answers, outcome, method="relative-weights"
        ),
        "numpy, all sets, of correlations": lambda: by_correlations(answers, outcome),
    }
    models = {}
    if find_spec("sklearn") is None:
        print("scikit-learn is not installed: it is left out")
    else:
        from sklearn.linear_model import LinearRegression

        models["scikit-learn"] = lambda p: (
            LinearRegression().fit(rows[:, p], y).score(rows[:, p], y)
        )
    if find_spec("statsmodels") is None:
        print("statsmodels is not installed: it is left out")
    else:
        from statsmodels.api import OLS, add_constant

        models["statsmodels"] = lambda p: OLS(y, add_constant(rows[:, p])).fit().rsquared
    for name, model in models.items():
        gap = max(abs(model(places) - explained[number]) for number, places in some)
        print(f"largest difference of R² of {name} in {len(some)} sets: {gap:.1e}")
        calls[f"{name}, {len(some)} of {2**TOUCHPOINTS:,} sets"] = lambda model=model: [
            model(places) for _, places in some
        ]
    title = (
        f"LMG of {TOUCHPOINTS} touchpoints × {ROWS:,} rows (ours with standard errors, intervals)"
    )
    times = turns_of(calls, turns)
    show(title, times)
    for name in models:
        part = times[f"{name}, {len(some)} of {2**TOUCHPOINTS:,} sets"][1]
        whole = part * 2**TOUCHPOINTS / len(some)
        pace = f"  {name}, all sets at that pace: {whole:.0f} s"
        print(f"{pace}, {whole / times['servqual'][1]:,.0f} times ours")


def by_loop(means, variances, seed=3):
    """Return shrunk means, rank intervals, p_best and p_top as one writes them with numpy."""

    def excess(tau2):
        weights = 1 / (variances + tau2)
        centre = np.average(means, weights=weights)
        return weights @ (means - centre) ** 2 - (UNITS - 1)

    tau2 = brentq(excess, 0, means.var() * 10, xtol=1e-15)
    weights = 1 / (variances + tau2)
    centre = np.average(means, weights=weights)
    believed = tau2 / (variances + tau2)
    shrunk = centre + believed * (means - centre)
    spread = np.sqrt(variances * believed)
    rng = np.random.default_rng(seed)
    ranks = np.empty((DRAWS, UNITS), np.int64)
    for draw in range(DRAWS):
        common = rng.normal(0, np.sqrt(1 / weights.sum()))
        drawn = shrunk + (1 - believed) * common + spread * rng.normal(size=UNITS)
        ranks[draw, np.argsort(-drawn)] = np.arange(1, UNITS + 1)
    low, high = np.quantile(ranks, (0.025, 0.975), axis=0, method="inverted_cdf")
    return tau2, shrunk, low, high, (ranks == 1).mean(axis=0), (ranks <= TOP).mean(axis=0)


def leagues(turns):
    """Time a league of 10,000 units with what is known of their ranks."""
    means, variances = units()
    ours = league_table(means, variances, top=TOP)
    tau2, shrunk, low, high, p_best, p_top = by_loop(means, variances)
    table = ours.table
    gaps = np.abs(table["shrunk"] - shrunk).max(), abs(ours.tau2 / tau2 - 1)
    print(
        f"\nlargest difference of shrunk means from the loop: {gaps[0]:.1e}, of τ²: {gaps[1]:.1e}"
    )
    worst = [
        np.abs(one - other).max()
        for one, other in ((table["p_best"], p_best), (table["p_top"], p_top))
    ]
    ends = [np.abs(table["rank_low"] - low).mean(), np.abs(table["rank_high"] - high).mean()]
    print(
        f"of p_best and p_top, by other draws: {worst[0]:.3f} {worst[1]:.3f} (error of a half: "
        f"{np.sqrt(0.5 / DRAWS):.3f}); ends of rank intervals differ by {ends[0]:.0f} and "
        f"{ends[1]:.0f} ranks on average, of {(high - low).mean():.0f} between them"
    )
    if find_spec("statsmodels") is None:
        print("statsmodels is not installed: its τ² is left out")
    else:
        from statsmodels.stats.meta_analysis import combine_effects

        theirs = combine_effects(means, variances, method_re="iterated").tau2
        print(f"τ² {ours.tau2:.10f}, of statsmodels by the same method {theirs:.10f}")
    calls = {
        "servqual": lambda: league_table(means, variances, top=TOP),
        "numpy, a loop over draws": lambda: by_loop(means, variances),
    }
    title = f"league of {UNITS:,} units, {DRAWS:,} joint draws of their ranks"
    show(title, turns_of(calls, turns))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--parts", nargs="*", default=["drivers", "leagues"])
    chosen = parser.parse_args()
    print(json.dumps({"numpy": np.__version__, "servqual": sq.__version__}))
    if "drivers" in chosen.parts:
        drivers(chosen.turns)
    if "leagues" in chosen.parts:
        leagues(chosen.turns)


if __name__ == "__main__":
    main()
