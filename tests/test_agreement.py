"""Agreement of raters: worked values, exact brute force, invariances, frames and bad input."""

import math
import re
from fractions import Fraction
from itertools import permutations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

import servqual as sq
from servqual.agreement.branches import group_reliability, group_reliability_from_scores
from servqual.agreement.cohen import cohen_kappa
from servqual.agreement.fleiss import fleiss_kappa, fleiss_kappa_from_counts
from servqual.agreement.intraclass import intraclass_correlation
from servqual.agreement.krippendorff import krippendorff_alpha
from servqual.agreement.ratings import Ratings, ratings_from_frame
from servqual.agreement.within import group_agreement, within_group_agreement

from .effort import effort
from .reference import columns_of, exact, less, paired_columns
from .strategies import cases, form
from .test_moments import merged, split

NAN = math.nan
LEVELS = ("nominal", "ordinal", "interval", "ratio")
FORMS = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
DISTANCES = (None, "linear", "quadratic")
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
few = effort(20)

# Krippendorff (2011): 12 units by 4 coders, the table that his paper prints the other way round
CODED = np.array(
    [
        [1, 1, NAN, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [NAN, 5, 5, 5],
        [NAN, NAN, 1, 1],
        [NAN, 3, NAN, NAN],
    ]
)
# Shrout and Fleiss (1979), table 2: 6 targets by 4 judges
JUDGED = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# theory G3, the table of Wikipedia's "Fleiss' kappa": 14 raters put 10 subjects in 5 categories
RATED = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
# Fleiss, Cohen and Everitt (1969): two clinicians, 200 patients, 3 diagnoses
DIAGNOSED = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10, least=1e-11):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def alpha(ratings, level="nominal", **options):
    return krippendorff_alpha(ratings, level=level, **{"resamples": 20, "rng": 1, **options})


def icc(ratings, column="icc", **options):
    table = intraclass_correlation(ratings, **options).table
    return dict(zip(table["form"].tolist(), table[column].tolist(), strict=True))


def alike(found, wanted, rel=1e-10):
    """See that two rows of a table have the same cells, numbers but for rounding."""
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        if isinstance(value, str):
            assert found[name] == value, name
        else:
            assert found[name] == close(value, rel, 1e-9), name


def pairs_of(counts):
    """Return units by 2 raters of a table (first, second) of counts."""
    return np.repeat(np.argwhere(np.ones_like(counts)), np.ravel(counts), axis=0)


def given_ratings(row):
    return [exact(x) for x in row if not math.isnan(x)]


def ratings(units=(1, 6), raters=(2, 4), most=3, least=0, holes=True):
    """Draw whole numbers (units, raters), NaN where there is no rating."""
    shape = st.tuples(st.integers(*units), st.integers(*raters))
    cells = st.integers(least - 1 if holes else least, most)
    codes = hnp.arrays(np.int64, shape, elements=cells)
    return codes.map(lambda x: np.where(x < least, NAN, x))


# --- Krippendorff's alpha -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "theory", "package"),
    [  # theory G1 [R+PY]; the digits of the package krippendorff, of the transposed table
        ("nominal", 0.74342105, 0.743421052631579),
        ("ordinal", 0.81538750, 0.8153875037548814),
        ("interval", 0.84910714, 0.8491071428571428),
        ("ratio", 0.79740277, 0.7974027747116121),
    ],
)
def test_g1_krippendorffs_own_example(level, theory, package):
    found = alpha(CODED, level)
    assert found.alpha == pytest.approx(theory, abs=5e-9)
    assert found.alpha == pytest.approx(package, abs=1e-14)
    assert (found.n, found.left_out, found.ratings, found.raters) == (11, 1, 40, 4)
    assert "1 unit with fewer than two ratings left out" in found.table.note


@pytest.mark.parametrize(
    ("level", "wanted"),
    [  # package krippendorff, whose documentation has these 15 units (its second coder: column 2)
        ("nominal", 0.691358024691358),
        ("ordinal", 0.8067214199413153),
        ("interval", 0.8108448928121059),
        ("ratio", 0.8089436707842471),
    ],
)
def test_units_that_few_coders_rated(level, wanted):
    coders = ["*****3412113 3*3", "1*213343********", "**21344*2113 3*4"]
    table = [[cell.replace("*", "-") for cell in text.replace(" ", "")] for text in coders]
    frame = {name: column[:15] for name, column in zip("abc", table, strict=True)}
    found = alpha(frame, level)
    assert found.alpha == pytest.approx(wanted, abs=1e-14)
    assert (found.n, found.left_out) == (12, 3)


def apart(level, pool):
    """Return δ² of two values by its definition, `pool` all ratings that can be paired."""

    def ordinal(c, k):
        low, high = min(c, k), max(c, k)
        between = sum(low <= x <= high for x in pool)
        return (between - Fraction(pool.count(c) + pool.count(k), 2)) ** 2

    return {
        "nominal": lambda c, k: Fraction(c != k),
        "ordinal": ordinal,
        "interval": lambda c, k: (c - k) ** 2,
        "ratio": lambda c, k: ((c - k) / (c + k)) ** 2 if c != k else Fraction(0),
    }[level]


def disagreements(table, level):
    """Return D_o and D_e in fractions, pair by pair."""
    units = [row for row in map(given_ratings, table) if len(row) > 1]
    pool = [x for row in units for x in row]
    n, distance = len(pool), apart(level, pool)
    observed = sum(
        sum(distance(*pair) for pair in permutations(row, 2)) / (len(row) - 1) for row in units
    )
    expected = sum(distance(*pair) for pair in permutations(pool, 2))
    return observed / Fraction(n), expected / Fraction(n * (n - 1))


def shaken(random, table):
    """Return rows in another order, and each row's ratings too."""
    return random.permuted(random.permutation(table), axis=1)


@pytest.mark.parametrize("level", LEVELS)
@given(table=ratings())
@few
def test_alpha_is_its_definition_pair_by_pair(level, table):
    found = alpha(table, level)
    there = (~np.isnan(table)).sum(axis=1)
    kept = there > 1
    assert (found.n, found.left_out) == (kept.sum(), (~kept).sum())
    assert (found.ratings, found.raters) == (there[kept].sum(), table.shape[1])
    if not kept.any():
        assert found.undefined == "no unit with two ratings"
        return
    observed, expected = map(float, disagreements(table, level))
    assert [found.observed, found.expected] == close([observed, expected])
    if kept.sum() == 1 or not expected:
        assert found.undefined == ("one unit" if kept.sum() == 1 else "no variation")
        assert np.isnan([found.alpha, found.low, found.high]).all()
        return
    assert found.undefined == ""
    assert found.alpha == close(1 - observed / expected)
    assert found.alpha <= 1


@pytest.mark.parametrize("level", LEVELS)
@given(table=ratings(), seed=st.integers(0, 99))
@few
def test_the_order_of_units_and_raters_does_not_matter_to_alpha(level, table, seed):
    other = shaken(np.random.default_rng(seed), table)
    assert alpha(other, level).alpha == close(alpha(table, level).alpha)


CHANGES = {
    "nominal": lambda x: (7 * x + 3) % 11,
    "ordinal": lambda x: np.exp(x) - 5,
    "interval": lambda x: 1e6 - 30 * x,
    "ratio": lambda x: 0.37 * x,
}


@pytest.mark.parametrize("level", LEVELS)
@given(table=ratings())
@few
def test_alpha_does_not_see_what_its_level_does_not_know(level, table):
    assert alpha(CHANGES[level](table), level).alpha == close(alpha(table, level).alpha, 1e-8)


def test_levels_differ_where_they_should():
    squared = CODED**2  # keeps the order, but neither differences nor ratios
    for level, same in (("ordinal", True), ("interval", False), ("ratio", False)):
        change = abs(alpha(squared, level).alpha - alpha(CODED, level).alpha)
        assert (change < 1e-12) is same
        assert same or change > 0.01
    assert alpha(CODED + 5, "ratio").alpha != close(alpha(CODED, "ratio").alpha, 1e-3)


@given(table=ratings(most=1))
@few
def test_levels_are_one_for_two_categories(table):
    found = [alpha(table, level).alpha for level in LEVELS]
    assert found == close([found[0]] * 4)


@given(table=ratings(units=(2, 6), holes=False))
@few
def test_interval_alpha_is_the_share_of_variance_between_units(table):
    assume(np.ptp(table) > 0)
    # pair by pair, Σ_{i≠j} (x_i - x_j)² of m numbers is 2m(m-1) times their variance
    within = table.var(axis=1, ddof=1).mean()
    assert alpha(table, "interval").alpha == close(1 - within / table.var(ddof=1))


@pytest.mark.parametrize("level", LEVELS)
@given(column=st.lists(st.integers(0, 4), min_size=2, max_size=8), raters=st.integers(2, 4))
@few
def test_equal_raters_agree_wholly_where_anything_varies(level, column, raters):
    found = alpha(np.tile(np.array(column)[:, None], raters), level)
    if len(set(column)) == 1:
        assert math.isnan(found.alpha)
        assert found.undefined == "no variation"
        return
    assert (found.alpha, found.observed) == (1, 0)
    assert found.lacking == "raters agree everywhere"
    assert np.isnan([found.low, found.high]).all()


def float_alpha(counts, values, level):
    """Return alpha of counts (units, values), by the matrix of δ²."""
    sizes, margins = counts.sum(axis=1), counts.sum(axis=0)
    if level == "ordinal":
        values = np.cumsum(margins) - margins / 2
    first, second = values[:, None], values
    square = {
        "nominal": (first != second) * 1.0,
        "ratio": ((first - second) / (first + second)) ** 2,
    }.get(level, (first - second) ** 2.0)
    observed = (np.einsum("uc,ck,uk->u", counts, square, counts) / (sizes - 1)).sum()
    return 1 - observed * (margins.sum() - 1) / (margins @ square @ margins)


