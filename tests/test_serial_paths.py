"""Serial paths: worked values, R, scipy, properties, bad input."""

import math
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.paths import (
    along,
    carried,
    effects_of,
    others,
    paths_through,
)
from servqual.profit_chain.mediating import mediation
from servqual.profit_chain.money import score_to_money
from servqual.profit_chain.serial import serial_paths

from .chains import ATTITUDE, FAST, NAMES, SEEDS, close, lines, network
from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)


@pytest.fixture(scope="module")
def serial():
    return serial_paths(ATTITUDE, items=NAMES)


def test_attitude_links(serial):
    links = serial.links
    assert list(zip(links["cause"], links["effect"], strict=True)) == list(pairwise(NAMES))
    # theory.md F7; R: cor(attitude)
    r = [0.596735806267436, 0.640314372822134, 0.590138994877686]
    assert links["standardised"].tolist() == close(r, 1e-13)
    # R: summary(lm(y ~ x)), confint
    wanted = {
        "slope": [0.526025052516922220, 0.567222087793806784, 0.690905804421098946],
        "se": [0.133676996204784349, 0.128589632523617908, 0.178616410418841104],
        "low": [0.252200138797306184, 0.303818166171601789, 0.325026673677314304],
        "high": [0.799849966236538257, 0.830626009416011835, 1.056784935164883699],
        "t": [3.935045426298227955, 4.411102797806236708, 3.868098137237113043],
        "p": [0.000500016995186577, 0.000138387688420294, 0.000597823681258494],
        "df": [28, 28, 28],
    }
    for name, its in wanted.items():
        assert links[name].tolist() == close(its, 1e-11), name
    assert set(links["lacking"]) == set(links["undefined"]) == {""}


def test_attitude_from_end_to_end(serial):
    assert serial.indirect == close(0.225491232719232, 1e-13)  # theory.md F7
    assert serial.observed == close(0.825417569542146, 1e-13)  # R: cor(complaints, rating)
    assert serial.misfit == close(0.825417569542146 - 0.225491232719232, 1e-13)
    assert serial.raw_indirect == close(np.prod(serial.links["slope"]), 1e-13)
    assert (serial.n, serial.missing, serial.undefined, serial.lacking) == (30, 0, "", "")
    assert [*serial.effects["effect"]] == ["indirect", "observed", "misfit", "indirect, raw"]
    low = serial.effects.row(effect="misfit")["low"]
    assert low > 0.2
    (caution,) = serial.cautions
    assert caution.startswith("the ends are tied by more than this chain: misfit 0.600")
    assert serial.links.note.endswith(f"caution: {caution}")
    assert "these are associations" in serial.links.note
    assert serial.effects.note == "95 % intervals by percentile bootstrap, 5000 resamples"


def test_intervals_are_those_of_scipys_bootstrap(serial):
    def product(*columns, axis=-1):
        del axis
        centred = [x - x.mean(-1, keepdims=True) for x in columns]
        sd = [np.sqrt((x**2).mean(-1)) for x in centred]
        r = [
            (centred[j] * centred[j + 1]).mean(-1) / sd[j] / sd[j + 1]
            for j in range(len(columns) - 1)
        ]
        return np.prod(r, axis=0)

    for method, interval in (("BCa", "bootstrap"), ("percentile", "percentile")):
        asked = {"paired": True, "vectorized": True, "n_resamples": 5000, "method": method}
        wanted = stats.bootstrap(tuple(ATTITUDE.T), product, **asked, random_state=3)
        row = serial_paths(ATTITUDE, interval=interval).effects.row(effect="indirect")
        # ends by 5,000 draws differ by some hundredths of their distance, 0.4
        assert (row["low"], row["high"]) == pytest.approx(wanted.confidence_interval, abs=0.03)
        assert row["se"] == pytest.approx(wanted.standard_error, rel=0.05)
    correlation = serial.links.row(cause="complaints")
    wanted = stats.bootstrap(
        tuple(ATTITUDE.T[:2]), product, **asked | {"method": "percentile"}, random_state=3
    )
    ends = (correlation["standardised_low"], correlation["standardised_high"])
    assert ends == pytest.approx(wanted.confidence_interval, abs=0.05)


