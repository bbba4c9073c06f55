"""How often the 95 % intervals hold the true value: simulated surveys, thousands of each kind.

``python benchmarks/coverage.py`` prints everything, in some seven minutes of one core. All
replications of a chunk are the groups of one survey, ``by="replication"``: one call scores them.

The true values are exact. Respondents are drawn with replacement from a population of 100,000
whose answers are rounded to the scale and cut at its ends, so the truth is the population's own
mean, computed here by plain numpy. Answers go missing by chance alone, each with the same
probability, which leaves the truth where it is.
"""

import argparse
import platform
import time
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np
from scipy.special import ndtri

import servqual as sq

SEED = 20261122
PEOPLE, CLUSTERS = 100_000, 1_000  # of the population; each cluster has 100 people
REPLICATIONS = {30: 4_000, 300: 2_000}
CHUNK = {30: 250, 300: 100}  # replications in one survey: about 1 GB where answers are missing
MISSING = 0.1
FORM = sq.instrument("servqual")
OWNER = np.repeat(np.arange(len(FORM.dimensions)), [len(d.items) for d in FORM.dimensions])
AVERAGE = (np.arange(len(FORM.dimensions))[:, None] == OWNER).astype(float)
AVERAGE /= AVERAGE.sum(axis=1, keepdims=True)  # (dimensions, items): means over a dimension's items
HEAD = (
    f"{'estimate':32}{'rows':>5}{'cover %':>9}{'± MC':>6}{'lowest':>8}"
    f"{'truth <':>9}{'truth >':>9}{'bias/sd':>9}{'se/sd':>7}{'undef %':>9}"
)


@dataclass(frozen=True)
class Population:
    """All who could be asked: their answers, points, weights and clusters."""

    sides: dict[str, np.ndarray]
    near: np.ndarray  # other minimums, close to the expectations and often above them
    points: np.ndarray
    weights: dict[str, np.ndarray]
    clusters: np.ndarray  # (clusters, people)


@dataclass(frozen=True)
class Sample:
    """The replications of a chunk, one survey under the other."""

    rows: np.ndarray  # of the population
    weights: np.ndarray | None = None
    clusters: np.ndarray | None = None


def related(own, correlation, rng):
    """Return each one's place, between 0 and 1, in an order that correlates with `own`."""
    own = (own - own.mean()) / own.std()
    noise = rng.standard_normal(len(own))
    order = np.argsort(np.argsort(correlation * own + np.sqrt(1 - correlation**2) * noise))
    return (order + 0.5) / len(own)


def population(rng):
    """Make the population; who has a large weight, or cares for a dimension, finds it worse."""
    answers = sq.simulate_survey(FORM, PEOPLE, rng=rng, minimum=4.6)
    other = sq.simulate_survey(FORM, PEOPLE, rng=rng, expectation=5.7)
    sides = {name: np.array(answers.side(name)) for name in answers.sides}
    gaps = (sides["perceptions"] - sides["expectations"]) @ AVERAGE.T
    lean = np.exp(0.5 * rng.standard_normal(gaps.shape) - 0.4 * (gaps - gaps.mean(axis=0)))
    points = 1 + rng.multinomial(95, lean / lean.sum(axis=1, keepdims=True))  # nobody gives 0
    place = related(-gaps.mean(axis=1), 0.5, rng)
    weights = {
        # of those who are drawn, with probability proportional to 1/weight, weights are these:
        "uniform 0.5..2": np.sqrt(0.25 + 3.75 * place),
        "lognormal, sigma 1": np.exp(1 + ndtri(place)),
    }
    clusters = np.argsort(related(gaps.mean(axis=1), np.sqrt(0.1), rng)).reshape(CLUSTERS, -1)
    return Population(sides, other.expectations, points.astype(float), weights, clusters)


def truths(people):
    """Return the true values of the rows of a table, by level and name of the estimate."""
    e, p, m = (people.sides[name] for name in ("expectations", "perceptions", "minimums"))
    by_item = {"gap": p - e, "adequacy": p - m, "superiority": p - e, "width": e - m}
    items = {name: answers.mean(axis=0) for name, answers in by_item.items()}
    levels = {
        "items": items,
        "dimensions": {name: AVERAGE @ mean for name, mean in items.items()},
        "overall": {name: [(AVERAGE @ mean).mean(), mean.mean()] for name, mean in items.items()},
    }
    found = {}
    for level, means in levels.items():
        found |= {(level, name): np.array(mean) for name, mean in means.items()}
        found[level, "position"] = found[level, "adequacy"] / found[level, "width"]
    shares, gaps = people.points / 100, (p - e) @ AVERAGE.T
    own, aggregate = (shares * gaps).sum(axis=1).mean(), shares.mean(axis=0) @ gaps.mean(axis=0)
    found["overall", "gap"] = np.append(found["overall", "gap"], [own, aggregate, own - aggregate])
    return found