@pytest.mark.parametrize(
    ("level", "by_sums"),
    [*((level, False) for level in LEVELS), ("nominal", True), ("interval", True), ("ratio", True)],
)
def test_the_interval_is_that_of_units_drawn_anew(level, by_sums, monkeypatch):
    if by_sums:  # as where very many units are all rated differently
        monkeypatch.setattr("servqual.agreement._patterns.MANY", 0)
    rng = np.random.default_rng(8)
    truth = rng.integers(1, 6, (30, 1))
    table = np.clip(truth + rng.integers(-1, 2, (30, 3)), 1, 5).astype(float)
    table[::4, 0] = NAN
    values = np.arange(1.0, 6)
    counts = (table[:, :, None] == values).sum(axis=1).astype(float)
    draws = np.array(
        [float_alpha(counts[rng.integers(30, size=30)], values, level) for _ in range(3000)]
    )
    found = alpha(table, level, resamples=3000, confidence=0.9)
    assert found.alpha == close(float_alpha(counts, values, level))
    assert found.low < found.alpha < found.high <= 1
    off = 5 * math.sqrt(0.05 * 0.95 * (1 / 3000 + 1 / 3000))  # ties on either side
    for end, tail in ((found.low, 0.05), (found.high, 0.95)):
        assert (draws < end - 1e-9).mean() <= tail + off
        assert (draws <= end + 1e-9).mean() >= tail - off
    assert "90 % intervals by percentile bootstrap over units, 3000 resamples" in found.table.note


@pytest.mark.parametrize("level", LEVELS)
def test_same_seed_same_interval_in_blocks_of_any_size(level, monkeypatch):
    def ends(seed):
        found = alpha(CODED, level, rng=seed, resamples=300)
        return [found.low, found.high]

    first = ends(7)
    assert ends(7) == first
    assert ends(np.random.default_rng(7)) == first
    plain = [krippendorff_alpha(CODED, level=level, resamples=300) for _ in range(2)]
    assert plain[0] == plain[1]  # the seed is 0, so that a report says the same twice
    assert [plain[0].low, plain[0].high] == ends(0)
    other = alpha(CODED, level, rng=7, resamples=301)
    assert [other.low, other.high] != first
    monkeypatch.setattr("servqual.agreement._patterns.CELLS", 50)
    monkeypatch.setattr("servqual.agreement._ratings.REACH", 4)
    assert ends(7) == close(first)


@pytest.mark.parametrize("level", LEVELS)
def test_many_distinct_values_in_blocks(level, monkeypatch):
    table = np.random.default_rng(3).normal(10, 1, (80, 3)) ** 2
    first = alpha(table, level).alpha
    monkeypatch.setattr("servqual.agreement._patterns.CELLS", 7)
    assert alpha(table, level).alpha == close(first)
    observed, expected = map(float, disagreements(table[:12], level))
    assert alpha(table[:12], level).alpha == close(1 - observed / expected, 1e-9)


def test_resamples_without_an_alpha_stand_aside_and_are_told():
    table = [[1, 1, 1], [2, 2, 2], [1, 1, 2]]
    found = alpha(table, "interval", resamples=1000)
    told = int(re.search(r"1000 resamples, at most (\d+) without", found.table.note)[1])
    # all three from the first or all from the second unit: 2/27 of the resamples
    assert told / 1000 == pytest.approx(2 / 27, abs=5 * math.sqrt(2 / 27 * 25 / 27 / 1000))
    assert found.low < found.alpha < found.high
    assert found.lacking == ""


def test_too_many_resamples_without_an_alpha_make_no_interval():
    found = alpha([[1, 1, 1], [1, 1, 2]], "interval", resamples=400)
    lost = int(re.match(r"no interval: (\d+) of 400 resamples", found.lacking)[1])
    # only the first unit, twice, has no variation: a quarter
    assert lost / 400 == pytest.approx(1 / 4, abs=5 * math.sqrt(3 / 16 / 400))
    assert np.isnan([found.low, found.high]).all()
    assert found.alpha == close(
        float_alpha(np.array([[3.0, 0], [2, 1]]), np.arange(1.0, 3), "interval")
    )


def test_progress_of_the_bootstrap_reaches_its_end():
    seen = []
    alpha(CODED, "nominal", resamples=50, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (50, 50)
    assert seen == sorted(seen)


def test_wider_confidence_wider_interval():
    narrow, wide = (alpha(CODED, resamples=500, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.alpha < narrow.high <= wide.high <= 1


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1, NAN], [NAN, 2]], "no unit with two ratings"),  # raters who share no unit
        ([[1], [2]], "no unit with two ratings"),
        ([[NAN, NAN]], "no unit with two ratings"),
        ([[1, 2], [NAN, 2]], "one unit"),
        ([[2, 2], [2, 2]], "no variation"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_without_alpha_there_is_a_reason(table, reason, level):
    found = alpha(table, level)
    assert np.isnan([found.alpha, found.low, found.high]).all()
    assert (found.undefined, found.lacking) == (reason, "")
    assert found.table.row()["undefined"] == reason
    assert reason in str(found)


# --- intraclass correlations ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (  # Shrout and Fleiss; computed with R 4.2.2, psych 2.2.9: ICC(s, lmer = FALSE)
            JUDGED,
            {
                "ICC1": (0.165741768405476, -0.132932324874751, 0.722560062328121),
                "ICC2": (0.289763779527559, 0.0187865133747120, 0.761084369648953),
                "ICC3": (0.714840714840715, 0.342464765033925, 0.945858259955360),
                "ICC1k": (0.442797133679269, -0.884442155238119, 0.912415420340776),
                "ICC2k": (0.620050547598989, 0.0711368153025035, 0.927232040167722),
                "ICC3k": (0.909315542377069, 0.675674713816305, 0.985891678169062),
            },
        ),
        (  # Krippendorff's units without a hole, by the same call; pingouin 0.7 gives the estimates
            CODED,
            {
                "ICC1": (0.698924731182796, 0.392016272612493, 0.917374865551772),
                "ICC2": (0.700657894736842, 0.397360186443732, 0.917610246518921),
                "ICC3": (0.717171717171717, 0.407717566580688, 0.923966619934105),
                "ICC1k": (0.902777777777778, 0.720601981718539, 0.977979106951331),
                "ICC2k": (0.903499469777306, 0.725083181368055, 0.978045971374981),
                "ICC3k": (0.910256410256410, 0.733584457114426, 0.979842153054965),
            },
        ),
        (  # raters at odds, by the same call; psych prints -.63994 and 6.85959 for the two ends
            # that lie outside of what the coefficients can be
            [[3, 4, 2], [5, 3, 3], [2, 5, 4], [1, 3, 4], [5, 2, 2]],
            {
                "ICC1": (-0.304347826086956, -0.451281212922657, 0.355277438812681),
                "ICC2": (-0.445783132530120, -0.5, 0.332909667781090),
                "ICC3": (-0.336363636363636, -0.464508099023487, 0.285557945033335),
                "ICC1k": (-2.333333333333332, -13.894471927417593, 0.623091565420958),
                "ICC2k": (-12.333333333333313, -math.inf, 0.599542208462972),
                "ICC3k": (-3.083333333333332, -19.631581554234330, 0.545264573107750),
            },
        ),
    ],
)
def test_g2_six_forms_with_their_intervals(table, wanted):
    found = intraclass_correlation(table).table
    assert found["form"].tolist() == list(FORMS)
    for key, (estimate, low, high) in wanted.items():
        row = found.row(form=key)
        assert [row["icc"], row["low"], row["high"]] == pytest.approx([estimate, low, high], 1e-11)
        assert (row["lacking"], row["undefined"]) == ("", "")


def test_g2_tests_and_what_they_stand_on():
    # theory G2 [R psych; = MEM .17 .29 .71 .44 .62 .91]
    found = [0.16574177, 0.28976378, 0.71484071, 0.44279713, 0.62005055, 0.90931554]
    assert list(icc(JUDGED).values()) == pytest.approx(found, abs=5e-9)
    # R, as above
    table = intraclass_correlation(JUDGED).table
    one = table.row(form="ICC1")
    assert [one["f"], one["df1"], one["df2"]] == close([1.794678492239469, 5, 18])
    assert one["p"] == close(0.164768808344640)
    three = table.row(form="ICC3k")
    assert [three["f"], three["df1"], three["df2"]] == close([11.0272479564033, 5, 15])
    assert three["p"] == close(1.34566516484337e-04)


def test_correlations_stand_on_the_units_that_all_rated():
    # pingouin takes n before such rows are dropped; here it is the number of those left
    found = intraclass_correlation(CODED)
    whole = CODED[~np.isnan(CODED).any(axis=1)]
    assert (found.n, found.left_out, found.raters) == (8, 4, 4)
    assert found.table["n"].tolist() == [8] * 6
    assert found.table["df1"].tolist() == [7] * 6
    assert found.table["df2"].tolist() == [24, 21, 21] * 2
    assert "4 units lacking a rating left out" in found.table.note
    for column in ("icc", "low", "high", "f", "p"):
        assert icc(CODED, column) == icc(whole, column)


def squares(table):
    """Return the mean squares B, J, E and W, cell by cell in fractions."""
    rows = [given_ratings(row) for row in table]
    n, k = len(rows), len(rows[0])
    grand = sum(map(sum, rows)) / Fraction(n * k)
    unit = [sum(row) / Fraction(k) for row in rows]
    rater = [sum(column) / Fraction(n) for column in zip(*rows, strict=True)]
    cells = [(i, j) for i in range(n) for j in range(k)]
    between = k * sum((mean - grand) ** 2 for mean in unit) / Fraction(n - 1)
    across = n * sum((mean - grand) ** 2 for mean in rater) / Fraction(k - 1)
    error = sum((rows[i][j] - unit[i] - rater[j] + grand) ** 2 for i, j in cells)
    within = sum((rows[i][j] - unit[i]) ** 2 for i, j in cells)
    return between, across, error / Fraction((n - 1) * (k - 1)), within / Fraction(n * (k - 1))


def share(top, bottom):
    return float(top / bottom) if bottom else NAN


def spread_of_means(table):
    """Return the estimated variance of the means of raters who are a sample, times k."""
    between, across, error, _ = squares(table)
    return between + (across - error) / Fraction(len(table))


varied = ratings(units=(2, 6), most=6, holes=False).filter(spread_of_means)


