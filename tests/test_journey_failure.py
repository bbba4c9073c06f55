"""Tests of failure along journeys: worked values, exact fractions, simulations, bad input."""

import math
import re
from fractions import Fraction
from itertools import product

import attrs
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special, stats

from servqual._stats import together
from servqual.journeys import (
    Encounter,
    Journey,
    Touchpoint,
    journey_failure,
    journey_flow,
    required_reliability,
)
from servqual.journeys.maps import END, START

from .effort import effort
from .strategies import PROBABILITIES, branching, line, lines

NAN = math.nan
few = effort(30)
ENDS = (0, 1e-300, 1e-12, 0.3, 0.5, 0.51, 0.8, 0.999, 1 - 1e-12, math.nextafter(1, 0), 1)
CORRELATIONS = st.one_of(st.sampled_from(ENDS), st.floats(0, 1))
FIVE, ALIKE = (0.02, 0.01, 0.05, 0.005, 0.03), (0.01,) * 5
PLAIN = ("any_failure", "expected_failures", "lower", "upper", "critical_failure")
GIVEN = "the probabilities are given, not observed: no interval"


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-12):
    """Return what equals numbers but for rounding, however small they are."""
    return pytest.approx(wanted, rel=rel, abs=1e-290, nan_ok=True)


def same(first, second):
    """See that two tables have the same columns, numbers but for rounding."""
    assert first.columns == second.columns
    for name in first.columns:
        mine, other = first[name], second[name]
        is_number = mine.dtype.kind == "f"
        assert mine == close(other, 1e-11) if is_number else mine.tolist() == other.tolist(), name


# --- worked values --------------------------------------------------------------------------------


def test_e2_to_e4():
    found = journey_failure(line(*FIVE))  # theory E2, by hand
    assert found.any_failure == pytest.approx(0.1104309, abs=5e-8)
    assert (found.expected_failures, found.upper) == close((0.115, 0.115))
    assert (found.lower, found.critical_failure, found.lacking) == (0.05, 0, GIVEN)
    assert np.isnan([found.low, found.high]).all()
    alike = journey_failure(line(*ALIKE))
    assert alike.any_failure == pytest.approx(0.04900995, abs=5e-9)
    assert 1e7 * alike.any_failure == pytest.approx(490_099.5, abs=0.05)  # unlucky customers
    for target, wanted in ((0.95, 0.98979378), (0.99, 0.99799195)):  # theory E3, by hand
        reliability = required_reliability(target, touchpoints=5)
        assert reliability == pytest.approx(wanted, abs=5e-9)
        assert required_reliability(target, weights=[3] * 5) == close([reliability] * 5)
    found = journey_failure(line(*ALIKE), correlation=0.3)
    assert found.any_failure == pytest.approx(0.045078247, abs=5e-10)  # theory E4, from R
    assert (found.lower, found.upper, found.correlation) == (0.01, close(0.05), 0.3)
    assert found.expected_failures == close(0.05)  # whatever the correlation


@given(target=st.floats(0, 1), weights=st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8))
@few
def test_the_product_of_reliabilities_is_the_target(target, weights):
    found = required_reliability(target, weights=weights)
    assert found.prod() == close(target, rel=1e-9)
    assert found == close(required_reliability(target, weights=7 * np.array(weights)))
    if target > 1e-6:
        failing = line(*np.clip(1 - found, 0, 1).tolist())
        assert 1 - journey_failure(failing).any_failure == close(target, rel=1e-9)
        shares = np.array(weights) / sum(weights)
        assert np.log(found) == pytest.approx(math.log(target) * shares)


# --- independent touchpoints, exactly -------------------------------------------------------------


def any_of(p):
    """Return the chance that any happens, in fractions."""
    return 1 - math.prod((1 - x for x in p), start=Fraction(1))


@given(p=st.lists(PROBABILITIES, min_size=1, max_size=10))
@example(p=[1e-200] * 5)
@example(p=[0.5, 1e-12, 1e-200])
@example(p=[1.0, 0.0])
@few
def test_small_probabilities_keep_their_digits(p):
    exact, h = [Fraction(chance) for chance in p], Fraction(1, 10**30)
    found = journey_failure(line(*p))
    assert found.any_failure == close(float(any_of(exact)), rel=1e-14)
    assert found.expected_failures == close(float(sum(exact)), rel=1e-14)
    for place, slope in enumerate(found.touchpoints["sensitivity"]):  # P(any) is linear in each p
        more = [x + h * (j == place) for j, x in enumerate(exact)]
        assert slope == close(float((any_of(more) - any_of(exact)) / h))


def by_subsets(p):
    """Return the chances of 0, 1, … of events (…, n) by the sum over all subsets."""
    found = np.zeros((p.shape[-1] + 1, *p.shape[:-1]))
    for happens in product([False, True], repeat=p.shape[-1]):
        found[sum(happens)] += np.where(happens, p, 1 - p).prod(axis=-1)
    return found


Z = np.arange(-12, 45, 0.01)


def averaged(chances, p, rho):
    """Return the mean of chances given z: by the trapezoid rule, which is nearly exact here."""
    away = np.sqrt(rho) * Z[:, None] + special.ndtri(p)
    return chances(special.ndtr(away / np.sqrt(1 - rho))) @ stats.norm.pdf(Z) * 0.01


