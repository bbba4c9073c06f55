"""Tests of control charts: worked values, plain Python, exact run lengths, bad input."""

import copy
import datetime as dt
import json
import math
import pickle
import re
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from servqual.charts import (
    Baseline,
    Cusum,
    Ewma,
    Monitor,
    Shewhart,
    c_chart,
    cusum_chart,
    detection_time,
    ewma_chart,
    laney_p_chart,
    laney_u_chart,
    p_chart,
    run_length,
    u_chart,
)
from servqual.failures._given import counts_of
from servqual.failures.charting import failure_chart
from servqual.failures.schemes import FailureScheme, FailureType, failure_scheme

from .effort import effort

NAN = math.nan
few = effort(35)
ABOVE, BELOW = "above the upper limit", "below the lower limit"
NO_RUNS = Shewhart(run=0)
MONTGOMERY = [  # theory D5: 30 values, the last ten with a mean 1 higher
    *(9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34),
    *(9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84),
    *(10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52),
]
LANEY = {  # theory D6
    "counts": [480, 520, 610, 455, 530, 590, 470, 505, 640, 495],
    "volume": [10000, 10500, 11000, 9500, 10200, 10800, 9900, 10100, 11200, 10000],
}


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-11):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def fired(chart):
    """Return the periods that signal and their rules, as the table says it."""
    table = chart.table
    return {
        period: words
        for period, words in zip(table["period"].tolist(), table["signal"].tolist(), strict=True)
        if words
    }


def scheme_of(weights, units=None):
    codes = [f"k{place}" for place in range(len(weights))]
    units = units or ["events"] * len(weights)
    kinds = tuple(
        FailureType(code=code, name=code.upper(), weight=weight, unit=unit)
        for code, weight, unit in zip(codes, weights, units, strict=True)
    )
    return FailureScheme(code="own", name="Own", types=kinds)


# --- worked values --------------------------------------------------------------------------------


def test_d3_demerit_chart():
    # theory D3 [R]: weights 100, 50, 10, 1, mean counts .02, .05, .3, 1.1, 50 units
    demerits = failure_scheme("demerit-classes")
    assert demerits.points.tolist() == [100, 50, 10, 1]
    counts = [[1, 2, 15, 55], [1, 3, 15, 55]]
    chart = failure_chart(counts, demerits, volume=50)
    assert chart.centre == close(8.6)
    assert chart.upper == pytest.approx([16.606123] * 2, abs=5e-7)
    assert chart.lower == pytest.approx([0.59387734] * 2, abs=5e-9)
    assert chart.baseline.sigma([50]) == pytest.approx([2.6687076], abs=5e-8)
    assert chart.statistic == close([(100 + 100 + 150 + 55) / 50, (100 + 150 + 150 + 55) / 50])
    per_thousand = failure_chart(counts, demerits, volume=50, per=1000)
    for name in ("statistic", "centre", "lower", "upper"):
        assert per_thousand.table[name] == close(1000 * chart.table[name])


def test_d3_besterfield_three_classes():
    # facts 14a, computed there: weights 9, 3, 1; u0 5.22, sigma .591185, limits 3.446444 6.993556.
    # Rates and size are not printed: any with Σwu = 5.22 and Σw²u/n = .591185² will do, so two
    # unknown rates are solved for, in a volume of 40 with .08 majors a unit
    n, variance = 40, 0.591185**2 * 40
    serious = (variance - 5.22 - 6 * 0.08) / 72
    rates = (serious, 0.08, 5.22 - 9 * serious - 3 * 0.08)
    normal = Baseline(
        family="count",
        centre=sum(w * u for w, u in zip((9, 3, 1), rates, strict=True)),
        variance=sum(w * w * u for w, u in zip((9, 3, 1), rates, strict=True)),
        types=("critical", "major", "minor"),
        weights=(9, 3, 1),
    )
    point = Monitor(baseline=normal, rule=Shewhart()).update([0, 0, 200], volume=n).point
    assert (point["centre"], point["lower"], point["upper"]) == pytest.approx(
        (5.22, 3.446444, 6.993556), abs=2e-6
    )


def test_d4_u_chart():
    # theory D4 [R]: 193 defects in 20 samples of 5
    counts = [9, 10] * 10
    counts[0] += 193 - sum(counts)
    chart = u_chart(counts, volume=5)
    assert chart.centre == close(1.93)
    assert chart.upper == pytest.approx([3.7938669] * 20, abs=5e-8)
    assert chart.lower == pytest.approx([0.0661331] * 20, abs=5e-8)


def test_d5_ewma():
    chart = ewma_chart(MONTGOMERY, target=10, sigma=1, smoothing=0.1, width=2.7)
    assert chart.statistic[:1] == close([9.945])
    assert chart.upper[0] == close(10.27)
    assert chart.upper[-1] == pytest.approx(10.62, abs=0.005)
    # facts 14b: z28 10.5731 < 10.6186, z29 10.6468 > 10.6187
    assert chart.statistic[27:29] == pytest.approx([10.5731, 10.6468], abs=5e-5)
    assert chart.upper[27:29] == pytest.approx([10.6186, 10.6187], abs=5e-5)
    assert chart.signals[0] == attrs.evolve(chart.signals[0], period="29", rule=ABOVE)
    settled = ewma_chart(MONTGOMERY, target=10, sigma=1, width=2.7, settled=True)
    assert settled.upper == close([10 + 2.7 * math.sqrt(0.1 / 1.9)] * 30)
    assert settled.statistic.tolist() == chart.statistic.tolist()


def test_d5_cusum():
    chart = cusum_chart(MONTGOMERY, target=10, sigma=1, allowance=0.5, decision=5)
    # theory D5, facts 14b: upper sums … 4.47, 5.28 at 29 (the first signal), 5.30 at 30
    assert chart.statistic[27:] == close([4.47, 5.28, 5.30])
    assert fired(chart) == {"29": "rising sum", "30": "rising sum"}
    assert (chart.statistic[21], (chart.statistic[22:] > 0).all()) == (0, True)  # N+ = 7 at 29
    assert (chart.centre, set(chart.upper), set(chart.lower)) == (0, {5}, {-5})


def test_d6_laney():
    chart = laney_u_chart(**LANEY)
    assert chart.centre == pytest.approx(0.05130814, abs=5e-9)
    assert math.sqrt(chart.baseline.factor) == pytest.approx(2.0590683, abs=5e-8)
    first = chart.lower[0], chart.upper[0]
    assert first == pytest.approx((0.0373160, 0.0653003), abs=5e-8)
    plain = u_chart(**LANEY)
    first = plain.lower[0], plain.upper[0]
    # theory has .0445128: .04451275 with one digit too few rounded up
    assert first == pytest.approx((0.04451275, 0.0581035), abs=5e-8)
    assert plain.advice
    assert "laney_u_chart" in plain.advice
    assert plain.table.note.endswith(plain.advice)
    assert "2.06 times" in chart.advice


# --- against plain Python -------------------------------------------------------------------------
#
# Exact fractions for what is normal; every rule by a formula that is not the one of the source:
# runs by slices, averages by closed sums, cumulative sums by the largest sum of a last stretch.


@attrs.frozen
class Seen:
    """What one period shows, and how far the statistic is from firing another way."""

    cells: tuple[float, ...]  # statistic, falling or NaN, lower, upper
    rules: list[str]
    margin: float


def shewhart_reference(rule, xs, centre, sigmas, bounds):
    sides, seen = [], []
    for x, sigma in zip(xs, sigmas, strict=True):
        reach = rule.width * sigma
        lower, upper = float(centre) - reach, float(centre) + reach
        sides.append((x > centre) - (x < centre))
        rules = [ABOVE] * (x > upper) + [BELOW] * (x < lower)
        last = sides[-rule.run :]
        if rule.run and len(last) == rule.run and last[0] and len(set(last)) == 1:
            where = "above" if last[0] > 0 else "below"
            rules.append(f"{rule.run} in a row {where} the centre")
        margin = min(abs(float(x) - upper), abs(float(x) - lower))
        shown = float(x), NAN, max(lower, bounds[0]), min(upper, bounds[1])
        seen.append(Seen(shown, rules, margin))
    return seen


def ewma_reference(rule, xs, centre, sigmas, bounds):
    new, old, seen = rule.smoothing, 1 - rule.smoothing, []
    for t in range(len(xs)):
        average = float(centre) + sum(
            new * old ** (t - i) * float(xs[i] - centre) for i in range(t + 1)
        )
        variance = sum((new * old ** (t - i) * sigmas[i]) ** 2 for i in range(t + 1))
        if rule.settled:
            variance += (old ** (t + 1) * sigmas[0]) ** 2 * new / (2 - new)
        reach = rule.width * math.sqrt(variance)
        lower, upper = float(centre) - reach, float(centre) + reach
        rules = [ABOVE] * (average > upper) + [BELOW] * (average < lower)
        margin = min(abs(average - upper), abs(average - lower))
        shown = average, NAN, max(lower, bounds[0]), min(upper, bounds[1])
        seen.append(Seen(shown, rules, margin))
    return seen


def cusum_reference(rule, xs, centre, sigmas, bounds):
    z = [float(x - centre) / sigma for x, sigma in zip(xs, sigmas, strict=True)]

    def largest(steps):
        found = []
        for t in range(1, len(steps) + 1):
            stretches = [sum(steps[j:t]) for j in range(1, t + 1)]
            found.append(max(0, rule.head_start + sum(steps[:t]), *stretches))
        return found

    rising = largest([step - rule.allowance for step in z])
    falling = largest([-step - rule.allowance for step in z])
    h = rule.decision
    return [
        Seen(
            (up, -down, -h, h),
            ["rising sum"] * (up > h) + ["falling sum"] * (down > h),
            min(abs(up - h), abs(down - h)),
        )
        for up, down in zip(rising, falling, strict=True)
    ]


SHARES, LANEYS = ("p", "laney_p"), ("laney", "laney_p")
REFERENCES = {Shewhart: shewhart_reference, Ewma: ewma_reference, Cusum: cusum_reference}


