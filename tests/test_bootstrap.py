"""Tests of the bootstrap engine: the law of its draws, its intervals, and whom it tells of it."""

import re
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from servqual._stats import bootstrap, counts
from servqual._stats.bootstrap import Bootstrap, Drawing, bar, bca, kept, percentile
from servqual._stats.counts import multinomial_counts, poisson_counts
from servqual._stats.parts import blocks

from .effort import effort

few = effort(30)
SEEDS = st.integers(0, 2**32 - 1)
DRAWS = ("multinomial", "poisson")
SKEWED = np.random.default_rng(3).lognormal(size=60)
WEIGHTS = np.random.default_rng(4).uniform(0.2, 3, size=60)


def in_blocks(patch, rows):
    """Let blocks have so many rows."""
    patch.setattr(bootstrap, "blocks", lambda start, stop: blocks(start, stop, rows))


def means_of(x, weights=None):
    """Return what resamples the mean of some numbers."""
    w = np.ones(len(x)) if weights is None else weights
    return Bootstrap(
        features=lambda rows: w[rows, None] * np.stack([np.ones(len(x)), x], axis=1)[rows],
        rows=len(x),
        statistic=lambda sums: sums[..., 1:] / sums[..., :1],
    )


def spreads_of(x, weights=None):
    """Return what resamples the coefficient of variation and the sum of weights."""
    w = np.ones(len(x)) if weights is None else weights
    powers = w[:, None] * x[:, None] ** np.arange(3)

    def statistic(sums):
        mean = sums[..., 1] / sums[..., 0]
        return np.stack(
            [np.sqrt(sums[..., 2] / sums[..., 0] - mean**2) / mean, sums[..., 0]], axis=-1
        )

    return Bootstrap(features=lambda rows: powers[rows], rows=len(x), statistic=statistic)


def counts_of(n):
    """Return what keeps of each resample how often each row was drawn."""
    return Bootstrap(
        features=lambda rows: np.eye(n)[rows], rows=n, statistic=lambda sums: 1.0 * sums
    )


def directly(x, weights, resamples, rng, draw):
    """Return the same statistics as `spreads_of` over rows drawn one resample at a time."""
    found = np.empty((resamples, 2))
    for place in range(resamples):
        if draw == "poisson":
            rows = np.repeat(np.arange(len(x)), rng.poisson(1, len(x)))
        else:
            rows = rng.integers(len(x), size=len(x))
        mean = np.average(x[rows], weights=weights[rows])
        square = np.average((x[rows] - mean) ** 2, weights=weights[rows])
        found[place] = np.sqrt(square) / mean, weights[rows].sum()
    return found


def see_same_law(one, two):
    """See that means and sds of two samples agree within 5 standard errors, and laws by KS."""

    def moments(x):
        centred = x - x.mean()
        variance, fourth = (centred**2).mean(), (centred**4).mean()
        errors = variance / len(x), (fourth - variance**2) / (4 * variance * len(x))
        return np.array([x.mean(), x.std()]), np.array(errors)

    (first, error), (second, other) = moments(one), moments(two)
    assert np.all(np.abs(first - second) < 5 * np.sqrt(error + other))
    assert stats.ks_2samp(one, two).pvalue > 1e-6


# --- the law of the draws -------------------------------------------------------------------------


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_draws_have_the_law_of_rows_drawn_one_by_one(draw, weights):
    draws = spreads_of(SKEWED, weights).draws(8000, np.random.default_rng(1), draw=draw)
    w = np.ones(len(SKEWED)) if weights is None else weights
    wanted = directly(SKEWED, w, 8000, np.random.default_rng(2), draw)
    assert draws.shape == wanted.shape
    see_same_law(draws[:, 0], wanted[:, 0])
    if draw == "poisson" or weights is not None:  # else it is n in each
        see_same_law(draws[:, 1], wanted[:, 1])


@pytest.mark.parametrize("rows", [1, 7, 40, 4096])
def test_blocks_do_not_matter_in_law(rows, monkeypatch):
    wanted = directly(SKEWED, WEIGHTS, 6000, np.random.default_rng(5), "multinomial")
    in_blocks(monkeypatch, rows)
    monkeypatch.setattr(bootstrap, "PART", 70)  # a few resamples at a time
    draws = spreads_of(SKEWED, WEIGHTS).draws(6000, np.random.default_rng(6))
    for column in range(2):
        see_same_law(draws[:, column], wanted[:, column])


