"""Who may give how much, and how it is used: decisions, worked audits, R, properties, bad input."""

import math
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from servqual._stats.count_tails import count_interval, count_limits, count_p
from servqual.recovery import (
    Decision,
    EmpowermentPolicy,
    empowerment_audit,
    load_empowerment_policy,
)

from .effort import effort
from .refusing import refused

NAN = math.nan
few = effort(20)
POLICY = EmpowermentPolicy(limits=(("employee", 500), ("manager", 2000)))  # seeds.md, row 67
AMOUNTS = st.one_of(st.integers(0, 60), st.floats(0, 60))
LOG = {
    "role": ["employee", "employee", "employee", "manager", "manager", "owner", ""],
    "amount": [500, 501, None, 2000, 100, 9000, 50],
    "branch": ["N", "N", "S", "S", "S", None, "N"],
    "misuse": [False, True, None, False, None, False, True],
}


def audit(log=None, policy=POLICY, **more):
    """Audit a log whose columns are called as those above."""
    return empowerment_audit(
        LOG if log is None else log, policy, **{"role": "role", "amount": "amount", **more}
    )


@st.composite
def policies(draw):
    """Draw limits that do not fall, some of them alike."""
    limits = sorted(draw(st.lists(st.integers(0, 50), min_size=1, max_size=4)))
    return EmpowermentPolicy(limits=[(f"rank {n}", limit) for n, limit in enumerate(limits)])


# --- decisions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "amount", "action", "to"),
    [  # seeds.md, row 67: employees 500, managers 2,000
        ("employee", 0, "approve", "employee"),
        ("employee", 500, "approve", "employee"),
        ("employee", 500.01, "escalate", "manager"),
        ("employee", 2000, "escalate", "manager"),
        ("employee", 2000.01, "escalate", "owner"),
        ("manager", 2000, "approve", "manager"),
        ("manager", 2001, "escalate", "owner"),
        ("owner", 1e9, "approve", "owner"),
    ],
)
def test_who_decides(role, amount, action, to):
    found = POLICY.decide(role, amount)
    assert isinstance(found, Decision)
    assert (found.role, found.amount, found.action, found.to) == (role, amount, action, to)
    assert found.limit == {"employee": 500, "manager": 2000, "owner": math.inf}[role]


@few
@given(policies(), AMOUNTS)
def test_who_may_give_an_amount_may_give_less_and_so_may_higher_ranks(policy, amount):
    actions = [policy.decide(role, amount).action for role in (*policy.roles, policy.owner)]
    assert actions == sorted(actions, reverse=True)  # escalate below, approve above
    assert actions[-1] == "approve"
    for role in policy.roles:
        if policy.decide(role, amount).action == "approve":
            assert policy.decide(role, amount / 2).action == "approve"


@few
@given(policies(), AMOUNTS)
def test_what_is_escalated_goes_to_the_first_higher_rank_that_may(policy, amount):
    ranks = (*policy.roles, policy.owner)
    for place, role in enumerate(ranks):
        found = policy.decide(role, amount)
        able = [r for r in ranks[place:] if r == policy.owner or amount <= dict(policy.limits)[r]]
        assert found.to == able[0]
        assert found.action == ("approve" if found.to == role else "escalate")
        assert policy.decide(found.to, amount).action == "approve"


def test_a_rank_with_the_limit_of_a_lower_one_is_passed_over():
    policy = EmpowermentPolicy(limits={"clerk": 5, "head": 5, "boss": 9}, owner="chair")
    assert policy.decide("clerk", 6).to == "boss"
    assert policy.decide("boss", 10).to == "chair"


def test_numbers_of_numpy_are_numbers():
    for kind in (np.int64, np.float32, np.float64):
        assert POLICY.decide("employee", kind(500)).action == "approve"
    policy = EmpowermentPolicy(limits={"employee": np.int64(500), "manager": np.float64(2000)})
    assert policy == POLICY
    assert str(policy.limits) == "(('employee', 500), ('manager', 2000))"