@attrs.frozen
class Case:
    """A series with everything that a chart of it asks for."""

    kind: str
    counts: list
    volume: list
    first: list
    exclude: list
    rule: object

    def chart(self, size=None, first=None):
        """Return the chart of the first periods, or of all."""
        size = len(self.counts) if size is None else size
        asked = {
            "baseline": self.first if first is None else first,
            "exclude": [label for label in self.exclude if int(label) <= size],
            "rule": self.rule,
        }
        if self.kind == "c":
            return c_chart(self.counts[:size], **asked)
        make = {"u": u_chart, "p": p_chart, "laney": laney_u_chart, "laney_p": laney_p_chart}[
            self.kind
        ]
        return make(self.counts[:size], volume=self.volume[:size], **asked)

    @property
    def known(self):
        """The places of the periods that have a value."""
        pairs = zip(self.counts, self.volume, strict=True)
        return [place for place, (count, n) in enumerate(pairs) if count is not None and n]

    @property
    def used(self):
        """The places of phase 1, but for what is excluded."""
        return [i for i in self.known if self.first[i] and str(i + 1) not in self.exclude]

    def normal(self):
        """Return the centre, exactly, and the sigma of a period of each known volume."""
        volumes = {i: Fraction(self.volume[i]) for i in self.known}
        total = sum(volumes[i] for i in self.used)
        centre = Fraction(sum(self.counts[i] for i in self.used)) / total
        variance = centre * (1 - centre) if self.kind in SHARES else centre
        sigma = {i: math.sqrt(variance / n) for i, n in volumes.items()}
        if self.kind in LANEYS and variance:
            z = {i: float(self.counts[i] / volumes[i] - centre) / sigma[i] for i in self.used}
            ranges = [abs(z[i + 1] - z[i]) for i in z if i + 1 in z]
            wide = sum(ranges) / len(ranges) / 1.128
            sigma = {i: wide * s for i, s in sigma.items()}
        return centre, sigma

    def reference(self):
        """Return what each known period shows, by place."""
        centre, sigma = self.normal()
        bounds = (0, 1) if self.kind in SHARES else (0, math.inf)

        def look(places):
            xs = [self.counts[i] / Fraction(self.volume[i]) for i in places]
            rule = REFERENCES[type(self.rule)]
            return rule(self.rule, xs, centre, [sigma[i] for i in places], bounds)

        counting = [i for i in self.known if str(i + 1) not in self.exclude]
        found = dict(zip(counting, look(counting), strict=True))
        for out in set(self.known) - set(counting):  # as if it counted, but without a signal
            last = look([*(i for i in counting if i < out), out])[-1]
            found[out] = Seen(last.cells, [], math.inf)
        return found


RULES = st.one_of(
    st.builds(
        Shewhart,
        width=st.sampled_from([0.7, 1, 2, 3]),
        run=st.sampled_from([0, 2, 3, 5, 8]),
    ),
    st.builds(
        Ewma,
        smoothing=st.sampled_from([0.05, 0.1, 0.3, 1]),
        width=st.sampled_from([0.5, 1, 2.7]),
        settled=st.booleans(),
    ),
    st.builds(
        Cusum,
        allowance=st.sampled_from([0, 0.25, 0.5]),
        decision=st.sampled_from([1, 2, 5]),
        head_start=st.sampled_from([0, 0.5]),
    ),
)