@given(table=varied)
@few
def test_correlations_are_those_of_the_analysis_of_variance(table):
    (n, k), (b, j, e, w), spread = table.shape, squares(table), spread_of_means(table)
    wanted = {
        "ICC1": share(b - w, b + (k - 1) * w),
        "ICC2": share(b - e, spread + (k - 1) * (e + (j - e) / Fraction(n))),
        "ICC3": share(b - e, b + (k - 1) * e),
        "ICC1k": share(b - w, b),
        "ICC2k": share(b - e, spread) if spread > 0 else NAN,
        "ICC3k": share(b - e, b),
    }
    if spread < 0:
        wanted["ICC2"] = NAN
    found = intraclass_correlation(table).table
    assert dict(zip(FORMS, found["icc"].tolist(), strict=True)) == close(wanted)
    assert (np.isnan(found["icc"]) == (found["undefined"] != "")).all()
    assert (np.isnan(found["low"]) == ((found["undefined"] != "") | (found["lacking"] != ""))).all()


@given(table=varied, confidence=CONFIDENCES)
@few
def test_intervals_of_correlations_are_exact_in_f(table, confidence):
    (n, k), (b, _, e, w) = table.shape, map(float, squares(table))
    assume(b > 0 and e > 0)
    low, high = (icc(table, end, confidence=confidence) for end in ("low", "high"))
    tail = (1 - confidence) / 2
    for key, noise, df in (("ICC1", w, n * (k - 1)), ("ICC3", e, (n - 1) * (k - 1))):
        # P(F > what was observed | ICC) of the true ends are the tails: F·(1-ICC)/(1+(k-1)ICC)
        for end, wanted in ((low, tail), (high, 1 - tail)):
            ratio = b / noise * (1 - end[key]) / (1 + (k - 1) * end[key])
            assert stats.f.sf(ratio, n - 1, df) == close(wanted, 1e-6)
            of_means = b / noise * (1 - end[key + "k"])
            assert stats.f.sf(of_means, n - 1, df) == close(wanted, 1e-6)


@given(table=varied, confidence=CONFIDENCES)
@few
def test_bounds_of_correlations(table, confidence):
    k, table = table.shape[1], intraclass_correlation(table, confidence=confidence).table
    for row in table.rows():
        least = -math.inf if row["form"].endswith("k") else -1 / (k - 1)
        if not row["undefined"]:
            assert least - 1e-12 <= row["icc"] <= 1
        if not (row["undefined"] or row["lacking"]):
            assert least - 1e-12 <= row["low"] <= row["high"] <= 1
            if "2" not in row["form"]:
                assert row["low"] - 1e-12 <= row["icc"] <= row["high"] + 1e-12


def test_the_interval_of_icc2_holds_its_estimate():
    # psych 2.2.9 has the same upper end, -.366221269954 below its ICC of -.357894736842
    table = intraclass_correlation([[4, 0, 4], [4, 1, 3], [3, 4, 1], [3, 0, 4]]).table
    row = table.row(form="ICC2")
    assert row["lacking"] or row["low"] <= row["icc"] <= row["high"]


@pytest.mark.parametrize("units", [5, 20])
@pytest.mark.parametrize("between", [0.0, 0.3, 3.0])
def test_intervals_of_normal_ratings_hold_their_estimates(units, between):
    random = np.random.default_rng(6)
    for _ in range(25):
        table = random.normal(0, 1, (units, 4)) + random.normal(0, between, (units, 1))
        rows = intraclass_correlation(table + random.normal(0, 1, 4)).table.rows()
        for row in rows:
            assert row["undefined"] or row["low"] < row["icc"] < row["high"]


def test_means_without_any_variance_have_no_correlation():
    # B = J = 1/6 and 0, E = 1/2 and 3/2, n = 4 and 3: B + (J - E)/n is 0
    for table in ([[0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]], [[1, 3], [3, 2], [2, 1]]):
        b, j, e, _ = squares(np.array(table, dtype=float))
        assert b + (j - e) / len(table) == 0
        row = intraclass_correlation(table).table.row(form="ICC2k")
        assert math.isnan(row["icc"])
        assert "negative" not in row["undefined"]


@given(table=varied)
@few
def test_the_mean_of_raters_follows_spearman_and_brown(table):
    k, found = table.shape[1], icc(table)
    for key in ("ICC1", "ICC2", "ICC3"):
        if not math.isnan(found[key + "k"]):
            single = found[key]
            assert found[key + "k"] == close(k * single / (1 + (k - 1) * single), 1e-8)


@given(table=varied)
@few
def test_consistency_of_the_mean_is_alpha_of_raters_as_items(table):
    total, k = table.sum(axis=1).var(ddof=1), table.shape[1]
    assume(total > 0)
    items = table.var(axis=0, ddof=1).sum()
    assert icc(table)["ICC3k"] == close(k / (k - 1) * (1 - items / total))


@given(table=varied, seed=st.integers(0, 99))
@few
def test_correlations_know_no_order_origin_or_unit(table, seed):
    random, first = np.random.default_rng(seed), icc(table)
    other = random.permutation(random.permutation(table, axis=0), axis=1)
    for changed in (other, 1000 - 0.25 * table, table * 1e-9):
        assert icc(changed) == close(first, 1e-8, 1e-9)


@given(table=varied, seed=st.integers(0, 99))
@few
def test_strict_raters_leave_consistency_as_it_is(table, seed):
    e = squares(table)[2]
    assume(e > 0)  # else what is left of the error after the shift is rounding
    shift = np.random.default_rng(seed).integers(-20, 20, table.shape[1])
    for column in ("icc", "low", "high"):
        found, wanted = icc(table + shift, column), icc(table, column)
        for key in ("ICC3", "ICC3k"):
            assert found[key] == close(wanted[key], 1e-8)


@pytest.mark.parametrize("table", [[[78, 13], [53, 28]], [[4, 17, -17], [3, 15, -15]]])
def test_raters_far_apart_do_not_warn(table):
    row = intraclass_correlation(table).table.row(form="ICC2")
    assert row["lacking"] or row["low"] <= row["icc"] <= row["high"]


def test_strict_raters_agree_less():
    first, shifted = icc(JUDGED), icc(np.array(JUDGED) + np.array([0, -10, 10, 20]))
    for key in ("ICC1", "ICC2", "ICC1k", "ICC2k"):
        assert shifted[key] < first[key] - 0.1


ALL = ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"]


@pytest.mark.parametrize(
    ("table", "reason", "which"),
    [
        ([[1], [2]], "one rater", ALL),
        ([[1, NAN], [NAN, 2]], "no unit was rated by all raters", ALL),
        ([[1, 2], [NAN, 2]], "one unit", ALL),
        ([[3, 3], [3, 3], [3, 3]], "no variation", ALL),
        ([[1, 2], [1, 2]], "no variation between units", ["ICC3", "ICC1k", "ICC3k"]),
        ([[1, 2], [2, 1]], "no variation between units", ["ICC2", "ICC1k", "ICC2k", "ICC3k"]),
        ([[1, 5], [5, 1.5]], "no positive variance of the means", ["ICC2", "ICC2k"]),
    ],
)
def test_without_correlation_there_is_a_reason(table, reason, which):
    found = intraclass_correlation(table).table
    told = [row["form"] for row in found.rows() if row["undefined"] == reason]
    assert told == which
    for row in found.rows():
        assert math.isnan(row["icc"]) is bool(row["undefined"])


def test_without_an_interval_there_is_a_reason():
    assert set(intraclass_correlation([[1, 1], [2, 2], [4, 4]]).table["lacking"]) == {
        "raters agree everywhere"
    }
    shifted = intraclass_correlation([[1, 2], [2, 3], [4, 5]]).table
    assert shifted.row(form="ICC3")["icc"] == 1
    assert shifted.row(form="ICC3")["lacking"] == "no error: raters differ by a constant"
    assert shifted.row(form="ICC2")["icc"] < 1
    assert shifted.row(form="ICC2")["lacking"] == ""
    flat = intraclass_correlation([[1, 2], [2, 1]]).table.row(form="ICC1")
    assert flat["icc"] == close(-1)
    assert flat["lacking"] == "no variation between units"


# --- Cohen's kappa --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [  # statsmodels 0.14, cohens_kappa(table, wt=…): kappa, std_kappa, kappa_low, kappa_upp, z
        # psych 2.2.9, cohen.kappa(table, n.obs = 200), gives the first interval too
        (
            None,
            (0.4285714285714285, 0.05371100486916735, 0.323299793454405, 0.533843063688452),
        ),
        (
            "linear",
            (0.4923076923076922, 0.05071860760768723, 0.392901048050606, 0.591714336564779),
        ),
        (
            "quadratic",
            (0.5666666666666667, 0.05566634015823023, 0.457562644805380, 0.6757706885279536),
        ),
    ],
)
def test_kappa_of_fleiss_cohen_and_everitts_table(weights, wanted):
    found = cohen_kappa(pairs_of(DIAGNOSED), weights=weights)
    assert [found.kappa, found.se, found.low, found.high] == close(wanted)
    # statsmodels: z_value, which has the error under independence
    z = {None: 7.720275189824679, "linear": 8.521978260660923, "quadratic": 8.036230807200106}
    assert found.z == close(z[weights])
    assert found.p == close(2 * stats.norm.sf(z[weights]), 1e-9, 0)
    assert (found.n, found.left_out, found.weights) == (200, 0, weights or "unweighted")


def test_unweighted_error_of_kappa_under_independence_by_the_short_formula():
    p = DIAGNOSED / 200
    first, second = p.sum(axis=1), p.sum(axis=0)
    e = first @ second
    # Fleiss, Cohen and Everitt (1969), formula 14
    variance = (e + e**2 - (first * second * (first + second)).sum()) / (200 * (1 - e) ** 2)
    found = cohen_kappa(pairs_of(DIAGNOSED))
    assert found.kappa / found.z == close(math.sqrt(variance))