def test_a_policy_is_read_back_equal(tmp_path):
    policy = EmpowermentPolicy(
        limits={"store manager": 2.5, "店長": 2000}, owner="chair", unit="yuan", source="a deck"
    )
    for one in (policy, POLICY):
        path = tmp_path / "policy.toml"
        path.write_text(one.to_toml(), encoding="utf-8")
        assert load_empowerment_policy(path) == one
    path.write_text("[limits]\nmanager = 2000\nemployee = 500\n", encoding="utf-8")
    refused(lambda: load_empowerment_policy(path), "limits` must rise with rank")
    with pytest.raises(FileNotFoundError, match=r"nearest are 'policy\.toml'"):
        load_empowerment_policy(tmp_path / "polcy.toml")


def test_models_are_frozen_and_equal_by_value():
    assert EmpowermentPolicy(limits=[["employee", 500], ["manager", 2000.0]]) == POLICY
    assert hash(EmpowermentPolicy(limits=dict(POLICY.limits))) == hash(POLICY)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        POLICY.owner = "me"
    assert POLICY.roles == ("employee", "manager")
    assert POLICY.limit("owner") == math.inf


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: POLICY.decide("manger", 5),
            "`role`: 'manger' is unknown; the nearest are 'manager",
        ),
        (lambda: POLICY.decide(None, 5), "`role`: None is unknown"),
        (lambda: POLICY.decide("employee", -1), "ValueError: `amount` must be 0 or more, got -1"),
        (lambda: POLICY.decide("employee", NAN), "`amount` must be a finite number, got nan"),
        (lambda: POLICY.decide("employee", math.inf), "`amount` must be a finite number"),
        (lambda: POLICY.decide("employee", "500"), "TypeError: `amount` must be a number"),
        (lambda: POLICY.decide("employee", True), "TypeError: `amount` must be a number"),
        (lambda: POLICY.decide("employee", Decimal(5)), "TypeError: `amount` must be a number"),
        (lambda: POLICY.decide("owner", -1), "`amount` must be 0 or more"),
        (lambda: EmpowermentPolicy(limits=()), "`limits` must have at least one role"),
        (lambda: EmpowermentPolicy(limits=500), "TypeError: `limits` must map roles to limits"),
        (lambda: EmpowermentPolicy(limits=("a", "b")), "TypeError: `limits` must map roles"),
        (lambda: EmpowermentPolicy(limits=(("a", 5), ("a", 6))), "roles of `limits`.* 'a' twice"),
        (lambda: EmpowermentPolicy(limits={"a": 5, "b": 4}), "got 4 for 'b' behind 5 for 'a'"),
        (lambda: EmpowermentPolicy(limits={"a": -1}), r"`limits\['a'\]` must be 0 or more, got -1"),
        (lambda: EmpowermentPolicy(limits={"a": NAN}), r"`limits\['a'\]` must be a finite number"),
        (lambda: EmpowermentPolicy(limits={"a": "5"}), r"TypeError: `limits\['a'\]` must be a num"),
        (lambda: EmpowermentPolicy(limits={"": 5}), "`limits` must not be blank"),
        (lambda: EmpowermentPolicy(limits={1: 5}), "TypeError: `limits` must be a text"),
        (lambda: EmpowermentPolicy(limits={"owner": 5}), "`owner` must be another than the roles"),
        (lambda: EmpowermentPolicy(limits={"(missing)": 5}), "no role or owner must be called"),
        (lambda: EmpowermentPolicy(limits={"a": 5}, owner="(missing)"), "no role or owner must be"),
        (lambda: EmpowermentPolicy(limits={"a": 5}, owner=""), "`owner` must not be blank"),
        (lambda: EmpowermentPolicy(limits={"a": 5}, unit=None), "TypeError: `unit` must be str"),
    ],
)
def test_bad_policies_and_amounts_are_refused(call, said):
    refused(call, said)


# --- counts that are far out ------------------------------------------------------------------