@st.composite
def cases(draw, kinds=("u", "c", "p", *LANEYS)):
    kind = draw(st.sampled_from(kinds))
    size = draw(st.integers(1, 30))
    cases = [1, 2, 5, 40, None, 0] if kind in SHARES else [0.25, 0.5, 1, 3, 7, 50, None, 0]
    sizes = [1] if kind == "c" else cases
    volume = draw(st.lists(st.sampled_from(sizes), min_size=size, max_size=size))
    calm = draw(st.booleans())
    counts = []
    for n in volume:
        most = int(n or 0) if kind in SHARES else draw(st.sampled_from([4, 30]))
        usual = st.integers(0, most) if calm else st.sampled_from([0, most // 2, most])
        counts.append(draw(st.one_of(st.none(), usual) if draw(st.integers(0, 9)) == 0 else usual))
    first = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    if draw(st.booleans()):
        first = [place < max(1, size // 2) for place in range(size)]
    labels = [str(place) for place in range(1, size + 1)]
    exclude = draw(st.lists(st.sampled_from(labels), max_size=2, unique=True))
    case = Case(kind, counts, volume, first, exclude, draw(RULES))
    assume(case.used)
    if kind in LANEYS:
        assume(any(i + 1 in case.used for i in case.used))
    return case


@given(case=cases())
@few
def test_charts_show_what_plain_python_computes(case):
    chart = case.chart()
    table, size = chart.table, len(case.counts)
    centre, sigma = case.normal()
    assert chart.baseline.centre == close(float(centre))
    assert table["phase"].tolist() == [1 if first else 2 for first in case.first]
    labels = [str(place) for place in range(1, size + 1)]
    assert chart.excluded == tuple(label for label in labels if label in case.exclude)
    assert table["excluded"].tolist() == [label in case.exclude for label in labels]
    unknown = set(range(size)) - set(case.known)
    if isinstance(case.rule, (Ewma, Cusum)) and not any(sigma.values()):
        unknown = set(range(size))
    assert {place for place, why in enumerate(table["undefined"]) if why} == unknown
    lines = [name for name in ("statistic", "centre", "lower", "upper") if unknown]
    assert all(np.isnan(table[name][sorted(unknown)]).all() for name in lines)
    if len(unknown) == size:
        assert not chart.signals
        return
    wanted = case.reference()
    assume(min(seen.margin for seen in wanted.values()) > 1e-9)  # ties have tests of their own
    for place, seen in wanted.items():
        falling = table["falling"][place] if "falling" in table.columns else NAN
        found = table["statistic"][place], falling, table["lower"][place], table["upper"][place]
        assert found == close(seen.cells, 1e-9)
        assert table["signal"][place] == "; ".join(seen.rules)
    told = [(signal.period, signal.rule) for signal in chart.signals]
    assert told == [(labels[i], rule) for i in sorted(wanted) for rule in wanted[i].rules]


def chi_square_tail(square, df, volumes, kurtosis):
    """Return P(χ² or more), of a χ² with the variance of the sum where volumes are uneven.

    Given the totals, Var = 2·df + (Σ1/p - T² - 2T + 2)·kurtosis, p the shares of the volume
    (Haldane's for one type, from memory; simulations agree).
    """
    total, periods = Fraction(sum(volumes)), df + 1
    uneven = sum(total / Fraction(n) for n in volumes) - periods**2 - 2 * periods + 2
    wider = 1 + float(max(0, max(0, uneven) * kurtosis)) / (2 * df)
    return stats.chi2.sf(float(square) / wider, df / wider)


@given(case=cases(kinds=("u", "c", "p")))
@few
def test_dispersion_is_the_chi_square_of_phase_one(case):
    chart = case.chart()
    centre, _ = case.normal()
    share = 1 - centre if case.kind == "p" else Fraction(1)
    df = len(case.used) - 1
    if df < 1 or not centre * share:
        assert np.isnan([chart.dispersion, chart.dispersion_p]).all()
        assert chart.advice == ""
        return
    square = Fraction(0)
    for i in case.used:
        mean = centre * Fraction(case.volume[i])
        square += (case.counts[i] - mean) ** 2 / (mean * share)
    assert chart.dispersion == close(float(square / df), 1e-9)
    volumes, counts = ([part[i] for i in case.used] for part in (case.volume, case.counts))
    if case.kind == "p":
        pq = centre * share
        kurtosis = (1 - 6 * pq) / (pq * sum(volumes))
    else:
        kurtosis = Fraction(1, sum(counts))
    p = chi_square_tail(square, df, volumes, kurtosis)
    assert chart.dispersion_p == pytest.approx(p, rel=1e-7, abs=1e-300)
    assert bool(chart.advice) == (p < 0.01 and square / df > 1.2)
    laney = "laney_p_chart" if case.kind == "p" else "laney_u_chart"
    assert (laney in chart.advice) == bool(chart.advice)


@given(
    values=st.lists(st.one_of(st.none(), st.integers(-50, 50)), min_size=3, max_size=30),
    rule=RULES.filter(lambda rule: not isinstance(rule, Shewhart)),
    known=st.booleans(),
)
@few
def test_charts_of_values_estimate_mean_and_moving_range(values, rule, known):
    there = [i for i, x in enumerate(values) if x is not None]
    ranges = [abs(values[i + 1] - values[i]) for i in there if i + 1 in there]
    assume(ranges and sum(ranges))
    centre = Fraction(sum(values[i] for i in there), len(there))
    sigma = sum(ranges) / len(ranges) / 1.128
    asked = attrs.asdict(rule)
    if known:
        centre, sigma = Fraction(3, 2), 4.0
        asked |= {"target": 1.5, "sigma": 4}
    chart = (ewma_chart if isinstance(rule, Ewma) else cusum_chart)(values, **asked)
    look = REFERENCES[type(rule)]
    xs, sigmas = [Fraction(values[i]) for i in there], [sigma] * len(there)
    wanted = look(rule, xs, centre, sigmas, (-math.inf, math.inf))
    assume(min(seen.margin for seen in wanted) > 1e-9)
    assert chart.baseline.centre == close(float(centre))
    assert math.sqrt(chart.baseline.variance) == close(sigma)
    assert np.isnan([chart.dispersion, chart.dispersion_p]).all()
    for name, part in (("statistic", 0), ("lower", 2), ("upper", 3)):
        assert chart.table[name][there] == close([seen.cells[part] for seen in wanted], 1e-9)
    assert [str(chart.table["signal"][i]) for i in there] == ["; ".join(s.rules) for s in wanted]
    reasons = chart.table["undefined"].tolist()
    assert reasons == ["value missing" if x is None else "" for x in values]


@given(data=st.data(), weights=st.lists(st.integers(1, 100), min_size=1, max_size=4))
@few
def test_failure_chart_weighs_the_rates_of_types(data, weights):
    size = data.draw(st.integers(2, 12))
    rows = st.lists(st.integers(0, 9), min_size=len(weights), max_size=len(weights))
    counts = data.draw(st.lists(rows, min_size=size, max_size=size))
    volume = data.draw(st.lists(st.sampled_from([1, 3, 20]), min_size=size, max_size=size))
    first = data.draw(st.integers(1, size))
    per = data.draw(st.sampled_from([1, 1000]))
    total = sum(volume[:first])
    rates = [Fraction(sum(row[k] for row in counts[:first]), total) for k in range(len(weights))]
    centre = sum(w * u for w, u in zip(weights, rates, strict=True))
    variance = sum(w * w * u for w, u in zip(weights, rates, strict=True))
    xs = [
        Fraction(sum(w * c for w, c in zip(weights, row, strict=True)), n)
        for row, n in zip(counts, volume, strict=True)
    ]
    sigmas = [math.sqrt(variance / n) for n in volume]
    wanted = shewhart_reference(NO_RUNS, xs, centre, sigmas, (0, math.inf))
    scheme = scheme_of(weights)
    chart = failure_chart(counts, scheme, volume=volume, baseline=first, per=per, rule=NO_RUNS)
    assert chart.centre == close(per * float(centre))
    for name, part in (("statistic", 0), ("lower", 2), ("upper", 3)):
        assert chart.table[name] == close([per * seen.cells[part] for seen in wanted], 1e-9)
    if min(seen.margin for seen in wanted) > 1e-9:
        assert chart.table["signal"].tolist() == ["; ".join(seen.rules) for seen in wanted]
    if first > 1 and variance:
        used = zip(xs[:first], volume, strict=False)
        square = sum((x - centre) ** 2 * n for x, n in used) / variance
        assert chart.dispersion == close(float(square / (first - 1)), 1e-9)
        n = [sum(row[k] for row in counts[:first]) for k in range(len(weights))]
        squares = sum(w * w * each for w, each in zip(weights, n, strict=True))
        fourth = sum(w**4 * each for w, each in zip(weights, n, strict=True))
        tail = chi_square_tail(square, first - 1, volume[:first], Fraction(fourth, squares**2))
        assert chart.dispersion_p == close(tail, 1e-7)


# --- runs, and periods without a value ------------------------------------------------------------


def test_eight_in_a_row_signal_and_go_on_signalling():
    eight = [5, 15] * 10 + [11] * 10 + [10] + [9] * 8 + [11]
    chart = c_chart(eight, baseline=20)
    above, below = ("8 in a row above the centre", "8 in a row below the centre")
    # the 15 of period 20 counts for the run: it lies above as well
    assert fired(chart) == {"27": above, "28": above, "29": above, "30": above, "39": below}
    assert {signal.limit for signal in chart.signals} == {10}
    assert {signal.statistic for signal in chart.signals} == {11, 9}
    assert not c_chart(eight, baseline=20, rule=NO_RUNS).signals
    assert list(fired(c_chart(eight, baseline=20, rule=Shewhart(run=10)))) == ["29", "30"]


def test_a_point_on_the_centre_breaks_a_run():
    run = [10, 10, *[11] * 7, 10, *[11] * 7]
    assert not c_chart(run, baseline=2).signals
    assert list(fired(c_chart([*run, 11], baseline=2))) == ["18"]
    shares = p_chart([3, 3, *[4] * 7, 3, *[4] * 7], volume=[30, 30] + [30] * 15, baseline=2)
    assert not shares.signals  # 3/30 of both sides are the same number
    uneven = u_chart(
        [3, 6, *[4] * 7, 9, *[4] * 7], volume=[3, 6, *[3] * 7, 9, *[3] * 7], baseline=2
    )
    assert not uneven.signals


@pytest.mark.parametrize("volume", [0.1, 0.2, 0.3, 1.1, 2.3, 1e-3])
def test_equal_rates_of_any_volume_lie_on_the_centre(volume):
    charts = [u_chart([1] * size, volume=volume) for size in range(8, 30)]
    assert not any(chart.signals for chart in charts)


@pytest.mark.parametrize("per", [1, 100, 1000])
def test_equal_weighted_rates_lie_on_the_centre(per):
    scheme, row = failure_scheme("fedex-sqi-10"), [1, 2, 3, 1, 2, 3, 1, 2, 3, 4]
    charts = [failure_chart([row] * 9, scheme, volume=n, per=per) for n in range(1, 30)]
    assert not any(chart.signals for chart in charts)


def test_missing_periods_neither_extend_nor_break():
    blanks = [10, 10, 11, 11, None, 11, 11, None, None, 11, 11, 11, 11]
    assert list(fired(c_chart(blanks, baseline=2))) == ["13"]
    assert not c_chart(blanks[:-1], baseline=2).signals
    volume = [1 if count else 0 for count in blanks]
    zeros = [count or 0 for count in blanks]
    assert list(fired(u_chart(zeros, volume=volume, baseline=2))) == ["13"]


@given(case=cases(), data=st.data())
@few
def test_a_chart_shows_the_same_without_its_missing_periods(case, data):
    chart = case.chart()
    kept = case.known
    thin = Case(
        case.kind,
        [case.counts[i] for i in kept],
        [case.volume[i] for i in kept],
        [case.first[i] for i in kept],
        [str(kept.index(int(label) - 1) + 1) for label in case.exclude if int(label) - 1 in kept],
        case.rule,
    )
    # moving ranges are of neighbours: a blank between them matters to Laney's sigma
    assume(case.kind not in LANEYS or len(kept) == len(case.counts))
    other = thin.chart()
    for name in ("statistic", "centre", "lower", "upper"):
        assert np.array_equal(chart.table[name][kept], other.table[name], equal_nan=True)
    assert chart.table["signal"][kept].tolist() == other.table["signal"].tolist()


def test_on_a_limit_is_within():
    # c 4: limits 4 ± 6, and 10 lies on the upper one
    chart = c_chart([4, 4, 10, 11], baseline=2)
    assert chart.upper.tolist() == [10] * 4
    assert fired(chart) == {"4": ABOVE}
    assert (chart.signals[0].statistic, chart.signals[0].limit) == (11, 10)
    low = c_chart([25, 25, 10, 9], baseline=2)
    assert fired(low) == {"4": BELOW}
    sums = cusum_chart([15.5, 0.5], target=10, sigma=1, decision=5)
    assert sums.statistic.tolist() == [5, 0]
    assert fired(sums) == {"2": "falling sum"}  # 9.5 - .5 = 9 below
    assert cusum_chart([15.75], target=10, sigma=1, decision=5).signals[0].statistic == 5.25


def test_limits_stay_where_the_statistic_can_lie():
    assert c_chart([1, 2, 0]).lower.tolist() == [0, 0, 0]
    shares = p_chart([9, 10, 8], volume=10)
    assert shares.upper.tolist() == [1, 1, 1]
    low = p_chart([1, 0, 2], volume=10)
    assert low.lower.tolist() == [0, 0, 0]
    assert ewma_chart([-4, -6, -5]).lower.max() < -5  # values have no floor
    assert u_chart([1, 2, 0], volume=1, rule=Ewma()).lower.min() >= 0


# --- phases ---------------------------------------------------------------------------------------


def test_phase_two_and_excluded_periods_say_nothing_of_what_is_normal():
    counts = [9, 11, 40, 10, 10, 35]
    chart = c_chart(counts, baseline=5, exclude="3")
    assert (chart.centre, chart.excluded) == (10, ("3",))
    assert fired(chart) == {"6": ABOVE}
    assert "excluded: '3'" in chart.table.note
    assert "'3'" in str(chart)
    assert chart.table["phase"].tolist() == [1, 1, 1, 1, 1, 2]
    for other in (7, 12, 13):
        assert c_chart([9, 11, other, 10, 10, 2], baseline=5, exclude="3").centre == 10
    mask = [True, True, False, True, True, False]
    assert c_chart(counts, baseline=mask).centre == 10
    assert c_chart(counts, baseline=np.array(mask)).excluded == ()
    assert c_chart(counts).centre == pytest.approx(115 / 6)
    assert c_chart(counts, baseline=np.int64(1)).centre == 9


def test_an_excluded_period_separates_neighbours():
    # ranges 1 and 2; without the exclusion also 30 and 29
    chart = ewma_chart([10, 11, 41, 12, 14], exclude=["3"])
    assert math.sqrt(chart.baseline.variance) == close(1.5 / 1.128)
    phases = ewma_chart([10, 11, 41, 12, 14], baseline=[True, True, False, True, True])
    assert phases.baseline == chart.baseline
    counts, volume = LANEY["counts"], LANEY["volume"]
    one = laney_u_chart([*counts, 3000], volume=[*volume, 10000], baseline=10)
    assert one.baseline == laney_u_chart(**LANEY).baseline
    assert (
        laney_u_chart([*counts, 3000], volume=[*volume, 10000], exclude="11").baseline
        == one.baseline
    )


def test_a_u_chart_has_the_limits_of_each_volume():
    chart = u_chart([10, 8, 40, 2], volume=[5, 4, 20, 1])
    assert chart.centre == 2
    assert chart.upper == close([2 + 3 * math.sqrt(2 / n) for n in (5, 4, 20, 1)])
    assert chart.lower == close([max(0, 2 - 3 * math.sqrt(2 / n)) for n in (5, 4, 20, 1)])
    assert chart.table["volume"].tolist() == [5, 4, 20, 1]
    assert chart.dispersion == 0
    assert chart.dispersion_p == 1


def test_phase_one_without_events():
    chart = c_chart([0, 0, 0, 2], baseline=3)
    assert (chart.centre, chart.upper.tolist(), chart.lower.tolist()) == (0, [0] * 4, [0] * 4)
    assert fired(chart) == {"4": ABOVE}
    assert np.isnan(chart.dispersion)
    assert chart.advice == ""
    for rule in (Ewma(), Cusum()):
        nothing = c_chart([0, 0, 0, 2], baseline=3, rule=rule)
        assert set(nothing.table["undefined"]) == {"no spread in phase 1"}
        assert not nothing.signals
    assert set(cusum_chart([7, 7, 7]).table["undefined"]) == {"no spread in phase 1"}
    assert laney_u_chart([0, 0, 0], volume=9).advice == ""
    assert p_chart([5, 5], volume=5).lower.tolist() == [1, 1]


def test_a_single_period():
    chart = c_chart([9])
    assert (chart.centre, chart.upper.tolist(), len(chart.signals)) == (9, [18], 0)
    assert np.isnan([chart.dispersion, chart.dispersion_p]).all()
    assert ewma_chart([3], target=1, sigma=2).statistic == close([1.2])


# --- periods whose cause is known -----------------------------------------------------------------


STRIKE = [10, 10, 10, 10, 10, 60, 10, 10, 10, 10]


@pytest.mark.parametrize("rule", [Shewhart(run=3), Ewma(), Ewma(settled=True), Cusum()])
@pytest.mark.parametrize("baseline", [4, 7])
def test_an_excluded_period_changes_no_memory(rule, baseline):
    asked = {"rule": rule, "exclude": "6", "baseline": baseline}
    chart = c_chart(STRIKE, **asked)
    without = c_chart(STRIKE[:5] + STRIKE[6:], rule=rule, baseline=4)
    assert not chart.signals
    rest = [0, 1, 2, 3, 4, 6, 7, 8, 9]
    for name in ("statistic", "lower", "upper"):
        assert chart.table[name][rest].tolist() == without.table[name].tolist()
    assert chart.monitor.state == without.monitor.state
    assert chart.statistic[5] > chart.upper[5]  # it is shown as if it counted
    assert chart.table["excluded"].tolist() == [place == 5 for place in range(10)]
    counted = c_chart(STRIKE, rule=rule, baseline=4)
    assert counted.signals[0].period == "6"
    assert chart.statistic[5] == counted.statistic[5]
    if isinstance(rule, (Ewma, Cusum)):
        assert len(counted.signals) > 1  # signals linger after the strike


def test_an_excluded_period_neither_extends_nor_breaks_a_run():
    run = [10, 10, 11, 11, 11, 4, 11]
    rule = Shewhart(run=4)
    assert fired(c_chart(run, baseline=2, rule=rule)) == {}
    found = fired(c_chart(run, baseline=2, rule=rule, exclude="6"))
    assert found == {"7": "4 in a row above the centre"}
    assert fired(c_chart([10, 10, 11, 11, 11, 11], baseline=2, rule=rule, exclude="6")) == {}


def test_a_monitor_is_told_of_a_day_whose_cause_is_known():
    monitor = c_chart([9, 10, 11], rule=Cusum()).monitor
    strike = monitor.update(60, exclude=True)
    assert (strike.signals, strike.state, strike.last) == ((), monitor.state, "4")
    assert strike.point["excluded"] is True
    assert strike.point["statistic"] > 5
    assert monitor.update(60).signals
    assert monitor.update(60, exclude=np.bool_(True)) == strike


def test_what_a_monitor_saw_is_read_only_and_goes_into_other_processes():
    monitor = c_chart([9, 10, 11]).monitor
    with pytest.raises(TypeError):
        monitor.point["statistic"] = 3
    for copied in (pickle.loads(pickle.dumps(monitor)), copy.deepcopy(monitor)):  # noqa: S301
        assert copied == monitor
        assert repr(copied.point) == repr(monitor.point)


# --- overdispersion -------------------------------------------------------------------------------


def test_laney_is_advised_for_overdispersed_counts_and_hardly_ever_for_poisson_ones():
    random = np.random.default_rng(1)
    volume = random.integers(500, 1500, (150, 40)).astype(float)
    means = 0.05 * volume
    poisson = [u_chart(random.poisson(m), volume=n) for m, n in zip(means, volume, strict=True)]
    advised = sum(bool(chart.advice) for chart in poisson)
    assert advised <= stats.binom.ppf(1 - 1e-4, 150, 0.01)
    wide = random.poisson(random.gamma(means / 4, 4))  # variance 5 times the mean
    charts = [u_chart(c, volume=n) for c, n in zip(wide, volume, strict=True)]
    assert sum("laney_u_chart" in chart.advice for chart in charts) == 150
    factors = [
        laney_u_chart(c, volume=n).baseline.factor for c, n in zip(wide, volume, strict=True)
    ]
    assert np.mean(factors) == pytest.approx(5, rel=0.1)
    assert np.mean([chart.dispersion for chart in charts]) == pytest.approx(5, rel=0.05)


def test_laney_says_where_counts_vary_less():
    chart = laney_u_chart([100, 101, 99, 100, 102], volume=1)
    assert chart.baseline.factor < 1
    assert "underdispersion" in chart.advice
    assert chart.upper.max() < u_chart([100, 101, 99, 100, 102], volume=1).upper.min()


def test_failure_charts_of_common_swings_take_them_as_normal_when_asked():
    random = np.random.default_rng(2)
    swings = random.gamma(4, 0.25, 60)
    scheme = scheme_of([1, 10])
    counts = random.poisson(np.outer(swings, [80, 8]))
    chart = failure_chart(counts, scheme)
    assert 'use spread="laney"' in chart.advice
    assert chart.dispersion_p < 1e-6
    wide = failure_chart(counts, scheme, spread="laney")
    z = (chart.statistic - chart.centre) / math.sqrt(chart.baseline.variance)
    factor = (abs(np.diff(z)).mean() / 1.128) ** 2
    assert wide.baseline.factor == close(factor)
    assert wide.upper - wide.centre == close(math.sqrt(factor) * (chart.upper - chart.centre))
    assert (wide.dispersion, wide.dispersion_p) == close((chart.dispersion, chart.dispersion_p))
    assert len(fired(wide)) < len(fired(chart))
    still = failure_chart(random.poisson([80, 8], (60, 2)), scheme)
    assert still.advice == ""
    refused(lambda: failure_chart(counts, scheme, spread="Laney"), "`spread` must be one of")


# --- the monitor ----------------------------------------------------------------------------------


def through_json(monitor):
    """Return a monitor that was kept as text; see that this loses nothing."""
    kept = json.dumps(monitor.to_dict(), allow_nan=False)
    found = Monitor.from_dict(json.loads(kept))
    assert found == monitor
    assert json.dumps(found.to_dict()) == kept
    return found


def see_continued(chart, monitor, start, tell):
    """Tell a monitor the periods after `start`; see that it shows what the chart has, exactly."""
    table = chart.table
    names = [name for name in table.columns if name in monitor.update(0, volume=1).point]
    assert len(names) == (9 if isinstance(chart.rule, Cusum) else 8)
    for place in range(start, len(table["period"])):
        monitor = tell(through_json(monitor), place)
        for name in names:
            mine, other = np.array(monitor.point[name]), table[name][place]
            same = np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f")
            assert same, (name, mine, other)
        period = str(table["period"][place])
        assert monitor.signals == tuple(s for s in chart.signals if s.period == period)
    assert monitor == chart.monitor
    if start < len(table["period"]):
        assert repr(monitor.point) == repr(chart.monitor.point)
        assert monitor.signals == chart.monitor.signals


@given(case=cases(), data=st.data())
@effort(12)
def test_a_monitor_shows_what_a_chart_of_everything_shows(case, data):
    size = len(case.counts)
    phase_one = data.draw(st.integers(1, size))
    split = data.draw(st.integers(phase_one, size))
    case = attrs.evolve(case, first=[place < phase_one for place in range(size)])
    assume(case.used)
    if case.kind in LANEYS:
        assume(any(i + 1 in case.used for i in case.used))
    chart = case.chart()
    before = case.chart(split, case.first[:split])
    assert before.monitor.baseline == chart.monitor.baseline

    def tell(monitor, place):
        out = str(place + 1) in case.exclude
        return monitor.update(case.counts[place], volume=case.volume[place], exclude=out)

    see_continued(chart, before.monitor, split, tell)
    fresh = Monitor(baseline=chart.baseline, rule=case.rule)
    assert (fresh.point, fresh.signals, fresh.told, fresh.last) == ({}, (), 0, None)
    see_continued(chart, fresh, 0, tell)


@given(data=st.data(), rule=RULES)
@few
def test_a_monitor_of_weighted_failures_goes_on_exactly(data, rule):
    size = data.draw(st.integers(2, 15))
    rows = st.lists(st.integers(0, 9), min_size=3, max_size=3)
    counts = data.draw(st.lists(rows, min_size=size, max_size=size))
    volume = data.draw(st.lists(st.floats(0.1, 1e4), min_size=size, max_size=size))
    first = data.draw(st.integers(1, size - 1))
    split = data.draw(st.integers(first, size))
    scheme = scheme_of([1, 3.3, 100])

    def charted(until):
        return failure_chart(
            counts[:until], scheme, volume=volume[:until], baseline=first, per=1000, rule=rule
        )

    def tell(monitor, place):
        row = counts[place]
        if place % 2:
            row = dict(zip(scheme.codes, row, strict=True))
        return monitor.update(row, volume=volume[place])

    chart, monitor = charted(size), charted(split).monitor
    for place in range(split, size):
        monitor = tell(through_json(monitor), place)
        for name in ("statistic", "lower", "upper", "undefined"):
            mine, other = np.array(monitor.point[name]), chart.table[name][place]
            assert np.array_equal(mine, other, equal_nan=mine.dtype.kind == "f"), name
        assert monitor.signals == tuple(s for s in chart.signals if s.period == str(place + 1))
    assert monitor == chart.monitor


def test_a_monitor_of_values_goes_on_exactly():
    for make in (ewma_chart, cusum_chart):
        whole, half = make(MONTGOMERY, baseline=20), make(MONTGOMERY[:23], baseline=20)
        monitor = half.monitor
        for value in MONTGOMERY[23:]:
            monitor = through_json(monitor).update(value)
        assert monitor == whole.monitor
        assert repr(monitor.point) == repr(whole.monitor.point)


def test_a_monitor_is_not_changed_by_an_update():
    monitor = c_chart([3, 4, 5]).monitor
    before = monitor.to_dict()
    first, second = monitor.update(12), monitor.update(12)
    assert first == second
    assert monitor.to_dict() == before
    assert first.told == 4
    assert first.last == "4"
    assert [signal.rule for signal in first.signals] == [ABOVE]


def test_a_day_is_not_counted_twice():
    monitor = c_chart([3, 4], periods=["2026-03-01", "2026-03-02"]).monitor
    going = monitor.update(5, period=dt.date(2026, 3, 3))
    assert going.last == "2026-03-03"
    for again in ("2026-03-03", dt.date(2026, 3, 3), np.datetime64("2026-03-03")):
        refused(lambda day=again: going.update(5, period=day), "'2026-03-03' is counted already")
    refused(lambda: going.update(5, period="2026-03-02"), "2026-03-02' after '2026-03-03'")
    refused(lambda: going.update(5, period="Tuesday"), "dates of one kind")
    refused(lambda: going.update(5), "dates of one kind")  # the fourth period of what days?
    assert going.update(5, period="2026-03-05").told == 4
    numbered = c_chart([3, 4], periods=[9, 10]).monitor
    assert numbered.update(1).last == "11"
    refused(lambda: numbered.update(1, period=9), "'9' after '10'")
    words = c_chart([3, 4], periods=["Mon", "Tue"]).monitor
    assert words.update(1, period="Wed").last == "Wed"
    refused(lambda: words.update(1, period="Tue"), "'Tue' is counted already")


def kept(**changes):
    """Return what a monitor was kept as, but for some changes (None takes a part away)."""
    found = c_chart([3, 4, 5]).monitor.to_dict() | changes
    return {name: part for name, part in found.items() if part is not ...}


NORMAL = c_chart([3, 4, 5]).monitor.to_dict()["baseline"]


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ("text", "TypeError: `plain` must be Mapping.*json.loads"),
        ({}, "format 1, got None"),
        (kept(format=2), "format 1, got 2"),
        (kept(state=..., rule=...), "lacks rule, state"),
        (kept(state=[1, 2]), "`state` must be 1 numbers"),
        (kept(state="a"), "TypeError: `state`"),
        (kept(state=[None]), "TypeError: `state` must be a number"),
        (kept(state=[NAN]), "`state` must be a finite number"),
        (kept(rule=3), "TypeError: `rule` must be Mapping"),
        (
            kept(rule={"kind": "shewart"}),
            "`rule\\['kind'\\]` must be one of 'shewhart', 'ewma', 'cusum', got 'shewart'",
        ),
        (kept(rule={}), r"`rule\['kind'\]` must be one of"),
        (kept(rule={"kind": "shewhart", "widht": 3}), "rule: .*widht"),
        (kept(rule={"kind": "shewhart", "width": -3}), "rule: `width` must be above 0"),
        (kept(rule={"kind": "cusum"}), "`state` must be 2 numbers"),
        (kept(baseline={"family": "count"}), "baseline: .*centre"),
        (kept(baseline=NORMAL | {"centre": -1}), "baseline: `centre` of a count"),
        (kept(baseline={"centre": 1, "variance": 1}), "baseline: .*missing.*family"),
        (kept(baseline=NORMAL | {"centre": "x"}), "baseline: `centre` must be a number"),
        (kept(baseline=NORMAL | {"variance": -1}), "baseline: `variance` must be 0 or more"),
        (kept(baseline=NORMAL | {"weights": [1, 2]}), "baseline: `weights` must be one for each"),
        (
            kept(baseline=NORMAL | {"family": "counts"}),
            r"`baseline\['family'\]` must be one of 'count', 'share', 'value', got 'counts'",
        ),
        (kept(told=-1), "`told` must be a whole number"),
        (kept(told=1.5), "`told` must be a whole number"),
        (kept(told=None), "`told` must be a number"),
        (kept(periods=3), "`plain`: 'periods' is unknown.*'told'"),
        (kept(baseline=3), "TypeError: `baseline` must be Mapping"),
    ],
)
def test_what_is_no_kept_monitor_is_refused(plain, said):
    refused(lambda: Monitor.from_dict(plain), said)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"counts": -1}, r"`counts` must be 0 or more.*, got -1 \(period '4'\)"),
        ({"counts": 1.5}, r"`counts` must be whole, got 1.5 \(period '4'\)"),
        ({"counts": math.inf}, "`counts` must be a finite number"),
        ({"counts": "three"}, "TypeError: `counts` must be a number"),
        ({"counts": True}, "TypeError: `counts` must be a number"),
        ({"counts": [1, 2]}, r"TypeError: `counts` must be one number, got \[1, 2\]"),
        ({"counts": {"late": 1}}, "TypeError: `counts` must be one number, got {'late': 1}"),
        ({"counts": 1, "exclude": "yes"}, "TypeError: `exclude` must be bool"),
        ({"counts": 1, "volume": -1}, "`volume` must be 0 or more"),
        ({"counts": 1, "volume": math.inf}, "`volume` must be a finite number"),
        ({"counts": 1, "volume": "many"}, "TypeError: `volume` must be a number"),
        ({"counts": 1, "period": ""}, "`period` must be there"),
    ],
)
def test_a_monitor_refuses_what_is_no_count(told, said):
    monitor = c_chart([3, 4, 5]).monitor
    refused(lambda: monitor.update(**told), said)