def agreements(table, weights):
    """Return p_o and p_e in fractions, unit by unit, and the greatest distance."""
    pairs = [row for row in map(given_ratings, table) if len(row) == 2]
    seen = {exact(x) for x in table.ravel() if not math.isnan(x)}
    reach = max(seen) - min(seen) or Fraction(1)

    def agree(a, b):
        if weights is None:
            return Fraction(a == b)
        return 1 - (abs(a - b) / reach) ** (1 if weights == "linear" else 2)

    n = len(pairs)
    observed = sum(agree(a, b) for a, b in pairs) / Fraction(n)
    return observed, sum(agree(a, b) for a, _ in pairs for _, b in pairs) / Fraction(n**2)


two = ratings(units=(1, 9), raters=(2, 2), most=4)


@pytest.mark.parametrize("weights", DISTANCES)
@given(table=two, confidence=CONFIDENCES)
@few
def test_kappa_is_its_definition_unit_by_unit(weights, table, confidence):
    both = ~np.isnan(table).any(axis=1)
    assume(not np.isnan(table).all())
    found = cohen_kappa(table, weights=weights, confidence=confidence)
    assert (found.n, found.left_out) == (both.sum(), (~both).sum())
    if both.sum() < 2 or np.ptp(table[both]) == 0:
        assert math.isnan(found.kappa)
        assert found.undefined in {"no unit was rated by both", "one unit", "no variation"}
        return
    observed, expected = agreements(table, weights)
    wanted = [observed, expected, (observed - expected) / (1 - expected)]
    assert [found.agreement, found.expected, found.kappa] == close([*map(float, wanted)])
    assert -1 <= found.kappa <= 1
    if found.lacking:
        assert np.isnan([found.low, found.high]).all()
    else:
        assert -1 <= found.low <= found.kappa <= found.high <= 1


def kappa_of(shares, agree):
    expected = shares.sum(axis=1) @ agree @ shares.sum(axis=0)
    return ((shares * agree).sum() - expected) / (1 - expected)


def agreement_of(size, weights):
    x = np.arange(size) / (size - 1)
    away = np.abs(x[:, None] - x)
    return np.eye(size) if weights is None else 1 - away ** (1 if weights == "linear" else 2)


@pytest.mark.parametrize("weights", DISTANCES)
@given(counts=hnp.arrays(np.int64, (3, 3), elements=st.integers(0, 30)))
@few
def test_the_error_of_kappa_is_that_of_each_units_influence(weights, counts):
    assume(counts.sum() > 20 and (counts.sum(axis=0) + counts.sum(axis=1) > 0).all())
    p, agree, step = counts / counts.sum(), agreement_of(3, weights), 1e-5
    assume(p.trace() < 1 and (p.sum(axis=1) @ agree @ p.sum(axis=0)) < 0.95)
    square = 0.0
    for cell in np.ndindex(3, 3):
        unit = np.zeros((3, 3))
        unit[cell] = 1
        ends = [kappa_of((1 - e) * p + e * unit, agree) for e in (step, -step)]
        square += p[cell] * ((ends[0] - ends[1]) / (2 * step)) ** 2
    found = cohen_kappa(pairs_of(counts), weights=weights)
    assert found.se == close(math.sqrt(square / counts.sum()), 1e-5, 1e-6)


@pytest.mark.parametrize("weights", DISTANCES)
def test_the_error_of_kappa_is_near_the_jackknife(weights):
    n, agree = 400, agreement_of(3, weights)
    p = np.array([[0.3, 0.1, 0.02], [0.08, 0.2, 0.05], [0.03, 0.07, 0.15]])
    counts = np.random.default_rng(5).multinomial(n, p.ravel()).reshape(3, 3)
    left = np.full((3, 3), NAN)
    for cell in np.ndindex(3, 3):
        fewer = counts.copy()
        fewer[cell] -= 1
        left[cell] = kappa_of(fewer / (n - 1), agree)
    mean = (counts * left).sum() / n
    jackknife = math.sqrt((n - 1) / n * (counts * (left - mean) ** 2).sum())
    assert cohen_kappa(pairs_of(counts), weights=weights).se == pytest.approx(jackknife, rel=0.01)


@pytest.mark.parametrize("weights", DISTANCES)
@given(table=two, seed=st.integers(0, 99))
@few
def test_what_does_not_matter_to_kappa(weights, table, seed):
    assume(not np.isnan(table).all())
    found = cohen_kappa(table, weights=weights)
    changed = {
        "units": np.random.default_rng(seed).permutation(table),
        "which rater is first": table[:, ::-1],
        "names": 20 - 3 * table,
    }
    if weights is None:
        changed["order"] = (7 * table + 3) % 11
    for what, other in changed.items():
        again = cohen_kappa(other, weights=weights)
        for name in ("kappa", "se", "low", "high", "z"):
            assert getattr(again, name) == close(getattr(found, name), 1e-8), (what, name)


@given(table=ratings(units=(3, 12), raters=(2, 2), most=5, holes=False))
@few
def test_quadratic_kappa_is_the_concordance_and_near_icc2(table):
    assume(np.ptp(table) > 0)
    x, y = table.T
    # Lin's concordance correlation, with the divisor n (Fleiss & Cohen 1973)
    top = 2 * np.cov(x, y, ddof=0)[0, 1]
    kappa = cohen_kappa(table, weights="quadratic").kappa
    assert kappa == close(top / (x.var() + y.var() + (x.mean() - y.mean()) ** 2))
    many = np.tile(table, (2000, 1))
    assert icc(many)["ICC2"] == pytest.approx(kappa, abs=1e-3)


def test_categories_give_words_their_order():
    words = ["poor", "fair", "good"]
    table = [[words[a], words[b]] for a, b in pairs_of(DIAGNOSED)]
    for weights in DISTANCES:
        wanted = cohen_kappa(pairs_of(DIAGNOSED), weights=weights)
        found = cohen_kappa(table, weights=weights, categories=words)
        assert [found.kappa, found.se] == close([wanted.kappa, wanted.se])
        more = cohen_kappa(table, weights=weights, categories=["awful", *words, "superb"])
        assert more.kappa == close(wanted.kappa)
    assert cohen_kappa(table).kappa == close(cohen_kappa(pairs_of(DIAGNOSED)).kappa)
    other = cohen_kappa(table, weights="linear", categories=["fair", "poor", "good"])
    assert other.kappa != close(cohen_kappa(pairs_of(DIAGNOSED), weights="linear").kappa, 1e-3)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([["a", None], [None, "b"]], "no unit was rated by both"),
        ([["a", "b"], ["a", None]], "one unit"),
        ([["a", "a"]] * 4, "no variation"),
    ],
)
def test_without_kappa_there_is_a_reason(table, reason):
    found = cohen_kappa(table)
    assert math.isnan(found.kappa)
    assert found.undefined == reason
    assert reason in str(found)


def test_kappa_without_an_interval_says_why():
    equal = cohen_kappa([["a", "a"], ["b", "b"], ["c", "c"]])
    assert (equal.kappa, equal.lacking) == (1, "raters agree everywhere")
    apart = cohen_kappa([["a", "b"]] * 3)  # expected by chance: nothing else
    assert (apart.kappa, apart.lacking) == (0, "units do not differ")
    assert np.isnan([equal.low, equal.high, apart.low, apart.high]).all()


# --- Fleiss' kappa --------------------------------------------------------------------------------


def test_g3_the_table_of_wikipedia():
    found = fleiss_kappa_from_counts(RATED)
    assert found.kappa == pytest.approx(0.20993070, abs=5e-9)  # theory G3 [R+PY]
    assert found.kappa == close(0.20993070442195522)  # statsmodels 0.14, fleiss_kappa
    # Wikipedia: P̄ = .378, P̄_e = .213, p_j = .143 .200 .279 .150 .229
    assert [found.agreement, found.expected] == pytest.approx([0.378, 0.213], abs=5e-4)
    shares = [0.143, 0.200, 0.279, 0.150, 0.229]
    assert found.categories["share"].tolist() == pytest.approx(shares, abs=5e-4)
    assert (found.n, found.left_out) == (10, 0)
    raw = [np.repeat(np.arange(5), row) for row in RATED]
    assert fleiss_kappa(raw).kappa == close(found.kappa)


def fleiss(table):
    """Return p_o and p_e in fractions; units may lack ratings."""
    units = [row for row in map(given_ratings, table) if len(row) > 1]
    n = Fraction(len(units))
    observed = sum(
        Fraction(sum(a == b for a, b in permutations(row, 2)), len(row) * (len(row) - 1))
        for row in units
    )
    shares = {
        c: sum(Fraction(row.count(c), len(row)) for row in units) / n for row in units for c in row
    }
    return observed / n, sum(s**2 for s in shares.values())


@given(table=ratings(units=(1, 7)), confidence=CONFIDENCES)
@few
def test_fleiss_kappa_is_its_definition_pair_by_pair(table, confidence):
    assume(not np.isnan(table).all())
    found = fleiss_kappa(table, confidence=confidence)
    there = (~np.isnan(table)).sum(axis=1)
    kept = table[there > 1]
    assert (found.n, found.left_out) == (len(kept), (there < 2).sum())
    if len(kept) < 2 or np.nanmin(kept) == np.nanmax(kept):
        assert math.isnan(found.kappa)
        reasons = {0: "no unit with two ratings", 1: "one unit"}
        assert found.undefined == reasons.get(len(kept), "no variation")
        return
    observed, expected = fleiss(table)
    wanted = [observed, expected, (observed - expected) / (1 - expected)]
    assert [found.agreement, found.expected, found.kappa] == close([*map(float, wanted)])
    least = -1 / (there[there > 1].min() - 1)
    assert least - 1e-12 <= found.kappa <= 1
    if not found.lacking:
        assert least <= found.low <= found.kappa + 1e-12
        assert found.kappa <= found.high + 1e-12
        assert found.high <= 1


@given(table=ratings(units=(2, 7)), seed=st.integers(0, 99))
@few
def test_what_does_not_matter_to_fleiss_kappa(table, seed):
    assume(not np.isnan(table).all())
    found = fleiss_kappa(table)
    other = shaken(np.random.default_rng(seed), (7 * table + 3) % 11)
    again = fleiss_kappa(other)
    for name in ("kappa", "se", "low", "high"):
        assert getattr(again, name) == close(getattr(found, name), 1e-8), name