@pytest.mark.parametrize("rows", [3, 8, 4096])
@pytest.mark.parametrize("part", [1, 30, 250])
@pytest.mark.parametrize("n", [1, 2, 3, 8, 20])
def test_each_multinomial_resample_draws_as_many_rows_as_there_are(n, rows, part, monkeypatch):
    in_blocks(monkeypatch, rows)
    monkeypatch.setattr(bootstrap, "PART", part)
    drawn = counts_of(n).draws(200, np.random.default_rng(n))
    assert drawn.shape == (200, n)
    assert (drawn.sum(axis=1) == n).all()
    assert (drawn == drawn.astype(int)).all()
    assert (drawn >= 0).all()


@pytest.mark.parametrize("n", [1023, 1024, 1500])
def test_many_rows_are_drawn_as_often_too(n):
    drawn = counts_of(n).draws(60, np.random.default_rng(n))
    assert (drawn.sum(axis=1) == n).all()
    seen = np.bincount(drawn.astype(int).ravel(), minlength=5)
    law = stats.binom.pmf(np.arange(4), n, 1 / n)
    wanted = drawn.size * np.append(law, 1 - law.sum())
    assert stats.chisquare([*seen[:4], seen[4:].sum()], wanted).pvalue > 1e-5


@pytest.mark.parametrize("margin", [0.0, 1.0, 7.0])  # at 0, half of the resamples are made anew
def test_counts_filled_up_one_by_one_have_the_multinomial_law(margin, monkeypatch):
    monkeypatch.setattr(counts, "FEW", 64)
    monkeypatch.setattr(counts, "MARGIN", margin)
    totals = np.resize([64, 50, 70], 30_000)
    drawn = multinomial_counts(totals, 64, np.random.default_rng(1)).astype(int)
    assert (drawn.sum(axis=1) == totals).all()
    for total in (50, 64, 70):
        some = drawn[totals == total]
        seen = np.bincount(some[:, ::8].ravel(), minlength=6)
        law = stats.binom.pmf(np.arange(5), total, 1 / 64)
        wanted = some[:, ::8].size * np.append(law, 1 - law.sum())
        # counts of eight rows of a resample are nearly independent
        assert stats.chisquare([*seen[:5], seen[5:].sum()], wanted).pvalue > 1e-5
        pairs = (some - total / 64)[:, ::2] * (some - total / 64)[:, 1::2]
        error = pairs.mean(axis=1).std() / np.sqrt(len(some))
        assert pairs.mean() == pytest.approx(-total / 64**2, abs=5 * error)
        assert some.mean(axis=0) == pytest.approx(total / 64, abs=5.5 * np.sqrt(1.1 / len(some)))


@pytest.mark.parametrize("mean", [1.0, 0.78, 0.1])
def test_counts_by_the_table_of_16_bits_have_poissons_law(mean):
    drawn = poisson_counts((1000, 1001), mean, np.random.default_rng(2))
    assert drawn.shape == (1000, 1001)
    law = stats.poisson.pmf(np.arange(8), mean)
    most = int((law * drawn.size > 10).sum())
    seen = np.bincount(drawn.ravel(), minlength=most + 1)
    wanted = drawn.size * np.append(law[:most], 1 - law[:most].sum())
    assert stats.chisquare([*seen[:most], seen[most:].sum()], wanted).pvalue > 1e-5
    beside = np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]
    assert abs(beside) < 5 / np.sqrt(drawn.size)  # four counts of one random number


@pytest.mark.parametrize("rows", [6, 4096])
def test_multinomial_counts_have_their_moments_within_blocks_and_across(rows, monkeypatch):
    n, resamples = 15, 40_000
    in_blocks(monkeypatch, rows)
    drawn = counts_of(n).draws(resamples, np.random.default_rng(8))
    wanted = np.eye(n) - 1 / n  # n·(diag p - ppᵀ) with p = 1/n
    assert drawn.mean(axis=0) == pytest.approx(1, abs=5 * np.sqrt((1 - 1 / n) / resamples))
    covariance = np.cov(drawn, rowvar=False)
    product = (drawn - 1)[:, :, None] * (drawn - 1)[:, None, :]
    assert np.all(np.abs(covariance - wanted) < 5.5 * product.std(axis=0) / np.sqrt(resamples))
    # a row's count has the law of a binomial of n draws
    seen = np.bincount(drawn[:, 0].astype(int), minlength=n + 1)
    law = stats.binom.pmf(np.arange(n + 1), n, 1 / n)
    assert (
        stats.chisquare([*seen[:4], seen[4:].sum()], resamples * np.r_[law[:4], 1 - law[:4].sum()])[
            1
        ]
        > 1e-5
    )