def test_resamples_that_are_lost_are_counted_where_there_are_any():
    rows = np.column_stack([[*[0] * 19, 1, 2], np.arange(21) % 5, np.arange(21) % 7])
    found = serial_paths(rows, resamples=200)  # (19/21)^21 of them have no spread of the first
    lost = int(
        re.search(r"200 resamples, at most (\d+) without an estimate$", found.effects.note)[1]
    )
    assert 10 < lost < 45
    assert serial_paths(ATTITUDE, **FAST).effects.note.endswith("50 resamples")


def test_two_variables_have_no_misfit():
    found = serial_paths(ATTITUDE[:, :2])
    assert found.indirect == close(found.observed, 1e-14)
    assert found.misfit == pytest.approx(0, abs=1e-15)
    row = found.effects.row(effect="misfit")
    assert row["lacking"] == "no error, no interval: resamples do not differ"
    assert math.isnan(row["low"])
    assert found.lacking == row["lacking"]
    assert found.cautions == ()


@few
@given(SEEDS, st.integers(4, 30), st.integers(2, 6))
def test_units_change_slopes_alone_and_rows_may_change_places(seed, n, k):
    rows = network(seed, n, k)
    rng = np.random.default_rng(seed)
    factors = rng.uniform(0.1, 9, k) * rng.choice([-1, 1], k)
    first = serial_paths(rows, **FAST)
    second = serial_paths(rng.permutation(rows) * factors + rng.normal(size=k), **FAST)
    sign = np.sign(factors)
    turned = sign[:-1] * sign[1:]
    assert second.links["standardised"] == close(turned * first.links["standardised"], least=1e-8)
    slopes = first.links["slope"] * factors[1:] / factors[:-1]
    assert second.links["slope"] == close(slopes, least=1e-8)
    assert np.abs(second.misfit) == close(np.abs(first.misfit), least=1e-8)
    ends = factors[-1] / factors[0]
    assert second.raw_indirect == close(first.raw_indirect * ends, least=1e-8)


@few
@given(SEEDS, st.integers(4, 30), st.integers(2, 6))
def test_links_are_those_of_the_normal_equations(seed, n, k):
    rows = network(seed, n, k)
    found = serial_paths(rows, **FAST)
    for place, row in enumerate(found.links.rows()):
        (slope,), (se,), df = lines(rows[:, place + 1], rows[:, place])
        assert (row["slope"], row["se"], row["df"]) == close((slope, se, df), 1e-7)
        wanted = stats.pearsonr(rows[:, place], rows[:, place + 1])
        assert (row["standardised"], row["p"]) == close((wanted.statistic, wanted.pvalue), 1e-6)
    reverse = serial_paths(rows[:, ::-1], **FAST)
    assert (reverse.indirect, reverse.misfit) == close((found.indirect, found.misfit))


def test_a_chain_that_carries_all_has_no_misfit():
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(20_000, 4)).cumsum(axis=1)
    found = serial_paths(rows, resamples=500, interval="percentile")
    # of a random walk r_jk = √(j/k)
    assert found.indirect == pytest.approx(0.5, abs=0.02)
    assert found.misfit == pytest.approx(0, abs=0.02)
    assert found.cautions == ()
    loose = rng.normal(size=(500, 1)) + rng.normal(size=(500, 3))
    low = serial_paths(loose, resamples=500).effects.row(effect="misfit")["low"]
    assert low > 0


