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


def mean_and_errors(columns, shares, weights, counted=()):
    """Return n, the weighted mean of column means, its sd and its se (exact squares inside).

    shares: what each column's mean counts; a single column with share 1 is the plain mean.
    counted: places of columns that count for n even where their share is 0.
    se² = n₀/(n₀-1) · Σ_d Σ_e c_d c_e C_de/(W_d W_e), over those with both
    C_de = Σ w²(G_d-Ḡ_d)(G_e-Ḡ_e);
    sd² = Σ_d Σ_e c_d c_e s_de, s_de = n/(n-1) · Σ w(G_d-Ḡ_d)(G_e-Ḡ_e)/Σw over those with both;
    se²·n₀ where that is no variance.
    """
    used = [
        (column, share)
        for place, (column, share) in enumerate(zip(columns, shares, strict=True))
        if share or place in counted
    ]
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


def cluster_error(columns, shares, weights, clusters, counted=()):
    """Return C, se and whether it is 0: se² = C/(C-1) · Σ_c (Σ_d c_d Σ_{i in c} w(x-x̄_d)/W_d)².

    C is the least number of clusters that have a column, as n is the least number of respondents.
    """
    parts = dict.fromkeys(clusters, Fraction(0))
    least = math.inf
    for place, (column, share) in enumerate(zip(columns, shares, strict=True)):
        if not share and place not in counted:
            continue
        who = [i for i, x in enumerate(column) if x is not None and weights[i] > 0]
        least = min(least, len({clusters[i] for i in who}))
        if who:
            total = sum(weights[i] for i in who)
            mean = sum(weights[i] * column[i] for i in who) / total
            for i in who:
                parts[clusters[i]] += share * weights[i] * (column[i] - mean) / total
    if least < 2:
        return least, NAN, False
    se2 = Fraction(least, least - 1) * sum(x**2 for x in parts.values())
    return least, math.sqrt(se2), se2 == 0


def with_clusters(columns, shares, weights, clusters, counted=()):
    """Return the figures of a mean with the error of whole clusters and the design effect."""
    row = mean_and_errors(columns, shares, weights, counted)
    number, se, flat = cluster_error(columns, shares, weights, clusters, counted)
    effect = NAN
    if row["n"] > 1 and se > 0 and row["sd"] > 0:
        effect = se**2 * row["n"] / row["sd"] ** 2
    return row | {"clusters": number, "se": se, "flat": flat, "design_effect": effect}


def paired_columns(sides, sizes, level, min_answered):
    """Return the columns of each of some sides over the items that all of them have."""
    tables = [[[exact(x) for x in row] for row in side] for side in sides]
    for rows in zip(*tables, strict=True):
        for j in range(sum(sizes)):
            if any(row[j] is None for row in rows):
                for row in rows:
                    row[j] = None
    return [columns_of(table, sizes, level, min_answered) for table in tables]


def less(first, second):
    """Return first - second, column by column, None where one of them is missing."""
    return [
        [None if x is None or y is None else x - y for x, y in zip(a, b, strict=True)]
        for a, b in zip(first, second, strict=True)
    ]


def by_points(scores, points):
    """Return, by score, what `mean_and_errors` takes for rows by the respondents' own points.

    scores: the dimensions' columns, exact; points: (respondents, dimensions), all NaN in a row
    where there are none. Each is (columns, slopes, counted, mean function): the slopes are those of
    the delta method for Σ w̄_d Ḡ_d.
    """
    d = len(scores)
    shares = [[None if math.isnan(x) else exact(x) / 100 for x in row] for row in points]
    own = []
    for i, row in enumerate(shares):
        whole = all(
            w is not None and (w == 0 or scores[j][i] is not None) for j, w in enumerate(row)
        )
        own.append(sum(w * scores[j][i] for j, w in enumerate(row) if w) if whole else None)
    columns = [*([row[j] for row in shares] for j in range(d)), *scores, own]

    def of(weights):
        def mean(column):
            who = [i for i, x in enumerate(column) if x is not None and weights[i] > 0]
            total = sum(weights[i] for i in who)
            return sum(weights[i] * column[i] for i in who) / total if who else None

        w, g = [mean(column) for column in columns[:d]], [mean(column) for column in scores]
        nothing = [Fraction(0)] * (2 * d)
        some = [j for j in range(d) if w[j]]
        slopes = list(nothing)
        for j in some:
            slopes[j], slopes[d + j] = g[j] or Fraction(0), w[j]
        known = w[0] is not None and all(g[j] is not None for j in some)
        aggregate = sum(w[j] * g[j] for j in some) if known else None
        alone = mean(own)
        counted = set(range(d)) | {d + j for j in some}
        return {
            "weighted": (columns, [*nothing, Fraction(1)], {2 * d}, alone),
            "weighted_aggregate": (columns, [*slopes, Fraction(0)], counted, aggregate),
            "covariance": (
                columns,
                [*(-x for x in slopes), Fraction(1)],
                counted | {2 * d},
                None if alone is None or aggregate is None else alone - aggregate,
            ),
        }

    return of