@pytest.mark.parametrize("rows", [6, 4096])
def test_poisson_counts_are_independent_with_mean_and_variance_1(rows, monkeypatch):
    n, resamples = 12, 40_000
    in_blocks(monkeypatch, rows)
    drawn = counts_of(n).draws(resamples, np.random.default_rng(9), draw="poisson")
    assert drawn.mean(axis=0) == pytest.approx(1, abs=5 / np.sqrt(resamples))
    product = (drawn - 1)[:, :, None] * (drawn - 1)[:, None, :]
    found, error = product.mean(axis=0), product.std(axis=0) / np.sqrt(resamples)
    assert np.all(np.abs(found - np.eye(n)) < 5.5 * error)
    assert drawn.sum(axis=1).var() == pytest.approx(n, rel=0.05)  # nobody knows how many there are


@pytest.mark.parametrize("draw", DRAWS)
def test_the_same_seed_gives_the_same_draws(draw):
    boot = means_of(SKEWED)
    first, again, other = (
        boot.draws(50, np.random.default_rng(seed), draw=draw) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("draw", DRAWS)
def test_threads_do_not_matter(draw, monkeypatch):
    monkeypatch.setattr(bootstrap, "PART", 10)
    found = []
    for many in (0, 10**9):
        monkeypatch.setattr(bootstrap, "MANY", many)
        found.append(means_of(SKEWED).draws(95, np.random.default_rng(1), draw=draw))
    np.testing.assert_array_equal(*found)
    assert len(np.unique(found[0])) == 95  # no part is drawn twice


def test_a_generator_goes_on_from_draws_to_draws():
    rng = np.random.default_rng(1)
    first, second = (means_of(SKEWED).draws(20, rng) for _ in range(2))
    assert not np.isin(first, second).any()


def test_no_rows_have_no_estimates():
    boot = Bootstrap(
        features=lambda rows: np.ones((0, 2)),
        rows=0,
        statistic=lambda sums: sums[..., 1:] / sums[..., :1],
    )
    draws = boot.draws(5, np.random.default_rng(1))
    assert draws.shape == (5, 1)
    assert np.isnan(draws).all()


def test_draws_lie_about_the_estimate_with_its_error():
    n, resamples = len(SKEWED), 20_000
    draws = means_of(SKEWED).draws(resamples, np.random.default_rng(10))[:, 0]
    error = SKEWED.std() / np.sqrt(n)  # that of a mean of rows drawn again, exactly
    assert draws.mean() == pytest.approx(SKEWED.mean(), abs=5 * error / np.sqrt(resamples))
    assert draws.std() == pytest.approx(error, rel=5 * np.sqrt(0.6 / resamples))


def test_weights_of_0_leave_rows_out():
    weights = np.r_[np.zeros(20), np.ones(40)]
    boot = means_of(np.r_[np.full(20, 1e6), SKEWED[20:]], weights)
    draws = boot.draws(500, np.random.default_rng(11))
    assert draws.max() < SKEWED.max()
    assert boot.estimates(boot.sums()) == pytest.approx(SKEWED[20:].mean())


@given(seed=SEEDS, n=st.integers(1, 50), block=st.integers(1, 60))
@few
def test_sums_are_those_of_all_rows_whatever_the_blocks(seed, n, block):
    x = np.random.default_rng(seed).normal(size=n)
    with pytest.MonkeyPatch.context() as patch:
        in_blocks(patch, block)
        boot = spreads_of(x)
        assert boot.sums() == pytest.approx([n, x.sum(), (x**2).sum()], rel=1e-12, abs=1e-12)
        assert sum(rows.stop - rows.start for rows in boot.blocks) == n


def test_estimates_of_parts_are_those_of_the_whole(monkeypatch):
    boot, sums = spreads_of(SKEWED), np.random.default_rng(12).uniform(1, 2, size=(101, 3))
    sums[:, 2] += 4
    wanted = boot.statistic(sums)
    monkeypatch.setattr(bootstrap, "CELLS", 20)
    np.testing.assert_array_equal(boot.estimates(sums), wanted)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"resamples": 0}, "`resamples` must be a whole number of at least 1, got 0"),
        ({"resamples": 2.5}, "`resamples` must be a whole number of at least 1, got 2.5"),
        ({"draw": "jackknife"}, "`draw` must be one of 'multinomial', 'poisson', 'normal', got"),
    ],
)
def test_bad_draws(arguments, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        means_of(SKEWED).draws(**{"resamples": 10, "rng": np.random.default_rng(1)} | arguments)


# --- intervals ------------------------------------------------------------------------------------


def normal_draws(seed, resamples=200, columns=2):
    return np.random.default_rng(seed).normal(size=(resamples, columns))


@given(seed=SEEDS, resamples=st.integers(2, 300), confidence=st.floats(0.01, 0.999))
@few
def test_percentile_is_the_quantile_of_each_column(seed, resamples, confidence):
    draws = normal_draws(seed, resamples, 3)
    low, high = percentile(draws, confidence)
    tail = (1 - confidence) / 2
    wanted = np.quantile(draws, [tail, 1 - tail], axis=0)  # type 7, numpy's own
    assert (low, high) == (pytest.approx(wanted[0]), pytest.approx(wanted[1]))


def test_draws_that_are_nan_stand_aside():
    draws = normal_draws(1)
    holed = np.concatenate([draws, np.full((50, 2), np.nan)])[
        np.random.default_rng(2).permutation(250)
    ]
    at = np.zeros(2), np.full(2, 0.05)
    for one, two in ((percentile, ()), (bca, at)):
        found, wanted = one(holed, *two, 0.9), one(draws, *two, 0.9)
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("known", [0, 1])
def test_too_few_draws_have_no_quantiles(known):
    draws = np.full((10, 2), np.nan)
    draws[:known, 0] = 1.0
    draws[:, 1] = np.arange(10)
    for low, high in (percentile(draws, 0.5), bca(draws, np.array([1.0, 4]), np.zeros(2), 0.5)):
        assert np.isnan([low[0], high[0]]).all()
        assert np.isfinite([low[1], high[1]]).all()


@pytest.mark.parametrize("estimate", [-1.0, 11.0])
def test_no_bias_correction_where_all_draws_lie_on_one_side(estimate):
    draws = np.arange(11.0)[:, None]
    found = bca(draws, np.array([estimate]), np.zeros(1), 0.95)
    assert np.isnan(found).all()


def test_ties_with_the_estimate_count_half():
    draws = np.repeat([0.0, 1, 2], [10, 30, 20])[:, None]
    low, high = bca(draws, np.ones(1), np.zeros(1), 0.5)
    bias = special.ndtri((10 + 15) / 60)
    ends = special.ndtr(2 * bias + special.ndtri([0.25, 0.75]))
    assert [low[0], high[0]] == pytest.approx(np.quantile(draws[:, 0], ends))


def test_without_bias_and_acceleration_bca_is_the_percentile():
    draws = normal_draws(3, 501, 1)
    found = bca(draws, np.median(draws, axis=0), np.zeros(1), 0.9)
    np.testing.assert_allclose(found, percentile(draws, 0.9), rtol=1e-12)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_bca_of_a_mean_is_that_of_scipy_by_the_same_draws(confidence):
    boot = means_of(SKEWED)
    draws = boot.draws(4000, np.random.default_rng(7))
    estimates = boot.estimates(boot.sums())
    low, high = bca(draws, estimates, boot.acceleration(), confidence)
    wanted = stats.bootstrap(  # BCa by the jackknife, of draws that are given
        (SKEWED,),
        np.mean,
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=draws[:, 0]),
        confidence_level=confidence,
        method="BCa",
    ).confidence_interval
    assert (low[0], high[0]) == pytest.approx(tuple(wanted), rel=1e-6)
    plain = percentile(draws, confidence)
    assert low[0] > plain[0][0]  # skewed to the right: both ends move up
    assert high[0] > plain[1][0]


