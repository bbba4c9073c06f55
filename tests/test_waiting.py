"""Tests of waiting lines: worked values, exact fractions, a simulation, properties, bad input."""

import math
import re
from datetime import timedelta
from fractions import Fraction
from itertools import count, islice, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.queues import all_busy, wait_probability
from servqual.standards import Rate, limit_or_mean, servers_needed, waiting

from .effort import effort

few = effort(40)
NAN = math.nan
HALL = {"arrival_rate": 1.2, "service_time": 3, "limit": 5}  # theory F2
RATES, TIMES, LIMITS = st.floats(0.01, 20), st.floats(0.01, 5), st.floats(0, 20)
CVS = st.floats(0, 3)
WAITS = ("within_limit", "wait_probability", "mean_wait", "mean_in_queue")


def erlang_c(load, servers):
    """Return Erlang's C in fractions, by its sum of a^k/k!."""
    a = Fraction(load)
    terms = [Fraction(1)]
    for k in range(1, servers + 1):
        terms.append(terms[-1] * a / k)
    last = terms.pop() * servers / (servers - a)
    return last / (sum(terms) + last)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def stable(rate, time, share=0.99):
    """Return the servers that these loads keep busy at most to such a share."""
    return max(1, math.ceil(rate * time / share))


# --- worked values --------------------------------------------------------------------------------


ERLANG_C = [(2, 1, 1 / 3), (1, 0.5, 0.5), (10, 8, 0.40918015), (14, 10, 0.17413193)]


@pytest.mark.parametrize(("servers", "load", "wanted"), ERLANG_C)  # theory F2, from R
def test_f2_erlang_c(servers, load, wanted):
    found = waiting(arrival_rate=load, service_time=1, servers=servers, limit=0)
    assert found.wait_probability == pytest.approx(wanted, abs=5e-9)
    assert found.wait_probability == pytest.approx(float(erlang_c(load, servers)), rel=1e-14)
    assert found.within_limit == pytest.approx(1 - found.wait_probability, rel=1e-14)
    assert (found.load, found.utilisation) == (load, load / servers)


def test_f2_the_hall():
    found = waiting(**HALL, servers=4)
    assert found.utilisation == pytest.approx(0.9)
    assert found.wait_probability == pytest.approx(0.78775326, abs=5e-9)
    assert found.mean_wait == pytest.approx(5.9081, abs=5e-5)
    assert found.mean_in_queue == pytest.approx(1.2 * found.mean_wait)
    assert (found.limit, found.unit, found.undefined) == (5, "minute", "")
    within = [waiting(**HALL, servers=servers).within_limit for servers in (4, 5, 6)]
    assert within == pytest.approx([0.59555399, 0.9602033, 0.99639976], abs=5e-9)
    assert servers_needed(**HALL, share=0.95) == 5
    assert servers_needed(**HALL, share=within[1]) == 5  # reached is enough
    assert servers_needed(**HALL, share=math.nextafter(within[1], 1)) == 6


def test_f2_is_3_minutes_a_limit_or_a_mean():
    found = limit_or_mean(3)
    assert found.share_if_mean == pytest.approx(0.632, abs=5e-4)  # 1 - 1/e
    assert found.mean_if_limit == pytest.approx(1.001, abs=5e-4)
    assert (found.figure, found.share) == (3, 0.95)


@given(figure=st.floats(1e-6, 1e6), share=st.floats(0.001, 0.999))
@few
def test_both_readings_of_a_figure(figure, share):
    found = limit_or_mean(figure, share=share)
    within = stats.expon.cdf(figure, scale=[figure, found.mean_if_limit])
    assert within == pytest.approx([found.share_if_mean, share], rel=1e-12)


# --- against other ways to the same numbers -------------------------------------------------------


@given(load=st.floats(1e-3, 60), more=st.integers(0, 30))
@few
def test_erlang_c_against_exact_fractions(load, more):
    servers = math.floor(load) + 1 + more
    assume(load < servers * 0.999999)
    busy = next(islice(all_busy(load), servers - 1, None))
    found, wanted = wait_probability(busy, load, servers), erlang_c(load, servers)
    assert found == pytest.approx(float(wanted), rel=1e-9 if servers - load < 1e-3 else 1e-12)


