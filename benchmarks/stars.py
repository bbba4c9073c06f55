"""Stars of service by raw and by shrunk means: how many of the truly best are found.

``python benchmarks/stars.py`` prints the tables of the docs, in some four minutes of two cores;
``--share 0.1`` gives a first look. 40 counters have true means that stay as they are for a year,
and every month each of them is checked some times; the k best are chosen by one month alone, or by
the whole year.
"""

import argparse
import platform
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import scipy

import servqual as sq
from servqual._stats.shrinkage import shrunk
from servqual.rankings import league_table, select_stars

SEED = 20261122
UNITS, MONTHS, PLACES = 40, 12, (3, 7)
CHOICES, LEAGUES = 2_000, 1_000  # repeats of choosing alone, and of leagues with drawn ranks
DRAWS = 1_000
CHECKS = {  # a month, of each counter; 12 on average
    "12 each": np.full(UNITS, 12),
    "2 to 30": np.repeat([2, 4, 8, 16, 30], UNITS // 5),
}
SPREADS = (0.5, 1.0, 2.0)  # sd of true means, by the standard error of a mean of 12 checks
SHAPES = {  # standardised true means; those of all scenarios but the last two are normal
    "normal": lambda rng, size: rng.standard_normal(size),
    "few far ahead": lambda rng, size: rng.standard_exponential(size) - 1,
    "few far behind": lambda rng, size: 1 - rng.standard_exponential(size),
}
SCENARIOS = [
    *(("normal", checks, spread) for checks in CHECKS for spread in SPREADS),
    *((shape, "2 to 30", 1.0) for shape in list(SHAPES)[1:]),
]
BASES = ("evidence", "unclear", "luck")


def year(rng, shape, checks, spread):
    """Return true means, checks a month, and means and squared errors of the months and the year.

    Who has few checks is drawn, so that the order of counters, which decides ties, is chance's. A
    check has the standard deviation 1; the variance within units is pooled, as by
    `league_table_from_scores`.
    """
    n = rng.permutation(CHECKS[checks])
    truth = SHAPES[shape](rng, UNITS) * spread / np.sqrt(12)
    months = truth + rng.standard_normal((MONTHS, UNITS)) / np.sqrt(n)
    df = n.sum() - UNITS
    within = rng.chisquare(df, MONTHS)  # sums of squares
    whole = months.mean(axis=0)
    beside = (n * (months - whole) ** 2).sum()
    total = (within.sum() + beside) / (MONTHS * n.sum() - UNITS)
    spans = (months, within[:, None] / df / n), (whole[None], total / (MONTHS * n)[None])
    return truth, n, spans


def best(values, k):
    """Return the places of the k highest, in rows."""
    return np.argsort(-values, axis=-1)[..., :k]


def choices(scenario, seed, repeats):
    """Return the shares of truly best ones found, of counters with few checks, of ties of all.

    (repeats, month or year, k, raw or shrunk, three): the mean over the months.
    """
    rng = np.random.default_rng(seed)
    found = np.empty((repeats, 2, len(PLACES), 2, 3))
    for repeat in range(repeats):
        truth, n, spans = year(rng, *scenario)
        for span, (means, variances) in enumerate(spans):
            rows = [shrunk(*row) for row in zip(means, variances, strict=True)]
            alike = np.mean([row.tau2 == 0 for row in rows])
            for place, k in enumerate(PLACES):
                stars = np.isin(np.arange(UNITS), best(truth, k))
                for side, by in enumerate((means, np.array([row.shrunk for row in rows]))):
                    chosen = best(by, k)
                    few = n[chosen] == n.min()
                    found[repeat, span, place, side] = stars[chosen].mean(), few.mean(), alike
    return found


def agrees():
    """Check that `select_stars` chooses those that `choices` takes it to choose."""
    for number, scenario in enumerate(SCENARIOS):
        _, _, ((months, variances), _) = year(np.random.default_rng([SEED, number]), *scenario)
        league = league_table(months[0], variances[0], draws=DRAWS)
        pulled = shrunk(months[0], variances[0])
        for order, by in (("raw", months[0]), ("shrunk", pulled.shrunk)):
            for k in PLACES:
                stars = select_stars(league, k, order=order).stars
                ours = sorted(int(unit) - 1 for unit in stars)
                if ours != sorted(best(by, k)) and (pulled.tau2 or order == "raw"):
                    msg = f"other stars than those of select_stars: {scenario}, {order}, {k}"
                    raise RuntimeError(msg)


def leagues(scenario, seed, repeats):
    """Return what leagues with drawn ranks say, and whether it is so.

    Stars by basis, (repeats, month or year, k, basis, named or truly among the best); what was
    expected of each choice, (repeats, month or year, k); of intervals, (repeats, month or year,
    ranks held, their width, true means held, no spread seen).
    """
    rng = np.random.default_rng(seed)
    bases = np.zeros((repeats, 2, len(PLACES), len(BASES), 2))
    expected = np.zeros((repeats, 2, len(PLACES)))
    intervals = np.empty((repeats, 2, 4))
    for repeat in range(repeats):
        truth, _, spans = year(rng, *scenario)
        rank = (-truth).argsort().argsort() + 1
        for span, (means, variances) in enumerate(spans):
            league = league_table(means[0], variances[0], draws=DRAWS, rng=repeat)
            rows = league.table
            low, high = rows["rank_low"], rows["rank_high"]
            true = (rows["low"] <= truth) & (truth <= rows["high"])
            held = (low <= rank) & (rank <= high)
            seen = held.mean(), (high - low + 1).mean(), true.mean(), league.tau2 == 0
            intervals[repeat, span] = seen
            for place, k in enumerate(PLACES):
                stars = select_stars(league, k, rng=repeat)
                if league.tau2 == 0:
                    continue  # all tie, and all are selected
                expected[repeat, span, place] = stars.expected
                table = stars.table.take(np.flatnonzero(stars.table["selected"]))
                truly = rank[[int(unit) - 1 for unit in table["unit"]]] <= k
                for basis, name in enumerate(BASES):
                    here = table["basis"] == name
                    bases[repeat, span, place, basis] = here.sum(), truly[here].sum()
    return bases, expected, intervals


def mean(values, digits=1, times=100):
    """Return a mean over repeats and its error, as text."""
    error = values.std(ddof=1) / np.sqrt(len(values))
    return f"{times * values.mean():.{digits}f} ± {times * error:.{digits}f}"


def ratio(part, whole):
    """Return the share Σpart/Σwhole in percent and its error over repeats, as text."""
    if whole.sum() < 50:
        return "–"
    share = part.sum() / whole.sum()
    error = (part - share * whole).std(ddof=1) / np.sqrt(len(whole)) / whole.mean()
    return f"{100 * share:.1f} ± {100 * error:.1f}"


def show(title, heads, rows):
    """Print a table as Markdown, its columns in line."""
    print(f"\n{title}\n")
    cells = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for place, row in enumerate(cells):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"| {' | '.join(padded)} |")
        if place == 0:
            print(f"|{'|'.join('-' * (width + 2) for width in widths)}|", flush=True)