@pytest.mark.parametrize("rows", [13, 4096])
def test_the_acceleration_of_a_mean_is_a_sixth_of_the_skewness(rows, monkeypatch):
    in_blocks(monkeypatch, rows)
    found = means_of(SKEWED).acceleration()[0]
    assert found == pytest.approx(stats.skew(SKEWED) / (6 * np.sqrt(len(SKEWED))), rel=1e-7)


def test_the_acceleration_is_that_of_the_influence_of_each_row():
    mean, sd = SKEWED.mean(), SKEWED.std()
    away = SKEWED - mean
    moved = (away**2 - sd**2) / (2 * sd * mean) - sd * away / mean**2  # what a row moves sd/mean
    wanted = (moved**3).sum() / (6 * (moved**2).sum() ** 1.5)
    assert spreads_of(SKEWED).acceleration()[0] == pytest.approx(wanted, rel=1e-6)


def test_a_feature_that_does_not_vary_has_no_part_in_the_acceleration():
    boot = means_of(SKEWED)  # its first feature is 1
    assert np.isfinite(boot.acceleration()).all()
    still = means_of(np.full(5, 2.0))
    assert np.isnan(still.acceleration()).all()  # nothing moves it


@given(
    seed=SEEDS,
    acceleration=st.floats(-0.2, 0.2),
    confidence=st.floats(0.5, 0.99),
    estimate=st.floats(-1, 1),
)
@few
def test_ends_go_with_what_turns_the_estimates_monotonically(
    seed, acceleration, confidence, estimate
):
    draws = normal_draws(seed, 101, 1)
    at = np.array([estimate]), np.array([acceleration]), confidence
    plain = np.array(bca(draws, *at))[:, 0]
    turned = np.array(bca(np.exp(draws), np.exp(at[0]), *at[1:]))[:, 0]
    order = np.sort(draws[:, 0])  # the ends lie between the same draws
    places = np.searchsorted(order, plain), np.searchsorted(np.exp(order), turned)
    assert places[0].tolist() == places[1].tolist()
    # an increasing line carries the ends exactly, a falling one swaps them
    line = np.array(bca(3 * draws + 2, 3 * at[0] + 2, *at[1:]))[:, 0]
    assert line == pytest.approx(3 * plain + 2)
    back = np.array(bca(-draws, -at[0], -at[1], confidence))[:, 0]
    assert back == pytest.approx(-plain[::-1])