@pytest.mark.parametrize("load", [0.5, 99, 9_990, 99_900])
def test_erlang_b_of_many_servers_by_poisson(load):
    # B = P(X = c)/P(X <= c) with X Poisson of mean a
    servers = math.ceil(load * 1.001)
    busy = next(islice(all_busy(load), servers - 1, None))
    wanted = stats.poisson.pmf(servers, load) / stats.poisson.cdf(servers, load)
    assert busy == pytest.approx(wanted, rel=1e-9)


@given(rho=st.floats(1e-3, 0.999), time=TIMES, limit=LIMITS)
@few
def test_one_server_in_closed_form(rho, time, limit):
    rate = rho / time
    found = waiting(arrival_rate=rate, service_time=time, servers=1, limit=limit)
    assert found.wait_probability == pytest.approx(rho, rel=1e-12)
    assert found.mean_wait == pytest.approx(rho * time / (1 - rho), rel=1e-9)
    assert found.mean_in_queue == pytest.approx(rho**2 / (1 - rho), rel=1e-9)
    assert found.within_limit == pytest.approx(1 - rho * math.exp((rate - 1 / time) * limit))


@pytest.mark.parametrize(("servers", "rate", "limit"), [(1, 0.8, 3), (4, 3.6, 2), (7, 5, 0.3)])
def test_the_wait_from_how_many_stand_before(servers, rate, limit):
    # birth and death: pₙ ∝ Π λ/min(k, c)μ; who finds c + k waits for k + 1 services at the rate cμ
    steps = rate / np.minimum(np.arange(1, 2000), servers)
    chances = np.concatenate([[1], np.cumprod(steps)])
    before = (chances / chances.sum())[servers:]
    late = stats.poisson.cdf(np.arange(before.size), servers * limit)  # P(Erlang(k + 1, c) > t)
    found = waiting(arrival_rate=rate, service_time=1, servers=servers, limit=limit)
    assert found.within_limit == pytest.approx(1 - before @ late, rel=1e-10)
    assert found.mean_in_queue == pytest.approx(before @ np.arange(before.size), rel=1e-10)


@pytest.mark.parametrize("service_cv", [1, 0])
def test_a_simulation_of_two_servers(service_cv):
    # Kiefer and Wolfowitz: who arrives waits for the server that is free first
    rng, n = np.random.default_rng(20), 300_000
    between = rng.exponential(1 / 1.5, n).tolist()
    services = rng.exponential(1, n).tolist() if service_cv else [1.0] * n
    waits, sooner, later = [], 0.0, 0.0
    for gap, service in zip(between, services, strict=True):
        sooner, later = max(sooner - gap, 0.0), max(later - gap, 0.0)
        waits.append(sooner)
        sooner, later = sorted((sooner + service, later))
    queue = {"arrival_rate": 1.5, "service_time": 1, "servers": 2}
    found = waiting(**queue, limit=2, service_cv=service_cv)
    batches = np.reshape(waits, (60, -1))[1:]  # the first is the start from empty
    wanted = (found.wait_probability, found.mean_wait, found.within_limit)
    for values, answer in zip((batches > 0, batches, batches <= 2), wanted, strict=True):
        means = values.mean(axis=1)
        error = 4 * means.std(ddof=1) / math.sqrt(means.size)
        # the factor for services of one length is an approximation
        assert means.mean() == pytest.approx(answer, abs=error, rel=0 if service_cv else 0.05)


# --- properties -----------------------------------------------------------------------------------


@given(rate=RATES, time=TIMES, limit=LIMITS, cvs=st.tuples(CVS, CVS), more=st.floats(0, 5))
@few
def test_more_servers_never_wait_longer(rate, time, limit, cvs, more):
    assume(sum(cv * cv for cv in cvs) > 0)
    queue = {"arrival_rate": rate, "service_time": time, "limit": limit}
    queue |= {"arrival_cv": cvs[0], "service_cv": cvs[1]}
    few_servers = stable(rate, time)
    found = [waiting(**queue, servers=c) for c in range(few_servers, few_servers + 6)]
    for fewer, many in pairwise(found):
        for field in ("wait_probability", "mean_wait", "mean_in_queue", "utilisation"):
            assert getattr(many, field) <= getattr(fewer, field) * (1 + 1e-12)
        assert many.within_limit >= fewer.within_limit - 1e-12
    first = found[0]
    assert 0 <= first.wait_probability <= 1
    assert 1 - first.wait_probability - 1e-15 <= first.within_limit <= 1
    longer = waiting(**queue | {"limit": limit + more}, servers=few_servers)
    assert longer.within_limit >= first.within_limit
    assert longer.mean_wait == first.mean_wait


