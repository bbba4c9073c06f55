"""Gap scores by design §3, slow and plain: loops over exact fractions, respondent by respondent.

Nothing of servqual is imported. Answers are two tables (respondents × items), NaN where one is
missing. Means, variances and squared standard errors are exact; only roots, t and p are floats.
"""

import math
from fractions import Fraction

from scipy import stats

NAN = math.nan


def exact(x):
    """Return an answer as a fraction, None where it is missing."""
    return None if x is None or math.isnan(x) else Fraction(float(x))


def fewest(min_answered, items):
    """Return ⌈min_answered × items⌉, the share taken as it is written; at least one answer."""
    return max(1, math.ceil(Fraction(str(min_answered)) * items))


def mean_of(values):
    return sum(values) / Fraction(len(values))


def columns_of(answers, sizes, level, min_answered):
    """Return the columns of a level: the items, or by dimension the respondents' scores."""
    if level == "items":
        return [[row[j] for row in answers] for j in range(sum(sizes))]
    columns, start = [], 0
    for size in sizes:
        column = []
        for row in answers:
            given = [x for x in row[start : start + size] if x is not None]
            column.append(mean_of(given) if len(given) >= fewest(min_answered, size) else None)
        columns.append(column)
        start += size
    return columns


def mean_and_errors(columns, shares, weights):
    """Return n, the weighted mean of column means, its sd and its se (exact squares inside).

    shares: what each column's mean counts; a single column with share 1 is the plain mean.
    se² = n₀/(n₀-1) · Σ_d Σ_e c_d c_e C_de/(W_d W_e), over those with both
    C_de = Σ w²(G_d-Ḡ_d)(G_e-Ḡ_e);
    sd² = Σ_d Σ_e c_d c_e s_de, s_de = n/(n-1) · Σ w(G_d-Ḡ_d)(G_e-Ḡ_e)/Σw over those with both;
    se²·n₀ where that is no variance.
    """
    used = [(column, share) for column, share in zip(columns, shares, strict=True) if share]
    people = [
        [i for i, x in enumerate(column) if x is not None and weights[i] > 0] for column, _ in used
    ]
    n = min(map(len, people))
    if n == 0:
        return {"n": 0, "mean": NAN, "sd": NAN, "se": NAN, "flat": False}
    total = [sum(weights[i] for i in who) for who in people]
    means = [
        sum(weights[i] * column[i] for i in who) / w
        for (column, _), who, w in zip(used, people, total, strict=True)
    ]
    mean = sum(share * m for (_, share), m in zip(used, means, strict=True))
    if n == 1:
        return {"n": 1, "mean": float(mean), "sd": NAN, "se": NAN, "flat": False}
    se2, sd2 = Fraction(0), Fraction(0)
    for d, (first, c) in enumerate(used):
        for e, (second, k) in enumerate(used):
            both = [i for i in people[d] if i in set(people[e])]
            crossed = {i: (first[i] - means[d]) * (second[i] - means[e]) for i in both}
            se2 += (
                c * k * sum(weights[i] ** 2 * x for i, x in crossed.items()) / total[d] / total[e]
            )
            if len(both) > 1:
                spread = sum(weights[i] * x for i, x in crossed.items())
                mass = sum(weights[i] for i in both)
                sd2 += c * k * Fraction(len(both), len(both) - 1) * spread / mass
    bessel = Fraction(n, n - 1)
    if sd2 <= 0:
        sd2 = bessel * se2 * n
    return {
        "n": n,
        "mean": float(mean),
        "sd": math.sqrt(sd2),
        "se": math.sqrt(bessel * se2),
        "flat": se2 == 0,
    }