def drawn(people, n, times, rng, *, weights=None, sizes=None):
    """Draw `times` surveys of n respondents, by weight or in clusters of these sizes."""
    if weights is not None:
        chance = 1 / people.weights[weights]
        rows = rng.choice(PEOPLE, n * times, p=chance / chance.sum())
        return Sample(rows, weights=people.weights[weights][rows])
    if sizes is None:
        return Sample(rng.integers(0, PEOPLE, n * times))
    found = rng.integers(0, CLUSTERS, (times, len(sizes))).repeat(sizes, axis=1).ravel()
    rows = people.clusters[found, rng.integers(0, PEOPLE // CLUSTERS, n * times)]
    return Sample(rows, clusters=np.tile(np.arange(len(sizes)).repeat(sizes), times))


def surveyed(people, sample, times, rng, *, missing, zones=False):
    """Return the survey whose groups are the replications; with minimums and points, or without."""
    names = (
        ("expectations", "perceptions", "minimums") if zones else ("expectations", "perceptions")
    )
    sides = {name: people.sides[name][sample.rows] for name in names}
    for answers in sides.values() if missing else ():
        answers[rng.random(answers.shape) < missing] = np.nan
    by = {"replication": np.arange(times).repeat(len(sample.rows) // times)}
    if sample.clusters is not None:
        by["cluster"] = sample.clusters
    points = people.points[sample.rows] if zones else None
    return sq.survey_from_arrays(
        FORM, **sides, by=by, weights=sample.weights, dimension_points=points
    )


class Tally:
    """What becomes of the intervals of some rows: held, missed, undefined."""

    def __init__(self, truth):
        self.truth, self.parts = truth, []

    def add(self, table, name, low, high, se):
        """Take in the intervals of a chunk; `se` is the column of standard errors, or None."""
        columns = (table[column].reshape(-1, len(self.truth)) for column in (name, low, high))
        error = table[se].reshape(-1, len(self.truth)) if se else None
        self.parts.append((*columns, error))

    def line(self, label, rows=slice(None)):
        """Say it in a line; the error of Monte Carlo takes rows of one replication as dependent."""
        truth = self.truth[rows]
        estimate, low, high = (
            np.vstack([part[place] for part in self.parts])[:, rows] for place in range(3)
        )
        known = ~(np.isnan(low) | np.isnan(high))
        below, above = known & (truth < low), known & (truth > high)
        held = known & ~below & ~above
        share = held.sum() / known.sum()
        beyond = (held - share * known).sum(axis=1) / known.sum() * len(held)
        error = beyond.std(ddof=1) / np.sqrt(len(held))
        lowest = (held.sum(axis=0) / known.sum(axis=0)).min()
        bias = ratio = "–"
        if self.parts[0][3] is not None:
            sd = np.nanstd(estimate, axis=0, ddof=1)
            se = np.vstack([part[3] for part in self.parts])[:, rows]
            bias = f"{round(((np.nanmean(estimate, axis=0) - truth) / sd).mean(), 2) + 0.0:.2f}"
            ratio = f"{(np.sqrt(np.nanmean(se**2, axis=0)) / sd).mean():.3f}"
        lower, higher = (100 * missed.sum() / known.sum() for missed in (below, above))
        return (
            f"{label:32}{len(truth):5}{100 * share:9.2f}{100 * error:6.2f}{100 * lowest:8.2f}"
            f"{lower:9.2f}{higher:9.2f}{bias:>9}{ratio:>7}{100 * (1 - known.mean()):9.2f}"
        )


GAPS = {  # what is shown of the gaps, with the rows of its table
    "gap, items": ("items", slice(None)),
    "gap, dimensions": ("dimensions", slice(None)),
    "gap, mean of the dimensions": ("overall", [0]),
    "gap, mean of the items": ("overall", [1]),
    "gap by points, respondents' own": ("overall", [2]),
    "gap by points, mean points": ("overall", [3]),
    "gap by points, covariance": ("overall", [4]),
}
ZONES = {
    "adequacy, dimensions": ("dimensions", "adequacy", slice(None)),
    "position, items": ("items", "position", slice(None)),
    "position, dimensions": ("dimensions", "position", slice(None)),
    "position, mean of the dimensions": ("overall", "position", [0]),
}


def simple(people, n, times, rng, *, missing=0, weights=None):
    """Return the lines of gaps and those of zones, for surveys of independent respondents."""
    true = truths(people)
    keys = [(level, "gap") for level in ("items", "dimensions", "overall")]
    zone_keys = sorted({(level, name) for level, name, _ in ZONES.values()})
    tallies = {key: Tally(true[key]) for key in keys + zone_keys}
    for _ in range(times // CHUNK[n]):
        sample = drawn(people, n, CHUNK[n], rng, weights=weights)
        survey = surveyed(people, sample, CHUNK[n], rng, missing=missing, zones=True)
        sums = sq.moments(survey)
        gaps = sq.gap_scores(sums, by="replication")
        zone = sq.tolerance_zone(sums, by="replication")
        for level, _ in keys:
            tallies[level, "gap"].add(getattr(gaps, level), "gap", "low", "high", "se")
        for level, name in zone_keys:
            ends = (f"{name}_low", f"{name}_high", None if name == "position" else f"{name}_se")
            tallies[level, name].add(getattr(zone, level), name, *ends)
    gap_lines = [tallies[level, "gap"].line(label, rows) for label, (level, rows) in GAPS.items()]
    return gap_lines, [
        tallies[level, name].line(label, rows) for label, (level, name, rows) in ZONES.items()
    ]


def in_clusters(people, sizes, times, rng, *, missing):
    """Print what covers how often where whole clusters were drawn, told of it or not."""
    n = int(sizes.sum())
    true = truths(people)
    true["overall", "gap"] = true["overall", "gap"][:2]
    levels = ("items", "dimensions", "overall")
    told, untold = ({level: Tally(true[level, "gap"]) for level in levels} for _ in range(2))
    chunk = 50 if missing else CHUNK[n]
    for _ in range(times // chunk):
        sample = drawn(people, n, chunk, rng, sizes=sizes)
        sums = sq.moments(surveyed(people, sample, chunk, rng, missing=missing))
        for tallies, cluster in ((told, "cluster"), (untold, None)):
            gaps = sq.gap_scores(sums, by="replication", cluster=cluster)
            for level, tally in tallies.items():
                tally.add(getattr(gaps, level), "gap", "low", "high", "se")
    for label, (level, rows) in list(GAPS.items())[:4]:
        print(told[level].line(label, rows))
        print(untold[level].line("  without cluster=", rows))


def intraclass(people):
    """Return the share of the variance of respondents' mean gaps that lies between clusters."""
    gaps = (people.sides["perceptions"] - people.sides["expectations"]).mean(axis=1)
    groups = gaps[people.clusters]
    size = groups.shape[1]
    between = size * groups.mean(axis=1).var(ddof=1)
    within = groups.var(axis=1, ddof=1).mean()
    return (between - within) / (between + (size - 1) * within)


def titled(title, times):
    print(f"\n{title}; {times:,} replications\n{HEAD}", flush=True)


def main():
    """Print every table."""
    parser = argparse.ArgumentParser(description="Print how often 95 % intervals hold the truth.")
    parser.add_argument(
        "--share", type=float, default=1, help="share of the replications, for a look"
    )
    share = parser.parse_args().share
    times = {
        n: max(1, round(share * full / CHUNK[n])) * CHUNK[n] for n, full in REPLICATIONS.items()
    }
    start = time.process_time()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    print(f"servqual {sq.__version__}, {packages}, Python {platform.python_version()}, seed {SEED}")
    people = population(np.random.default_rng(SEED))
    print(f"intraclass correlation of the population's clusters: {intraclass(people):.3f}")
    seeds = iter(np.random.default_rng(SEED + 1).spawn(20))
    designs = {
        "(a) complete answers": {},
        "(b) 10 % missing": {"missing": MISSING},
        **{
            f"(c) 10 % missing, weights {name}": {"missing": MISSING, "weights": name}
            for name in people.weights
        },
    }
    narrow = replace(people, sides=people.sides | {"minimums": people.near})
    for n, many in times.items():
        for title, design in designs.items():
            titled(f"{title}: n = {n}", many)
            gap_lines, zone_lines = simple(people, n, many, next(seeds), **design)
            print(*gap_lines, *zone_lines, sep="\n")
        titled(f"(z) complete answers, minimum next to desired: n = {n}", many)
        print(*simple(narrow, n, many, next(seeds))[1], sep="\n")
    uneven = np.arange(20) + np.arange(20) // 2 + 1  # 1 to 29, 300 in all
    top_heavy = np.array([200, 40, 20, 20, 20])
    for title, sizes, missing in (
        ("(d) 20 clusters of 15, complete answers", np.full(20, 15), 0),
        ("(e) 20 clusters of 1 to 29, 10 % missing", uneven, MISSING),
        ("(f) 5 clusters of 60, complete answers", np.full(5, 60), 0),
        ("(g) clusters of 200, 40, 20, 20, 20, complete answers", top_heavy, 0),
    ):
        titled(title, times[300])
        in_clusters(people, sizes, times[300], next(seeds), missing=missing)
    print(f"\n{time.process_time() - start:.0f} s of computing, {platform.machine()}")


if __name__ == "__main__":
    main()