@given(
    p=st.lists(PROBABILITIES, min_size=1, max_size=6),
    rho=st.sampled_from([0, 0.05, 0.3, 0.5, 0.7, 0.9]),
)
@example(p=list(ALIKE * 2), rho=0)
@few
def test_numbers_of_failures_by_brute_force(p, rho):
    found = journey_failure(line(*p), correlation=rho)
    wanted = averaged(by_subsets, p, rho) if rho else by_subsets(np.array(p))
    assert found.counts["probability"] == pytest.approx(wanted, rel=1e-8, abs=1e-14)
    if rho:
        at_least = averaged(lambda q: by_subsets(q)[::-1].cumsum(axis=0), p, rho)[::-1]
        assert found.any_failure == close(at_least[1], rel=1e-9)
        common = at_least > 1e-25  # what is rarer, below
        assert found.counts["at_least"][common] == pytest.approx(at_least[common], rel=1e-8)


def test_what_is_all_but_impossible_keeps_its_digits():
    wanted = averaged(lambda q: q.prod(axis=1), np.full(10, 1e-12), 0.1)
    assert together.number_of(np.full(10, 1e-12), 0.1)[-1] == close(wanted, rel=1e-6)  # 4.15e-67


# --- dependence -----------------------------------------------------------------------------------


@given(journey=lines(), rho=CORRELATIONS, data=st.data())
@few
def test_whatever_the_dependence(journey, rho, data):
    p = journey.visit_probabilities * journey.failure_probabilities
    found = journey_failure(journey, correlation=rho)
    assert p.max() == found.lower <= found.any_failure <= found.upper
    assert found.upper == close(min(1, p.sum()), rel=1e-15)
    if rho == 1 or p.max() in {0, 1}:
        assert found.any_failure == p.max()
    # numbers of failures are a distribution
    k, chances = found.counts["failures"], found.counts["probability"]
    assert k.tolist() == list(range(len(p) + 1))
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-13)
    assert k @ chances == close(p.sum(), rel=1e-11)
    assert found.counts["at_least"][1] == close(found.any_failure, rel=1e-11)
    # the order does not matter
    order = data.draw(st.permutations(range(len(p))))
    points = [journey.touchpoints[place] for place in order]
    turned = journey_failure(attrs.evolve(journey, touchpoints=points), correlation=rho)
    for name in PLAIN:
        assert getattr(turned, name) == close(getattr(found, name), rel=1e-11)
    assert turned.counts["probability"] == pytest.approx(chances, abs=1e-13)
    moved = found.touchpoints["sensitivity"][list(order)]
    assert turned.touchpoints["sensitivity"] == pytest.approx(moved, abs=1e-11, nan_ok=True)
    # one that fails more often makes the whole fail more often, but no more than that
    p[order[0]] = max(p[order[0]], data.draw(PROBABILITIES))
    more = float(together.any_of(p, rho)) - found.any_failure
    assert -1e-12 * found.any_failure <= more <= p.sum() - found.expected_failures + 1e-12


@given(journey=lines())
@example(journey=line(*FIVE))
@example(journey=line(1e-12, 1e-12, 1e-200))
@example(journey=line(0.05, 0.01, 0.02))  # where rounding falls below the bound
@few
def test_dependence_makes_fewer_customers_unlucky(journey):
    p = journey.visit_probabilities * journey.failure_probabilities
    found = [float(together.any_of(p, rho)) for rho in sorted({*np.linspace(0, 1, 11), *ENDS})]
    assert min(found) == found[-1] == p.max()
    assert (np.diff(found) <= 1e-12 * np.array(found[1:]) + 1e-300).all()  # some have few digits
    assert found[1] == close(found[0], rel=1e-9)  # ρ = 1e-300 is no dependence
    near, whole = (together.number_of(p, rho) for rho in (1 - 1e-12, 1))
    assert near == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("n", [1, 2, 7, 25])
def test_half_of_the_variance_in_common(n):
    # p = ρ = 1/2: so many fail as of n + 1 alike numbers lie above one of them, each k as likely
    found = journey_failure(line(*[0.5] * n), correlation=0.5)
    assert found.any_failure == close(n / (n + 1))
    assert found.counts["probability"] == close([1 / (n + 1)] * (n + 1), rel=1e-11)


@pytest.mark.parametrize("rho", [1e-12, 1e-3, 0.2, 0.5, 0.75, 0.95, 0.9999, 1 - 1e-9])
def test_two_touchpoints_in_closed_form(rho):
    # Sheppard: P(both) = 1/4 + arcsin(ρ)/2π; Owen: Φ₂(h, h) = Φ(h) - 2T(h, √((1-ρ)/(1+ρ)))
    found = journey_failure(line(0.5, 0.5), correlation=rho)
    assert found.counts["probability"][2] == close(0.25 + math.asin(rho) / math.tau)
    for p in (0.3, 0.01, 1e-5):
        both = p - 2 * special.owens_t(special.ndtri(p), math.sqrt((1 - rho) / (1 + rho)))
        assert journey_failure(line(p, p), correlation=rho).any_failure == close(2 * p - both, 1e-9)
    low, high = -special.ndtri(0.02), -special.ndtri(0.3)  # the other's latent value, given one's
    wanted = [(high - rho * low), (low - rho * high)] / np.sqrt((1 - rho) * (1 + rho))
    slopes = journey_failure(line(0.02, 0.3), correlation=rho).touchpoints["sensitivity"]
    assert slopes == pytest.approx(special.ndtr(wanted), rel=1e-8, abs=1e-12)