@given(seed=SEEDS, confidence=st.floats(0.5, 0.95))
@few
def test_intervals_widen_with_their_confidence(seed, confidence):
    draws = normal_draws(seed, 301, 2)
    at = np.zeros(2), np.array([0.02, -0.02])
    for ends in (percentile, lambda x, level: bca(x, *at, level)):
        inner, outer = ends(draws, confidence), ends(draws, (1 + confidence) / 2)
        assert (outer[0] <= inner[0]).all()
        assert (inner[0] < inner[1]).all()
        assert (inner[1] <= outer[1]).all()


def test_an_interval_bears_a_tenth_of_the_draws_without_an_estimate():
    draws = np.random.default_rng(15).normal(size=(100, 3))
    draws[:10, 1] = draws[:11, 2] = np.nan
    low, high, lost = kept(draws, *percentile(draws, 0.9))
    assert lost.tolist() == [0, 10, 11]
    assert np.isnan(low).tolist() == np.isnan(high).tolist() == [False, False, True]


@pytest.mark.parametrize("interval", ["bootstrap", "percentile"])
def test_the_error_of_resamples_is_that_of_the_estimate(interval):
    drawing = Drawing(resamples=4000, rng=1, progress=False)
    found = drawing.ends(means_of(SKEWED), interval, 0.9)
    assert found.estimates == pytest.approx(SKEWED.mean())
    assert found.se == pytest.approx(SKEWED.std() / np.sqrt(len(SKEWED)), rel=0.06)
    assert found.low < found.estimates < found.high
    assert found.lost.tolist() == [0]
    again = Drawing(resamples=4000, rng=1, progress=False).ends(means_of(SKEWED), interval, 0.9)
    assert (again.low, again.high) == (found.low, found.high)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"resamples": 1}, "ValueError: `resamples` must be a whole number of at least 2, got 1"),
        ({"rng": "x"}, "TypeError: `rng` must be a seed or a Generator, got 'x'"),
    ],
)
def test_bad_drawings(options, said):
    with pytest.raises((TypeError, ValueError)) as error:
        Drawing(**{"resamples": 10, "rng": 1, "progress": False} | options)
    assert said in f"{type(error.value).__name__}: {error.value}"