def named(scenario):
    """Return the first cells of a row."""
    shape, checks, spread = scenario
    return [shape, checks, f"{100 / (1 + spread**2):.0f}"]


def cells_found(found, checks):
    """Return what choosing found, raw and shrunk."""
    raw, pulled = np.moveaxis(found, 1, 0)
    cells = [mean(raw[:, 0]), mean(pulled[:, 0]), mean(pulled[:, 0] - raw[:, 0])]
    few = [f"{100 * side[:, 1].mean():.0f}" for side in (raw, pulled)]
    cells += ["–", "–"] if np.ptp(CHECKS[checks]) == 0 else few
    return [*cells, f"{100 * raw[:, 2].mean():.1f}"]


def cells_said(said, expected):
    """Return how many stars a choice has by basis, and how many of these are truly the best."""
    counts, truly = np.moveaxis(said, 2, 0)
    cells = []
    for count, true in zip(counts.T, truly.T, strict=True):
        cells += [f"{count.mean():.2f}", ratio(true, count)]
    return [*cells, mean(expected, 2, 1), mean(truly.sum(axis=1), 2, 1)]


def cells_held(intervals):
    """Return how often intervals hold the truth."""
    held, width, means, alike = intervals.T
    return [mean(held), f"{width.mean():.1f}", mean(means), f"{100 * alike.mean():.1f}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the repeats")
    share = parser.parse_args().share
    start, first = time.perf_counter(), ["true means", "checks a month", "luck %"]
    repeats = [max(2, round(share * number)) for number in (CHOICES, LEAGUES)]
    print(
        f"servqual {sq.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, "
        f"Python {platform.python_version()}, seed {SEED}\n{UNITS} counters, {MONTHS} months; "
        f"{repeats[0]:,} years of choosing, {repeats[1]:,} leagues of a month and of a year\n"
        "luck %: noise/(noise + spread of true means), as variances, of one month's mean of 12 "
        "checks; ± is the standard error by repeats"
    )
    agrees()
    rows, evidence, ranks = [], [], []
    with ProcessPoolExecutor() as pool:
        numbers = range(len(SCENARIOS))
        seeds = [[[SEED, part, number] for number in numbers] for part in (1, 2)]
        chosen = pool.map(choices, SCENARIOS, seeds[0], [repeats[0]] * len(numbers))
        drawn = pool.map(leagues, SCENARIOS, seeds[1], [repeats[1]] * len(numbers))
        results = list(zip(SCENARIOS, chosen, drawn, strict=True))
    for scenario, found, (said, expected, intervals) in results:
        for span, name in enumerate(("month", "year")):
            head = [*named(scenario), name]
            for place, k in enumerate(PLACES):
                rows.append([*head, str(k), *cells_found(found[:, span, place], scenario[1])])
                parts = said[:, span, place], expected[:, span, place]
                evidence.append([*head, str(k), *cells_said(*parts)])
            ranks.append([*head, *cells_held(intervals[:, span])])
    heads = [*first, "by", "k", "raw %", "shrunk %", "gain"]
    show(
        "Of the k truly best counters, found by choosing the k highest (by chance: 7.5 % of 3, "
        "17.5 % of 7).\nfew: how many of those chosen are among the eight counters with 2 checks, "
        "which are 20 % of all.\nτ² = 0: how often no spread is seen and all shrunk means tie; "
        "here chance chooses then, select_stars takes all or none",
        [*heads, "few, raw %", "few, shrunk %", "τ² = 0 %"],
        rows,
    )
    heads = [*first, "by", "k"]
    for basis in BASES:
        heads += [basis, f"{basis}: truly %"]
    show(
        "What select_stars says of its stars (a choice has so many of each), how many of these "
        "truly are among the k best;\nand how many of a choice it expects to be, and are. Nobody "
        "is counted where τ² is 0",
        [*heads, "expected", "true"],
        evidence,
    )
    show(
        "Intervals of 95 %: true ranks held, how many ranks an interval has on average, true means "
        "held; and how often τ² was 0",
        [*first, "by", "ranks held %", "ranks", "means held %", "τ² = 0 %"],
        ranks,
    )
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