def test_limits_and_p_of_poisson_counts_are_those_of_r():
    # R: qpois(c(.025, .975, .001, .999), 10); ppois(15, 10, lower = FALSE)
    mean = np.array([10.0])
    assert [x.tolist() for x in count_limits(mean, 0.95)] == [[4], [17]]
    assert [x.tolist() for x in count_limits(mean, 0.998)] == [[2], [21]]
    assert count_p(np.array([16.0]), mean) == pytest.approx(2 * 0.0487404033039787, rel=1e-12)
    assert count_p(np.array([10.0]), mean).tolist() == [1]
    # R: poisson.test(16)$conf.int; poisson.test(0)$conf.int
    low, high = count_interval(np.array([16.0, 0]), 0.95)
    assert low.tolist() == pytest.approx([9.145382453641524, 0])
    assert high.tolist() == pytest.approx([25.982997597560948, 3.688879454113936])


def test_limits_and_p_of_counts_of_known_total_are_those_of_r():
    # R: qbinom(c(.025, .975, .001, .999), 20, .5); 2*pbinom(15, 20, .5, lower = FALSE)
    mean = np.array([10.0])
    assert [x.tolist() for x in count_limits(mean, 0.95, 20)] == [[6], [14]]
    assert [x.tolist() for x in count_limits(mean, 0.998, 20)] == [[3], [17]]
    assert count_p(np.array([16.0]), mean, 20) == pytest.approx(0.0118179321289063, rel=1e-12)
    assert count_p(np.array([10.0]), mean, 20).tolist() == [1]
    # R: 20*binom.test(16, 20)$conf.int, of 0 and 20 too
    low, high = count_interval(np.array([16.0, 0, 20]), 0.95, 20)
    assert low.tolist() == pytest.approx([11.2677199400666, 0, 16.6313305803383])
    assert high.tolist() == pytest.approx([18.8533200589993, 3.36866941966171, 20])


def test_a_tail_that_is_just_reached_is_far_out():
    mean = np.array([1.0])  # of two, each with one half: none and two have 1/4
    assert [x.tolist() for x in count_limits(mean, 0.5, 2)] == [[1], [1]]
    assert count_p(np.array([0.0, 1, 2]), mean, 2).tolist() == [0.5, 1, 0.5]


def test_ten_million_uses_are_those_of_r():
    # R: qbinom(c(.001, .999), 1e7, .4); 2*pbinom(4005999, 1e7, .4, lower = FALSE);
    # 2*pbinom(3994000, 1e7, .4); 1e7*binom.test(4e6, 1e7)$conf.int
    mean = np.array([4e6])
    assert [x.tolist() for x in count_limits(mean, 0.998, 1e7)] == [[3995213], [4004788]]
    p = count_p(np.array([4006000.0, 3994000.0]), mean, 1e7)
    assert p == pytest.approx([0.00010778661834305, 0.000107520467719755], rel=1e-6)
    low, high = count_interval(mean, 0.95, 1e7)
    assert (low[0], high[0]) == pytest.approx((3996963.42670473, 4003037.15228287), rel=1e-9)


@few
@given(st.one_of(st.floats(1e-3, 50), st.floats(50, 1e6)), st.sampled_from([0.5, 0.95, 0.998]))
def test_poisson_limits_leave_out_no_more_than_their_tails(mean, level):
    see_limits(stats.poisson(mean), mean, level, math.inf)


@few
@given(st.integers(1, 500), st.floats(0.001, 0.999), st.sampled_from([0.5, 0.95, 0.998]))
def test_limits_of_a_known_total_leave_out_no_more_than_their_tails(total, share, level):
    see_limits(stats.binom(total, share), total * share, level, total)