@given(table=ratings(units=(2, 7), holes=False))
@few
def test_nominal_alpha_is_fleiss_kappa_with_a_term_for_small_samples(table):
    kappa = fleiss_kappa(table).kappa
    assert alpha(table).alpha == close(kappa + (1 - kappa) / table.size)


def fleiss_of(shares, own, weights):
    pi = weights @ shares
    expected = (pi**2).sum()
    return (weights @ own - expected) / (1 - expected)


def test_the_error_of_fleiss_kappa_is_that_of_each_units_influence():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 3, (400, 1))
    table = np.where(rng.random((400, 4)) < 0.6, truth, rng.integers(0, 3, (400, 4))).astype(float)
    table[rng.random((400, 4)) < 0.2] = NAN
    counts = (table[:, :, None] == np.arange(3)).sum(axis=1)
    counts = counts[counts.sum(axis=1) > 1]
    n, r = len(counts), counts.sum(axis=1)
    shares, own = counts / r[:, None], (counts * (counts - 1)).sum(axis=1) / (r * (r - 1))
    even, step = np.full(n, 1 / n), 1e-5
    influence, left = np.zeros((2, n))
    for unit in range(n):
        alone = np.eye(n)[unit]
        ends = [fleiss_of(shares, own, (1 - e) * even + e * alone) for e in (step, -step)]
        influence[unit] = (ends[0] - ends[1]) / (2 * step)
        left[unit] = fleiss_of(shares, own, (1 - alone) / (n - 1))
    found = fleiss_kappa(table)
    assert found.kappa == close(fleiss_of(shares, own, even))
    # Gwet's: the squares of n influences over n(n-1)
    assert found.se == close(math.sqrt((influence**2).sum() / n / (n - 1)), 1e-6)
    jackknife = math.sqrt((n - 1) / n * ((left - left.mean()) ** 2).sum())
    assert found.se == pytest.approx(jackknife, rel=0.01)
    half = stats.t.ppf(0.975, n - 1) * found.se
    assert [found.low, found.high] == close([found.kappa - half, found.kappa + half])


@given(
    counts=hnp.arrays(
        np.int64, st.tuples(st.integers(2, 6), st.just(3)), elements=st.integers(0, 4)
    )
)
@few
def test_each_category_against_the_others(counts):
    found = fleiss_kappa_from_counts(dict(zip("abc", counts.T, strict=True)))
    ratings_of = counts.sum(axis=1)
    for place, row in enumerate(found.categories.rows()):
        against = np.stack([counts[:, place], ratings_of - counts[:, place]], axis=1)
        alone = fleiss_kappa_from_counts(against)
        assert row["category"] == "abc"[place]
        for name in ("kappa", "se", "low", "high"):
            assert row[name] == close(getattr(alone, name)), name
        assert (row["undefined"], row["lacking"]) == (alone.undefined, alone.lacking)


def test_fleiss_kappa_is_the_mean_of_the_categories():
    # Fleiss (1971): each category's kappa counts p_j(1 - p_j)
    found = fleiss_kappa_from_counts(RATED)
    weights = found.categories["share"] * (1 - found.categories["share"])
    assert found.kappa == close(np.average(found.categories["kappa"], weights=weights))


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([["a", ""], ["", "b"]], "no unit with two ratings"),
        ([["a", "b"], ["a", ""]], "one unit"),
        ([["a", "a"], ["a", "a"]], "no variation"),
    ],
)
def test_without_fleiss_kappa_there_is_a_reason(table, reason):
    found = fleiss_kappa(table)
    assert math.isnan(found.kappa)
    assert found.undefined == reason
    assert set(found.categories["undefined"]) == {reason}
    assert reason in str(found)


@given(column=st.lists(st.sampled_from("abc"), min_size=2, max_size=8), raters=st.integers(2, 5))
@few
def test_equal_raters_have_a_kappa_of_one(column, raters):
    assume(len(set(column)) > 1)
    table = [[word] * raters for word in column]
    found = fleiss_kappa(table)
    assert (found.kappa, found.lacking) == (1, "raters agree everywhere")
    cohen = cohen_kappa([row[:2] for row in table])
    assert (cohen.kappa, cohen.lacking) == (1, "raters agree everywhere")


# --- agreement within groups ----------------------------------------------------------------------


def test_g4_agreement_of_one_item_and_of_three():
    one = within_group_agreement([[4, 4, 5, 4, 3]], scale=(1, 5)).groups.row()
    assert [one["r_wg"], one["variance"], one["n"]] == close([0.75, 0.5, 5])  # theory G4 [R]
    # theory G4: J = 3 items with a mean variance of .36666667 = (.5 + .3 + .3)/3
    answers = np.array([[4, 4, 5, 4, 3], [4, 4, 4, 5, 5], [2, 2, 2, 1, 1]]).T
    three = group_agreement(answers, ["north"] * 5, scale=(1, 5)).groups.row(group="north")
    assert three["variance"] == pytest.approx(0.36666667, abs=5e-9)
    assert three["r_wg"] == pytest.approx(0.93037975, abs=5e-9)


@pytest.mark.parametrize(
    ("null", "variance"),
    [  # LeBreton and Senter (2008) for five points; the uniform one is (5² - 1)/12
        ("uniform", 2),
        ("slight_skew", 1.34),
        ("moderate_skew", 0.90),
        ("heavy_skew", 0.44),
        ("triangular", 1.32),
        (0.7, 0.7),
    ],
)
def test_nulls_and_their_variances(null, variance):
    found = within_group_agreement([[4, 4, 5, 4, 3]], scale=(1, 5), null=null)
    summary = found.overall.row()
    assert summary["null_variance"] == close(variance)
    assert summary["null"] == (null if isinstance(null, str) else "given")
    row = found.groups.row()
    assert row["r_wg"] == close(1 - 0.5 / variance)
    assert row["out_of_range"] == (variance < 0.5)
    assert summary["mean"] == close(max(1 - 0.5 / variance, 0))


five = ratings(units=(1, 5), raters=(1, 6), most=5, least=1)


def test_members_who_vary_as_the_null_does_are_not_out_of_range():
    row = within_group_agreement([[1, 3]], scale=(1, 5)).groups.row()  # s² = 2 = (5² - 1)/12
    assert row["r_wg"] == close(0)
    assert not row["out_of_range"]


@given(table=five, null=st.sampled_from([0.5, 1.3, 2.0]))
@few
def test_agreement_is_its_definition_group_by_group(table, null):
    assume(not np.isnan(table).all())
    found = within_group_agreement(table, scale=sq.Scale(1, 5), null=null)
    counted, out = [], 0
    for row, answers in zip(found.groups.rows(), map(given_ratings, table), strict=True):
        n = len(answers)
        assert row["n"] == n
        if n < 2:
            assert row["undefined"] == ("one member" if n else "no ratings")
            assert math.isnan(row["r_wg"])
            continue
        mean = sum(answers) / Fraction(n)
        variance = sum((x - mean) ** 2 for x in answers) / Fraction(n - 1)
        assert row["variance"] == close(float(variance))
        assert row["r_wg"] == close(1 - float(variance) / null)
        if abs(variance - Fraction(null)) > 1e-9:
            assert row["out_of_range"] == (variance > null)
        assert row["undefined"] == ""
        counted.append(max(1 - float(variance) / null, 0))
        out += row["out_of_range"]
    summary = found.overall.row()
    assert (summary["groups"], summary["out_of_range"]) == (len(counted), out)
    if counted:
        wanted = [np.mean(counted), np.median(counted)]
        assert [summary["mean"], summary["median"]] == close(wanted)
    else:
        assert summary["undefined"] == "no group with two members"


@given(table=five)
@few
def test_one_item_agrees_alike_from_ratings_and_from_answers(table):
    there = ~np.isnan(table)
    assume(there.any())
    groups = (1 + np.argwhere(there)[:, 0]).tolist()
    answers = table[there]
    wide = within_group_agreement(table, scale=(1, 5)).groups
    for long in (answers, answers[:, None], {"wait": answers}):
        found = group_agreement(long, groups, scale=(1, 5)).groups
        for row in found.rows():
            alike(row, wide.row(group=row["group"]))


@given(
    answers=hnp.arrays(
        np.int64, st.tuples(st.integers(2, 10), st.integers(1, 4)), elements=st.integers(1, 5)
    ),
    data=st.data(),
)
@few
def test_agreement_over_items_is_that_of_the_mean_variance(answers, data):
    (n, items), null = answers.shape, 1.34
    groups = data.draw(st.lists(st.sampled_from("xyz"), min_size=n, max_size=n))
    found = group_agreement(answers, groups, scale=(1, 5), null="slight_skew").groups
    assert set(found["group"]) == set(groups)
    for row in found.rows():
        members = answers[[label == row["group"] for label in groups]]
        assert row["n"] == len(members)
        if len(members) == 1:
            assert row["undefined"] == "one member"
            continue
        variance = members.var(axis=0, ddof=1).mean()
        q = variance / null
        if items * (1 - q) + q <= 1e-12:
            assert row["undefined"] == "answers vary too much for r_wg(J)"
            assert math.isnan(row["r_wg"])
        else:
            assert row["r_wg"] == close(items * (1 - q) / (items * (1 - q) + q))
            assert row["r_wg"] <= 1
        assert row["out_of_range"] == (q > 1)


def test_agreement_within_groups_leaves_out_and_says_so():
    answers = [[4, 2], [5, NAN], [3, 3], [4, 2], [1, 1]]
    found = group_agreement(answers, ["n", "n", "n", "s", None], scale=(1, 5))
    assert found.groups.row(group="n")["n"] == 2
    assert found.groups.row(group="s")["undefined"] == "one member"
    assert "1 respondent lacking an answer left out" in found.groups.note
    assert "1 respondent without a group left out" in found.groups.note
    alone = group_agreement([[NAN, 1], [2, 2]], ["a", "b"], scale=(1, 5)).groups
    assert alone.row(group="a")["undefined"] == "no member answered all items"


def test_answers_that_vary_too_much_count_as_no_agreement():
    answers = [[1, 1], [5, 5], [4, 4], [4, 4]]
    found = group_agreement(answers, ["a", "a", "b", "b"], scale=(1, 5))
    assert found.groups["undefined"].tolist() == ["answers vary too much for r_wg(J)", ""]
    assert found.groups["out_of_range"].tolist() == [True, False]
    summary = found.overall.row()
    assert (summary["groups"], summary["mean"], summary["out_of_range"]) == (2, 0.5, 1)
    assert found.overall.note == "groups out of range count as 0"