@given(
    p=st.lists(st.floats(0.001, 0.9), min_size=1, max_size=5),
    rho=st.sampled_from([1e-12, 0.1, 0.5, 0.8, 0.95]),
)
@few
def test_sensitivities_of_dependent_touchpoints_are_derivatives(p, rho):
    found = journey_failure(line(*p), correlation=rho).touchpoints["sensitivity"]
    for place, slope in enumerate(found):
        step = 1e-5 * p[place] * (np.arange(len(p)) == place)
        rise = together.any_of(p + step, rho) - together.any_of(p - step, rho)
        assert slope == pytest.approx(float(rise) / (2 * step.sum()), rel=1e-5, abs=1e-7)
    halves = journey_failure(line(*p, visits=[0.5] * len(p)), correlation=rho)
    whole = journey_failure(line(*(x / 2 for x in p)), correlation=rho)
    wanted = whole.touchpoints["sensitivity"] / 2  # by the failure of a visit, which half make
    assert halves.touchpoints["sensitivity"] == close(wanted)


def test_derivatives_at_the_ends():
    def slopes(*p, rho=1):
        table = journey_failure(line(*p), correlation=rho).touchpoints
        return table["sensitivity"].tolist(), table["lacking"].tolist()

    assert slopes(0.1, 0.3, 0)[0] == [0, 1, 0]
    tied, why = slopes(0.3, 0.1, 0.3)
    assert tied == close([NAN, 0, NAN])
    assert why[::2] == [f"{GIVEN}; no derivative: another touchpoint is as likely to fail"] * 2
    assert why[1] == GIVEN
    assert slopes(0, 0, rho=0.5)[0] == [1, 1]
    assert slopes(1, 0.2, rho=0.5)[0] == [1, 0]
    assert slopes(1, 1, 0.2, rho=0.5)[0] == slopes(1, 1, 0.2, rho=0)[0] == [0, 0, 0]
    for p in (1e-200, 0.2, 1 - 1e-12):
        assert slopes(p, rho=0.8)[0] == close([1])


@pytest.mark.parametrize("rho", [0, 1e-12, 0.2, 0.5, 0.7, 0.99, 1 - 1e-12, 1])
def test_rows_are_as_good_as_one(rho):
    rows = np.random.default_rng(5).beta(0.5, 9, (200, 4))
    rows[:, 2] = 0
    rows[:3] = [[0, 0, 0, 0], [1, 0.2, 0, 0.3], [1e-12, 1e-15, 0, 1e-200]]
    wanted = [float(together.any_of(row, rho)) for row in rows]
    assert together.any_of(rows, rho) == close(wanted, rel=1e-6)


# --- branches, exactly ----------------------------------------------------------------------------


class Walk:
    """A journey with branches in fractions, by equations of the first step: h = gain + keep·Q·h."""

    def __init__(self, journey, p=None):
        rows = [[Fraction(share) for share in row] for row in journey.chain().tolist()]
        rows = [[share / sum(row) for share in row] for row in rows]
        self.n = len(journey.touchpoints)
        (*self.start, self.end_at_start, self.leave_at_start), *rows = rows
        self.Q = [row[: self.n] for row in rows]
        self.end, self.leave = ([row[self.n + k] for row in rows] for k in (0, 1))
        self.p = list(map(Fraction, p or journey.failure_probabilities.tolist()))
        self.well = [1 - chance for chance in self.p]

    def solved(self, gain, keep):
        """Return h by Gauss and Jordan; what leads out of every row makes pivots that are not 0."""
        n = range(self.n)
        rows = [[(i == j) - keep[i] * self.Q[i][j] for j in n] + [gain[i]] for i in n]
        for i in n:
            rows[i] = [x / rows[i][i] for x in rows[i]]
            for j in set(n) - {i}:
                rows[j] = [x - rows[j][i] * y for x, y in zip(rows[j], rows[i], strict=True)]
        return [row[-1] for row in rows]

    def total(self, gain, keep=None):
        return dot(self.start, self.solved(gain, keep or [1] * self.n))

    def each(self, values):
        """Return the expected sum of each value alone."""
        return [float(self.total(own)) for own in self.only(values)]

    def ever(self, chances):
        """Return the chance that each happens at some visit, of their chances a visit."""
        return [float(self.total(own, [1 - x for x in own])) for own in self.only(chances)]

    def only(self, values):
        return [[x * (i == j) for j in range(self.n)] for i, x in enumerate(values)]

    def any_failure(self):
        return self.total(self.p, self.well)

    def success(self):
        gain = [w * e for w, e in zip(self.well, self.end, strict=True)]
        return self.end_at_start + self.total(gain, self.well)

    def counts(self, most):
        """Return the chances of 0, 1, … failures."""
        over = [a + b for a, b in zip(self.end, self.leave, strict=True)]
        found = self.solved([w * o for w, o in zip(self.well, over, strict=True)], self.well)
        numbers = [1 - sum(self.start) + dot(self.start, found)]
        for k in range(most):
            after = [o * (k == 0) + dot(q, found) for o, q in zip(over, self.Q, strict=True)]
            found = self.solved([x * y for x, y in zip(self.p, after, strict=True)], self.well)
            numbers.append(dot(self.start, found))
        return list(map(float, numbers))