def see_limits(law, mean, level, total):
    """See that limits, p and intervals are of one mind, by the distribution of scipy."""
    low, high = (side[0] for side in count_limits(np.array([mean]), level, total))
    tail = (1 - level) / 2
    assert law.cdf(low - 1) <= tail < law.cdf(low)
    assert law.sf(high) <= tail
    assert high == 0 or law.sf(high - 1) > tail
    for count in (max(low - 1, 0), low, high, min(high + 1, total)):
        outside = count < low or count > high
        assert (count_p(np.array([count]), np.array([mean]), total)[0] <= 1 - level) == outside
        ends = [side[0] for side in count_interval(np.array([count]), level, total)]
        if not any(math.isclose(mean, end, rel_tol=1e-8) for end in ends):  # else it is rounding
            assert (mean < ends[0] or mean > ends[1]) == outside


@few
@given(st.integers(1, 12), st.integers(0, 12), st.integers(1, 9), st.integers(1, 9))
def test_p_is_that_of_counting_every_way_to_share_the_uses(total, count, own, others):
    count, share = min(count, total), Fraction(own, own + others)
    ways = [math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(total + 1)]
    wanted = min(1, 2 * min(sum(ways[: count + 1]), sum(ways[count:])))
    p = count_p(np.array([float(count)]), np.array([float(total * share)]), total)[0]
    assert p == pytest.approx(float(wanted))


def test_what_is_not_known_stays_so():
    for total in (math.inf, 5):
        assert np.isnan(count_limits(np.array([NAN]), 0.95, total)).all()
        assert np.isnan(count_p(np.array([3.0]), np.array([NAN]), total)).all()
        low, high = count_limits(np.array([0.0]), 0.95, total)
        assert (low.tolist(), high.tolist()) == ([0], [0])


# --- audits -----------------------------------------------------------------------------------


def test_roles_worked_by_hand():
    found = audit()
    table = found.roles
    assert table["role"].tolist() == ["employee", "manager", "owner", "(missing)"]
    assert table["limit"].tolist() == pytest.approx([500, 2000, NAN, NAN], nan_ok=True)
    assert table["uses"].tolist() == [3, 2, 1, 1]
    assert table["missing"].tolist() == [1, 0, 0, 0]
    assert table["amount"].tolist() == [1001, 2100, 9000, 50]
    assert table["mean"].tolist() == [500.5, 1050, 9000, 50]
    assert table["n"].tolist() == [2, 2, 0, 0]
    assert table["over_limit"].tolist() == [1, 0, 0, 0]
    assert table["share"].tolist() == pytest.approx([0.5, 0, NAN, NAN], nan_ok=True)
    # R: prop.test(1, 2, correct = FALSE)$conf.int
    low, high = (table[name][0] for name in ("low", "high"))
    assert (low, high) == pytest.approx((0.0945312057, 0.9054687943), abs=1e-9)
    assert table["undefined"].tolist() == ["", "", "no limit", "no role"]
    assert found.over_limit.tolist() == [False, True, *[False] * 5]
    assert "1 use without a role" in found.cautions
    assert "1 use without an amount" in found.cautions
    assert "caution: 1 use without a role" in table.note
    assert "amounts as they came" in table.note


def test_misuse_is_a_share_of_what_was_checked():
    found = audit(misused="misuse")
    assert found.misuse["n"].tolist() == [2, 1, 1, 1]
    assert found.misuse["misused"].tolist() == [1, 0, 0, 1]
    assert found.misuse["share"].tolist() == [0.5, 0, 0, 1]
    assert (found.misuse_share, found.lacking) == (0.4, "")
    # R: prop.test(2, 5, correct = FALSE)$conf.int
    ends = (found.misuse_low, found.misuse_high)
    assert ends == pytest.approx((0.1176207, 0.7692757), abs=1e-7)
    assert any("5 of 7 uses checked: unless they were drawn by lot" in x for x in found.cautions)
    full = audit({**LOG, "misuse": [0, 1, 0, 0, 0, 0, 1]}, misused="misuse")
    assert not any("checked" in words for words in full.cautions)


def test_misuse_may_be_said_in_words():
    said = ["no", "Yes ", None, "NO", "", "false", "1"]
    assert audit({**LOG, "misuse": said}, misused="misuse") == audit(misused="misuse")
    frame = pd.DataFrame({**LOG, "misuse": said})
    assert audit(frame, misused="misuse") == audit(misused="misuse")
    assert audit(pl.DataFrame({**LOG, "misuse": said}), misused="misuse") == audit(misused="misuse")