def test_agreement_within_groups_knows_no_order():
    rng = np.random.default_rng(1)
    answers, groups = rng.integers(1, 8, (60, 3)), rng.choice(list("pqrs"), 60)
    order = rng.permutation(60)
    first = group_agreement(answers, groups, scale=(1, 7)).groups
    other = group_agreement(answers[order][:, ::-1], groups[order], scale=(1, 7)).groups
    for row in first.rows():
        alike(row, other.row(group=row["group"]))
    mirrored = group_agreement(8 - answers, groups, scale=sq.Scale(1, 7)).groups
    assert mirrored["r_wg"].tolist() == close(first["r_wg"].tolist())


# --- ICC(1) and ICC(2) of groups ------------------------------------------------------------------

# R's data set chickwts, weights by feed
CHICKS = {
    "casein": [368, 390, 379, 260, 404, 318, 352, 359, 216, 222, 283, 332],
    "horsebean": [179, 160, 136, 227, 217, 168, 108, 124, 143, 140],
    "linseed": [309, 229, 181, 141, 260, 203, 148, 169, 213, 257, 244, 271],
    "meatmeal": [325, 257, 303, 315, 380, 153, 263, 242, 206, 344, 258],
    "soybean": [243, 230, 248, 327, 329, 250, 193, 271, 316, 267, 199, 171, 158, 248],
    "sunflower": [423, 340, 392, 339, 341, 226, 320, 295, 334, 322, 297, 318],
}


def test_reliability_of_groups_of_different_sizes():
    scores = np.concatenate(list(CHICKS.values()))
    groups = np.repeat(list(CHICKS), [len(weights) for weights in CHICKS.values()])
    row = group_reliability_from_scores(scores, groups).table.row(score="score")
    # R 4.2.2: anova(aov(weight ~ feed, chickwts)), and n₀ = (N - Σn²/N)/(G - 1)
    assert row["f"] == close(15.3647997747125)
    assert row["p"] == close(5.93641985347133e-10, 1e-9, 0)
    assert (row["n"], row["groups"], row["df1"], row["df2"]) == (71, 6, 5, 65)
    assert row["group_size"] == close(11.8084507042254)
    between, within = 46225.8324205841, 3008.55416916417  # the mean squares of the same call
    size = row["group_size"]
    assert row["icc1"] == close((between - within) / (between + (size - 1) * within))
    assert row["icc2"] == close(1 - within / between)
    # by the mean size, as R's package multilevel has it
    row = group_reliability_from_scores(scores, groups, size="mean").table.row()
    assert row["group_size"] == close(71 / 6)
    assert row["icc1"] == close((between - within) / (between + (71 / 6 - 1) * within))
    assert row["icc2"] == close(1 - within / between)


BOTH = ("perceptions", "expectations")


def group_sums(values, weights, labels):
    """Return each group's n, worth, mean and variance, in fractions."""
    found = []
    for label in sorted(set(labels)):
        members = [
            (x, w)
            for x, w, own in zip(values, weights, labels, strict=True)
            if own == label and x is not None and w > 0
        ]
        if not members:
            continue
        n, total = len(members), sum(w for _, w in members)
        mean = sum(w * x for x, w in members) / total
        variance = sum(w * (x - mean) ** 2 for x, w in members) / total
        worth = total**2 / sum(w**2 for _, w in members)
        found.append((n, worth, mean, variance * n / Fraction(max(n - 1, 1))))
    return found


def group_row(values, weights, labels, confidence):
    """Return the figures of ICC(1) and ICC(2), or why there are none, group by group."""
    sums = group_sums(values, weights, labels)
    n, groups = sum(g[0] for g in sums), len(sums)
    if groups < 2 or n == groups:
        reason = {0: "no answers", 1: "one group"}.get(groups, "one respondent in each group")
        return {"n": n, "groups": groups, "undefined": reason}
    total = sum(worth for _, worth, _, _ in sums)
    centre = sum(worth * mean for _, worth, mean, _ in sums) / total
    df1, df2 = groups - 1, total - groups
    between = sum(worth * (mean - centre) ** 2 for _, worth, mean, _ in sums) / Fraction(df1)
    # worth·Σw(x-x̄)²/Σw, whose mean is (worth - 1)·σ²
    within = sum(worth * (n - 1) / Fraction(n) * variance for n, worth, _, variance in sums) / df2
    size = (total - sum(worth**2 for _, worth, _, _ in sums) / total) / df1
    if not (between or within):
        return {"n": n, "groups": groups, "undefined": "no variation"}
    row = {
        "n": n,
        "groups": groups,
        "group_size": float(size),
        "icc1": float((between - within) / (between + (size - 1) * within)),
        "icc2": float(1 - within / between) if between else NAN,
        "f": float(between / within) if within else math.inf,
        "df1": df1,
        "df2": float(df2),
        "undefined": "",
    }
    if not (between and within):
        what = ("groups: no ICC(2)", "groups: no intervals")[not within]
        return row | {"lacking": f"no variation {'within' if between else 'between'} {what}"}
    tail = (1 - confidence) / 2
    for end, ratio in (
        ("low", row["f"] / stats.f.ppf(1 - tail, df1, float(df2))),
        ("high", row["f"] / stats.f.ppf(tail, df1, float(df2))),
    ):
        row[f"icc1_{end}"] = (ratio - 1) / (ratio + float(size) - 1)
        row[f"icc2_{end}"] = 1 - 1 / ratio
    return row | {"lacking": "", "p": stats.f.sf(row["f"], df1, float(df2))}


def same_row(found, wanted):
    for name, value in wanted.items():
        if isinstance(value, str):
            assert found[name] == value, name
        else:
            assert found[name] == close(value, 1e-8, 1e-9), name
    if wanted["undefined"]:
        assert all(math.isnan(found[name]) for name in ("icc1", "icc2", "f", "p", "icc1_low"))


@given(case=cases(groups=True), confidence=CONFIDENCES, data=st.data())
@effort(40)
def test_reliability_of_groups_is_its_definition_respondent_by_respondent(case, confidence, data):
    side = data.draw(st.sampled_from([*BOTH, "gap"]))
    asked = (case.sizes, "dimensions", case.min_answered)
    if side == "gap":
        columns = less(*paired_columns([case.turned(s) for s in BOTH], *asked))
    else:
        columns = columns_of([[*map(exact, row)] for row in case.turned(side)], *asked)
    given_weights = np.ones(len(case.perceptions)) if case.weights is None else case.weights
    weights = [*map(exact, given_weights)]
    survey = case.survey
    for by in (["branch"], ["branch", "year"]):
        labels = [*zip(*(case.by[name] for name in by), strict=True)]
        found = group_reliability(survey, by=by, side=side, confidence=confidence).table
        for row, column in zip(found.rows(), columns, strict=True):
            same_row(row, group_row(column, weights, labels, confidence))


@given(case=cases(groups=True), data=st.data())
@few
def test_moments_and_their_parts_give_the_reliability_of_rows(case, data):
    wanted = group_reliability(case.survey, by="branch").table
    for moments in (sq.moments(case.survey), merged(split(case, data.draw))):
        found = group_reliability(moments, by="branch").table
        for row, own in zip(found.rows(), wanted.rows(), strict=True):
            alike(row, own, 1e-9)


@given(
    table=hnp.arrays(
        np.int64, st.tuples(st.integers(2, 5), st.integers(2, 5)), elements=st.integers(0, 6)
    )
)
@few
def test_equal_groups_are_units_with_raters_of_their_own(table):
    assume(np.ptp(table) > 0)
    groups = np.repeat(np.arange(len(table)), table.shape[1])
    row = group_reliability_from_scores(table.ravel(), groups).table.row()
    single = intraclass_correlation(table).table.row(form="ICC1")
    of_means = intraclass_correlation(table).table.row(form="ICC1k")
    assert row["group_size"] == close(table.shape[1])
    names = ("icc1", "icc1_low", "icc1_high", "icc2", "f", "df1", "df2", "p")
    wanted = [*(single[name] for name in ("icc", "low", "high")), of_means["icc"]]
    wanted += [single[name] for name in ("f", "df1", "df2", "p")]
    assert [row[name] for name in names] == close(wanted, 1e-8)
    wanted = [of_means["low"], of_means["high"]]
    assert [row["icc2_low"], row["icc2_high"]] == close(wanted, 1e-8)


@given(
    scores=st.lists(st.one_of(st.just(NAN), st.integers(0, 9)), min_size=2, max_size=14),
    data=st.data(),
)
@few
def test_reliability_from_scores_is_its_definition(scores, data):
    n = len(scores)
    labels = data.draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    values, ones = [exact(x) for x in scores], [Fraction(1)] * n
    row = group_reliability_from_scores(scores, labels).table.row(score="score")
    same_row(row, group_row(values, ones, labels, 0.95))
    if not row["undefined"]:
        assert -1 / (row["group_size"] - 1) - 1e-9 <= row["icc1"] <= 1
    if not (row["undefined"] or row["lacking"]):
        there = [(x, own) for x, own in zip(scores, labels, strict=True) if not math.isnan(x)]
        groups = sorted({own for _, own in there})
        f, p = stats.f_oneway(*([x for x, own in there if own == group] for group in groups))
        assert [row["f"], row["p"]] == close([f, p], 1e-7)
        assert row["icc2"] == close(1 - 1 / f, 1e-7)


def branches(weights=None, labels="NNNSSSEE", n=8):
    random = np.random.default_rng(4)
    return sq.survey_from_arrays(
        form([2, 1]),
        perceptions=random.integers(1, 8, (n, 3)),
        by={"branch": list(labels)},
        weights=weights,
    )


def test_weights_of_whole_branches_change_nothing():
    plain = group_reliability(branches(), by="branch").table
    weighted = branches(weights=[1, 1, 1, 5, 5, 5, 0.2, 0.2])
    found = group_reliability(weighted, by="branch").table
    for row, own in zip(found.rows(), plain.rows(), strict=True):
        alike(row, own)
    uneven = group_reliability(branches(weights=[1, 2, 3, 1, 2, 3, 1, 2]), by="branch").table
    assert (uneven["df2"] < plain["df2"]).all()  # of n_effective respondents