def dot(first, second):
    return sum(x * y for x, y in zip(first, second, strict=True))


LOOP = attrs.evolve(
    line(1e-12, 0.3, 1.0, 1e-200),
    transitions={
        "a": {"a": 0.25, "b": 0.5, "d": 0.25},
        "b": {"a": 1, "c": 1e-12},
        "d": {"c": 1e-9, "end": 1 - 2e-9, "leave": 1e-9},
        "start": {"a": 0.75, "c": 0.125, "leave": 0.125},
    },
)


@given(journey=branching())
@example(journey=LOOP)
@example(journey=attrs.evolve(line(1.0), transitions={"a": {"a": 1, "leave": 1e-12, "end": 1e-30}}))
@example(journey=attrs.evolve(line(0.0), transitions={"start": {"a": 1e-200, "end": 1}}))
@few
def test_branches_in_fractions(journey):
    walk, flow, failing = Walk(journey), journey_flow(journey), journey_failure(journey)
    visits, ever = walk.each([1] * walk.n), walk.ever(walk.p)
    wanted = {"visits": visits, "reach": walk.ever([1] * walk.n), "leave": walk.each(walk.leave)}
    wanted |= {"ever_fails": ever, "expected_failures": walk.each(walk.p)}
    wanted["failure_probability"] = journey.failure_probabilities
    for name, numbers in wanted.items():
        assert flow.touchpoints[name] == close(numbers), name
        if name in failing.touchpoints.columns:
            assert failing.touchpoints[name] == close(numbers), name
    assert flow.completion == close(float(walk.end_at_start + walk.total(walk.end)))
    assert flow.leaving == close(float(walk.leave_at_start + walk.total(walk.leave)))
    assert flow.completion + flow.leaving == pytest.approx(1, abs=1e-15)
    assert flow.leaving_at_start == close(float(walk.leave_at_start))
    assert flow.success == close(float(walk.success()))
    assert flow.any_failure == failing.any_failure == close(float(walk.any_failure()))
    assert flow.expected_visits == close(sum(visits))
    assert failing.expected_failures == close(sum(wanted["expected_failures"]))
    assert (failing.lower, failing.upper) == (close(max(ever)), close(min(1, sum(ever))))
    least = failing.lower * (1 - 1e-12) - 1e-300  # the least number of all has no digits to lose
    assert least <= failing.any_failure <= failing.upper * (1 + 1e-12) + 1e-300


@given(journey=branching(most=3))
@example(journey=LOOP)
@few
def test_sensitivities_of_branches_are_derivatives(journey):
    h, p = Fraction(1, 10**60), list(map(Fraction, journey.failure_probabilities.tolist()))
    flow, failing = (ask(journey).touchpoints for ask in (journey_flow, journey_failure))
    for place in range(len(p)):
        high, low = (
            Walk(journey, [x + step * (place == other) for other, x in enumerate(p)])
            for step in (h, -h)
        )
        slope = float((high.any_failure() - low.any_failure()) / (2 * h))
        assert failing["sensitivity"][place] == close(slope)
        assert flow["sensitivity"][place] == close(
            float((high.success() - low.success()) / (2 * h))
        )
    assert not np.signbit(flow["sensitivity"][flow["sensitivity"] == 0]).any()


@given(journey=branching(most=3))
@example(journey=LOOP)
@few
def test_numbers_of_failures_with_branches(journey):
    found, wanted = journey_failure(journey), Walk(journey).counts(4)
    k, chances = found.counts["failures"], found.counts["probability"]
    assert chances[:5] == pytest.approx(wanted[: len(chances)], rel=1e-11, abs=1e-15)
    assert chances[1:5] == close(wanted[1 : len(chances)], rel=1e-11)
    assert sum(wanted[len(chances) :]) < 1e-15
    assert k.tolist() == list(range(len(chances)))
    assert found.counts["at_least"][0] == pytest.approx(1, abs=1e-12)
    if found.expected_failures < 30:
        rest = 1000 * found.counts["at_least"][-1]  # what is beyond the table
        assert k @ chances == pytest.approx(found.expected_failures, rel=1e-9, abs=rest)


def test_who_leaves_at_once_keeps_the_digits():
    leaving = {"start": {"a": 1 - 1e-9, "leave": 1e-9}}
    found = journey_failure(attrs.evolve(line(1.0), transitions=leaving))
    assert found.counts["probability"][0] == close(1e-9)  # once 9.9999997e-10


def test_a_long_loop_is_cut():
    found = journey_failure(attrs.evolve(line(1), transitions={"a": {"a": 0.999, "end": 0.001}}))
    assert found.counts["probability"][1:] == close(0.001 * 0.999 ** np.arange(999), rel=1e-10)
    assert found.counts.note == f"more failures with probability {0.999**999:.3g}"
    assert (found.any_failure, found.expected_failures) == (1, close(1000))


