"""Exit, voice and loyalty: worked values, the slope in voice, counts, bad input."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual.inputs import Counted, Judged, Measured
from servqual.recovery.markets import market_at_risk
from servqual.recovery.published import iceberg
from servqual.recovery.voice_counts import exit_voice_from_counts
from servqual.recovery.voices import exit_voice, exit_voice_from_outcomes

from .effort import effort
from .refusing import refused

few = effort(20)
RATES = st.integers(0, 64).map(lambda x: x / 64)  # exact in floats
TARP = ((0.5, 0.82), (0.25, 0.54), (0.25, 0.19))
CERTAIN = "no interval and no p_pays: its inputs are certain"


def close(wanted, rel=1e-12):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def heard(voice=0.5, resolved=0.5, yes=0.8, no=0.2, silent=0.4, **asked):
    return exit_voice(
        voice=voice,
        resolved=resolved,
        loyalty_resolved=yes,
        loyalty_unresolved=no,
        loyalty_silent=silent,
        **asked,
    )


def rates(k):
    return st.tuples(*[RATES] * k)


# --- worked values --------------------------------------------------------------------------------


def test_f4_three_voiced_outcomes():
    # theory F4: .5025 for each further complainer; .34125 stay where half of them complain
    found = exit_voice_from_outcomes(voice=0.5, outcomes=TARP, loyalty_silent=0.09)
    assert found.gain_per_complaint == close(0.5025)
    assert found.retained == close(0.34125)
    assert found.pays is True
    assert not hasattr(found, "break_even_resolved")
    assert found.lacking == CERTAIN
    assert np.isnan([found.low, found.high, found.retained_low, found.p_pays]).all()
    table = found.table
    assert table["outcome"].tolist() == ["1", "2", "3", "complained", "silent", "all"]
    assert table["share"] == close([0.25, 0.125, 0.125, 0.5, 0.5, 1])
    assert table["loyalty"] == close([0.82, 0.54, 0.19, 0.5925, 0.09, 0.34125])
    assert table["gain"] == close([0.73, 0.45, 0.1, 0.5025, 0, 0.25125])
    assert set(table["lacking"]) == {"no interval: its inputs are certain"}


def test_f4_the_formula():
    # by hand: .6(.75 · .8 + .25 · .4) + .4 · .5 = .42 + .2; .7 - .5
    found = heard(voice=0.6, resolved=0.75, yes=0.8, no=0.4, silent=0.5)
    assert (found.retained, found.gain_per_complaint) == (close(0.62), close(0.2))
    assert found.break_even_resolved == close(0.25)  # .1 of .4
    assert (found.pays, found.lacking, found.undefined) == (True, CERTAIN, "")
    rows = found.table
    assert rows["outcome"].tolist() == ["resolved", "unresolved", "complained", "silent", "all"]
    assert rows["share"] == close([0.45, 0.15, 0.6, 0.4, 1])


def test_the_sign_flips_where_few_are_resolved():
    assert heard(resolved=0.34).pays is True
    assert heard(resolved=0.32).pays is False
    at = heard(resolved=1 / 3)
    assert at.break_even_resolved == close(1 / 3)
    assert abs(at.gain_per_complaint) < 1e-12
    assert at.pays is False
    for share, yes, no, silent in ((0.1, 0.3, 0.3, 0.3), (0.1, 0.6, 0.1, 0.15)):
        found = heard(resolved=share, yes=yes, no=no, silent=silent)
        assert 0 < found.gain_per_complaint < 1e-15  # by rounding
        assert found.pays is False


@pytest.mark.parametrize(
    ("yes", "no", "silent", "even", "why"),
    [
        (0.8, 0.2, 0.2, 0, ""),
        (0.8, 0.2, 0.8, 1, ""),
        (0.2, 0.8, 0.5, 0.5, ""),  # it pays below
        (0.8, 0.5, 0.2, None, "it pays at every share resolved"),
        (0.8, 0.2, 0.9, None, "it pays at no share resolved"),
        (0.2, 0.8, 0.9, None, "it pays at no share resolved"),
        (0.5, 0.8, 0.1, None, "it pays at every share resolved"),
        (0.5, 0.5, 0.5, None, "resolving changes no loyalty"),
    ],
)
def test_break_even(yes, no, silent, even, why):
    found = heard(yes=yes, no=no, silent=silent)
    assert found.break_even_resolved == close(math.nan if even is None else even)
    assert found.lacking == CERTAIN + (f"; no break-even share: {why}" if why else "")
    said = f"no break-even: {why}" if why else f"break-even at {even:.3f} resolved"
    assert f"gain {found.gain_per_complaint:.3f}; {said}; caution" in found.table.note
    for share in (0, 0.1, 0.4, 0.6, 0.9, 1):
        pays = heard(resolved=share, yes=yes, no=no, silent=silent).pays
        if even is not None:
            assert pays == (share > even if yes > no else share < even)
        else:
            assert pays == ("every" in why)


# --- properties -----------------------------------------------------------------------------------


@few
@given(rates(5), RATES)
def test_retained_is_linear_in_voice_with_the_gain_as_its_slope(given_rates, other):
    voice, *rest = given_rates
    first, second = heard(voice, *rest), heard(other, *rest)
    slope = first.gain_per_complaint
    assert second.retained - first.retained == pytest.approx((other - voice) * slope, abs=1e-12)
    assert second.gain_per_complaint == slope
    if other > voice:
        assert (second.retained > first.retained) == first.pays


@few
@given(rates(5))
def test_retained_in_fractions_and_both_forms_agree(given_rates):
    v, s, yes, no, silent = given_rates
    f = [Fraction(rate) for rate in given_rates]
    wanted = f[0] * (f[1] * f[2] + (1 - f[1]) * f[3]) + (1 - f[0]) * f[4]
    found = heard(*given_rates)
    assert found.retained == pytest.approx(float(wanted), abs=1e-14)
    assert found.pays == (f[1] * f[2] + (1 - f[1]) * f[3] > f[4])
    same = exit_voice_from_outcomes(
        voice=v, outcomes=((s, yes), (1 - s, no)), loyalty_silent=silent
    )
    assert same.retained == close(found.retained)
    assert same.gain_per_complaint == close(found.gain_per_complaint)
    one = exit_voice_from_outcomes(voice=v, outcomes={"done": (1, yes)}, loyalty_silent=silent)
    assert one.gain_per_complaint == heard(v, 1, yes, no, silent).gain_per_complaint


@few
@given(rates(5))
def test_at_risk_is_who_is_not_retained(given_rates):
    v, s, yes, no, silent = given_rates
    market = market_at_risk(
        customers=1,
        problem_rate=1,
        complain_rate=v,
        outcomes=((s, yes), (1 - s, no)),
        silent_loyalty=silent,
    )
    assert market.customers_at_risk == pytest.approx(1 - heard(*given_rates).retained, abs=1e-12)


@few
@given(rates(4))
def test_at_the_break_even_share_there_is_no_gain(given_rates):
    voice, yes, no, silent = given_rates
    found = heard(voice, 0.5, yes, no, silent)
    assume(not math.isnan(found.break_even_resolved))
    at = heard(voice, found.break_even_resolved, yes, no, silent)
    assert at.gain_per_complaint == pytest.approx(0, abs=1e-12)


def test_break_even_of_plain_decimals_is_exact():
    assert heard(yes=0.8, no=0.2, silent=0.5).break_even_resolved == 0.5
    assert heard(yes=0.9, no=0.6, silent=0.7).break_even_resolved == 1 / 3
    assert heard(yes=0.7, no=0.4, silent=0.46).break_even_resolved == 0.2


# --- uncertain inputs -----------------------------------------------------------------------------


def test_intervals_of_one_uncertain_loyalty():
    found = heard(silent=Measured(0.4, 0.05), draws=100_000)
    # by hand: gain .5 - x with x normal; half of that is in what is retained
    ends = stats.norm(0.1, 0.05).ppf([0.025, 0.975])
    assert [found.low, found.high] == pytest.approx(ends, abs=2e-3)
    ends = stats.norm(0.45, 0.025).ppf([0.025, 0.975])
    assert [found.retained_low, found.retained_high] == pytest.approx(ends, abs=1e-3)
    assert found.p_pays == pytest.approx(stats.norm.cdf(2), abs=3e-3)
    assert found.lacking == ""
    said = f"gain 0.100 ({found.low:.3f} to {found.high:.3f}); p_pays {found.p_pays:.3f}; "
    assert said + "break-even at 0.333 resolved; " in found.table.note
    assert "95 % intervals by percentiles of 100,000 draws" in found.table.note
    rows = found.table
    certain = "no interval: its inputs are certain"
    assert np.isnan(rows["low"]).tolist() == [True] * 3 + [False] * 2  # the silent alone are not
    assert np.isnan(rows["gain_low"]).tolist() == [False, False, False, True, False]
    assert rows["lacking"].tolist() == [
        *[f"of the loyalty, {certain}"] * 3,
        "of the gain, no interval: 0 by definition",  # of the silent against themselves
        "",
    ]
    assert found.gain_per_complaint == close(0.1)


def test_a_counted_share_resolved():
    found = heard(resolved=Counted(30, 40), yes=1, no=0, silent=0.5, draws=100_000)
    # R: qbeta(c(.025, .975), 30.5, 10.5) = 0.601693956 0.863606545
    assert [found.low, found.high] == pytest.approx([0.101693956, 0.363606545], abs=2e-3)
    ends = found.inputs.row(input="share of 'unresolved'")
    assert (ends["kind"], ends["value"]) == ("counted", 0.25)
    assert [ends["low"], ends["high"]] == pytest.approx(
        [1 - 0.863606545, 1 - 0.601693956], abs=5e-9
    )
    assert found.p_pays == pytest.approx(stats.beta(30.5, 10.5).sf(0.5), abs=2e-3)


@pytest.mark.parametrize("resolved", [Measured(0.5, 0.1), Judged(0.2, 0.5, 0.8)])
def test_what_is_not_resolved_is_the_rest(resolved):
    found = heard(resolved=resolved, yes=1, no=0, silent=0.5, draws=50_000)
    ends = resolved.quantile(np.array([0.025, 0.975])) - 0.5
    assert [found.low, found.high] == pytest.approx(ends, abs=5e-3)
    assert found.inputs.row(input="share of 'unresolved'")["kind"] == "rest"


def test_none_resolved_and_all_by_an_uncertain_share():
    for value in (0, 1):
        found = heard(resolved=Measured(value, 0.1), yes=1, no=0, silent=0)
        assert found.gain_per_complaint == value
        assert abs(found.low - (0 if value == 0 else 0.804)) < 0.01  # 1 - 1.96 · .1
        assert any("share of 'resolved'`: 50%" in c for c in found.cautions)


def test_seeds_confidence_and_cautions():
    first = heard(voice=Counted(3, 9), rng=1)
    assert first == heard(voice=Counted(3, 9), rng=1)
    assert first != heard(voice=Counted(3, 9), rng=2)
    assert first.p_pays == 1  # voice does not move the gain
    assert heard(voice=0, silent=Measured(0.5, 0.1)).p_pays == pytest.approx(0.5, abs=0.03)
    assert np.isnan([first.low, first.high]).all()
    assert first.lacking == "of the gain, no interval: its inputs are certain"
    assert heard(voice=Counted(3, 9), rng=1, confidence=0.5).retained_low > first.retained_low
    assert len(first.cautions) == 1
    assert "no random sample" in first.cautions[0]
    told = heard(voice=iceberg("folk-26"))
    assert told.retained == close(heard(voice=1 / 27).retained)
    assert "measure your own" in told.cautions[0]
    assert all(caution in told.table.note for caution in told.cautions)


# --- counts ---------------------------------------------------------------------------------------


def test_newcombe_of_who_stayed():
    # Newcombe 1998, method 10, 56/70 against 48/80: .0524 to .3339 [from memory]; R 4.2.2:
    # a <- prop.test(56, 70, correct = FALSE)$conf.int
    # b <- prop.test(48, 80, correct = FALSE)$conf.int
    # .2 - sqrt((.8 - a[1])^2 + (b[2] - .6)^2); .2 + sqrt((a[2] - .8)^2 + (.6 - b[1])^2)
    found = exit_voice_from_counts(resolved=(50, 60), unresolved=(6, 10), silent=(48, 80))
    assert found.gain_per_complaint == close(0.2)
    assert [found.low, found.high] == pytest.approx([0.05243147, 0.33387265], abs=5e-9)
    assert found.undefined == ""
    table = found.table
    assert table["group"].tolist() == ["resolved", "unresolved", "complained", "silent", "all"]
    assert table["n"].tolist() == [60, 10, 70, 80, 150]
    assert table["stayed"].tolist() == [50, 6, 56, 48, 104]
    assert table["share"] == close([50 / 60, 0.6, 0.8, 0.6, 104 / 150])
    # R: prop.test(104, 150, correct = FALSE)$conf.int
    assert [found.retained, found.retained_low, found.retained_high] == pytest.approx(
        [104 / 150, 0.6154815487, 0.7615299568], abs=5e-9
    )
    assert "Newcombe" in table.note
    assert table.note.startswith("gain 0.200 (0.052 to 0.334); ")
    assert "no random sample" in found.cautions[0]
    narrow = exit_voice_from_counts(
        resolved=Counted(50, 60), unresolved=[6, 10], silent=(48, 80), confidence=0.5
    )
    assert found.low < narrow.low < narrow.high < found.high


@few
@given(st.lists(st.integers(0, 40), min_size=6, max_size=6))
def test_gain_of_counts_is_that_of_the_rates(numbers):
    (a, n), (b, m), (c, k) = (
        (min(x, y + 1), y + 1) for x, y in zip(*[iter(numbers)] * 2, strict=True)
    )
    found = exit_voice_from_counts(resolved=(a, n), unresolved=(b, m), silent=(c, k))
    same = heard(resolved=n / (n + m), yes=a / n, no=b / m, silent=c / k)
    assert found.gain_per_complaint == pytest.approx(same.gain_per_complaint, abs=1e-12)
    assert -1 - 1e-9 <= found.low <= found.gain_per_complaint <= found.high <= 1 + 1e-9
    turned = exit_voice_from_counts(resolved=(n - a, n), unresolved=(m - b, m), silent=(k - c, k))
    assert [turned.low, turned.high] == pytest.approx([-found.high, -found.low], abs=1e-12)


def test_groups_without_anybody():
    none = exit_voice_from_counts(resolved=(0, 0), unresolved=(0, 0), silent=(1, 2))
    assert none.undefined == "nobody complained"
    assert np.isnan([none.gain_per_complaint, none.low, none.high]).all()
    assert none.table["undefined"].tolist() == ["nobody in the group"] * 3 + ["", ""]
    assert none.table.note.startswith("no gain: nobody complained; 95 % intervals")
    assert none.retained == 0.5
    none = exit_voice_from_counts(resolved=(1, 2), unresolved=(0, 0), silent=(0, 0))
    assert none.undefined == "nobody was silent"
    none = exit_voice_from_counts(resolved=(0, 0), unresolved=(0, 0), silent=(0, 0))
    assert none.undefined == "nobody complained and nobody was silent"
    assert np.isnan([none.retained, none.retained_low, none.retained_high]).all()
    some = exit_voice_from_counts(resolved=(0, 0), unresolved=(1, 2), silent=(1, 2))
    assert (some.undefined, some.gain_per_complaint) == ("", 0)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"voice": 50}, "`voice` must lie in 0..1, got 50; 50 % is 0.5"),
        ({"voice": math.nan}, "`voice` must be a finite number"),
        ({"resolved": -0.1}, "`resolved` must lie in 0..1, got -0.1"),
        ({"resolved": "half"}, "TypeError: `resolved` must be a number"),
        ({"resolved": Judged(0, 0.5, 1.5)}, "`resolved` must lie in 0..1, got 1.5"),
        ({"yes": 1.2}, "`loyalty_resolved` must lie in 0..1"),
        ({"no": [0.1]}, "TypeError: `loyalty_unresolved` must be a number"),
        ({"silent": None}, "TypeError: `loyalty_silent` must be a number"),
        ({"confidence": 1}, "`confidence` must lie between 0 and 1"),
        ({"draws": 0}, "`draws` must be a whole number of at least 100"),
        ({"rng": -1}, "`rng` must be a whole number of at least 0"),
    ],
)
def test_exit_voice_refuses(asked, said):
    refused(lambda: heard(**asked), said)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "`outcomes` must have at least one outcome"),
        (((0.5, 1), (0.4, 1)), "shares that sum to 1, got 0.5, 0.4 with sum 0.9"),
        (((0.5, 1), (0.500001, 1)), "got 0.5, 0.500001 with sum 1.000001; name"),
        ({"complained": (1, 1)}, "must not have an outcome 'complained'"),
        ({"a": (1,)}, r"`outcomes` must map names to pairs, got \(1,\); give"),
        ({"a": (1, 1, 1)}, r"`outcomes` must map names to pairs, got \(1, 1, 1\); give"),
    ],
)
def test_outcomes_refused(outcomes, said):
    call = exit_voice_from_outcomes
    refused(lambda: call(voice=0.5, outcomes=outcomes, loyalty_silent=0.5), said)


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((3, 2), r"`silent\[0\]` must be at most 2, got 3"),
        ((1,), r"ValueError: `silent` must be .stayed, n., got \(1,\)"),
        ((-1, 2), r"`silent\[0\]` must be a whole number of at least 0, got -1"),
        ((0.5, 2), r"`silent\[0\]` must be a whole number of at least 0, got 0.5"),
        (0.5, "TypeError: `silent` must be tuple or list or Counted, got 0.5 .*give .stayed, n."),
        (("a", 2), r"TypeError: `silent\[0\]` must be a number"),
        ((1, math.inf), r"`silent\[1\]` must be a finite number"),
        ((1, 1e19), r"`silent\[1\]` must be at most 9,007,199,254,740,992, got 1e.19"),
    ],
)
def test_counts_refused(pair, said):
    call = exit_voice_from_counts
    refused(lambda: call(resolved=(1, 2), unresolved=(1, 2), silent=pair), said)


def test_by_default_there_are_10_000_draws_of_seed_0():
    asked = {"resolved": Counted(30, 40)}
    assert heard(**asked) == heard(**asked, draws=10_000, rng=0)
    assert heard(**asked) != heard(**asked, rng=1)


def test_estimates_outside_of_their_intervals_are_told():
    # likely values are no means: of the triangle 0, 1, 1 the 97.5 % quantile is √0.975 < 1
    of_gain = heard(voice=0.5, resolved=0.5, yes=Judged(0, 1, 1), no=0, silent=0.25)
    assert (
        of_gain.gain_per_complaint > of_gain.high == pytest.approx(0.975**0.5 / 2 - 0.25, abs=1e-2)
    )
    # of all who stay, where the gain is certain
    of_all = heard(voice=Judged(0, 1, 1), resolved=0.5, yes=1, no=0, silent=0.25)
    assert of_all.gain_per_complaint == 0.25
    assert np.isnan([of_all.low, of_all.high]).all()
    assert of_all.retained > of_all.retained_high
    for found in (of_gain, of_all):
        (said,) = [words for words in found.cautions if "outside of its interval" in words]
        assert f"caution: {said}" in found.table.note
    inside = heard(voice=0.5, resolved=0.5, yes=Judged(0, 0.5, 1), no=0, silent=0.25)
    assert len(inside.cautions) == 1


def test_certain_shares_that_sum_to_1_but_for_rounding_have_no_interval():
    thirds = ((0.3333333333, 0.9), (0.6666666666, 0.5))
    found = exit_voice_from_outcomes(voice=Measured(0.5, 0.1), outcomes=thirds, loyalty_silent=0.4)
    assert np.isnan([found.low, found.high]).all()
    assert found.retained_low < found.retained < found.retained_high


def test_a_gain_of_rounding_pays_in_no_draw():
    found = heard(voice=Measured(0.5, 0.1), resolved=0.1, yes=0.3, no=0.3, silent=0.3)
    assert found.gain_per_complaint > 0
    assert (found.pays, found.p_pays) == (False, 0)


def test_a_rest_of_two_shares_is_no_second_count():
    few = heard(resolved=Counted(3, 40), silent=0.4)  # 3 of 40, and the same 37 of 40
    assert not any("fewer than 10" in words for words in few.cautions)
    both = heard(resolved=Counted(3, 40), silent=Counted(4, 9)).cautions
    said = "`share of 'resolved'`, `loyalty_silent`: counted with fewer than 10 on a side"
    assert any(words.startswith(said) for words in both)


def test_results_are_shown():
    found = heard()
    assert "Loyalty after a failure" in str(found)
    assert "Inputs" in str(found)
    assert sq.recovery.exit_voice is exit_voice