def test_respondents_without_a_branch_stand_aside():
    labels = ["N", "N", "N", "S", "S", "S", None, None]
    found = group_reliability(branches(labels=labels), by="branch").table
    assert found["n"].tolist() == [6, 6]
    assert found["groups"].tolist() == [2, 2]
    assert "2 respondents without a label left out" in found.note
    alone = group_reliability_from_scores([1, 2, 4, 5, 9], ["a", "a", "b", "b", None]).table
    assert alone.row()["n"] == 4
    assert alone.row()["f"] == close(18)  # 9/.5
    assert "1 respondent without a label left out" in alone.note


# --- ratings of every kind ------------------------------------------------------------------------

WORDS = [
    ["late", None, "rude"],
    ["late", "late", "late"],
    ["rude", "rude", ""],
    ["late", "rude", "late"],
]
NUMBERS = [[1, None, 2], [1, 1, 1], [2, 2, None], [1, 2, 1]]


def columns_by(rows):
    return dict(zip("abc", map(list, zip(*rows, strict=True)), strict=True))


def long(rows):
    cells = [(unit, rater, x) for unit, row in enumerate(rows) for rater, x in enumerate(row)]
    return dict(zip(("unit", "rater", "x"), map(list, zip(*cells, strict=True)), strict=True))


def read(frame, **names):
    return ratings_from_frame(frame, **{"unit": "unit", "rater": "rater", "rating": "x", **names})


KINDS = {
    "nested lists": lambda rows: rows,
    "array of objects": lambda rows: np.array(rows, dtype=object),
    "mapping": columns_by,
    "pandas": lambda rows: pd.DataFrame(columns_by(rows)),
    "pandas with numbers for names": pd.DataFrame,
    "pandas categories": lambda rows: pd.DataFrame(columns_by(rows)).astype("category"),
    "polars": lambda rows: pl.DataFrame(columns_by(rows)),
    "polars lazy": lambda rows: pl.LazyFrame(columns_by(rows)),
    "pyarrow": lambda rows: pa.table(columns_by(rows)),
    "long mapping": lambda rows: read(long(rows)),
    "long pandas": lambda rows: read(pd.DataFrame(long(rows))),
    "long polars": lambda rows: read(pl.DataFrame(long(rows))),
}
OF_WORDS = KINDS | {
    "polars categories": lambda rows: pl.DataFrame(columns_by(rows)).with_columns(
        pl.all().cast(pl.Categorical)
    ),
    "pandas strings": lambda rows: pd.DataFrame(columns_by(rows)).astype("string"),
    "other texts for nothing": lambda rows: [[x or "N/A" for x in row] for row in rows],
}
OF_NUMBERS = KINDS | {
    "array": lambda rows: np.array(rows, dtype=float),
    "nested lists with NaN": lambda rows: [[NAN if x is None else x for x in row] for row in rows],
    "masked array": lambda rows: np.ma.masked_equal(
        [[-9 if x is None else x for x in row] for row in rows], -9
    ),
    "nullable pandas": lambda rows: pd.DataFrame(columns_by(rows)).astype("Int64"),
}


@pytest.mark.parametrize("kind", OF_WORDS)
def test_words_may_come_in_every_kind_of_table(kind):
    table = OF_WORDS[kind](WORDS)
    wanted = alpha(OF_NUMBERS["array"](NUMBERS), resamples=50)
    found = alpha(table, resamples=50)
    assert attrs.evolve(found, table=wanted.table) == wanted
    kappa = fleiss_kappa(table)
    assert kappa.kappa == fleiss_kappa(NUMBERS).kappa
    assert kappa.categories["category"].tolist() == ["late", "rude"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", OF_NUMBERS)
def test_numbers_may_come_in_every_kind_of_table(kind, level):
    table = OF_NUMBERS[kind](NUMBERS)
    wanted = alpha(OF_NUMBERS["array"](NUMBERS), level)
    found = alpha(table, level)
    assert found.alpha == close(wanted.alpha)
    assert (found.n, found.ratings, found.left_out) == (4, 10, 0)


@pytest.mark.parametrize("kind", OF_NUMBERS)
def test_other_measures_take_every_kind_of_table(kind):
    table = OF_NUMBERS[kind](NUMBERS)
    plain = OF_NUMBERS["array"](NUMBERS)
    assert icc(table) == close(icc(plain))
    found = within_group_agreement(table, scale=(1, 5)).groups["r_wg"]
    assert found.tolist() == close(
        within_group_agreement(plain, scale=(1, 5)).groups["r_wg"].tolist()
    )


def test_nan_among_words_is_no_rating():
    table = [["late", NAN], ["late", "rude"], ["rude", "rude"]]
    assert alpha(table).ratings == 4
    assert cohen_kappa(table).left_out == 1


def test_masked_words_are_no_ratings():
    mask = [[False, True], [False, False], [False, False]]
    table = np.ma.masked_array([["late", "rude"], ["late", "rude"], ["rude", "rude"]], mask)
    assert alpha(table).ratings == 4


def test_numbers_and_texts_of_numbers_are_the_same_categories():
    table = {"a": [1, 2, 10, 1], "b": ["1", "2", "2", " 1"], "c": [1.0, NAN, 10.0, 2.0]}
    found = fleiss_kappa(table)
    assert found.categories["category"].tolist() == ["1", "2", "10"]
    plain = [[1, 1, 1], [2, 2, NAN], [10, 2, 10], [1, 1, 2]]
    assert found.kappa == close(fleiss_kappa(plain).kappa)


def test_answers_and_labels_may_come_in_every_kind_of_table():
    answers = {"wait": [4, 5, 2, 2], "care": [3, 5, 1, 2]}
    labels = ["n", "n", "s", "s"]
    rows = np.array([*answers.values()]).T
    wanted = group_agreement(rows, labels, scale=(1, 5)).groups
    scored = group_reliability_from_scores(answers, labels).table
    assert scored["score"].tolist() == ["wait", "care"]
    frames = [
        answers,
        pd.DataFrame(answers),
        pl.DataFrame(answers),
        pa.table(answers),
        rows.tolist(),
    ]
    kinds = [
        labels,
        tuple(labels),
        np.array(labels),
        pd.Series(labels),
        pd.Categorical(labels),
        pl.Series(labels),
    ]
    for frame in frames:
        for groups in kinds:
            assert group_agreement(frame, groups, scale=(1, 5)).groups == wanted
            found = group_reliability_from_scores(frame, groups).table
            assert found["icc1"].tolist() == scored["icc1"].tolist()


# --- ratings in long form -------------------------------------------------------------------------


def test_long_form_keeps_the_order_in_which_names_come():
    log = {
        "call": ["c9", "c1", "c9", "c5"],
        "coder": ["zoe", "ann", "ann", "bob"],
        "score": [3.0, 4.0, None, 2.5],
    }
    found = ratings_from_frame(pl.DataFrame(log), unit="call", rater="coder", rating="score")
    assert found.units == ("c9", "c1", "c5")
    assert found.raters == ("zoe", "ann", "bob")
    assert np.array_equal(
        found.values, [[3, NAN, NAN], [NAN, 4, NAN], [NAN, NAN, 2.5]], equal_nan=True
    )
    assert repr(found) == "3 ratings of 3 units by 3 raters"
    assert alpha(found).undefined == "no unit with two ratings"
    rated = within_group_agreement(found, scale=(1, 5)).groups
    assert rated["group"].tolist() == ["c9", "c1", "c5"]


@given(table=ratings(units=(1, 5), raters=(1, 4)), data=st.data())
@few
def test_long_form_in_any_order_holds_the_same_ratings(table, data):
    assume(not np.isnan(table).all())
    rows = long(table.tolist())
    order = data.draw(st.permutations(range(table.size)))
    found = read({name: [column[place] for place in order] for name, column in rows.items()})
    units, raters = ([int(name) for name in names] for names in (found.units, found.raters))
    assert sorted(units) == [*range(len(table))]
    assert np.array_equal(found.values, table[np.ix_(units, raters)], equal_nan=True)
    assert alpha(found, "interval").alpha == close(alpha(table, "interval").alpha)


def test_columns_of_the_long_form_may_have_places():
    frame = pd.DataFrame([["u", "r", "yes"], ["u", "s", "no"], ["v", "r", "NA"]])
    found = ratings_from_frame(frame, unit=0, rater=1, rating=2)
    assert found.values.tolist() == [["yes", "no"], ["", ""]]
    assert found == Ratings(units=["u", "v"], raters=["r", "s"], values=[["yes", "no"], ["", ""]])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"unit": ["p", "p", "q"], "rater": ["a", "a", "b"]},
            r"'p' rated twice by 'a' \(rows 1 and 2\)",
        ),
        ({"unit": [1, 1.0, 2], "rater": ["a", "a", "b"]}, "'1' rated twice by 'a'"),
        ({"unit": ["p", None, "q"]}, r"`unit` must be there in every row.*\(row 2\)"),
        ({"rater": ["a", "b", ""]}, r"`rater` must be there in every row.*\(row 3\)"),
        ({"x": [None, "-", "NA"]}, "at least one rating, got none in 3 rows"),
    ],
)
def test_long_forms_that_are_refused(change, said):
    frame = {"unit": ["p", "p", "q"], "rater": ["a", "b", "a"], "x": [1, 2, 3]}
    assert read(frame).values.shape == (2, 2)
    refused(lambda: read(frame | change), said)


def test_a_missing_rating_is_no_second_one():
    frame = {"unit": ["p", "p", "q"], "rater": ["a", "a", "b"], "x": [1, None, 2]}
    assert np.array_equal(read(frame).values, [[1, NAN], [NAN, 2]], equal_nan=True)


def test_unknown_columns_of_the_long_form_are_named_with_the_nearest():
    frame = pd.DataFrame({"call": [1], "coder": ["a"], "code": ["late"]})
    refused(
        lambda: ratings_from_frame(frame, unit="call", rater="coders", rating="code"),
        "rater.*'coders'.*'coder'",
    )
    refused(lambda: ratings_from_frame("log.csv", unit=0, rater=1, rating=2), "TypeError.*frame")