def test_where_nobody_checked_there_is_no_share_of_misuse():
    for more, why in (
        ({}, "`misused` was not given"),
        ({"misused": "misuse"}, "nobody checked a use"),
    ):
        found = audit({**LOG, "misuse": [None] * 7}, **more)
        assert math.isnan(found.misuse_share)
        assert math.isnan(found.misuse_high)
        assert found.lacking == f"no share of misuse: {why}"
        assert found.misuse["undefined"].tolist() == [why] * 4
        assert found.misuse["uses"].tolist() == [3, 2, 1, 1]


def test_a_role_that_gave_nothing_stands_there():
    found = audit({"role": ["employee"], "amount": [None], "bad": [True]}, misused="bad")
    assert found.roles["undefined"].tolist() == ["no amounts", "no uses"]
    assert found.roles["uses"].tolist() == [1, 0]
    assert np.isnan(found.roles["mean"]).all()
    assert found.misuse["undefined"].tolist() == ["", "no uses"]


def units_log(counts):
    branch = [label for label, count in counts.items() for _ in range(count)]
    return {"role": ["manager"] * len(branch), "amount": [1] * len(branch), "branch": branch}


def test_units_are_held_against_their_occasions():
    log = units_log({"N": 16, "S": 4})
    found = audit(log, by="branch", occasions={"N": 50, "S": 30, "E": 20, "W": 0})
    table = found.units
    assert table["unit"].tolist() == ["E", "N", "S", "W"]
    assert table["occasions"].tolist() == [20, 50, 30, 0]
    assert table["uses"].tolist() == [0, 16, 4, 0]
    assert table["expected"].tolist() == pytest.approx([4, 10, 6, NAN], nan_ok=True)
    assert table["ratio"].tolist() == pytest.approx([0, 1.6, 4 / 6, NAN], nan_ok=True)
    north = table.row(unit="N")
    # R: binom.test(16, 20, .5)$conf.int/.5; poisson.test(c(16, 4), c(50, 50))$p.value
    assert (north["low"], north["high"]) == pytest.approx((1.12677199400666, 1.88533200589993))
    assert north["p"] == pytest.approx(0.0118179321289063, rel=1e-12)
    east = table.row(unit="E")
    # R: binom.test(0, 20, .2)$conf.int/.2; 2*pbinom(0, 20, .2)
    assert (east["low"], east["high"]) == pytest.approx((0, 0.842167354915427), abs=1e-9)
    assert east["p"] == pytest.approx(2 * 0.8**20)
    assert table["undefined"].tolist() == ["", "", "", "no occasions"]
    assert north["p_holm"] == pytest.approx(3 * north["p"])
    assert east["p_holm"] == pytest.approx(2 * east["p"])
    limits = found.limits.where(unit="N")
    assert (limits["low"].tolist(), limits["high"].tolist()) == ([6, 3], [14, 17])
    assert found.signals == ()
    assert not any("equal shares" in words for words in found.cautions)


def test_signals_lie_outside_the_widest_limits():
    counts = {"A": 40, "B": 20, "C": 20, "D": 20}
    found = audit(units_log(counts), by="branch", occasions={**dict.fromkeys("ABCD", 9), "E": 9})
    # R: qbinom(c(.025, .975, .001, .999), 100, .2)
    assert found.limits.row(unit="A", level=0.95)["high"] == 28
    assert found.limits.row(unit="A", level=0.998)["high"] == 33
    assert found.limits.row(unit="A", level=0.998)["low"] == 9
    assert found.signals == ("A", "E")
    assert found.units["signal"].tolist() == ["above", "", "", "", "below"]
    counts = {**counts, "A": 34, "B": 22, "E": 9}  # 21 expected; R: qbinom(c(.001, .999), 105, .2)
    found = audit(units_log(counts), by="branch")
    assert found.limits.row(unit="A", level=0.998)["high"] == 34
    assert found.limits.row(unit="E", level=0.998)["low"] == 9
    assert found.signals == ()
    assert found.limits["outside"].tolist() == ["above", "", "", "", "", "", "", "", "below", ""]