@given(rate=RATES, time=TIMES, limit=LIMITS, cvs=st.tuples(CVS, CVS))
@few
def test_the_factor_of_allen_and_cunneen(rate, time, limit, cvs):
    factor = sum(cv * cv for cv in cvs) / 2
    assume(factor > 1e-6)
    queue = {"arrival_rate": rate, "service_time": time, "servers": stable(rate, time)}
    plain = waiting(**queue, limit=limit)
    varied = waiting(**queue, limit=limit * factor, arrival_cv=cvs[0], service_cv=cvs[1])
    assert varied.wait_probability == plain.wait_probability
    assert varied.mean_wait == pytest.approx(factor * plain.mean_wait, rel=1e-12)
    assert varied.within_limit == pytest.approx(plain.within_limit, rel=1e-9)
    constant = waiting(**queue, limit=limit, service_cv=0)
    assert constant.mean_wait == pytest.approx(plain.mean_wait / 2, rel=1e-12)
    if queue["servers"] == 1:  # Pollaczek and Khinchine: exact for Poisson arrivals
        cv, rho = cvs[1], rate * time
        exact = rate * time**2 * (1 + cv**2) / (2 * (1 - rho))
        found = waiting(**queue, limit=limit, service_cv=cv)
        assert found.mean_wait == pytest.approx(exact, rel=1e-9)


@given(rate=RATES, time=TIMES, limit=LIMITS, share=st.floats(0.01, 0.9999), cv=CVS)
@few
def test_the_servers_needed_are_the_fewest(rate, time, limit, share, cv):
    queue = {"arrival_rate": rate, "service_time": time, "limit": limit, "service_cv": cv}
    found = servers_needed(**queue, share=share)
    fewest = next(c for c in count(1) if waiting(**queue, servers=c).within_limit >= share)
    assert found == fewest

    def within(servers):  # not by `waiting`
        mean = time / (servers - rate * time) * (1 + cv**2) / 2
        return 1 - float(erlang_c(rate * time, servers)) * math.exp(-limit / mean)

    assert within(found) >= share - 1e-9
    if found - 1 > rate * time * (1 + 1e-9):
        assert within(found - 1) <= share + 1e-9


@given(rate=RATES, time=st.integers(1, 300), limit=st.integers(0, 1200))
@few
def test_rates_and_times_carry_their_units(rate, time, limit):
    queue = {"servers": stable(rate, time / 60), "arrival_cv": 0.5}
    plain = waiting(arrival_rate=rate, service_time=time / 60, limit=limit / 60, **queue)
    spans = {"service_time": timedelta(seconds=time), "limit": timedelta(seconds=limit)}
    for unit, minutes in (("second", 1 / 60), ("minute", 1), ("hour", 60), ("day", 1440)):
        for per in (timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)):
            arrivals = Rate(rate * (per / timedelta(minutes=1)), per=per)
            found = waiting(arrival_rate=arrivals, **spans, **queue, unit=unit)
            assert found.unit == unit
            for field in WAITS:
                scale = minutes if field == "mean_wait" else 1
                wanted = pytest.approx(getattr(plain, field), rel=1e-9)
                assert getattr(found, field) * scale == wanted
    needed = servers_needed(arrival_rate=Rate(60 * rate, timedelta(hours=1)), **spans, share=0.9)
    numbers = {"service_time": time / 60, "limit": limit / 60}
    assert needed == servers_needed(arrival_rate=rate, **numbers, share=0.9)


# --- limits and what is undefined -----------------------------------------------------------------