def test_misfit_below_0_is_told_as_well():
    rng = np.random.default_rng(2)
    first, last = rng.normal(size=(2, 400))
    found = serial_paths(np.column_stack([first, first + last, last]), resamples=500)
    assert found.effects.row(effect="misfit")["high"] < 0
    assert found.cautions[0].startswith("the ends are tied by more than this chain: misfit -0.")


def test_rows_that_lack_a_value_are_left_out_and_counted():
    holes = np.vstack([ATTITUDE, [[60, NAN, 61, 62]], [[NAN] * 4]])
    found, wanted = (serial_paths(rows, items=NAMES, **FAST) for rows in (holes, ATTITUDE))
    assert (found.n, found.missing) == (30, 2)
    assert found.links["slope"].tolist() == close(wanted.links["slope"].tolist(), 1e-12)
    assert "30 rows, 2 left out for a missing value" in found.links.note
    sparse = serial_paths([[1, NAN], [2, NAN], [3, NAN], [1, 2], [2, 2], [3, 5]][:5], **FAST)
    assert sparse.cautions == ("only 2 of 5 rows have all variables, and 2 '2': take fewer items",)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, dict])
def test_frames_and_mappings_by_name(kind):
    frame = kind({name: ATTITUDE[:, place] for place, name in enumerate(NAMES)})
    wanted = serial_paths(ATTITUDE[:, [3, 0]], items=["rating", "complaints"], **FAST)
    found = serial_paths(frame, items=["rating", "complaints"], **FAST)
    assert found.variables == wanted.variables == ("rating", "complaints")
    for name in ("estimate", "low", "high"):
        assert found.effects[name] == close(wanted.effects[name], least=1e-12)
    assert serial_paths(frame, **FAST).variables == NAMES


def test_the_same_seed_gives_the_same():
    first, second, third = (serial_paths(ATTITUDE, rng=rng, **FAST) for rng in (4, 4, 5))
    assert first == second != third


def test_what_is_undefined_says_why():
    flat = serial_paths([[1, 5, 3], [2, 5, 4], [3, 5, 9], [4, 5, 1]], items=list("abc"), **FAST)
    assert flat.undefined == "'b' does not vary"
    assert [*flat.links["undefined"]] == ["'b' does not vary"] * 2
    assert math.isnan(flat.indirect)
    assert flat.observed == close(stats.pearsonr([1, 2, 3, 4], [3, 4, 9, 1]).statistic)
    assert flat.effects.row(effect="observed")["undefined"] == ""
    part = serial_paths([[1, 2, 3], [2, 1, 3], [3, 4, 3], [4, 9, 3]], **FAST)
    assert [*part.links["undefined"]] == ["", "'3' does not vary"]
    assert not math.isnan(part.links["slope"][0])
    for rows, why in (
        ([[1, 2]], "1 row is too few for 1 slope"),
        ([[1, 2], [2, 5]], "2 rows are too few for 1 slope"),
        ([[NAN, 2], [2, NAN]], "no row has all variables"),
    ):
        found = serial_paths(rows, **FAST)
        assert found.undefined == why
        numbers = [found.effects[name] for name in ("estimate", "se", "low", "high")]
        assert np.isnan(numbers).all()
        assert np.isnan(found.links["slope"]).all()
        assert found.lacking == ""
        str(found)


def test_perfect_lines_have_no_error():
    found = serial_paths([[1, 3, 9], [2, 5, 8], [3, 7, 7], [4, 9, 6], [5, 11, 5.0]])
    assert found.links["slope"].tolist() == close([2, -0.5])
    assert found.links["standardised"].tolist() == close([1, -1])
    row = found.links.row(cause="1")
    assert row["lacking"].startswith("no error, no interval, no test: it fits exactly; standardi")
    assert all(math.isnan(row[name]) for name in ("se", "low", "t", "p", "df", "standardised_low"))
    assert (found.indirect, found.observed) == close((-1, -1))