def test_two_units_can_be_told_apart():
    found = audit(units_log({"N": 30, "S": 8}), by="branch")
    assert found.signals == ("N", "S")  # R: 2*pbinom(8, 38, .5) is .00047; 2*ppois(8, 19) .0077
    assert found.units["p"].tolist() == pytest.approx([0.0004719867, 0.0004719867], rel=1e-6)
    assert found.units["ratio"].sum() == pytest.approx(2)
    assert "Poisson counts, given their total" in found.units.note
    assert "shifts what is expected of all the others" in found.units.note
    assert "ratio to the rate of all units together" in found.units.note


def test_units_are_held_against_a_rate_that_is_known():
    log = units_log({"N": 16, "S": 4})
    occasions = {"N": 100, "S": 80, "E": 40, "W": 0}
    found = audit(log, by="branch", occasions=occasions, rate=0.1)
    assert found.units["expected"].tolist() == pytest.approx([4, 10, 8, NAN], nan_ok=True)
    north, east = (found.units.row(unit=unit) for unit in "NE")
    # R: poisson.test(16, 10)$conf.int; 2*ppois(15, 10, lower = FALSE)
    assert (north["low"], north["high"]) == pytest.approx((0.9145382453641524, 2.5982997597560948))
    assert north["p"] == pytest.approx(2 * 0.0487404033039787, rel=1e-12)
    # R: poisson.test(0, 4)$conf.int
    assert (east["low"], east["high"]) == pytest.approx((0, 0.9222198635284), abs=1e-9)
    limits = found.limits.where(unit="N")
    assert (limits["low"].tolist(), limits["high"].tolist()) == ([4, 2], [17, 21])
    assert "0.1 for each of the occasions" in found.units.note
    assert "given their total" not in found.units.note + found.limits.note
    alone = audit(units_log({"N": 16}), by="branch", occasions={"N": 100}, rate=0.1)
    assert alone.units.row() == {**north, "p_holm": north["p"]}
    none = {"role": ["manager"], "amount": [1], "branch": [None]}
    found = audit(none, by="branch", occasions={"N": 100}, rate=0.1)
    assert found.signals == ("N",)  # R: 2*ppois(0, 10) is .0000908
    assert found.units["undefined"].tolist() == ["", "no label"]


def test_without_occasions_units_have_equal_shares():
    found = audit(units_log({"N": 3, "S": 5}), by="branch")
    assert found.units["expected"].tolist() == [4, 4]
    assert "occasions" not in found.units.columns
    assert any("equal shares" in words for words in found.cautions)


def test_a_use_without_a_unit_is_counted_and_not_compared():
    found = audit(by="branch")
    assert found.units["unit"].tolist() == ["N", "S", "(missing)"]
    assert found.units["uses"].tolist() == [3, 3, 1]
    assert found.units["expected"].tolist() == pytest.approx([3, 3, NAN], nan_ok=True)
    assert found.units["undefined"].tolist() == ["", "", "no label"]
    assert "1 use without a unit" in found.cautions
    found = audit(by="branch", occasions={"N": 1, "S": 2})
    assert found.units["occasions"].tolist() == pytest.approx([1, 2, NAN], nan_ok=True)
    assert found.units["expected"].tolist() == pytest.approx([2, 4, NAN], nan_ok=True)


def test_one_unit_alone_has_nothing_to_be_held_against():
    for found in (audit(), audit(units_log({"N": 4}), by="branch")):
        assert found.units["undefined"].tolist() == ["one unit"]
        assert np.isnan(found.units["expected"]).all()
        assert found.limits["undefined"].tolist() == ["one unit"] * 2
        assert found.signals == ()
    assert not any("equal shares" in words for words in audit().cautions)