@given(plain=lines(most=5), observed=st.booleans())
@few
def test_branches_that_skip_are_visit_probabilities(plain, observed):
    points = [
        attrs.evolve(t, visit_probability=t.visit_probability or 0.25) for t in plain.touchpoints
    ]
    if observed:  # the same draws
        known = {"failure_probability": None, "failures": 2, "occasions": 50}
        points = [attrs.evolve(t, **known) for t in points]
    plain = attrs.evolve(plain, touchpoints=points)
    v, names, rows = plain.visit_probabilities, plain.names, {}
    for place, name in enumerate((START, *names)):  # the next that is not skipped
        skips = np.concatenate([[1], np.cumprod(1 - v[place:])])
        shares = zip((*names[place:], END), skips * [*v[place:], 1], strict=True)
        rows[name] = {after: share for after, share in shares if share}
    points = [attrs.evolve(t, visit_probability=1) for t in points]
    branches = attrs.evolve(plain, touchpoints=points, transitions=rows)
    first, second = (journey_failure(x, draws=100, rng=1) for x in (plain, branches))
    for name in (*PLAIN, "low", "high"):
        assert getattr(second, name) == close(getattr(first, name), rel=1e-11)
    same(second.parts, first.parts)
    same(second.touchpoints, first.touchpoints)
    found, wanted = (x.counts["probability"] for x in (second, first))
    assert found == pytest.approx(wanted[: len(found)], abs=1e-13)
    assert wanted[len(found) :].sum() < 1e-15
    first, second = journey_flow(plain), journey_flow(branches)
    same(second.table, first.table)
    same(second.touchpoints, first.touchpoints)
    assert (first.completion, first.leaving) == (1, 0)


@given(p=st.lists(PROBABILITIES, min_size=1, max_size=5))
@few
def test_certain_branches_are_a_line(p):
    plain = line(*p, critical=[0], forms=["machine", "remote", None, "machine", "remote"][: len(p)])
    branches = attrs.evolve(plain, transitions={START: {"a": 1}, plain.names[-1]: {END: 1}})
    assert branches.chain().tolist() == plain.chain().tolist()
    same(journey_failure(branches).parts, journey_failure(plain).parts)
    same(journey_failure(branches).touchpoints, journey_failure(plain).touchpoints)
    assert journey_flow(branches) == journey_flow(plain)


def test_many_touchpoints():
    n = 200
    points = [Touchpoint(name=f"t{k}", failure_probability=1e-12) for k in range(n)]
    plain = Journey(name="long", touchpoints=points)
    assert journey_failure(plain).any_failure == close(-math.expm1(n * math.log1p(-1e-12)))
    assert journey_failure(plain, correlation=1).any_failure == 1e-12
    ring = {f"t{k}": {f"t{k + 1}": 0.99, "leave": 0.01} for k in range(n - 1)}
    ring[f"t{n - 1}"] = {"t0": 0.5, "end": 0.5}
    flow, half = journey_flow(attrs.evolve(plain, transitions=ring)), 0.5 * 0.99 ** (n - 1)
    assert flow.completion == close(half / (1 - half), rel=1e-10)
    assert flow.any_failure == close(1e-12 * flow.expected_visits, rel=1e-9)


# --- parts ----------------------------------------------------------------------------------------


@given(journey=st.one_of(lines(), branching()), rho=CORRELATIONS)
@few
def test_parts(journey, rho):
    rho, points = 0 if journey.has_branches else rho, journey.touchpoints
    found = journey_failure(journey, correlation=rho)
    rows = {row["part"]: row for row in found.parts.rows()}
    for part, chosen in (("all", [True, False]), ("critical", [True]), ("not critical", [False])):
        own = [t for t in points if t.critical in chosen]
        if own and not journey.has_branches:
            alone = journey_failure(Journey(name="part", touchpoints=own), correlation=rho)
            for name in ("any_failure", "expected_failures", "lower", "upper"):
                assert rows[part][name] == close(getattr(alone, name), rel=1e-11)
    assert found.critical_failure == rows["critical"]["any_failure"]
    if not journey.critical.any():
        assert rows["critical"]["lacking"] == "no such touchpoint"
        assert found.critical_failure == rows["critical"]["touchpoints"] == 0
    split = [row for part, row in rows.items() if "critical" in part]
    forms = [row for part, row in rows.items() if part in set(Encounter)]
    formed = np.array([t.encounter is not None for t in points])
    assert sum(row["touchpoints"] for row in forms) == formed.sum()
    expected = found.touchpoints["expected_failures"]
    assert sum(row["expected_failures"] for row in forms) == close(expected[formed].sum())
    assert sum(row["expected_failures"] for row in split) == close(found.expected_failures)
    some = found.expected_failures > 0
    assert found.touchpoints["share"].sum() == close(1 if some else NAN)
    said = ["no failures expected" in why for why in found.touchpoints["lacking"].tolist()]
    assert said == [not some] * len(points)