def test_a_monitor_of_types_and_shares_sees_what_it_is_told():
    monitor = failure_chart([[1, 2], [2, 2]], scheme_of([1, 10])).monitor
    refused(lambda: monitor.update({"k0": 1, "kl": 2}), "`counts`: 'kl' is unknown.*'k1'")
    refused(lambda: monitor.update({"k0": 1}), "`counts` has nothing for 'k1'")
    refused(lambda: monitor.update([1]), "`counts` must be one for each of .*got 1")
    refused(lambda: monitor.update(3), "TypeError: `counts`")
    refused(
        lambda: monitor.update([1, -2]),
        r"`counts\['k1'\]` must be 0 or more.*, got -2 \(period '3'\)",
    )
    refused(lambda: monitor.update({"k0": 0.5, "k1": 1}), r"`counts\['k0'\]` must be whole")
    assert monitor.update([1, None]).point["undefined"] == "nobody counted"
    assert monitor.update(None).point["undefined"] == "nobody counted"
    shares = p_chart([3, 4], volume=10).monitor
    refused(lambda: shares.update(11, volume=10), "at most `volume`, got 11 of 10")
    refused(lambda: shares.update(1, volume=2.5), "`volume` must be whole numbers.*2.5.*'3'")
    values = ewma_chart([3, 5]).monitor
    refused(lambda: values.update(3, volume=2), "`volume` of a value must be 1")
    refused(lambda: Monitor(baseline={}, rule=Shewhart()), "TypeError: `baseline`")
    refused(lambda: Monitor(baseline=shares.baseline, rule="ewma"), "TypeError: `rule`.*; give")