def test_few_rows_have_estimates_and_say_what_they_lack():
    found = serial_paths([[1, 2], [2, 1], [3, 5]], resamples=400)
    assert found.links["df"][0] == 1
    row = found.effects.row(effect="indirect")
    assert re.fullmatch(
        r"no error, no interval: \d+ of 400 resamples do not have it", row["lacking"]
    )
    assert math.isnan(row["se"])


def test_a_product_of_many_small_links_keeps_its_interval():
    rows = np.random.default_rng(3).normal(size=(60, 30))
    row = serial_paths(rows, resamples=200, interval="percentile").effects.row(effect="indirect")
    assert 0 < abs(row["estimate"]) < 1e-20
    assert row["low"] < row["high"]
    assert row["lacking"] == ""
    money = score_to_money(rows, resamples=200, interval="percentile")
    assert money.low < money.high
    assert money.lacking == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([[1], [2]], "ValueError: `chain` must have two variables or more, got 1"),
        ({}, "`chain` must map names to columns, got none"),
        ([1, 2, 3], "`chain` must be a table with two axes"),
        (np.ones((0, 3)), "`chain` must have at least one row"),
        ([[1, math.inf], [2, 3]], "`chain.*must be finite, got inf"),
        ({"a": [1, 2], "b": ["x", 3]}, r"`chain\['b'\]` must be numbers, got 'x'"),
        ("answers.csv", "TypeError: `chain` must be a table"),
        ({"a": [1, 2], "b": [1]}, "columns of one length"),
    ],
)
def test_a_chain_of_the_wrong_kind(wrong, said):
    refused(lambda: serial_paths(wrong), said)
    refused(lambda: score_to_money(wrong), said)


@pytest.mark.parametrize(
    "call", [serial_paths, score_to_money, lambda x, **o: mediation(*x.T[:3], **o)]
)
def test_options_of_the_wrong_kind(call):
    refused(lambda: call(ATTITUDE, interval="t"), "`interval` must be one of 'bootstrap', 'percen")
    refused(lambda: call(ATTITUDE, confidence=95), "`confidence` must lie between 0 and 1")
    refused(lambda: call(ATTITUDE, resamples=1), "`resamples` must be a whole number of at least 2")
    refused(lambda: call(ATTITUDE, rng="x"), "TypeError: `rng` must be a seed")


def test_unknown_columns():
    frame = pd.DataFrame(ATTITUDE, columns=NAMES)
    refused(
        lambda: serial_paths(frame, items=["rating", "raise"]), "no column 'raise'; the nearest"
    )
    refused(lambda: serial_paths(frame, items=["rating", "rating"]), "'rating' twice")


# --- the kernel -----------------------------------------------------------------------------------


def test_what_is_carried_is_the_product_of_slopes():
    rows = network(4, 40, 4)
    slopes = [lines(rows[:, j + 1], rows[:, j])[0][0] for j in range(3)]
    assert carried(np.cov(rows.T)) == close(np.cumprod(slopes))
    both = np.stack([np.cov(rows.T), np.cov(ATTITUDE.T)])
    assert carried(both)[0] == close(np.cumprod(slopes))
    found = effects_of(np.cov(rows.T), ((), (0,), (0, 1), (0, 1, 2)), paths_through((1, 2), 0, 3))
    sd = rows.std(axis=0)
    assert found[6:] == close(found[:6] * sd[0] / sd[-1])
    assert found[5] == close(lines(rows[:, 3], rows[:, 0])[0][0])
    assert found[0] == close(lines(rows[:, 3], *rows[:, :3].T)[0][0])


def test_products_of_others_by_brute_force():
    factors = np.random.default_rng(1).normal(size=(3, 5))
    factors[1, 2] = 0
    wanted = [[math.prod(np.delete(row, j)) for j in range(5)] for row in factors]
    np.testing.assert_allclose(others(factors), wanted, rtol=1e-13)
    assert along(np.arange(9.0).reshape(3, 3), (0, 1, 2)).tolist() == [3, 7]