# --- observed failures ----------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 40), (1, 9), (7, 200), (40, 40), (500, 10**9)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_jeffreys(k, n, confidence):
    tail, beta = (1 - confidence) / 2, stats.beta(k + 0.5, n - k + 0.5)
    found = journey_failure(line((k, n)), confidence=confidence, draws=20_000, rng=1)
    row = found.touchpoints.row(touchpoint="a")
    assert row["low"] == (0 if k == 0 else close(beta.ppf(tail), rel=1e-9))
    assert row["high"] == (1 if k == n else close(beta.ppf(1 - tail), rel=1e-9))
    assert found.any_failure == row["failure_probability"] == k / n
    assert found.lacking == ""
    assert row["lacking"] == ("" if k else "no failures expected: no share")
    error = 4 * math.sqrt(tail * (1 - tail) / 20_000)  # of the share of draws below a quantile
    for end, row_end, share in ((found.low, 0, tail), (found.high, 1, 1 - tail)):
        assert (end == k / n == row_end) or beta.cdf(end) == pytest.approx(share, abs=error)


@pytest.mark.parametrize("rho", [0, 0.3, 0.9])
def test_the_same_seed_draws_the_same(rho):
    def ask(journey, rng=1, **how):
        return journey_failure(journey, correlation=rho, draws=500, rng=rng, **how)

    journey, again = line((2, 100), (5, 90), (1, 400), critical=[1]), np.random.default_rng(1)
    found = ask(journey)
    assert found == ask(journey) == ask(journey, again) != ask(journey, again)
    assert found.low < found.any_failure < found.high
    narrow = ask(line((20, 1000), (50, 900), (10, 4000)))  # ten times the occasions
    assert narrow.any_failure == close(found.any_failure)
    assert narrow.high - narrow.low < 0.5 * (found.high - found.low)
    assert found.low < ask(journey, confidence=0.5).low < found.any_failure


def test_a_probability_beside_counts_has_no_spread():
    def ask(journey):
        return journey_failure(journey, draws=300, rng=1)

    observed, mixed = ask(line((3, 60))), ask(line(0.1, (3, 60), critical=[0]))
    for name in ("low", "high", "any_failure"):
        assert 1 - getattr(mixed, name) == close(0.9 * (1 - getattr(observed, name)))
    assert mixed.lacking == "without the spread of 1 that is given"
    assert mixed.parts["lacking"].tolist() == [mixed.lacking, GIVEN, ""]
    assert mixed.parts["low"] == close([mixed.low, NAN, observed.low])
    assert mixed.touchpoints["lacking"].tolist() == [GIVEN, ""]
    assert ask(line((3, 60), visits=[0.5])).low == close(observed.low / 2)
    half = attrs.evolve(line((3, 60)), transitions={"start": {"a": 0.5, "end": 0.5}})
    assert ask(half).high == close(observed.high / 2)


def test_the_interval_covers_what_it_says():
    rng, p, n = np.random.default_rng(7), [0.02, 0.05, 0.1], 200
    truth, held = 1 - math.prod(1 - x for x in p), []
    for _ in range(300):
        seen = [(int(k), n) for k in rng.binomial(n, p)]
        found = journey_failure(line(*seen), draws=400, rng=rng)
        held.append(found.low <= truth <= found.high)
    assert 0.9 < np.mean(held) < 0.99


# --- simulated customers --------------------------------------------------------------------------


def agrees(happened, wanted):
    """See that the mean of customers is within four errors of a probability or number."""
    error = 4 * np.std(happened) / math.sqrt(len(happened))
    assert np.mean(happened) == pytest.approx(wanted, abs=max(error, 1e-5))


@pytest.mark.parametrize("rho", [0, 0.3, 0.8])
def test_a_million_customers(rho):
    failing, visits = np.array([0.02, 0.3, 0.1, 0.05]), [1, 0.5, 0.8, 1]
    rng, n = np.random.default_rng(11), 1_000_000
    latent = math.sqrt(rho) * rng.standard_normal((n, 1))
    latent = latent + math.sqrt(1 - rho) * rng.standard_normal((n, 4))
    fails = latent > stats.norm.isf(failing * visits)
    if rho == 0:  # then who comes and what fails may as well be drawn apart
        fails = (rng.random((n, 4)) < visits) & (rng.random((n, 4)) < failing)
    journey = line(*failing.tolist(), visits=visits, critical=[0, 2])
    found, number = journey_failure(journey, correlation=rho), fails.sum(axis=1)
    agrees(number > 0, found.any_failure)
    agrees(fails[:, [0, 2]].any(axis=1), found.critical_failure)
    agrees(number, found.expected_failures)
    for k, chance in enumerate(found.counts["probability"]):
        agrees(number == k, chance)


WANDERING = {
    "start": {"a": 0.7, "b": 0.2, "leave": 0.06, "end": 0.04},
    "a": {"a": 0.2, "b": 0.5, "c": 0.2, "leave": 0.1},
    "b": {"a": 0.3, "c": 0.6, "leave": 0.1},
    "c": {"b": 0.2, "end": 0.75, "leave": 0.05},
}