def test_an_undefined_period_leaves_the_memory_of_a_monitor():
    monitor = c_chart([3, 4, 5, 5]).monitor
    wanted = {
        "nobody counted": {"counts": None},
        "volume 0": {"counts": 0, "volume": 0},
        "counts at volume 0": {"counts": 3, "volume": 0},
        "volume missing": {"counts": 3, "volume": None},
    }
    for why, told in wanted.items():
        after = monitor.update(**told)
        assert after.point["undefined"] == why
        assert (after.state, after.told, after.last) == (monitor.state, 5, "5")
        assert after.signals == ()
        assert np.isnan([after.point[name] for name in ("statistic", "lower", "upper")]).all()


# --- run lengths ----------------------------------------------------------------------------------


def see_length(found, wanted, rounding=0.0):
    """See that a simulated mean is a known one but for four standard errors."""
    assert found.cut == 0
    assert found.undefined == ""
    assert found.se > 0
    assert abs(found.mean - wanted) <= 4 * found.se + rounding
    z = stats.norm.ppf(0.975)
    assert (found.low, found.high) == close((found.mean - z * found.se, found.mean + z * found.se))


# facts 15, with the digits that were read there; FIR: a head start of h/2
HEAD = Cusum(decision=4, head_start=2)
KNOWN = [
    (NO_RUNS, 0, 370.398, 0),
    (Cusum(decision=4), 0, 167.684, 0),
    (Cusum(decision=4), 0.5, 26.6, 0.05),
    (Cusum(decision=4), 1, 8.383, 0),
    (Cusum(decision=4), 2, 3.34, 0.005),
    (Cusum(decision=4), 4, 1.71, 0.005),
    (Cusum(decision=5), 0, 465.44, 0),
    (Cusum(decision=5), 0.5, 38.0, 0.05),
    (Cusum(decision=5), 1, 10.376, 0),
    (HEAD, 0, 149, 0.5),
    (HEAD, 1, 5.29, 0.005),
    (Ewma(width=2.703, settled=True), 0, 371.9, 0.05),
    (Ewma(width=2.703, settled=True), 1, 9.75, 0.005),
    (Ewma(settled=True), 0, 499.6, 0.05),
    (Ewma(settled=True), 0.5, 31.3, 0.05),
    (Ewma(settled=True), 1, 10.33, 0.005),
    (Ewma(settled=True), 2, 4.36, 0.005),
    (Ewma(smoothing=0.05, width=2.615, settled=True), 0, 500, 0.5),
    (Ewma(smoothing=0.4, width=3.054, settled=True), 0, 500, 0.5),
    # Lucas & Saccucci (1990) Table 3, as in the example of spc's xewma.arl
    (Ewma(smoothing=0.5, width=3.071, settled=True), 1, 17.5, 0.05),
    (Ewma(smoothing=0.03, width=2.437, settled=True), 0.5, 29.3, 0.05),
    (Ewma(smoothing=0.03, width=2.437, settled=True), 1, 12.6, 0.05),
]


@pytest.mark.parametrize(("rule", "shift", "wanted", "rounding"), KNOWN)
def test_run_lengths_are_those_of_the_literature(rule, shift, wanted, rounding):
    see_length(run_length(rule, shift=shift, replications=1500, rng=11), wanted, rounding)
    if 0 < shift < 3:  # the chart is as quick downwards
        down = run_length(rule, shift=-shift, replications=1500, rng=12)
        see_length(down, wanted, rounding)


def ewma_run_length(width, *, shift=0.0, smoothing=0.1, settled=False):
    """Return the mean run length of an EWMA by the integral equation of its density, step by step.

    Gauss-Legendre nodes on what lies within the limits of each period; once these have settled,
    what is left shrinks by a fixed share.
    """
    nodes, masses = np.polynomial.legendre.leggauss(80)
    new, old = smoothing, 1 - smoothing
    final = new / (2 - new)

    def limit(t):
        return width * math.sqrt(final * (1 if settled else 1 - old ** (2 * t)))

    places = limit(1) * nodes
    left = stats.norm.pdf(places / new - shift) / new * masses * limit(1)
    total, share = 1.0, 0.0
    for t in range(2, 400):
        total += left.sum()
        following = limit(t) * nodes
        steps = (following[:, None] - old * places) / new
        density = np.exp(-((steps - shift) ** 2) / 2) / math.sqrt(2 * math.pi) / new
        after = (density @ left) * masses * limit(t)
        share, left, places = after.sum() / left.sum(), after, following
    return total + left.sum() / (1 - share)


def test_run_lengths_with_varying_limits():
    # the equation itself, against facts 15b (fixed limits)
    for width, shift, wanted in ((2.703, 0, 371.9), (2.814, 0, 499.6), (2.814, 1, 10.33)):
        found = ewma_run_length(width, shift=shift, settled=True)
        assert found == pytest.approx(wanted, abs=0.05)
    # and for limits that vary. 2.8452 → 500 of facts 15b is Table 2 of Chandrasekaran, English and
    # Disney (1995), of which the example of spc's xewma.arl says "not that accurate"
    assert ewma_run_length(2.814) == pytest.approx(486.4, abs=0.05)
    assert ewma_run_length(2.8239) == pytest.approx(500, abs=0.1)
    assert ewma_run_length(2.8452) == pytest.approx(530.8, abs=0.05)
    for width in (2.814, 2.8239):
        found = run_length(Ewma(width=width), replications=2000, rng=13)
        see_length(found, ewma_run_length(width))
    for shift in (0.5, 1, 2):
        found = run_length(Ewma(), shift=shift, replications=10_000, rng=14)
        see_length(found, ewma_run_length(2.814, shift=shift))