def test_units_without_any_label_have_no_uses():
    log = {"role": ["manager"] * 2, "amount": [1, 2], "branch": [None, None]}
    found = audit(log, by="branch", occasions={"N": 3, "S": 4})
    assert found.units["undefined"].tolist() == ["no uses", "no uses", "no label"]


@few
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["employee", "manager", "owner", None]),
            st.one_of(st.none(), st.integers(0, 3000)),
            st.sampled_from(["N", "S", "E", None]),
            st.sampled_from([True, False, None]),
        ),
        min_size=1,
        max_size=20,
    ),
    st.randoms(use_true_random=False),
)
def test_tables_add_up_to_the_log_in_any_order(rows, random):
    role, amount, branch, bad = (list(column) for column in zip(*rows, strict=True))
    log = {"role": role, "amount": amount, "branch": branch, "bad": bad}
    found = audit(log, by="branch", misused="bad")
    assert found.roles["uses"].sum() == found.units["uses"].sum() == len(rows)
    assert found.misuse["uses"].tolist() == found.roles["uses"].tolist()
    assert found.roles["amount"].sum() == sum(x or 0 for x in amount)
    limits = dict(POLICY.limits)
    over = [
        r in limits and a is not None and POLICY.decide(r, a).action == "escalate"
        for r, a in zip(role, amount, strict=True)
    ]
    assert found.over_limit.tolist() == over
    by_role = Counter(r for r, o in zip(role, over, strict=True) if o)
    assert found.roles["over_limit"].tolist() == [by_role[r] for r in found.roles["role"]]
    if any(x is not None for x in bad):
        wanted = sum(x is True for x in bad) / sum(x is not None for x in bad)
        assert found.misuse_share == pytest.approx(wanted)
    some = found.units["undefined"] == ""
    assert found.units["expected"][some].sum() == pytest.approx(found.units["uses"][some].sum())
    random.shuffle(rows)
    moved = dict(zip(log, zip(*rows, strict=True), strict=True))
    again = audit(moved, by="branch", misused="bad")
    assert attrs.evolve(again, over_limit=found.over_limit) == found


@few
@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.sampled_from([0.1, 1000.0, 1e307]))
def test_only_the_proportions_of_occasions_matter(counts, factor):
    log = units_log({f"u{n}": count for n, count in enumerate(counts)})
    occasions = {f"u{n}": n + 1 for n in range(len(counts) + 1)}
    one = audit(log, by="branch", occasions=occasions)
    other = audit(log, by="branch", occasions={k: x * factor for k, x in occasions.items()})
    assert one.units["expected"] == pytest.approx(other.units["expected"])
    ratios = [row["expected"] / row["occasions"] for row in one.units.rows()]
    assert all(a == pytest.approx(b) for a, b in pairwise(ratios))


def test_a_unit_in_control_seldom_signals():
    rng = np.random.default_rng(11)
    count = rng.poisson(12, size=(40, 25))
    signals = [
        len(audit(units_log({f"u{n}": int(x) for n, x in enumerate(row)}), by="branch").signals)
        for row in count
    ]
    assert sum(signals) <= 8  # of 1000 units 2 are expected at most; more than 8 have P 0.0002


def test_logs_of_all_libraries_are_one():
    wanted = audit(by="branch", misused="misuse")
    frames = [
        pl.DataFrame(LOG),
        pd.DataFrame(LOG),
        {k: np.array(x, object) for k, x in LOG.items()},
    ]
    for log in frames:
        assert audit(log, by="branch", misused="misuse") == wanted
    own = {k: LOG[k] for k in ("role", "amount", "misuse")}
    assert audit(own, by={"unit": LOG["branch"]}, misused="misuse") == wanted
    series = pd.Series({"N": 5.0, "S": 6.0})
    assert audit(by="branch", occasions=series) == audit(by="branch", occasions={"N": 5, "S": 6})
    numbered = {**LOG, "branch": [1, 1, 2, 2, 2, 10, 1]}
    found = audit(numbered, by="branch", occasions={10: 5, 2: 5, 1: 5})
    assert found.units["unit"].tolist() == ["1", "2", "10"]