TOO_MUCH = [(1.2, 3, 3, "3.6"), (1, 3, 3, "3"), (1e9, 1, 2, "1e+09"), (1e200, 1e200, 5, "inf")]
BY_ROUNDING = [(0.1, 30, 3, "3"), (0.3, 10, 3, "3"), (0.29, 100, 29, "29")]


@pytest.mark.parametrize(("rate", "time", "servers", "load"), TOO_MUCH + BY_ROUNDING)
def test_a_load_that_reaches_the_servers_has_no_waits(rate, time, servers, load):
    found = waiting(arrival_rate=rate, service_time=time, servers=servers, limit=5)
    assert found.undefined == f"unstable: load {load} needs more than {servers} servers"
    assert all(math.isnan(getattr(found, field)) for field in WAITS)
    assert found.utilisation == rate * time / servers
    assert found == waiting(arrival_rate=rate, service_time=time, servers=servers, limit=5)


def test_extremes():
    idle = waiting(arrival_rate=1e-200, service_time=1e-200, servers=1, limit=0)
    assert (idle.within_limit, idle.wait_probability, idle.mean_wait) == (1, 0, 0)
    huge = waiting(arrival_rate=99_000, service_time=1, servers=100_000, limit=0)
    assert 0 < huge.wait_probability < 0.01
    assert huge.mean_wait == pytest.approx(huge.wait_probability / 1000)
    # Halfin and Whitt: with a + β√a servers, C tends to 1/(1 + βΦ(β)/φ(β)); here β = 1
    needed = servers_needed(arrival_rate=1e5, service_time=1, limit=0, share=1 - 0.2234)
    assert needed == pytest.approx(1e5 + math.sqrt(1e5), abs=5)
    with pytest.raises(ValueError, match="10,000,000 servers do not suffice for a load of 1e"):
        servers_needed(arrival_rate=1e7, service_time=1, limit=0, share=0.5)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arrival_rate": -1.2}, "ValueError: `arrival_rate` must be 0 or more, got -1.2"),
        ({"arrival_rate": np.float64(-1)}, "ValueError: `arrival_rate` must be .*, got -1$"),
        ({"arrival_rate": NAN}, "ValueError: `arrival_rate` must be a finite number"),
        ({"arrival_rate": "1.2"}, "TypeError: `arrival_rate` must be a number"),
        ({"arrival_rate": timedelta(1)}, "TypeError: `arrival_rate` must be a number"),
        ({"service_time": 0}, "ValueError: `service_time` must be above 0, got 0"),
        ({"service_time": math.inf}, "ValueError: `service_time` must be a finite number"),
        ({"service_time": -timedelta(minutes=3)}, "ValueError: `service_time` must be above 0"),
        ({"service_time": Rate(1, timedelta(1))}, "TypeError: `service_time` must be a number"),
        ({"limit": -5}, "ValueError: `limit` must be 0 or more, got -5"),
        ({"limit": timedelta(minutes=-5)}, "ValueError: `limit` must be 0 or more, got -5"),
        ({"limit": None}, "TypeError: `limit` must be a number"),
        ({"service_time": np.float64(NAN)}, "ValueError: `service_time` .* number, got nan$"),
        ({"limit": np.float64(-5)}, "ValueError: `limit` must be 0 or more, got -5$"),
        ({"arrival_cv": np.float64(-1)}, r"ValueError: `arrival_cv` must .*, got -1$"),
        ({"limit": np.timedelta64(5, "M")}, "ValueError: `limit` must be times of a fixed length"),
        ({"unit": "week"}, r"ValueError: `unit` must be a unit of time \(second, .*, got 'week'"),
        ({"arrival_cv": -1}, "ValueError: `arrival_cv` must lie in 0.*, got -1"),
        ({"service_cv": NAN}, "ValueError: `service_cv` must be a finite number"),
        ({"arrival_cv": 0, "service_cv": 0}, "ValueError: .* must not both be 0"),
    ],
)
def test_a_wrong_queue_is_named(change, said):
    refused(lambda: waiting(**HALL | change, servers=5), said)
    refused(lambda: servers_needed(**HALL | change, share=0.95), said)


