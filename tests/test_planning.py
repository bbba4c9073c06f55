"""Sample sizes: published and worked values, round trips through the power, limits, bad input."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual.scoring import sample_size, sample_size_for_interval

from .effort import effort

few = effort(30)
POWERS = st.floats(0.2, 0.99)
EFFECTS = st.floats(0.05, 1.5)
GROUPS = st.sampled_from([1, 2])
CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99])


def power_of(n, delta, groups, confidence=0.95):
    """Return the power of the two-sided t test by scipy.stats.nct (Boost)."""
    df, nc = groups * (n - 1), delta * math.sqrt(n / groups)
    bound = stats.t.ppf((1 + confidence) / 2, df)
    # the far tail by symmetry: Boost has no cdf at a bound far below a large non-centrality
    return stats.nct.sf(bound, df, nc) + stats.nct.sf(bound, df, -nc)


# --- worked values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("delta", "more", "n", "r", "other"),
    [
        # theory G6: R's power.t.test solves with a tolerance of 1.2e-4 (.Machine$double.eps^.25)
        # and is right to about 2e-4; statsmodels 0.15's TTestIndPower and TTestPower stop when the
        # power is right to some 3e-8, so that n is right to 1e-7 of itself
        (0.5, {"groups": 2}, 64, 63.765764, 63.76561058889169),
        (0.5, {}, 34, 33.367204, 33.36713118431779),
        (0.2, {"power": 0.9}, 265, 264.61, 264.6136854232749),
        (0.2, {"power": 0.9, "groups": 2}, 527, None, 526.3331885760532),
        (0.35, {"power": 0.95, "confidence": 0.99}, 149, None, 148.75791149250435),
        (0.35, {"power": 0.95, "confidence": 0.99, "groups": 2}, 293, None, 292.5074760657065),
        (1.2, {"confidence": 0.9}, 6, None, 5.900706640735623),
        (1.2, {"confidence": 0.9, "groups": 2}, 10, None, 9.344050021882067),
    ],
)
def test_g6_tests_against_r_and_statsmodels(delta, more, n, r, other):
    found = sample_size(delta, **more)
    assert (found.n, found.total) == (n, n * more.get("groups", 1))
    assert found.exact == pytest.approx(other, rel=2e-7)
    if r is not None:
        assert found.exact == pytest.approx(r, abs=5e-3 if r == 264.61 else 2e-4)


def test_g6_intervals():
    # theory G6: ± .1 with sd 1.5: 864.33 by z, 866.75 by t
    by_t, by_z = (sample_size_for_interval(0.1, sd=1.5, method=m) for m in ("t", "normal"))
    assert (by_t.n, by_z.n) == (867, 865)
    assert by_t.exact == pytest.approx(866.75, abs=5e-3)
    assert by_z.exact == pytest.approx(864.33, abs=5e-3)
    assert by_z.exact == pytest.approx((stats.norm.ppf(0.975) * 15) ** 2, rel=1e-12)
    assert sample_size_for_interval(0.1, sd=1.5) == by_t  # t is the default


def test_the_normal_test_by_its_formula():
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    for groups in (1, 2):
        found = sample_size(0.5, groups=groups, method="normal")
        assert found.exact == pytest.approx(groups * (z / 0.5) ** 2, rel=1e-13)
        assert (found.n, found.total) == ((32, 32), (63, 126))[groups - 1]


# --- round trips and properties -------------------------------------------------------------------


@given(delta=EFFECTS, power=POWERS, groups=GROUPS, confidence=CONFIDENCES)
@few
def test_the_power_at_the_exact_n_is_the_one_asked_for(delta, power, groups, confidence):
    if power <= 1 - confidence + 1e-3:
        return
    found = sample_size(delta, power=power, groups=groups, confidence=confidence)
    assert found.n == max(2, math.ceil(found.exact - 1e-9))
    if found.exact > 2:
        assert power_of(found.exact, delta, groups, confidence) == pytest.approx(power, abs=3e-6)
    assert power_of(found.n, delta, groups, confidence) >= power - 3e-6
    if found.n > 2:
        assert power_of(found.n - 1, delta, groups, confidence) < power + 3e-6


@given(
    half=st.floats(0.02, 2),
    sd=st.floats(0.2, 3),
    groups=GROUPS,
    confidence=CONFIDENCES,
    population=st.one_of(st.none(), st.integers(2, 5000)),
    method=st.sampled_from(["t", "normal"]),
)
@few
def test_the_interval_at_the_exact_n_is_the_one_asked_for(
    half, sd, groups, confidence, population, method
):
    found = sample_size_for_interval(
        half, sd=sd, groups=groups, confidence=confidence, population=population, method=method
    )
    n, tail = found.exact, (1 + confidence) / 2
    share = 0 if population is None else n / population
    quantile = stats.norm.ppf(tail) if method == "normal" else stats.t.ppf(tail, groups * (n - 1))
    reached = quantile * sd * math.sqrt(groups / n * (1 - share))
    if n > 2:
        assert reached == pytest.approx(half, rel=1e-6)
        assert population is None or n <= population
    else:
        assert reached <= half * (1 + 1e-6)
    assert found.n >= n
    assert population is None or found.n <= population


@given(delta=EFFECTS, power=st.floats(0.3, 0.97), groups=GROUPS)
@few
def test_a_harder_goal_needs_more(delta, power, groups):
    n = sample_size(delta, power=power, groups=groups).exact
    assert sample_size(delta * 0.8, power=power, groups=groups).exact >= n
    assert sample_size(delta, power=power + 0.02, groups=groups).exact >= n
    assert sample_size(delta, power=power, groups=groups, confidence=0.99).exact >= n
    if n > 10:  # with 2 or 3 respondents a second group's degrees of freedom weigh more
        assert sample_size(delta, power=power, groups=2).exact >= n
    assert sample_size(-delta, power=power, groups=groups).exact == n
    # the normal formula leaves out the far tail
    assert sample_size(delta, power=power, groups=groups, method="normal").exact <= n * 1.005


@given(half=st.floats(0.02, 1), sd=st.floats(0.2, 3), groups=GROUPS)
@few
def test_a_narrower_interval_needs_more(half, sd, groups):
    n = sample_size_for_interval(half, sd=sd, groups=groups).exact
    assert sample_size_for_interval(half * 0.8, sd=sd, groups=groups).exact >= n
    assert sample_size_for_interval(half, sd=sd * 1.2, groups=groups).exact >= n
    assert sample_size_for_interval(half, sd=sd, groups=groups, confidence=0.99).exact >= n
    if n > 10:  # with 2 or 3 respondents a second group's degrees of freedom weigh more
        assert sample_size_for_interval(half, sd=sd, groups=2).exact >= n
    assert sample_size_for_interval(half, sd=sd, groups=groups, method="normal").exact <= n
    # only the ratio counts
    scaled = sample_size_for_interval(half * 7, sd=sd * 7, groups=groups).exact
    assert scaled == pytest.approx(n, rel=1e-9)
    sizes = [
        sample_size_for_interval(half, sd=sd, groups=groups, population=people).exact
        for people in (10, 100, 10_000, 10**15)
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == pytest.approx(n, rel=1e-9)


@pytest.mark.parametrize("people", [2, 3, 10, 500, 864, 10**6])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_population_by_the_formula(people, groups):
    none = sample_size_for_interval(0.1, sd=1.5, groups=groups, method="normal").exact
    found = sample_size_for_interval(0.1, sd=1.5, groups=groups, method="normal", population=people)
    assert found.exact == pytest.approx(max(2, none / (1 + none / people)), rel=1e-9)
    assert found.n <= people
    assert found.total == groups * found.n


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 20, 50, 100, 1e4, 1e9, 1e300])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_huge_effect_needs_two_or_a_few(delta, groups):
    found = sample_size(delta, groups=groups)
    assert 2 <= found.n <= 9
    if delta >= 25:
        assert found.n == 2


@pytest.mark.parametrize("power", [0.999, 0.9999, 0.99999, 0.999999])
@pytest.mark.parametrize("delta", [0.1, 0.5, 2])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_power_near_one(power, delta, groups):
    found = sample_size(delta, power=power, groups=groups)
    rough = sample_size(delta, power=power, groups=groups, method="normal").exact
    assert rough < found.exact < rough * 1.3 + 20


@pytest.mark.parametrize("delta", [0.01, 1e-3, 1e-4, 1e-5])
def test_a_tiny_effect_needs_what_the_normal_needs_and_two_more(delta):
    # t for z costs z²/2 = 1.92 respondents (Guenther 1981, to 1/n); the far tail counts as well
    nc = delta * math.sqrt(sample_size(delta).exact - 1.9207)
    bound = stats.norm.ppf(0.975)
    assert stats.norm.sf(bound - nc) + stats.norm.sf(bound + nc) == pytest.approx(0.8, abs=1e-6)


def test_a_power_hardly_above_chance():
    assert sample_size(0.5, power=0.0501).n == 2


@pytest.mark.parametrize("method", ["t", "normal"])
def test_no_survey_suffices(method):
    # docstring: ValueError if no survey of 10¹² suffices
    with pytest.raises(ValueError, match=r"no survey of 1e\+12 respondents suffices"):
        sample_size(1e-8, method=method)
    with pytest.raises(ValueError, match=r"no survey of 1e\+12 respondents suffices"):
        sample_size_for_interval(1e-9, sd=1.5, method=method)


@pytest.mark.parametrize(
    "plan",
    [
        lambda: sample_size(1e-320),
        lambda: sample_size(1e-200),
        lambda: sample_size_for_interval(1, sd=1e300),
        lambda: sample_size_for_interval(1e-300, sd=1),
    ],
)
def test_what_overflows_is_more_than_any_survey(plan):
    with pytest.raises(ValueError, match=r"no survey of 1e\+12 respondents suffices"):
        plan()


@pytest.mark.parametrize("method", ["t", "normal"])
def test_a_wide_interval_needs_two(method):
    assert sample_size_for_interval(1e3, sd=1.5, method=method).n == 2
    assert sample_size(50, method=method).n == 2


def test_all_of_a_small_population():
    assert sample_size_for_interval(1e-6, sd=1.5, population=40).n == 40
    assert sample_size_for_interval(1e-6, sd=1.5, population=40, groups=2).total == 80


def test_goals_are_words():
    assert sample_size(-0.5).goal == "power 0.8 for an effect of 0.5 at confidence 0.95"
    goal = sample_size_for_interval(0.1, sd=1.5, confidence=0.9).goal
    assert goal == "interval of ± 0.1 at confidence 0.9"


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "more", "error", "said"),
    [
        (0, {}, ValueError, "`effect_size` must not be 0"),
        (math.nan, {}, ValueError, "`effect_size` must be a finite number"),
        (math.inf, {}, ValueError, "`effect_size` must be a finite number"),
        ("0.5", {}, TypeError, "`effect_size` must be a number"),
        (True, {}, TypeError, "`effect_size` must be a number"),
        (0.5, {"power": 0.05}, ValueError, "`power` must lie between 0.05 .* and 1, got 0.05"),
        (0.5, {"power": 1}, ValueError, "`power` must lie between"),
        (0.5, {"power": 80}, ValueError, "`power` must lie between"),
        (0.5, {"power": None}, TypeError, "`power`"),
        (0.5, {"confidence": 95}, ValueError, "`confidence`"),
        (0.5, {"groups": 3}, ValueError, "`groups` must be 1 .* or 2 .*, got 3"),
        (0.5, {"groups": 0}, ValueError, "`groups` must be 1"),
        (0.5, {"groups": "2"}, ValueError, "`groups` must be 1"),
        (0.5, {"groups": [1]}, ValueError, "`groups` must be 1"),
        (0.5, {"method": "z"}, ValueError, "`method` must be one of 't', 'normal', got 'z'"),
    ],
)
def test_bad_input_of_a_test_is_named(effect, more, error, said):
    with pytest.raises(error, match=said):
        sample_size(effect, **more)


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"half_width": 0}, ValueError, "`half_width` must be above 0, got 0"),
        ({"half_width": -0.1}, ValueError, "`half_width` must be above 0, got -0.1"),
        ({"half_width": "1"}, TypeError, "`half_width` must be a number"),
        ({"half_width": math.nan}, ValueError, "`half_width` must be a finite number"),
        ({"sd": 0}, ValueError, "`sd` must be above 0, got 0"),
        ({"sd": None}, TypeError, "`sd` must be a number"),
        ({"population": 1}, ValueError, "`population` must be a whole number of at least 2"),
        ({"population": 10.5}, ValueError, "`population` must be a whole number"),
        ({"population": math.inf}, ValueError, "`population`"),
        ({"population": "all"}, TypeError, "`population`"),
        ({"confidence": 1}, ValueError, "`confidence`"),
        ({"groups": 3}, ValueError, "`groups` must be 1 .* or 2 .*, got 3"),
        ({"groups": [2]}, ValueError, "`groups` must be 1"),
        ({"method": None}, ValueError, "`method` must be one of 't', 'normal'"),
    ],
)
def test_bad_input_of_an_interval_is_named(more, error, said):
    arguments = {"half_width": 0.1, "sd": 1.5} | more
    with pytest.raises(error, match=said):
        sample_size_for_interval(arguments.pop("half_width"), **arguments)


@pytest.mark.parametrize("groups", [1.0, 2.0])
def test_counts_are_whole_numbers(groups):
    for found in (
        sample_size(0.5, groups=groups),
        sample_size_for_interval(1, sd=2, groups=groups),
    ):
        assert isinstance(found.n, int)
        assert isinstance(found.total, int)