def pointed(sides, points, sizes, *, weights=None, min_answered=0.5, clusters=None):
    """Return by score and by face ("expectation", "perception", "gap") the rows by points."""
    n = len(points)
    # points count of those who have anything to weigh: an item with both sides
    points = [
        row
        if any(not math.isnan(x) and not math.isnan(y) for x, y in zip(*answers, strict=True))
        else [NAN] * len(row)
        for row, answers in zip(points, zip(*sides, strict=True), strict=True)
    ]
    w = [Fraction(1)] * n if weights is None else [Fraction(float(x)) for x in weights]
    e, p = paired_columns(sides, sizes, "dimensions", min_answered)
    rows = {}
    for face, scores in (("expectation", e), ("perception", p), ("gap", less(p, e))):
        for score, (columns, slopes, counted, mean) in by_points(scores, points)(w).items():
            if clusters is None:
                row = mean_and_errors(columns, slopes, w, counted)
            else:
                row = with_clusters(columns, slopes, w, clusters, counted)
            row["mean"] = NAN if mean is None else float(mean)
            rows.setdefault(score, {})[face] = row
    return rows


def zone_columns(minimums, expectations, perceptions, sizes, level, min_answered=0.5):
    """Return the columns of each face of a zone over the items that have all three answers."""
    m, e, p = paired_columns((minimums, expectations, perceptions), sizes, level, min_answered)
    return {
        "minimum": m,
        "expectation": e,
        "perception": p,
        "adequacy": less(p, m),
        "superiority": less(p, e),
        "width": less(e, m),
    }


def forms(sides, *, weights=None, min_answered=0.5):
    """Return n, mean, sum and normalised score with its sd and se of Cronin and Taylor's forms.

    sides: "perceptions", and "expectations" and "importances" where they were asked.
    """
    P = [[exact(x) for x in row] for row in sides["perceptions"]]
    n, k = len(P), len(P[0])
    w = [Fraction(1)] * n if weights is None else [Fraction(float(x)) for x in weights]
    given = {
        side: [[exact(x) for x in row] for row in table]
        for side, table in sides.items()
        if side != "perceptions"
    }
    G = [row[:] for row in P]
    if "expectations" in given:
        G = [
            [None if a is None or b is None else a - b for a, b in zip(p, e, strict=True)]
            for p, e in zip(P, given["expectations"], strict=True)
        ]
    found = {}
    for name, table, needed in (("SERVPERF", P, True), ("SERVQUAL", G, "expectations" in given)):
        if not needed:
            continue
        plain = mean_and_errors(columns_of(table, [k], "items", 0), [Fraction(1, k)] * k, w)
        found[name] = plain | {
            "sum": k * plain["mean"],
            "normalised": plain["mean"],
            "normalised_n": plain["n"],
        }
        if "importances" not in given:
            continue
        products, normalised = [], []
        for row, importance in zip(table, given["importances"], strict=True):
            both = [(i, x) for i, x in zip(importance, row, strict=True) if None not in {i, x}]
            enough = len(both) >= fewest(min_answered, k)
            total = sum(i * x for i, x in both)
            mass = sum(i for i, _ in both)
            fine = enough and mass > 0 and all(i >= 0 for i, _ in both)
            products.append(total / Fraction(len(both)) if enough else None)
            normalised.append(total / mass if fine else None)
        mean = mean_and_errors([products], [Fraction(1)], w)
        own = mean_and_errors([normalised], [Fraction(1)], w)
        found["weighted " + name] = own | {
            "n": mean["n"],
            "mean": mean["mean"],
            "sum": k * mean["mean"],
            "normalised": own["mean"],
            "normalised_n": own["n"],
        }
    return found