def test_ratings_are_checked_frozen_and_compared():
    made = {"units": ["u", "v"], "raters": ["a", "b"], "values": [[1, 2], [3, NAN]]}
    found = Ratings(**made)
    assert found == Ratings(**made)
    assert hash(found) == hash(Ratings(**made))
    assert found != Ratings(**made | {"values": [[1, 2], [3, 4]]})
    with pytest.raises(ValueError, match="read-only"):
        found.values[0, 0] = 5
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        found.units = ("x", "y")
    for change, said in (
        ({"values": [[1, 2]]}, r"\(units, raters\) = \(2, 2\), got int64 of shape \(1, 2\)"),
        ({"values": [[True, False], [True, True]]}, "must be numbers or words.*bool"),
        ({"units": ["u", "u"]}, "'u' twice"),
        ({"raters": "ab"}, "TypeError.*labels"),
    ):
        refused(lambda change=change: Ratings(**made | change), said)


# --- bad input ------------------------------------------------------------------------------------

MEASURES = {
    "alpha": lambda table: alpha(table, "interval"),
    "nominal alpha": alpha,
    "icc": intraclass_correlation,
    "cohen": cohen_kappa,
    "fleiss": fleiss_kappa,
    "within": lambda table: within_group_agreement(table, scale=(1, 5)),
}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([1, 2, 3], r"ValueError: `ratings` must be a table with two axes, got shape \(3,\)"),
        ([[1, 2], [3]], "ValueError: `ratings` must be a table with two axes"),
        ([], "ValueError: `ratings` must be a table with two axes"),
        ([[]], "at least one column"),
        (None, "must be a table"),
        (
            "ratings.csv",
            "TypeError: `ratings` must be a table, got 'ratings.csv'; read files first",
        ),
        ({"a": [], "b": []}, "at least one row"),
        (
            pd.DataFrame([[1, 2], [2, 2]], columns=["a", "a"]),
            "`raters` must be different.*'a' twice",
        ),
        (np.array([[1, 2], [math.inf, 2]]), r"must be finite, got inf \(row 2\)"),
        ([[1, 2], [2, 1e200]], r"must lie within ±1e100, got 1e\+200 \(row 2, '2'\)"),
    ],
)
def test_tables_that_no_measure_takes(measure, table, said):
    refused(lambda: MEASURES[measure](table), said)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_survey_is_no_table_of_ratings(measure):
    for given_answers in (branches(), sq.moments(branches())):
        said = "TypeError: `ratings` must be a table of units by raters, got a (Survey|Moments)"
        refused(lambda given_answers=given_answers: MEASURES[measure](given_answers), said)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: krippendorff_alpha(CODED), "TypeError.*level"),
        (lambda: alpha(CODED, "intervall"), "`level` must be one of 'nominal'.*'intervall'"),
        (lambda: alpha([["a", "b"]], "ordinal"), "must be numbers, got 'a' \\(row 1\\)"),
        (lambda: alpha([[1, 2], [0, -2]], "ratio"), r"0 or more.*got -2 \(row 2, '2'\)"),
        (lambda: alpha(CODED, resamples=0), "`resamples`.*at least 2, got 0"),
        (lambda: alpha(CODED, resamples=10.5), "`resamples` must be a whole number"),
        (lambda: alpha(CODED, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda: alpha(CODED, rng="seed"), "TypeError.*`rng`"),
        (lambda: intraclass_correlation(JUDGED, confidence=1), "`confidence`"),
        (lambda: intraclass_correlation([["a", "b"]]), "must be numbers, got 'a' \\(row 1\\)"),
        (lambda: cohen_kappa(CODED), "two columns.*got 4; fleiss_kappa and krippendorff_alpha"),
        (lambda: cohen_kappa([[1, 2]], weights="cubic"), "`weights` must be one of.*'cubic'"),
        (
            lambda: cohen_kappa([["lo", "hi"]] * 2, weights="linear"),
            "the ratings are words, as 'hi'; give `categories`",
        ),
        (
            lambda: cohen_kappa([["lo", "hi"]], categories=["lo", "high"]),
            "'hi' is not among `categories`; .*'high'",
        ),
        (lambda: cohen_kappa([["a", "b"]], categories=["a", "b", "a"]), "'a' twice"),
        (lambda: cohen_kappa([["a", "b"]], confidence=0), "`confidence`"),
        (lambda: fleiss_kappa(CODED, confidence=-1), "`confidence`"),
        (lambda: fleiss_kappa_from_counts([[1, -1]]), r"0 or more and finite, got -1 \(row 1\)"),
        (lambda: fleiss_kappa_from_counts([[1, 2], [1, 1.5]]), r"whole, got 1.5 \(row 2\)"),
        (lambda: fleiss_kappa_from_counts([[1, NAN]]), r"0 where none was, got nothing \(row 1\)"),
        (lambda: fleiss_kappa_from_counts([1, 2]), "one row a unit and one column a category"),
        (lambda: within_group_agreement([[1, 6]], scale=(1, 5)), r"in 1..5, got 6 \(row 1, '2'\)"),
        (lambda: within_group_agreement([[0, 3]], scale=sq.Scale(1, 7)), "in 1..7, got 0"),
        (
            lambda: within_group_agreement([[1, 2]], scale=5),
            "TypeError: `scale` must be Scale.*got 5",
        ),
        (lambda: within_group_agreement([[1, 2]], scale=(5, 1)), "ValueError"),
        (
            lambda: within_group_agreement([[1, 2]], scale=(1, 2.5)),
            "whole steps from 1 to 2.5.*give the variance",
        ),
        (
            lambda: group_reliability(branches(), by="branch", size="median"),
            "`size` must be one of 'weighted', 'mean'",
        ),
        (
            lambda: within_group_agreement([[1, 2]], scale=(1, 7), null="slight_skew"),
            "known for 5 points, and the scale has 7; give the variance",
        ),
        (
            lambda: within_group_agreement([[1, 2]], scale=(1, 5), null="skew"),
            "`null` must be one of",
        ),
        (
            lambda: within_group_agreement([[1, 2]], scale=(1, 5), null=0),
            "`null` must be above 0, got 0",
        ),
        (
            lambda: group_agreement([[1, 2]], ["a", "b"], scale=(1, 5)),
            "each of 1 respondents, got 2",
        ),
        (lambda: group_agreement([[1], [2]], "ab", scale=(1, 5)), "TypeError: `groups`.*got 'ab'"),
        (
            lambda: group_agreement([[1], [2]], 3, scale=(1, 5)),
            "TypeError: `groups`.*label a respondent",
        ),
        (
            lambda: group_agreement([[1], [2]], [None, None], scale=(1, 5)),
            "at least one label, got none",
        ),
        (lambda: group_agreement([["x"], ["y"]], [1, 2], scale=(1, 5)), "must be numbers, got 'x'"),
        (lambda: group_reliability_from_scores([1, 2], ["a"]), "each of 2 respondents, got 1"),
        (lambda: group_reliability_from_scores(["x", "y"], ["a", "b"]), "`scores` must be numbers"),
        (
            lambda: group_reliability_from_scores({"s": [1, math.inf]}, ["a", "b"]),
            r"must be finite, got inf \(row 2\)",
        ),
        (lambda: group_reliability(branches(), by="brnch"), "by.*'brnch'.*'branch'"),
        (lambda: group_reliability(branches(), by=[]), "at least one group column, got none"),
        (
            lambda: group_reliability(branches(), by="branch", side="expectations"),
            "`side`.*'expectations'.*'perceptions'",
        ),
        (lambda: group_reliability(branches(), by="branch", side="gap"), "`side`.*'gap'"),
        (lambda: group_reliability(branches(), by="branch", confidence=2), "`confidence`"),
        (lambda: group_reliability([[1, 2]], by="branch"), "TypeError"),
    ],
)
def test_what_is_refused_and_what_is_said(call, said):
    refused(call, said)


@pytest.mark.parametrize(
    ("scores", "groups", "reason"),
    [
        ([NAN, NAN], "ab", "no answers"),
        ([1, 2, 3], "aaa", "one group"),
        ([1, 2, NAN], "aab", "one group"),
        ([1, 2, 3], "abc", "one respondent in each group"),
        ([5, 5, 5, 5], "aabb", "no variation"),
    ],
)
def test_without_reliability_of_groups_there_is_a_reason(scores, groups, reason):
    found = group_reliability_from_scores(scores, list(groups))
    row = found.table.row()
    assert row["undefined"] == reason
    assert math.isnan(row["icc1"])
    assert math.isnan(row["icc2"])
    assert reason in str(found)


@pytest.mark.parametrize("found", [alpha(CODED), cohen_kappa([[1, 2], [2, 2]])])
def test_fields_are_those_of_the_row(found):
    row = found.table.row()
    for name, value in row.items():
        assert value == pytest.approx(getattr(found, name), nan_ok=True), name


@pytest.mark.parametrize("blank", ["", " ", "NA", "na", "N/A", "n/a", " N/a ", "-", None])
def test_words_for_nothing_are_no_ratings_in_any_case(blank):
    rows = [["late", "late"], ["rude", "late"], ["rude", "rude"], ["late", blank]]
    assert fleiss_kappa(rows).table == fleiss_kappa([*rows[:3], ["late", None]]).table
    assert (cohen_kappa(rows).n, cohen_kappa(rows).left_out) == (3, 1)
    numbers = [[1, 2], [3, 3], [2, 1], [3, blank]]
    assert intraclass_correlation(numbers).left_out == 1
    assert krippendorff_alpha(numbers, level="interval").left_out == 1
    log = {"unit": [1, 1, 2, 2], "rater": list("abab"), "rating": ["late", "rude", "late", blank]}
    read = ratings_from_frame(log, unit="unit", rater="rater", rating="rating")
    assert read.values.tolist() == [["late", "rude"], ["late", ""]]


def test_other_codes_are_ratings():
    assert cohen_kappa([["a", "a"], ["b", "a"], ["b", "missing"]]).n == 3