def test_customers_who_wander():
    journey = attrs.evolve(line(0.05, 0.2, 0.1), transitions=WANDERING)
    rng, n, ahead = np.random.default_rng(13), 300_000, journey.chain().cumsum(axis=1)
    visits, failures, left_at = np.zeros((n, 3)), np.zeros((n, 3)), np.full(n, -1)
    who, place = np.arange(n), np.zeros(n, dtype=int)  # a row of the chain; 0 is the start
    while who.size:
        after = (rng.random(who.size)[:, None] > ahead[place]).sum(axis=1)
        left_at[who[after == 4]] = place[after == 4]
        who, place = who[after < 3], after[after < 3]
        visits[who, place] += 1
        failures[who, place] += rng.random(who.size) < journey.failure_probabilities[place]
        place = place + 1
    flow, failing = journey_flow(journey), journey_failure(journey)
    number = failures.sum(axis=1)
    agrees(left_at < 0, flow.completion)
    agrees(left_at == 0, flow.leaving_at_start)
    agrees(number > 0, flow.any_failure)
    agrees((left_at < 0) & (number == 0), flow.success)
    for k, chance in enumerate(failing.counts["probability"][:6]):
        agrees(number == k, chance)
    for i, row in enumerate(flow.touchpoints.rows()):
        agrees(visits[:, i] > 0, row["reach"])
        agrees(failures[:, i] > 0, row["ever_fails"])
        agrees(left_at == i + 1, row["leave"])
        agrees(visits[:, i], row["visits"])
        agrees(failures[:, i], row["expected_failures"])


# --- what is shown, what is undefined, bad input --------------------------------------------------


def test_results_are_shown_as_their_tables():
    found, flow = journey_failure(line(*FIVE, critical=[0])), journey_flow(LOOP)
    assert found.parts.columns[-1] == found.touchpoints.columns[-1] == "lacking"
    assert all(part in str(found) for part in ("Failure along 'journey'", "How many failures"))
    assert found._repr_html_().count("<table") == 3
    assert found == journey_failure(line(*FIVE, critical=[0]))  # NaN equals NaN
    assert flow.table.columns[-1] == flow.touchpoints.columns[-1] == "undefined"
    assert flow.table.row(journey="journey")["success"] == flow.success
    assert flow._repr_html_().count("<table") == 2


def test_failures_that_are_not_known():
    known = Touchpoint(name="b", failure_probability=0.5)
    plain = Journey(name="j", touchpoints=[Touchpoint(name="a"), known])
    flow = journey_flow(plain)
    assert flow.undefined == "failures of touchpoint 'a' are not known"
    assert (flow.completion, flow.expected_visits, flow == journey_flow(plain)) == (1, 2, True)
    assert np.isnan([flow.success, flow.any_failure]).all()
    assert flow.touchpoints["ever_fails"] == close([NAN, 0.5])
    assert flow.touchpoints["reach"].tolist() == [1, 1]
    assert set(flow.touchpoints["undefined"]) == {flow.undefined}
    said = "ValueError: `journey`: it is not known how often touchpoint 'a' fails; give it a `fail"
    refused(lambda: journey_failure(plain), said)
    never = Touchpoint(name="a", visit_probability=0)  # nobody comes: it does not matter
    never = Journey(name="j", touchpoints=[never, known])
    assert (journey_flow(never).success, journey_failure(never).any_failure) == (0.5, 0.5)
    assert journey_flow(never).undefined == ""


def endless(out):
    """Return a journey whose only touchpoint is left with such a probability."""
    return attrs.evolve(line(0.1), transitions={"a": {"a": 1, "end": out}})


def test_a_cycle_that_nearly_never_ends():
    assert journey_flow(endless(1e-300)).expected_visits == close(1e300)
    assert journey_failure(endless(1e-300)).any_failure == 1
    said = "ValueError: `transitions`: the visits of 'a' are beyond all numbers; more must lead out"
    for ask in (journey_flow, journey_failure):
        refused(lambda ask=ask: ask(endless(5e-324)), said)


def test_who_never_comes_does_not_tie():
    found = journey_failure(line(0.0, 0.3, visits=[1, 0]), correlation=1)
    assert found.touchpoints["sensitivity"][1] == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"correlation": -0.1}, "ValueError: `correlation` must lie in 0..1, got -0.1"),
        ({"correlation": np.float64(1.5)}, "ValueError: `correlation` must lie in 0..1, got 1.5"),
        ({"correlation": NAN}, "ValueError: `correlation` must be a finite number, got nan"),
        ({"correlation": "0.3"}, "TypeError: `correlation` must be a number, got '0.3'"),
        ({"correlation": True}, "TypeError: `correlation` must be a number"),
        ({"draws": 99}, "ValueError: `draws` must be a whole number of at least 100, got 99"),
        ({"draws": 150.5}, "ValueError: `draws` must be a whole number of at least 100, got 150.5"),
        ({"draws": "many"}, "TypeError: `draws` must be a number, got 'many'"),
        ({"confidence": 95}, "ValueError: `confidence` must lie between 0 and 1, .* got 95"),
        ({"confidence": None}, "TypeError: `confidence` must be a number"),
        ({"rng": -1}, "ValueError: `rng` must be a whole number of at least 0, got -1"),
        ({"rng": 1.5}, "TypeError: `rng` must be a seed or a Generator, got 1.5"),
        (
            {"journey": LOOP, "correlation": 0.3},
            "ValueError: .* 0 for a journey with branches, got",
        ),
        ({"journey": {"a": 0.1}}, "TypeError: `journey` must be Journey, got .* that is a dict$"),
        ({"journey": "a.toml"}, "TypeError: `journey` must be Journey, got 'a.toml' that is a str"),
    ],
)
def test_what_cannot_be_asked_is_named(change, said):
    how = {"journey": line((1, 9), 0.1)} | change
    refused(lambda: journey_failure(**how), said)
    if not isinstance(how["journey"], Journey):
        refused(lambda: journey_flow(how["journey"]), said)