def shewhart_run_length(run, shift=0.0, width=3.0):
    """Return the mean run length with runs, from the Markov chain of points in a row."""
    inside = stats.norm.cdf([width - shift, -shift, -width - shift])
    up, down = inside[0] - inside[1], inside[1] - inside[2]
    states = range(-run + 1, run)
    chain = np.zeros((len(states), len(states)))
    for row, state in enumerate(states):
        for column, after in enumerate(states):
            if after > 0 and after == max(state, 0) + 1:
                chain[row, column] = up
            if after < 0 and after == min(state, 0) - 1:
                chain[row, column] = down
    lengths = np.linalg.solve(np.eye(len(states)) - chain, np.ones(len(states)))
    return lengths[run - 1]


def test_run_lengths_with_runs():
    # Champ & Woodall (1987): 152.73 for 3 sigmas with 8 in a row
    assert shewhart_run_length(8) == pytest.approx(152.73, abs=0.005)
    for run, shift in ((8, 0), (8, 0.5), (8, 1), (5, 0), (2, 0)):
        found = run_length(Shewhart(run=run), shift=shift, replications=2000, rng=15)
        see_length(found, shewhart_run_length(run, shift))


def see_geometric(found, p):
    """See that run lengths follow the geometric law of a chance p in each period."""
    n = found.replications
    see_length(found, 1 / p)
    assert found.se == pytest.approx(math.sqrt(1 - p) / p / math.sqrt(n), rel=0.12)
    within = found.table["within"]
    wanted = stats.geom.cdf(within, p)
    share = found.table["share"]
    assert (abs(share - wanted) <= 4 * np.sqrt(wanted * (1 - wanted) / n) + 1 / n).all()
    assert ((found.table["low"] <= share) & (share <= found.table["high"])).all()
    low, high = stats.geom.ppf([0.5 - 2 / math.sqrt(n), 0.5 + 2 / math.sqrt(n)], p)
    assert low <= found.median <= high


def test_shewhart_run_lengths_are_geometric():
    for width, shift in ((3, 1), (3, 2), (2, 0), (1, 3)):
        p = stats.norm.cdf(-width - shift) + stats.norm.sf(width - shift)
        see_geometric(run_length(Shewhart(width=width, run=0), shift=shift, rng=16), p)


def beyond(chart, law, volume=1.0):
    """Return the chance that a count of this law lies beyond the limits of a volume."""
    sigma = float(chart.baseline.sigma([volume])[0])
    low, high = chart.centre - 3 * sigma, chart.centre + 3 * sigma
    counts = np.arange(5000)
    x = counts / volume
    return float(law.pmf(counts)[(x > high) | (x < low)].sum())


@pytest.mark.parametrize("ratio", [1.25, 1.5, 0.7])
def test_detection_times_follow_the_law_of_counts(ratio):
    asked = {"ratio": ratio, "replications": 3000, "rng": 17}
    chart = c_chart([19, 22, 20, 19], rule=NO_RUNS)
    see_geometric(detection_time(chart, **asked), beyond(chart, stats.poisson(20 * ratio)))
    rate = u_chart([38, 44, 20, 18], volume=[2, 2, 1, 1], rule=NO_RUNS)  # 20, volume 1.5 on average
    law = stats.poisson(30 * ratio)
    see_geometric(detection_time(rate, **asked), beyond(rate, law, 1.5))
    law = stats.poisson(80 * ratio)
    see_geometric(detection_time(rate, volume=4, **asked), beyond(rate, law, 4))
    share = p_chart([30, 28, 32], volume=100, rule=NO_RUNS)
    law = stats.binom(100, 0.3 * ratio)
    see_geometric(detection_time(share, **asked), beyond(share, law, 100))
    law = stats.binom(60, 0.3 * ratio)
    see_geometric(detection_time(share, volume=60, **asked), beyond(share, law, 60))


def test_detection_times_of_laney_follow_the_negative_binomial_law():
    chart = laney_u_chart([80, 120, 95, 110, 90, 105], volume=1, rule=NO_RUNS)
    factor, mean = chart.baseline.factor, 1.5 * chart.centre
    assert factor > 2
    law = stats.nbinom(mean / (factor - 1), 1 / factor)  # mean m, variance m·factor
    assert law.stats() == close((mean, mean * factor))
    found = detection_time(chart, ratio=1.5, replications=3000, rng=18)
    see_geometric(found, beyond(chart, law))


def test_detection_times_of_laney_shares_vary_as_the_chart_has_it():
    chart = laney_p_chart([300, 420, 310, 400, 290, 410], volume=1000, rule=NO_RUNS)
    assert chart.baseline.factor > 20
    found = detection_time(chart, ratio=1, replications=300, most=3000, rng=21)
    assert found.cut < 100


def test_detection_times_of_weighted_failures():
    chart = failure_chart([[40, 2], [44, 4]], scheme_of([1, 10]), volume=[1, 1], rule=NO_RUNS)
    minor, major = np.arange(250)[:, None], np.arange(60)
    points = minor + 10 * major
    outside = (points > chart.upper[0]) | (points < chart.lower[0])
    law = stats.poisson.pmf(minor, 42 * 1.4) * stats.poisson.pmf(major, 3 * 1.4)
    found = detection_time(chart, ratio=1.4, replications=3000, rng=19)
    see_geometric(found, law[outside].sum())


def test_detection_begins_anew_and_is_sooner_for_larger_changes():
    counts = [20, 21, 19, 20, 24, 24, 24, 24, 24, 24, 24]
    charts = [c_chart(counts, baseline=4, rule=rule) for rule in (Shewhart(), Ewma(), Cusum())]
    for chart in charts:
        asked = {"replications": 300, "rng": 20}
        means = [detection_time(chart, ratio=r, **asked).mean for r in (1, 1.2, 1.5, 3)]
        assert means == sorted(means, reverse=True)
        fresh = c_chart(counts[:4], rule=chart.rule)
        assert detection_time(fresh, ratio=1.2, **asked).mean == means[1]


def test_simulations_repeat_by_seed_and_say_what_was_cut():
    one, same, other = (run_length(NO_RUNS, shift=2, replications=50, rng=s) for s in (1, 1, 2))
    assert one == same
    assert one != other
    assert run_length(NO_RUNS, shift=2, replications=50, rng=np.random.default_rng(1)) == one
    cut = run_length(NO_RUNS, most=20, replications=200, rng=1)
    assert cut.cut > 100
    assert np.isnan([cut.mean, cut.se, cut.low, cut.high, cut.median]).all()
    assert cut.undefined == f"{cut.cut} charts did not signal within 20 periods"
    assert np.isnan(cut.table["share"]).tolist() == [False] * 4 + [True] * 2
    assert cut.table["undefined"].tolist()[4:] == ["simulated for 20 periods only"] * 2
    assert str(cut.cut) in str(cut)
    at_once = run_length(NO_RUNS, shift=50, replications=20, rng=1)
    assert (at_once.mean, at_once.se, at_once.median) == (1, 0, 1)


def test_run_lengths_have_the_confidence_that_is_asked_for():
    asked = {"shift": 2, "replications": 100, "rng": 1}
    usual, wide = run_length(NO_RUNS, **asked), run_length(NO_RUNS, **asked, confidence=0.99)
    assert (usual.mean, usual.se) == (wide.mean, wide.se)
    z = stats.norm.ppf(0.995)
    assert (wide.low, wide.high) == close((wide.mean - z * wide.se, wide.mean + z * wide.se))
    for count, low, high in zip(
        wide.table["share"] * 100, wide.table["low"], wide.table["high"], strict=True
    ):
        exact = stats.binomtest(round(count), 100).proportion_ci(0.99, "wilson")
        assert (low, high) == close((exact.low, exact.high), 1e-9)
    assert "99 % intervals" in wide.table.note
    assert "95 % intervals" in usual.table.note
    chart = c_chart([8, 10, 9, 9])
    found = detection_time(chart, ratio=2, replications=50, rng=1, confidence=0.5)
    assert "50 % intervals" in found.table.note


# --- forms of input -------------------------------------------------------------------------------

DAYS = ["2026-03-01", "2026-03-02", "2026-03-04"]


@pytest.mark.parametrize(
    "counts",
    [
        (3, 4, None),
        np.array([3, 4, NAN]),
        np.ma.masked_array([3, 4, 9], mask=[0, 0, 1]),
        pd.Series([3, 4, NAN]),
        pd.Series([3, 4, None], dtype="Int64"),
        pd.Series([3, 4, NAN], index=[7, 3, 5]),  # numbers are places, no labels
        pl.Series([3, 4, None]),
        pa.array([3, 4, None]),
    ],
    ids=lambda counts: type(counts).__module__,
)
def test_counts_of_any_kind(counts):
    wanted = c_chart([3, 4, None])
    assert c_chart(counts) == wanted
    assert u_chart(counts, volume=1).table["undefined"].tolist() == ["", "", "nobody counted"]


def test_labels_come_with_the_counts_or_beside_them():
    wanted = c_chart([3, 4, 5], periods=DAYS)
    dates = [dt.date.fromisoformat(day) for day in DAYS]
    for labels in (
        dates,
        [np.datetime64(day) for day in DAYS],
        pd.to_datetime(DAYS),
        pl.Series(dates),
    ):
        assert c_chart([3, 4, 5], periods=labels) == wanted
    assert c_chart(dict(zip(DAYS, [3, 4, 5], strict=True))) == wanted
    assert c_chart(pd.Series([3, 4, 5], index=pd.to_datetime(DAYS))) == wanted
    assert c_chart(pd.Series([3, 4, 5], index=DAYS)) == wanted
    assert c_chart([3, 4, 5], periods=DAYS, exclude=dates[1]).excluded == (DAYS[1],)
    assert c_chart([3, 4, 5], exclude=2).excluded == ("2",)
    hours = [dt.datetime(2026, 3, 1, hour, tzinfo=dt.UTC) for hour in (1, 2, 3)]
    assert c_chart([3, 4, 5], periods=hours).table["period"][0] == "2026-03-01T01:00:00+00:00"