# once read as 180,000,000,000 minutes and 300,000,000,000 minutes
@pytest.mark.parametrize("unit", ["ns", "s"])
def test_times_of_numpy_are_times(unit):
    span = {"service_time": timedelta(minutes=3), "limit": timedelta(minutes=5)}
    times = {name: np.timedelta64(time).astype(f"m8[{unit}]") for name, time in span.items()}
    rate = Rate(72, per=timedelta(hours=1))
    assert waiting(arrival_rate=rate, **times, servers=5) == waiting(**HALL, servers=5)


MIXED = [
    ({"service_time": timedelta(minutes=3)}, "`arrival_rate` .*: give a Rate, or `unit`"),
    ({"arrival_rate": Rate(72, timedelta(hours=1))}, "`service_time` .*: give a timedelta, or `un"),
    ({"service_time": np.timedelta64(3, "m")}, "`arrival_rate` is a plain number beside a Rate or"),
    (
        {"arrival_rate": Rate(72, timedelta(hours=1)), "service_time": timedelta(minutes=3)},
        "`limit` is a plain number beside a Rate or a time: give a timedelta, or `unit`",
    ),
]


@pytest.mark.parametrize(("change", "said"), MIXED)  # a plain 3 was silently taken as minutes
def test_plain_numbers_beside_times_need_a_unit(change, said):
    refused(lambda: waiting(**HALL | change, servers=5), f"ValueError: {said}")
    refused(lambda: servers_needed(**HALL | change, share=0.95), f"ValueError: {said}")
    for unit in ("minute", "minutes", "min"):
        assert waiting(**HALL | change, servers=5, unit=unit) == waiting(**HALL, servers=5)


def test_an_hour_without_customers():
    for rate in (0, Rate(0, timedelta(hours=1))):
        queue = {"arrival_rate": rate, "service_time": 3, "limit": 5, "unit": "minute"}
        found = waiting(**queue, servers=4)
        assert (found.within_limit, found.wait_probability, found.mean_wait) == (1, 0, 0)
        assert (found.utilisation, found.load, found.mean_in_queue, found.undefined) == (
            0,
            0,
            0,
            "",
        )
        assert servers_needed(**queue, share=0.999) == 1


def test_a_line_is_shown_as_its_table():
    found = waiting(**HALL, servers=4)
    row = found.table.row(servers=4)
    assert row == {name: getattr(found, name) for name in row}
    assert found.table.columns[0] == "servers"
    assert found.table.columns[-1] == "undefined"
    assert "times in minutes" in str(found)
    assert "<table" in found._repr_html_()
    unstable = waiting(**HALL, servers=3)
    assert unstable.undefined in str(unstable)
    assert unstable == waiting(**HALL, servers=3)  # NaN equals NaN


@pytest.mark.parametrize("servers", [0, -1, 2.5, NAN, 10_000_001, True, "5", None])
def test_servers_are_a_whole_number(servers):
    kind = "Value" if type(servers) in {int, float} else "Type"
    refused(lambda: waiting(**HALL, servers=servers), f"{kind}Error: `servers` must be")
    assert waiting(**HALL, servers=np.float64(5)) == waiting(**HALL, servers=5)


@pytest.mark.parametrize("share", [0, 1, -0.5, 95, NAN, "0.95", None, True])
def test_a_share_lies_between_0_and_1(share):
    refused(lambda: servers_needed(**HALL, share=share), "`share` must")
    refused(lambda: limit_or_mean(3, share=share), "`share` must")


def test_a_wrong_rate_or_figure_is_named():
    refused(lambda: Rate(-1, timedelta(1)), "ValueError: `count` must be 0 or more, got -1")
    refused(lambda: Rate("9", timedelta(1)), "TypeError: `count` must be a number")
    refused(lambda: Rate(9, 60), r"TypeError: `per` must be timedelta, .* timedelta\(hours=1")
    refused(lambda: Rate(9, -timedelta(1)), "ValueError: `per` must be above 0")
    refused(lambda: limit_or_mean(np.float64(-3)), "ValueError: `figure` must be .* got -3$")
    refused(lambda: limit_or_mean(0), "ValueError: `figure` must be above 0, got 0")
    refused(lambda: limit_or_mean("3"), "TypeError: `figure` must be a number")