def test_what_differs_in_case_is_told():
    log = units_log({"North": 2, "north": 1})
    assert any("differs from 'North' only in case" in x for x in audit(log, by="branch").cautions)
    policy = EmpowermentPolicy(limits={"manager": 5}, unit="yuan")
    assert "amounts in yuan" in audit(log, policy).roles.note


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: audit(policy={"employee": 500}), "TypeError: `policy` must be EmpowermentPolicy"),
        (lambda: audit(role="rolle"), "`role`: .* no column 'rolle'; the nearest are 'role'"),
        (lambda: audit(amount="amout"), "`amount`: .* no column 'amout'; the nearest are 'amount'"),
        (
            lambda: audit({"role": ["employee", "manger"], "amount": [1, 2]}),
            "`role`: 'manger' is unknown .row 2.; the nearest are 'manager'",
        ),
        (
            lambda: audit({"role": ["employee"] * 3, "amount": [1, 2, -5]}),
            "`amount` must be 0 or more, got -5 .row 3",
        ),
        (lambda: audit({"role": ["employee"], "amount": ["much"]}), "must be numbers, got 'much'"),
        (lambda: audit({"role": ["employee"], "amount": [math.inf]}), "must be finite, got inf"),
        (lambda: audit({"role": [], "amount": []}), "`uses` must have at least one row, got none"),
        (lambda: audit([]), "`uses` must be a table"),
        (lambda: audit("log.csv"), "TypeError: `uses` must be a table"),
        (lambda: audit(misused="amount"), "`misused` must be True or False, .*got 500 .row 1"),
        (
            lambda: audit(misused="branch"),
            "True or False, 1 or 0, yes or no, or blank where nobody checked, got 'N' .row 1",
        ),
        (lambda: audit(misused="gone"), "`misused`: .* no column 'gone'"),
        (lambda: audit(by="gone"), "`by`: .* no column 'gone'"),
        (lambda: audit(by=["branch", "role"]), "`by` must name one column, got 2; join"),
        (lambda: audit(by=[]), "`by` must name one column, got 0"),
        (lambda: audit(by={"a": [1]}), "a label for each of 7 rows, got 1"),
        (lambda: audit(occasions={"N": 5}), "`occasions` are those of units; name their column"),
        (lambda: audit(by="branch", occasions={"N": 5}), "`occasions` has nothing for 'S'.*'N'"),
        (lambda: audit(by="branch", rate=0.1), "`rate` is for each of the `occasions`; give these"),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": 5}, rate=0),
            "`rate` must be above 0, got 0",
        ),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": 5}, rate="much"),
            "TypeError: `rate` must be a number",
        ),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": 1e300}, rate=1e10),
            r"`rate` · `occasions` must lie within 1e-12\.\.1e\+12 uses, got inf",
        ),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": 1}, rate=1e-300),
            r"`rate` · `occasions` must lie within 1e-12\.\.1e\+12 uses, got 5e-300",
        ),
        (lambda: audit(by="branch", occasions=5), "TypeError: `occasions` must be Mapping"),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": -1}),
            r"`occasions\['S'\]` must be 0 or more, got -1",
        ),
        (
            lambda: audit(by="branch", occasions={"N": 5, "S": 0}),
            r"`occasions\['S'\]` must be above 0 where there were uses .3., got 0",
        ),
        (lambda: audit(by="branch", occasions={"N": NAN, "S": 1}), "must be a finite number"),
        (lambda: audit(by="branch", occasions={"N": 1, "S": 1, None: 1}), "must not be blank"),
        (lambda: audit(by="branch", occasions={"1": 1, 1: 1}), "units of `occasions`.* '1' twice"),
        (lambda: audit(confidence=0), "`confidence` must lie between 0 and 1"),
    ],
)
def test_bad_logs_are_refused(call, said):
    refused(call, said)