def test_an_estimate_that_is_undefined_in_some_resamples_is_nan_there():
    x = np.array([0.0, 0, 0, 1])
    boot = Bootstrap(
        features=lambda rows: x[rows, None],
        rows=4,
        statistic=lambda sums: 1 / np.where(sums > 0, sums, np.nan),
    )
    draws = boot.draws(4000, np.random.default_rng(14))
    wanted = 0.75**4  # the one is never drawn
    lost = np.isnan(draws).mean()
    assert lost == pytest.approx(wanted, abs=5 * np.sqrt(wanted * (1 - wanted) / 4000))
    low, high = percentile(draws, 0.9)
    assert 0.25 <= low[0] <= high[0] <= 1


def test_a_statistic_that_divides_by_0_does_not_warn():
    boot = Bootstrap(
        features=lambda rows: np.zeros((5, 2))[rows],
        rows=5,
        statistic=lambda sums: sums[..., :1] / sums[..., 1:],
    )
    assert np.isnan(boot.draws(10, np.random.default_rng(1))).all()
    assert np.isnan(boot.acceleration()).all()


# --- progress -------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", DRAWS)
@pytest.mark.parametrize(("rows", "part"), [(4096, 250), (7, 10), (60, 1), (60, 29)])
def test_a_call_is_told_of_every_step_up_to_the_total(draw, rows, part, monkeypatch):
    in_blocks(monkeypatch, rows)
    monkeypatch.setattr(bootstrap, "PART", part)
    told = []
    means_of(SKEWED).draws(
        30,
        np.random.default_rng(1),
        draw=draw,
        progress=lambda done, total: told.append((done, total)),
    )
    done = [step for step, _ in told]
    assert {total for _, total in told} == {len(SKEWED) * 30}
    assert done == sorted(set(done))
    assert done[0] > 0
    assert done[-1] == len(SKEWED) * 30


def test_progress_does_not_change_the_draws():
    boot = means_of(SKEWED)
    plain, told = (
        boot.draws(20, np.random.default_rng(1), progress=progress)
        for progress in (False, lambda *_: None)
    )
    np.testing.assert_array_equal(plain, told)


class FakeBar:
    """A bar that keeps what it is told."""

    made: list = []  # noqa: RUF012 (emptied by each test)

    def __init__(self, **options):
        self.options, self.steps, self.closed = options, [], False
        self.made.append(self)

    def update(self, step):
        assert not self.closed
        self.steps.append(step)

    def close(self):
        self.closed = True


@pytest.fixture
def tqdm(monkeypatch):
    """Stand in for tqdm, installed or not."""
    module = ModuleType("tqdm")
    module.tqdm = FakeBar
    monkeypatch.setitem(sys.modules, "tqdm", module)
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: module if name == "tqdm" else None)
    monkeypatch.setattr(FakeBar, "made", [])
    return FakeBar


def test_a_bar_where_tqdm_is_installed(tqdm):
    means_of(SKEWED).draws(25, np.random.default_rng(1), progress=True)
    (made,) = tqdm.made
    assert made.options["total"] == len(SKEWED) * 25 == sum(made.steps)
    assert made.closed


def test_a_bar_is_closed_when_a_statistic_fails(tqdm):
    def features(rows):
        raise ZeroDivisionError

    boot = Bootstrap(features=features, rows=3, statistic=lambda sums: sums)
    with pytest.raises(ZeroDivisionError):
        boot.draws(5, np.random.default_rng(1), progress=True)
    assert tqdm.made[0].closed


def test_no_bar_unless_asked(tqdm):
    means_of(SKEWED).draws(5, np.random.default_rng(1))
    assert not tqdm.made


def test_nothing_is_shown_where_tqdm_is_not_installed(monkeypatch, capfd):
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "tqdm", None)  # to import it would fail
    with bar(10, progress=True) as advance:
        advance(10)
    draws = means_of(SKEWED).draws(5, np.random.default_rng(1), progress=True)
    assert np.isfinite(draws).all()
    assert capfd.readouterr() == ("", "")


def test_the_error_is_the_sd_of_the_draws():
    boot = means_of(SKEWED)
    found = Drawing(resamples=30, rng=3, progress=False).ends(boot, "percentile", 0.9)
    draws = boot.draws(30, np.random.default_rng(3))
    assert found.se == pytest.approx(draws.std(axis=0, ddof=1), rel=1e-12)