def test_volumes_are_paired_by_label():
    counts = dict(zip(DAYS, [3, 8, 5], strict=True))
    volume = {DAYS[2]: 5, DAYS[0]: 3, DAYS[1]: 8}
    chart = u_chart(counts, volume=volume)
    assert chart.statistic.tolist() == [1, 1, 1]
    assert u_chart([3, 8, 5], volume=volume, periods=DAYS) == chart
    assert u_chart(pd.Series(counts), volume=pd.Series(volume)) == chart
    assert u_chart(counts, volume=[3, 8, 5]) == chart
    assert u_chart([3, 8, 5], volume=volume, periods=pd.to_datetime(DAYS)) == chart
    some = u_chart(counts, volume={DAYS[2]: 5, DAYS[0]: 3})
    assert some.table["undefined"].tolist() == ["", "volume missing", ""]
    assert some.statistic[[0, 2]].tolist() == [1, 1]
    other = {DAYS[2]: 5, DAYS[0]: 3, "2026-03-03": 8}
    refused(lambda: u_chart(counts, volume=other), "`volume` has '2026-03-03', .*'2026-03-04'")
    unlabelled = "`volume` has '2026-03-04', .*'1', '2', '3'"
    refused(lambda: u_chart([3, 8, 5], volume=volume), unlabelled)
    refused(lambda: u_chart([3, 8, 5], volume=pd.Series(volume)), unlabelled)
    twice = pd.Series([3, 8, 5], index=[DAYS[0], DAYS[1], DAYS[1]])
    refused(lambda: u_chart(counts, volume=twice), "`volume` must be different.*twice")


@pytest.mark.parametrize(
    "index",
    [
        pd.period_range("2026-01", periods=3, freq="M"),
        pd.date_range("2026-01-01", periods=3),
        pd.Index([0.5, 1.5, 2.5]),
        pd.CategoricalIndex(["a", "b", "c"]),
    ],
    ids=lambda index: type(index).__name__,
)
def test_an_index_that_is_no_count_has_labels(index):
    counts, volume = pd.Series([3, 8, 5], index=index), pd.Series([3, 8, 5.0], index=index)
    chart = u_chart(counts, volume=volume)
    assert chart.table["period"][0] in {"2026-01", "2026-01-01", "0.5", "a"}
    assert u_chart(counts, volume=volume[::-1]) == chart
    plain = pd.Series([3, 8, 5.0], index=[7, 2, 5])  # whole numbers only count
    assert u_chart(counts, volume=plain) == chart
    assert u_chart(plain, volume=plain).statistic.tolist() == [1, 1, 1]


def test_labels_of_counts_and_periods_agree():
    counts = {"Mon": 3, "Tue": 4}
    assert c_chart(counts, periods=["Tue", "Mon"]).statistic.tolist() == [4, 3]
    assert ewma_chart(counts, periods=["Tue", "Mon"]) == ewma_chart({"Tue": 4, "Mon": 3})
    refused(lambda: c_chart(counts, periods=["Tue", "Wed"]), "`counts` has 'Mon'.*'Tue', 'Wed'")
    refused(lambda: c_chart(counts, periods=["Mon"]), "`periods` must be a label for each of 2")


def test_volumes_that_are_missing_or_zero_make_a_period_undefined():
    chart = u_chart([2, 0, 3, 3, None], volume=[1, 0, 0, None, 1])
    reasons = ["", "volume 0", "counts at volume 0", "volume missing", "nobody counted"]
    assert chart.table["undefined"].tolist() == reasons
    assert chart.centre == 2
    assert np.isnan(chart.statistic[1:]).all()
    p = p_chart([2, 0, 3, 3, None], volume=[4, 0, 0, None, 4])
    assert p.table["undefined"].tolist() == reasons


def test_charts_print_what_they_found():
    chart = c_chart([10, 10, 10, 30], baseline=3, periods=["a", "b", "c", "d"])
    said = str(chart)
    for part in ("c chart", ABOVE, "periods that signal: 1, the first 'd'", "beyond 3 sigmas"):
        assert part in said
    assert (chart.name, chart.monitor.last) == ("c chart", "d")
    assert chart == c_chart([10, 10, 10, 30], baseline=3, periods=["a", "b", "c", "d"])
    assert chart != c_chart([10, 10, 10, 31], baseline=3, periods=["a", "b", "c", "d"])


# --- failure charts -------------------------------------------------------------------------------


def test_one_type_of_weight_one_is_a_u_chart():
    counts, volume = LANEY["counts"], LANEY["volume"]
    mine = failure_chart([[count] for count in counts], scheme_of([1]), volume=volume)
    other = u_chart(counts, volume=volume)
    assert mine.table.columns == other.table.columns
    for name in ("period", "statistic", "centre", "lower", "upper", "signal", "undefined"):
        assert mine.table[name].tolist() == other.table[name].tolist()
    assert (mine.dispersion, mine.dispersion_p) == close((other.dispersion, other.dispersion_p))


@pytest.mark.parametrize("module", [pd, pl])
def test_failures_of_a_frame_bring_periods_and_volumes(module):
    frame = module.DataFrame({"period": DAYS, "k0": [4, 5, 60], "k1": [1, 0, 2], "n": [10, 11, 9]})
    scheme = scheme_of([1, 10])
    chart = failure_chart(frame, scheme, volume="n", baseline=2)
    plain = failure_chart([[4, 1], [5, 0], [60, 2]], scheme, volume=[10, 11, 9], baseline=2)
    assert chart.table["period"].tolist() == DAYS
    assert list(fired(chart)) == [DAYS[2]]
    assert chart.statistic.tolist() == plain.statistic.tolist()
    assert chart.upper.tolist() == plain.upper.tolist()
    out = failure_chart(frame, scheme, volume="n", exclude=DAYS[2])
    assert out.centre == plain.centre
    assert out.excluded == (DAYS[2],)


def test_a_period_in_which_nobody_counted_is_undefined():
    counts = [[4, 1], [NAN, NAN], [NAN, 3], [4, 1]]
    chart = failure_chart(counts, scheme_of([1, 10]))
    assert chart.table["undefined"].tolist() == ["", "nobody counted", "nobody counted", ""]
    assert chart.centre == 14
    empty = failure_chart([[4, 1], [0, 0], [4, 1]], scheme_of([1, 10]), volume=[2, 0, 2])
    assert empty.table["undefined"].tolist() == ["", "volume 0", ""]


def test_detection_times_of_scored_cases():
    plain = counts_of("counts", [[90], [110]], scheme_of([1]))
    scored = attrs.evolve(plain, scored=True, squares=plain.squares * 3)
    chart = failure_chart(scored, scheme_of([1]), rule=NO_RUNS)
    law = stats.nbinom(130 / 2, 1 / 3)  # mean 130, variance three times as much
    found = detection_time(chart, ratio=1.3, replications=3000, rng=22)
    see_geometric(found, beyond(chart, law))


def test_scored_cases_widen_the_limits():
    scheme = scheme_of([1, 10])
    plain = counts_of("counts", [[10, 1], [12, 0], [14, 2]], scheme)
    scored = attrs.evolve(plain, scored=True, squares=plain.squares * 4)
    one, other = failure_chart(plain, scheme), failure_chart(scored, scheme)
    assert other.centre == one.centre
    assert other.upper - other.centre == close(2 * (one.upper - one.centre))
    assert other.dispersion == close(one.dispersion / 4)  # cases, not failures, are independent


def test_units_of_which_a_case_brings_many_warn():
    scheme = scheme_of([1, 10], ["minutes", "events"])
    with pytest.warns(UserWarning, match="'k0' in minutes"):
        chart = failure_chart([[4.5, 1], [3.25, 2]], scheme)
    assert "'k0' in minutes" in chart.table.note
    assert chart.baseline.measured == ("k0",)
    assert chart.monitor.update([0.75, 1]).point["statistic"] == 10.75
    refused(lambda: chart.monitor.update([0.75, 0.5]), "`counts\\['k1'\\]` must be whole")
    # no such unit was counted: nothing to warn of
    assert failure_chart([[0, 1], [0, 2]], scheme).centre == 15


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "more", "said"),
    [
        ([1, -1], {}, r"`counts` must be 0 or more.*, got -1 \(period '2'\)"),
        ([1, 1.5], {}, r"`counts` must be whole, got 1.5 \(period '2'\)"),
        ([1, math.inf], {}, r"`counts` must lie in .* got inf \(place 2\)"),
        ([1, "x"], {}, "`counts` must be numbers, got 'x'"),
        ([], {}, "`counts` must be a number for each period, at least one"),
        ([[1, 2]], {}, r"`counts` must be a number for each period.*shape \(1, 2\)"),
        ([[1], [1, 2]], {}, "`counts` must be"),
        (5, {}, "TypeError: `counts`"),
        ("123", {}, "TypeError: `counts`"),
        ([NAN, NAN], {}, r"phase 1 must have at least one period.*nobody counted"),
        ([1, 2], {"periods": ["a", "a"]}, "`periods` must be different.*'a' twice"),
        ([1, 2], {"periods": [1, 1]}, "`periods` must rise, each counted once.*'1' after '1'"),
        ([1, 2], {"periods": DAYS[1::-1]}, "`periods` must rise.*sort them first"),
        ([1, 2], {"periods": [DAYS[0], DAYS[0]]}, "`periods` must rise, each counted once"),
        ([1, 2], {"periods": ["2", "1"]}, "`periods` must rise"),
        ([1, 2], {"periods": ["a"]}, "`periods` must be a label for each of 2 periods, got 1"),
        ([1, 2], {"periods": ["a", None]}, "`periods` must be there for each period"),
        ([1, 2], {"periods": "ab"}, "TypeError: `periods` must be labels"),
        ([1, 2], {"periods": 7}, "TypeError: `periods`"),
        ([1, 2], {"periods": [DAYS[0], "Tuesday"]}, "dates of one kind or none.*'Tuesday', a text"),
        ([1, 2], {"periods": [DAYS[0], f"{DAYS[1]}T00:00Z"]}, "dates of one kind.*with a zone"),
        ([1, 2], {"baseline": 0}, "`baseline` must be a whole number of at least 1"),
        ([1, 2], {"baseline": 3}, "`baseline` must be at most the number of periods, 2, got 3"),
        ([1, 2], {"baseline": 1.5}, "`baseline` must be a whole number"),
        ([1, 2], {"baseline": [True]}, "`baseline` must be how many first periods"),
        ([1, 2], {"baseline": [1, 0]}, "`baseline` must be how many first periods"),
        ([1, 2], {"baseline": [False, False]}, "`baseline`: phase 1 must have at least one period"),
        ([1, 2], {"exclude": "3"}, "`exclude`: '3' is unknown"),
        ([1, 2], {"periods": ["Monday", "Tuesday"], "exclude": "Munday"}, "nearest .*'Monday'"),
        ([1, 2], {"exclude": ["1", "2"]}, "`baseline`: phase 1 must have at least one period"),
        ([1, 2], {"rule": "ewma"}, "TypeError: `rule` must be .*; give Shewhart\\(\\), Ewma"),
        ([1, 2], {"rule": Shewhart}, "TypeError: `rule`"),
    ],
)
def test_bad_counts_periods_and_phases(counts, more, said):
    refused(lambda: c_chart(counts, **more), said)
    refused(lambda: u_chart(counts, volume=10, **more), said)
    refused(lambda: laney_u_chart(counts, volume=10, **more), said)


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        (-1, r"`volume` must be 0 or more, got -1 \(period '1'\)"),
        ([1, -2], r"`volume` must be 0 or more, got -2 \(period '2'\)"),
        (
            [1, 2, 3],
            "`volume` must be one for each of the 2 periods, got 3; or give one number for all$",
        ),
        ([1, math.inf], "`volume` must lie in .* got inf"),
        (math.inf, "`volume` must lie in .* got inf"),
        (["a", 1], "`volume` must be numbers, got 'a'"),
        (0, r"phase 1 must have at least one period.*counts at volume 0"),
        (NAN, r"phase 1 must have at least one period.*volume missing"),
        (None, r"phase 1 must have at least one period.*volume missing"),
    ],
)
def test_bad_volumes(volume, said):
    for make in (u_chart, p_chart, laney_u_chart):
        refused(lambda make=make: make([1, 1], volume=volume), said)


