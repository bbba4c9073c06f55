"""The same survey report written three ways, and sums by group written two ways.

The answers are whole numbers 1..7 from a seed, as float64 in memory: for servqual and numpy two
arrays (respondents, 22), for pandas a frame of 44 columns, each contiguous as a file reader
leaves it.
"""

import numpy as np

import servqual as sq

FORM = sq.instrument("servqual")
ITEMS = len(FORM.items)
EXPECTATIONS = [f"E{code}" for code in FORM.item_codes]
PERCEPTIONS = [f"P{code}" for code in FORM.item_codes]
GROUPS = 1000
BLOCK = 8192  # rows made at a time, so that making the answers takes no memory beside them


def answers(rows):
    """Return expectations and perceptions, each (rows, 22)."""
    sides = np.empty((rows, ITEMS)), np.empty((rows, ITEMS))
    for start, block in _blocks(rows):
        for side, part in zip(sides, block, strict=True):
            side[start : start + len(part)] = part
    return sides


def frame(rows):
    """Return the same answers as a pandas frame of 44 columns."""
    import pandas as pd  # only this contender needs it

    columns = np.empty((2 * ITEMS, rows))
    for start, block in _blocks(rows):
        part = np.hstack(block)
        columns[:, start : start + len(part)] = part.T
    return pd.DataFrame(columns.T, columns=EXPECTATIONS + PERCEPTIONS, copy=False)


def labels(rows):
    """Return one of 1,000 branches for each respondent; of fewer where that leaves few in each."""
    return np.random.default_rng(2).integers(0, min(GROUPS, rows // 50), rows)


def _blocks(rows):
    """Yield blocks of answers 1..7: each item has its level, each respondent's side a mood."""
    generator = np.random.default_rng(1)
    level = generator.integers([[2], [0]], [[4], [4]], (2, ITEMS), dtype=np.int8)
    for start in range(0, rows, BLOCK):
        size = min(BLOCK, rows - start)
        mood = generator.integers(0, 4, (2, size, 1), dtype=np.int8)
        noise = generator.integers(0, 3, (2, size, ITEMS), dtype=np.int8)
        yield start, np.minimum(1 + level[:, None, :] + mood + noise, 7)


def servqual_scores(sides):
    """Score as the documentation says it."""
    expectations, perceptions = sides
    survey = sq.survey_from_arrays(FORM, expectations=expectations, perceptions=perceptions)
    sums = sq.moments(survey)
    return sums, sq.gap_scores(sums)


def servqual_report(sides):
    """Score, and add what the report in pandas also has: alphas and one correlation matrix."""
    sums, scores = servqual_scores(sides)
    alphas = {
        (side, code): _alpha(_covariance(sums.listwise(side, code)))
        for side in ("expectations", "perceptions")
        for code in FORM.dimension_codes
    }
    covariance = _covariance(sums.products("items", "perceptions"))
    sd = np.sqrt(np.diagonal(covariance))
    return {
        "items": scores.items["gap"],
        "dimensions": scores.dimensions["gap"],
        "p": scores.dimensions["p"],
        "alphas": np.array(list(alphas.values())),
        "correlations": covariance / np.outer(sd, sd),
    }


def _covariance(products):
    n, x, xy = products.n[0], products.x[0], products.xx[0]
    return (xy - x * x.T / n) / (n - 1)


def _alpha(covariance):
    k = len(covariance)
    return k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())


def pandas_report(answers):
    """Score by hand, as an analyst does who knows pandas."""
    import pandas as pd  # only this contender needs it
    from scipy.special import stdtr  # the quick way to p; scipy.stats is slower

    e = answers[EXPECTATIONS].set_axis(FORM.item_codes, axis=1)
    p = answers[PERCEPTIONS].set_axis(FORM.item_codes, axis=1)
    items = pd.DataFrame(
        {
            "expectation": e.mean(),
            "expectation_sd": e.std(),
            "perception": p.mean(),
            "perception_sd": p.std(),
        }
    )
    gap = p - e
    items["gap"], items["sd"] = gap.mean(), gap.std()

    alphas, scores = {}, {}
    for dimension in FORM.dimensions:
        codes = [item.code for item in dimension.items]
        for side, table in (("expectation", e), ("perception", p)):
            part = table[codes]
            k = len(codes)
            alphas[side, dimension.code] = (
                k / (k - 1) * (1 - part.var().sum() / part.sum(axis=1).var())
            )
            scores[side, dimension.code] = part.mean(axis=1)
        scores["gap", dimension.code] = (
            scores["perception", dimension.code] - scores["expectation", dimension.code]
        )
    respondents = pd.DataFrame(scores)
    dimensions = pd.DataFrame({"mean": respondents.mean(), "sd": respondents.std()})
    gaps = dimensions.loc["gap"].copy()
    gaps["t"] = gaps["mean"] / (gaps["sd"] / np.sqrt(len(answers)))
    gaps["p"] = 2 * stdtr(len(answers) - 1, -gaps["t"].abs())
    return {
        "items": items["gap"].to_numpy(),
        "dimensions": gaps["mean"].to_numpy(),
        "p": gaps["p"].to_numpy(),
        "alphas": np.array([alphas[key] for key in sorted(alphas, key=lambda key: key[0])]),
        "correlations": p.corr().to_numpy(),
    }


def numpy_covariance(sides):
    """Return the covariances of [E, P, P-E], on which the same report could stand."""
    expectations, perceptions = sides
    return np.cov(np.hstack([expectations, perceptions, perceptions - expectations]), rowvar=False)


def servqual_groups(sides, branches):
    """Sum up by branch."""
    expectations, perceptions = sides
    survey = sq.survey_from_arrays(
        FORM, expectations=expectations, perceptions=perceptions, by={"branch": branches}
    )
    return sq.moments(survey)


def pandas_groups(answers, branches):
    """Return the covariances of the 44 columns by branch."""
    return answers.groupby(branches).cov()


def check(rows):
    """See that all contenders say the same, before any of them is timed."""
    sides, table = answers(rows), frame(rows)
    here, there = servqual_report(sides), pandas_report(table)
    for name, numbers in here.items():
        np.testing.assert_allclose(numbers, there[name], rtol=1e-9, atol=1e-12, err_msg=name)
    variances = np.diagonal(numpy_covariance(sides))[-ITEMS:]
    _, scores = servqual_scores(sides)
    np.testing.assert_allclose(scores.items["sd"] ** 2, variances, rtol=1e-9)


def check_groups(rows):
    """See that both ways by group say the same: the perceptions of the first branch."""
    sides, table, branches = answers(rows), frame(rows), labels(rows)
    sums = servqual_groups(sides, branches)
    first = sums.groups[0][0]
    covariances = pandas_groups(table, branches).loc[int(first)]
    np.testing.assert_allclose(
        _covariance(sums.products("items", "perceptions")),
        covariances.loc[PERCEPTIONS, PERCEPTIONS],
        rtol=1e-7,
    )