def estimate(expectation, perception, gap, df, confidence, width):
    """Put an estimate row together from the figures of both sides and of the gap."""
    row = {
        "n": gap["n"],
        "expectation": expectation["mean"],
        "expectation_sd": expectation["sd"],
        "perception": perception["mean"],
        "perception_sd": perception["sd"],
        "gap": gap["mean"],
        "sd": gap["sd"],
        "se": gap["se"],
        "low": NAN,
        "high": NAN,
        "t": NAN,
        "p": NAN,
        "effect_size": NAN,
        "defined": gap["se"] > 0 and not gap["flat"],
    }
    if gap["flat"]:
        row["sd"] = row["se"] = 0.0
    if row["defined"]:
        half = stats.t.ppf(0.5 + confidence / 2, df) * gap["se"]
        t = gap["mean"] / gap["se"]
        row |= {
            "low": max(gap["mean"] - half, -width),
            "high": min(gap["mean"] + half, width),
            "t": t,
            "p": 2 * stats.t.sf(abs(t), df),
            "effect_size": gap["mean"] / gap["sd"],
        }
    return row


def gap_row(e, p, g, shares, weights, confidence, width):
    """Return a paired row: both sides and the gap on the same answers, t with n₀-1 df."""
    expectation, perception, gap = (mean_and_errors(c, shares, weights) for c in (e, p, g))
    return estimate(expectation, perception, gap, gap["n"] - 1, confidence, width)


def welch_row(e, p, shares, weights, confidence, width):
    """Return an unpaired row: each side on its own answers, Welch's se and df, the pooled sd."""
    first, second = (mean_and_errors(c, shares, weights) for c in (e, p))
    m, n = first["n"], second["n"]
    a, b = first["se"] ** 2, second["se"] ** 2
    gap = {"n": m + n, "mean": second["mean"] - first["mean"], "sd": NAN, "se": NAN, "flat": False}
    df = NAN
    if m > 1 and n > 1:
        pooled = ((m - 1) * first["sd"] ** 2 + (n - 1) * second["sd"] ** 2) / (m + n - 2)
        gap |= {"sd": math.sqrt(pooled), "se": math.sqrt(a + b)}
        gap["flat"] = first["flat"] and second["flat"]
        if not gap["flat"]:
            df = (a + b) ** 2 / (a**2 / (m - 1) + b**2 / (n - 1))
    row = estimate(first, second, gap, df, confidence, width)
    return row | {"expectation_n": m, "perception_n": n}


def gap_scores(
    expectations,
    perceptions,
    sizes,
    *,
    width,
    weights=None,
    min_answered=0.5,
    dimension_weights=None,
    paired=True,
    confidence=0.95,
):
    """Return the rows of the tables "dimensions" and "items", and by score those of "overall"."""
    E = [[exact(x) for x in row] for row in expectations]
    P = [[exact(x) for x in row] for row in perceptions]
    w = [Fraction(1)] * len(E) if weights is None else [Fraction(float(x)) for x in weights]
    G = [[None] * sum(sizes) for _ in E]
    if paired:
        for i, row in enumerate(G):
            for j in range(sum(sizes)):
                if E[i][j] is None or P[i][j] is None:
                    E[i][j] = P[i][j] = None
                else:
                    row[j] = P[i][j] - E[i][j]

    def rows(level, shares):
        e, p, g = (columns_of(side, sizes, level, min_answered) for side in (E, P, G))
        if shares is None:
            picks = [([a], [b], [c], [Fraction(1)]) for a, b, c in zip(e, p, g, strict=True)]
        else:
            picks = [(e, p, g, shares)]
        return [
            gap_row(a, b, c, s, w, confidence, width)
            if paired
            else welch_row(a, b, s, w, confidence, width)
            for a, b, c, s in picks
        ]

    D, k = len(sizes), sum(sizes)
    overall = {
        "dimensions": rows("dimensions", [Fraction(1, D)] * D)[0],
        "items": rows("items", [Fraction(1, k)] * k)[0],
    }
    if dimension_weights is not None:
        points = [Fraction(float(x)) for x in dimension_weights]
        overall["weighted"] = rows("dimensions", [x / sum(points) for x in points])[0]
    return {
        "dimensions": rows("dimensions", None),
        "items": rows("items", None),
        "overall": overall,
    }