@pytest.mark.parametrize(
    ("target", "how", "said"),
    [
        (1.1, {"touchpoints": 5}, "ValueError: `target` must lie in 0..1, got 1.1"),
        (NAN, {"touchpoints": 5}, "ValueError: `target` must be a finite number, got nan"),
        ("0.9", {"touchpoints": 5}, "TypeError: `target` must be a number, got '0.9'"),
        (0.9, {"touchpoints": 0}, "ValueError: `touchpoints` must be a whole .* least 1, got 0"),
        (0.9, {"touchpoints": 2.5}, "ValueError: `touchpoints` must be a whole .*, got 2.5"),
        (0.9, {}, "ValueError: give either `touchpoints` or `weights`, got neither"),
        (0.9, {"touchpoints": 1, "weights": [1]}, "ValueError: give either .*, got both"),
        (0.9, {"weights": []}, r"ValueError: `weights` must be .*, at least one, got \[\]"),
        (0.9, {"weights": [[1, 2]]}, "ValueError: `weights` must be numbers in a row"),
        (0.9, {"weights": [1, 0]}, r"ValueError: `weights` must be above 0, got 0 \(place 2\)"),
        (0.9, {"weights": [1, NAN]}, r"ValueError: `weights` must be above 0, got nan"),
        (0.9, {"weights": [1, math.inf]}, r"ValueError: `weights` must be finite, got inf"),
    ],
)
def test_a_wrong_target_is_named(target, how, said):
    refused(lambda: required_reliability(target, **how), said)


@pytest.mark.parametrize("weights", [["a"], [[1, 2], [3]], {"a": 1}])
def test_weights_that_are_no_numbers_are_named(weights):
    refused(lambda: required_reliability(0.9, weights=weights), "Error: `weights` must be")


def test_reliabilities_at_the_ends():
    assert required_reliability(0, touchpoints=3) == 0
    assert required_reliability(1, touchpoints=3) == 1
    assert required_reliability(np.float64(0.25), touchpoints=np.int64(2)) == 0.5
    assert required_reliability(0, weights=[1, 2]).tolist() == [0, 0]


def test_where_nothing_failed_the_interval_begins_as_if_nothing_could():
    clean = journey_failure(line(*[(0, 50)] * 10), rng=1)
    assert clean.any_failure == clean.low == 0
    less = journey_failure(line(*[(0, 50)] * 10), prior=0.05, rng=1)
    assert 0.03 < less.high < 0.08 < clean.high  # half a failure in all, as of 50 journeys
    beside = journey_failure(line((0, 50), 0.1), rng=1)
    assert beside.low == close(0.1) == close(beside.any_failure)
    broken = journey_failure(line((50, 50), (3, 50)), rng=1)
    assert broken.parts.row(part="all")["high"] == 1


def test_more_prior_failures_more_failures():
    highs = [journey_failure(line((2, 40)), prior=a, rng=1).high for a in (0.1, 0.5, 2)]
    assert highs == sorted(highs)
    row = journey_failure(line((2, 40)), prior=2, rng=1).touchpoints.row(touchpoint="a")
    assert row["low"] == close(stats.beta(4, 38.5).ppf(0.025), rel=1e-9)
    refused(lambda: journey_failure(line((2, 40)), prior=0), "`prior` must be above 0, got 0")


def test_what_is_not_known_where_nobody_comes_stays_unknown():
    points = [
        Touchpoint(name="a", visit_probability=0),
        Touchpoint(name="b", failures=1, occasions=9),
    ]
    found = journey_failure(Journey(name="j", touchpoints=points), rng=1)
    row = found.touchpoints.row(touchpoint="a")
    assert math.isnan(row["failure_probability"])
    assert row["lacking"] == "nobody comes to it, and its failures are not known"
    assert (found.lacking, found.expected_failures) == ("", close(1 / 9))


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.51, 0.7, 0.9, 0.99, 1 - 1e-6, 1 - 1e-10])
def test_draws_together_are_each_draw_alone(rho):
    rng = np.random.default_rng(3)
    for size in (0.1, 1e-3, 1e-8):
        p = rng.beta(0.5 + rng.integers(0, 3, (40, 8)), 1 / size)
        p[3, 2], p[5, 1], p[6, 1:] = 1, 1e-300, 0
        alone = [float(together.any_of(row, rho)) for row in p]
        assert together.any_of(p, rho) == close(alone, rel=1e-7)  # eight nodes a panel, not sixteen
    assert together.any_of(np.zeros((2, 3)), rho).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("m", "prior", "share"), [(10, 0.5, 0.60), (20, 0.5, 0.20), (20, 0.025, 0.94)]
)
def test_few_failures_of_many_touchpoints(m, prior, share):
    # the docstring's shares, of 2,500 surveys simulated in numpy, with 2,000 draws each
    rng, reps = np.random.default_rng(4), 400
    truth, covered = 1 - 0.99**m, 0
    for k in rng.binomial(50, 0.01, (reps, m)).tolist():
        seen = line(*((failures, 50) for failures in k))
        found = journey_failure(seen, prior=prior, draws=400, rng=rng)
        covered += found.low <= truth <= found.high
    assert covered / reps == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / reps))