def test_cases_are_whole():
    for make in (p_chart, laney_p_chart):
        said = "`volume` must be whole numbers of cases, got 4.5 .*'2'.*u_chart"
        refused(lambda make=make: make([1, 1, 2], volume=[3, 4.5, NAN]), said)


def test_more_failing_cases_than_there_were():
    refused(lambda: p_chart([1, 3], volume=2), "at most `volume`, got 3 of 2 .*'2'.*u_chart")


def test_a_spread_needs_neighbours():
    said = "`baseline`: the spread needs two neighbours in phase 1, got none"
    refused(lambda: laney_u_chart([3], volume=2), said)
    refused(lambda: laney_u_chart([3, 4, 5], volume=2, exclude="2"), said)
    refused(lambda: laney_u_chart([3, None, 5], volume=2), said)
    refused(lambda: ewma_chart([1]), f"{said}; give `sigma`")
    refused(lambda: cusum_chart([1, 2, 3], baseline=1), said)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Shewhart(width=0), "`width` must be above 0"),
        (lambda: Shewhart(width="3"), "TypeError: `width`"),
        (lambda: Shewhart(run=1), "`run` must be at least 2, or 0 for none"),
        (lambda: Shewhart(run=-1), "`run` must be a whole number"),
        (lambda: Shewhart(run=2.5), "`run` must be a whole number"),
        (lambda: Ewma(smoothing=0), "`smoothing` must lie above 0 and be at most 1"),
        (lambda: Ewma(smoothing=1.1), "`smoothing` must lie above 0"),
        (lambda: Ewma(width=NAN), "`width` must be a finite number"),
        (lambda: Ewma(settled=1), "TypeError: `settled`"),
        (lambda: Cusum(allowance=-1), "`allowance` must be 0 or more"),
        (lambda: Cusum(decision=0), "`decision` must be above 0"),
        (lambda: Cusum(head_start=5), "`head_start` must be below `decision`"),
        (lambda: ewma_chart([1, 2], sigma=0), "`sigma` must be above 0"),
        (lambda: ewma_chart([1, 2], target=NAN), "`target` must be a finite number"),
        (lambda: ewma_chart([1, math.inf]), "`values` must lie in"),
        (lambda: cusum_chart([NAN, NAN]), "phase 1 must have at least one period.*value missing"),
        (lambda: Baseline(family="count", centre=1, variance=1, weights=(1, 2)), "`weights`"),
        (lambda: Baseline(family="count", centre=1, variance=1, rates=(1, 2)), "`rates`"),
        (lambda: Baseline(family="share", centre=1.5, variance=1), "`centre` of a share"),
        (
            lambda: detection_time(laney_p_chart([1, 9, 1, 9], volume=10), ratio=1, volume=3),
            "`volume` must be above .* for shares that vary so much, got 3",
        ),
        (lambda: run_length("shewhart"), "TypeError: `rule` must be .*; give Shewhart\\(\\), Ewma"),
        (lambda: run_length(NO_RUNS, replications=1), "`replications` must be a whole number"),
        (lambda: run_length(NO_RUNS, most=0), "`most` must be a whole number"),
        (lambda: run_length(NO_RUNS, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda: run_length(NO_RUNS, shift=NAN), "`shift` must be a finite number"),
        (lambda: run_length(NO_RUNS, rng="x"), "TypeError: `rng`"),
        (lambda: detection_time(3, ratio=2), "TypeError: `chart`"),
        (lambda: detection_time(ewma_chart([1, 2]), ratio=2), "run_length"),
        (lambda: detection_time(c_chart([1, 2]), ratio=-1), "`ratio` must be 0 or more"),
        (lambda: detection_time(c_chart([1, 2]), ratio=1, volume=0), "`volume` must be above 0"),
        (lambda: detection_time(c_chart([1, 2]), ratio=1e20), "`ratio` and `volume` must keep"),
        (lambda: detection_time(p_chart([5], volume=10), ratio=2.1), "keep the share within 1"),
        (
            lambda: detection_time(p_chart([5], volume=10), ratio=1, volume=2.5),
            "`volume` must be a whole number",
        ),
        (
            lambda: detection_time(c_chart([0, 0], rule=Cusum()), ratio=1),
            "no spread in phase 1, so that it never signals",
        ),
    ],
)
def test_bad_rules_and_questions(make, said):
    refused(make, said)


@pytest.mark.parametrize(
    ("counts", "more", "said"),
    [
        ([[1, -1], [1, 2]], {}, r"`counts\['k1'\]` must be 0 or more.*got -1 \(period '1'\)"),
        ([[1, 1], [1.5, 2]], {}, r"`counts\['k0'\]` must be whole, got 1.5 \(period '2'\)"),
        ([[1, 1, 1]], {}, "`counts`"),
        ({"period": DAYS[:2], "k0": [1, 2]}, {}, "k1"),
        ({"k0": [1, 2], "k1": [1, 2], "k2": [1, 2]}, {}, "'k2'"),
        ({"period": DAYS[1::-1], "k0": [1, 2], "k1": [1, 2]}, {}, "(rise|order|sort)"),
        ({"period": [DAYS[0]] * 2, "k0": [1, 2], "k1": [1, 2]}, {}, "'2026-03-01'"),
        ([[1, 1], [1, 2]], {"volume": -1}, "`volume` must be above 0"),
        ([[1, 1], [1, 2]], {"volume": 0}, "`volume` must be above 0"),
        ([[1, 1], [1, 2]], {"volume": [1, -1]}, "`volume` must be 0 or more.*'2'"),
        ([[1, 1], [1, 2]], {"volume": [1, 1, 1]}, "`volume` must be one for each of the 2 periods"),
        ([[1, 1], [1, 2]], {"volume": "n"}, "`volume`.*'n'"),
        ([[1, 1], [1, 2]], {"volume": [0, 0]}, "phase 1 must have at least one period"),
        ([[1, 1], [1, 2]], {"baseline": 3}, "`baseline` must be at most the number of periods"),
        ([[1, 1], [1, 2]], {"exclude": "7"}, "`exclude`: '7' is unknown"),
        ([[1, 1], [1, 2]], {"per": 0}, "`per` must be above 0"),
        ([[1, 1], [1, 2]], {"rule": 3}, "TypeError: `rule`"),
        ([1, NAN], {}, r"`counts\['k1'\]` must be there"),
    ],
)
def test_bad_failures(counts, more, said):
    refused(lambda: failure_chart(counts, scheme_of([1, 10]), **more), said)


def test_failure_charts_are_of_one_group_and_of_counts():
    scheme = scheme_of([1, 10])
    plain = counts_of("counts", [[1, 2], [3, 4]], scheme)
    keys = {"branch": ["N", "S"], "period": ["1", "1"]}
    groups = attrs.evolve(plain, keys=keys)
    refused(lambda: failure_chart(groups, scheme), r"one group.*counts.where\(branch='N'\)")
    assert failure_chart(groups.where(branch="S"), scheme).centre == 43
    rates = failure_scheme("airline-quality-rating")
    refused(lambda: failure_chart([[1] * len(rates.codes)], rates), "`scheme`")
    refused(lambda: failure_chart([[1, 2]], "fedex"), "TypeError: `scheme`")


def test_a_monitor_asks_for_the_volume_that_phase_one_had():
    chart = u_chart([5, 6, 7], volume=[100, 110, 90])
    with pytest.raises(
        ValueError, match="`volume` must be given: in phase 1 it was 100 on average"
    ):
        chart.monitor.update(5)
    assert chart.monitor.update(5, volume=100).point["statistic"] == 0.05
    kept = Monitor.from_dict(json.loads(json.dumps(chart.monitor.to_dict())))
    with pytest.raises(ValueError, match="`volume` must be given"):
        kept.update(5)
    assert c_chart([5, 6, 7]).monitor.update(5).point["statistic"] == 5


@pytest.mark.parametrize("volume", [[1, 1, 1, 1], [10, 1, 1, 30]])
def test_settled_limits_hold_with_any_volumes(volume):
    rule = Ewma(settled=True)
    chart = u_chart([4, 5, 6, 5], volume=volume, rule=rule)
    variance = chart.baseline.variance / volume[0] * 0.1 / 1.9
    for n, upper in zip(volume, chart.upper, strict=True):
        variance = 0.01 * chart.baseline.variance / n + 0.81 * variance
        assert upper == close(chart.centre + rule.width * math.sqrt(variance))
