"""Which gap is the widest, what closing gaps would win, and gap sizes that surveys rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

import servqual as sq
from servqual.gaps import (
    Summary,
    close_gaps,
    dominant_gap,
    five_gaps,
    gap_sizes,
    sequential_gaps,
    service_gaps,
)

from .effort import effort
from .test_gaps import LEVELS, agree

NAN, SET = math.nan, math.inf
NUMBERS = ["estimate", "se", "df", "low", "high"]
some = effort(25)
DRAWS = 100_000
CLOSE = {"abs": 4 * 0.5 / math.sqrt(DRAWS)}  # four errors of a probability


def walk(*means, sd=1.0, n=50, **how):
    """Return a chain of one label."""
    levels = {f"l{k}": Summary(np.atleast_1d(mean), sd, n) for k, mean in enumerate(means)}
    labels = [f"x{k}" for k in range(np.atleast_1d(means[0]).shape[-1])]
    return sequential_gaps(levels, labels=labels, **how)


def customers(seed=1, n=400, *, together=0.9):
    """Return a paired chain of three levels whose first and last vary together."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, 1, (n, 1))
    rest = math.sqrt(1 - together**2)
    first, last = (m + together * shared + rest * rng.normal(0, 1, (n, 1)) for m in (6.0, 4.0))
    middle = Summary([first.mean() / 2 + last.mean() / 2 + 0.03], 1.0, 4000)
    return {"first": first, "middle": middle, "last": last}


# --- the dominant gap -----------------------------------------------------------------------------


def test_the_same_seed_gives_the_same():
    chain = walk([6, 5], [5, 5], [4, 4.5])
    found = dominant_gap(chain, rng=1)
    assert found == dominant_gap(chain, rng=np.random.default_rng(1)) != dominant_gap(chain, rng=2)
    assert found.by_label.keys == ("label", "gap")


@given(
    means=st.lists(st.integers(8, 56), min_size=2, max_size=5),
    sd=st.sampled_from([0, 0.5, 2]),
    n=st.sampled_from([2, 9, 1000]),
)
@some
def test_probabilities_sum_to_one_and_the_least_gap_is_dominant(means, sd, n):
    found = dominant_gap(walk(*(x / 8 for x in means), sd=sd, n=n), rng=1, draws=200).gaps
    assert found["probability"].sum() == pytest.approx(1, abs=1e-12)
    steps = np.diff(means) / 8
    assert found["estimate"].tolist() == steps.tolist()
    want = (steps == steps.min()) & (steps < 0)
    assert found["dominant"].tolist() == want.tolist()


def test_two_levels_apart_are_certain():
    for means, want in (((7, 3, 2.9), [1, 0]), ((7, 3), [1])):
        found = dominant_gap(walk(*means, n=1000), rng=1).gaps
        assert found["probability"].tolist() == want


@pytest.mark.parametrize("means", [(6, 5, 4.1), (6, 5.1, 4), (6, 5, 4), (6, 5.5, 4.9)])
def test_neighbouring_gaps_share_a_level(means):
    """gap1 - gap2 = 2·L2 - L1 - L3 has the variance v1 + 4·v2 + v3."""
    sd, n = np.array([1.0, 0.8, 1.5]), 10**6
    pairs = zip(means, sd * 50, strict=True)
    levels = {f"l{k}": Summary([m], [s], n) for k, (m, s) in enumerate(pairs)}
    v = (sd * 50) ** 2 / n
    want = stats.norm.cdf(-(2 * means[1] - means[0] - means[2]) / math.sqrt(v[0] + 4 * v[1] + v[2]))
    found = dominant_gap(sequential_gaps(levels, labels=["x"]), rng=1, draws=DRAWS).gaps
    assert found["probability"][0] == pytest.approx(want, **CLOSE)


@pytest.mark.parametrize("n", [2, 3, 9])
def test_a_level_of_few_moves_by_t(n):
    levels = {"a": Summary([7], 0, SET), "b": Summary([5.4], 1.0, n), "c": Summary([4], 0, SET)}
    found = dominant_gap(sequential_gaps(levels, labels=["x"]), rng=1, draws=DRAWS).gaps
    want = stats.t.cdf((5.5 - 5.4) * math.sqrt(n), n - 1)  # gap1 < gap2 where b < 5.5
    assert found["probability"][0] == pytest.approx(want, **CLOSE)


@pytest.mark.parametrize("together", [0.9, 0.0])
def test_customers_who_are_the_same_move_both_ends(together):
    levels = customers(together=together)
    x, y = levels["first"][:, 0], levels["last"][:, 0]
    cov = np.cov(x, y) / len(x)
    middle = levels["middle"]
    apart = 2 * middle.mean[0] - x.mean() - y.mean()
    v = cov[0, 0] + cov[1, 1] + 4 / 4000
    for paired, extra in ((False, 0), (True, 2 * cov[0, 1])):
        chain = sequential_gaps(levels, labels=["x"], paired=paired)
        found = dominant_gap(chain, rng=1, draws=DRAWS)
        want = stats.t.cdf(-apart / math.sqrt(v + extra), 399)
        assert found.gaps["probability"][0] == pytest.approx(want, **CLOSE)
        assert found.by_label["probability"][0] == pytest.approx(want, **CLOSE)


def test_a_paired_level_of_many_does_not_move_as_one_of_two_people():
    """Each level moves by its own t: that of 200 is nearly normal, whoever the first were."""
    first = np.full((200, 1), NAN)
    first[:2, 0] = [5.999, 6.001]
    last = np.tile([[4.0], [6.0]], (100, 1))
    levels = {"first": first, "middle": Summary([5.2], 0, SET), "last": last}
    found = dominant_gap(sequential_gaps(levels, labels=["x"], paired=True), rng=1, draws=DRAWS)
    # gap1 -.8 (all but certain), gap2 -.2 with the error 1/√199: gap2 < gap1 where t < -.6·√199
    want = stats.t.cdf(-0.6 * math.sqrt(199), 199)
    assert found.gaps["probability"][1] == pytest.approx(want, **CLOSE)


def test_gaps_that_tie_are_all_dominant():
    tied = dominant_gap(walk(7, 5, 3, sd=0, n=SET), rng=1).gaps
    assert tied["dominant"].tolist() == [True, True]
    assert tied["probability"].tolist() == [0.5, 0.5]


def test_gaps_that_tie_on_paper_tie():
    # 7.0 6.3 5.6 4.9: three gaps of -.7, up to the rounding of decimals
    assert dominant_gap(walk(7.0, 6.3, 5.6, 4.9), rng=1).gaps["dominant"].tolist() == [True] * 3


def test_no_gap_is_dominant_where_none_is_negative():
    found = dominant_gap(walk(4, 5, 5), rng=1).gaps
    assert not found["dominant"].any()
    assert found["probability"].sum() == pytest.approx(1, abs=1e-12)  # least, though not below 0


@pytest.mark.parametrize(
    ("level", "why", "dominant"),
    [
        (Summary([5], NAN, 9), "the error of a level is undefined", [True, False]),
        (Summary([5], 1, 1), "the error of a level is undefined", [True, False]),
        (Summary([NAN], 1, 9), "a gap is undefined", [False, False]),
        ([[5.0]], "the error of a level is undefined", [True, False]),
        ([[NAN], [NAN]], "a gap is undefined", [False, False]),
    ],
)
def test_no_probability_without_errors(level, why, dominant):
    levels = {"a": Summary([7], 1, 9), "b": level, "c": Summary([4], 1, 9)}
    found = dominant_gap(sequential_gaps(levels, labels=["x"]), rng=1)
    for table in (found.gaps, found.by_label):
        assert set(table["undefined"]) == {why}
        assert np.isnan(table["probability"]).all()
        assert table["dominant"].tolist() == dominant


def test_dominant_gaps_of_branches():
    chain = walk([[7.0], [7.0]], [[3.0], [6.9]], [[2.9], [2.0]], n=1000)
    found = dominant_gap(chain, rng=1).gaps
    assert found.keys == ("branch", "gap")
    assert found["probability"].tolist() == [1, 0, 0, 1]
    assert found["dominant"].tolist() == [True, False, False, True]


FIVE = five_gaps(
    labels=["x"], **{name: [[5], [6]] for name in LEVELS}, external_communication=[[5], [6]]
)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: dominant_gap([-1, -2]), TypeError, "`chain` must be GapChain.*service_gaps"),
        (lambda: dominant_gap(FIVE), TypeError, "`chain` must be GapChain"),
        (lambda: dominant_gap(walk(7, 5), draws=0), ValueError, "`draws`.*at least 1"),
        (lambda: dominant_gap(walk(7, 5), draws=1.5), ValueError, "`draws`"),
        (lambda: dominant_gap(walk(7, 5), rng="1"), TypeError, "`rng` must be a seed"),
        (lambda: dominant_gap(walk(7, 5), rng=-1), ValueError, "`rng`"),
        (lambda: close_gaps(FIVE), TypeError, "`chain` must be GapChain"),
        (lambda: close_gaps(walk(7, 5), [0.5]), TypeError, "`shares` must be Mapping"),
        (lambda: close_gaps(walk(7, 5), {"gap2": 0.5}), ValueError, "'gap2' is unknown"),
        (lambda: close_gaps(walk(7, 5), {"total": 0.5}), ValueError, "'total' is unknown"),
        (lambda: close_gaps(walk(7, 5), {"gap1": 1.1}), ValueError, r"`shares\['gap1'\]`.*0..1"),
        (lambda: close_gaps(walk(7, 5), {"gap1": -0.1}), ValueError, "0..1"),
        (lambda: close_gaps(walk(7, 5), {"gap1": NAN}), ValueError, "finite"),
        (lambda: close_gaps(walk(7, 5), {"gap1": "half"}), TypeError, "must be a number"),
        (lambda: close_gaps(walk(7, 5), target=NAN), ValueError, "`target` must be a finite"),
        (lambda: close_gaps(walk(7, 5), target="none"), TypeError, "`target` must be a number"),
    ],
)
def test_what_cannot_be_asked(call, error, words):
    with pytest.raises(error, match=words):
        call()


# --- gaps closed ----------------------------------------------------------------------------------

chains = st.lists(st.integers(8, 56), min_size=2, max_size=5).map(lambda x: [m / 8 for m in x])
shares_of_gaps = st.lists(st.sampled_from([0, 0.25, 0.3, 0.7, 1]), min_size=4, max_size=4)


@given(means=chains, shares=shares_of_gaps, n=st.sampled_from([2, 9, SET]))
@some
def test_closing_takes_its_share_off_the_whole(means, shares, n):
    chain = walk(*means, n=n, sd=0.0 if n == SET else 1.5)
    g = np.diff(means)
    s = np.array(shares[: len(g)])
    found = close_gaps(chain, {f"gap{k + 1}": x for k, x in enumerate(s)}).gaps
    np.testing.assert_allclose(found["after"][:-1], (1 - s) * g, atol=1e-12)
    assert found["after"][-1] == pytest.approx(means[-1] - means[0] - s @ g, abs=1e-12)
    assert found["estimate"].tolist() == chain.gaps["estimate"].tolist()
    assert found["share"][:-1].tolist() == s.tolist()
    # Σ c_j x̄_j with c = the weights of the levels: se² = Σ c_j² se², df by Satterthwaite
    c = np.append(1 - s, 0) * -1 + np.insert(1 - s, 0, 0)
    terms = (c * 1.5) ** 2 / n
    row = found.row(gap="total")
    if n < SET and terms.sum() > 1e-30:
        assert row["se"] == pytest.approx(math.sqrt(terms.sum()), rel=1e-9)
        assert row["df"] == pytest.approx((n - 1) * terms.sum() ** 2 / (terms**2).sum())
        half = stats.t.ppf(0.975, row["df"]) * row["se"]
        assert row["after"] - row["low"] == pytest.approx(half)
        assert row["high"] - row["after"] == pytest.approx(half)
    else:
        assert row["undefined"] == "closed, or no variation"
        assert np.isnan([row["low"], row["high"], row["df"]]).all()


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("holes", [0, 0.2])
def test_nothing_closed_is_the_chain_and_all_closed_is_nothing(paired, holes):
    rng = np.random.default_rng(3)
    levels = {name: rng.integers(1, 8, (30, 2)).astype(float) for name in "abcd"}
    levels["d"] = np.clip(levels["a"] - rng.integers(0, 3, (30, 2)), 1, 7)
    for rows in levels.values():
        rows[rng.random(rows.shape) < holes] = NAN
    chain = sequential_gaps(levels, labels=["x", "y"], paired=paired, confidence=0.9)
    found = close_gaps(chain)
    for name in NUMBERS[1:]:
        np.testing.assert_allclose(found.gaps[name], chain.gaps[name], rtol=1e-9)
    np.testing.assert_allclose(found.gaps["after"], chain.gaps["estimate"], rtol=1e-9)
    assert set(found.gaps["undefined"]) == {""}
    gone = close_gaps(chain, dict.fromkeys(["gap1", "gap2", "gap3"], 1)).gaps
    np.testing.assert_allclose(gone["after"], 0, atol=1e-12)
    assert set(gone["undefined"]) == {"closed, or no variation"}


def test_paired_ends_stay_paired_while_gaps_close():
    """Of the first level ¼ is left, of the last ½: the variance of ½y - ¼x, person by person."""
    levels = customers()
    chain = sequential_gaps(levels, labels=["x"], paired=True)
    row = close_gaps(chain, {"gap1": 0.75, "gap2": 0.5}).gaps.row(gap="total")
    mixed = levels["last"] / 2 - levels["first"] / 4
    want = mixed.var(ddof=1) / 400 + (1 / 4) ** 2 / 4000
    assert row["se"] == pytest.approx(math.sqrt(want), rel=1e-9)


@given(means=chains, target=st.sampled_from([-4, -1, -0.3, 0, 0.5, 3]))
@some
def test_the_least_closures_that_reach_a_target(means, target):
    chain = walk(*means)
    found = close_gaps(chain, target=target).needed
    g, total = np.diff(means), means[-1] - means[0]
    lost, lacking = np.maximum(-g, 0), max(target - total, 0)
    best = optimize.linprog(
        np.ones(len(g)), A_ub=[-lost], b_ub=[-lacking], bounds=[(0, 1)] * len(g)
    )
    together, alone = found["together"], found["alone"]
    if not best.success:
        assert np.isnan([together, alone]).all()
        assert all("out of reach" in why for why in found["undefined"])
        return
    assert together.sum() == pytest.approx(best.fun, abs=1e-9)
    assert ((together >= 0) & (together <= 1)).all()
    assert together @ lost == pytest.approx(lacking, abs=1e-12)
    shares = dict(zip(found["gap"].tolist(), together.tolist(), strict=True))
    after = close_gaps(chain, shares).gaps.row(gap="total")["after"]
    assert after == pytest.approx(max(target, total), abs=1e-12)
    enough = lost >= lacking
    want = lacking / np.where(lost > 0, lost, 1)
    np.testing.assert_allclose(alone, np.where(enough, want, NAN), atol=1e-12)
    assert ((found["undefined"] == "") == enough).all()


def test_a8_closed_by_hand():
    # E 6.5 M 6.0 S 5.5 D 5.0 P 4.8, gaps -.5 -.5 -.5 -.2: to -1 one lacks .7 = .5 + .4·.5
    found = close_gaps(walk(6.5, 6.0, 5.5, 5.0, 4.8), {"gap3": 0.5}, target=-1)
    assert found.gaps.row(gap="total")["after"] == pytest.approx(-1.45)
    np.testing.assert_allclose(found.needed["together"], [1, 0.4, 0, 0], atol=1e-12)
    assert np.isnan(found.needed["alone"]).all()
    found = close_gaps(walk(6.5, 6.0, 5.5, 5.0, 4.8), target=-1.2).needed
    np.testing.assert_allclose(found["alone"], [1, 1, 1, NAN])


def test_a_target_already_reached_needs_nothing():
    found = close_gaps(walk(6, 5, 5.5), target=-0.5).needed
    assert found["alone"].tolist() == found["together"].tolist() == [0, 0]
    assert found["undefined"].tolist() == ["", ""]


@pytest.mark.parametrize("middle", [Summary([NAN], 1, 9), [[NAN]]])
def test_a_gap_that_is_unknown_cannot_be_closed(middle):
    levels = {"a": Summary([7], 1, 9), "b": middle, "c": Summary([5], 1, 9)}
    found = close_gaps(sequential_gaps(levels, labels=["x"]), {"gap1": 0.5})
    assert set(found.gaps["undefined"]) == {"a level is undefined"}
    assert set(found.needed["undefined"]) == {"a gap is undefined"}
    assert np.isnan(found.needed["together"]).all()
    levels["b"] = Summary([6], NAN, 9)
    found = close_gaps(sequential_gaps(levels, labels=["x"])).gaps
    why = "the error of a level is undefined"
    assert found["undefined"].tolist() == [why, why, ""]  # the whole skips the level between


def test_branches_close_as_one_by_one():
    means = np.random.default_rng(4).integers(8, 56, (5, 3, 2)) / 8
    how = {"labels": ["x", "y"], "label_correlation": 0.4}

    def closed(rows):
        chain = service_gaps(
            **{k: Summary(m, 1, 9) for k, m in zip(LEVELS, rows, strict=True)}, **how
        )
        return close_gaps(chain, {"gap1": 0.5, "gap4": 1}, target=-0.25)

    found = closed(means)
    for b in range(3):
        one = closed(means[:, b])
        for field in ("gaps", "needed"):
            agree(
                getattr(found, field).where(branch=str(b + 1)), getattr(one, field), but=["branch"]
            )


# --- sizes of gaps --------------------------------------------------------------------------------

MANAGERS = sq.Instrument(
    code="managers",
    name="Managers",
    scale=sq.Scale(1, 7),
    dimensions=[
        sq.Dimension(code="teamwork", name="", items=[sq.Item("t1")]),
        sq.Dimension(code="gap3", name="", items=[sq.Item("a"), sq.Item("b", reverse=True)]),
        sq.Dimension(code="gap1", name="", items=[sq.Item("c"), sq.Item("d"), sq.Item("e")]),
    ],
)


def rated(*, weighted=False, n=60):
    rng = np.random.default_rng(9)
    ratings = rng.integers(1, 8, (n, 6)).astype(float)
    ratings[rng.random(ratings.shape) < 0.2] = NAN
    return sq.survey_from_arrays(
        MANAGERS,
        perceptions=ratings,
        weights=rng.choice([0, 0.5, 2], n) if weighted else None,
        by={"branch": np.append(rng.choice(["N", "S"], n - 1), "alone")},
    )


@pytest.mark.parametrize("by", [None, "branch"])
@pytest.mark.parametrize("weighted", [False, True])
def test_sizes_are_scores_below_the_top_of_the_scale(by, weighted):
    survey = rated(weighted=weighted)
    found, scores = (f(survey, by=by, confidence=0.9) for f in (gap_sizes, sq.perception_scores))
    keys = ("branch",) if by else ()
    assert found.gaps.keys == (*keys, "gap")
    assert found.items.keys == (*keys, "gap", "item")
    groups = 3 if by else 1
    assert found.gaps["gap"].tolist() == ["gap3", "gap1"] * groups
    assert found.items["item"].tolist() == ["a", "b", "c", "d", "e"] * groups
    for table, key, source, other in (
        (found.gaps, "gap", scores.dimensions, "dimension"),
        (found.items, "item", scores.items, "item"),
    ):
        for row in table.rows():
            group = {"branch": row["branch"]} if by else {}
            want = source.row(**group, **{other: row[key]})
            got = [row[name] for name in ("n", "score", "sd", "se", "undefined")]
            assert got[:-1] == pytest.approx(
                [want[name] for name in ("n", "perception", "sd", "se")], nan_ok=True
            )
            assert got[-1] == want["undefined"]
            assert row["estimate"] == pytest.approx(want["perception"] - 7, nan_ok=True)
            for end in ("low", "high"):
                assert row[end] == pytest.approx(want[end] - 7, nan_ok=True, abs=1e-12)
    sums = sq.moments(survey)
    assert gap_sizes(sums, by=by, confidence=0.9) == found


def test_sizes_of_very_many_groups_bear_groups_of_one():
    n = 10_001  # two gaps each: more than 20,000 rows
    ratings = np.random.default_rng(2).integers(1, 8, (2 * n - 1, 6))
    by = {"branch": [f"b{k}" for k in [*range(n), *range(n - 1)]]}
    found = gap_sizes(sq.survey_from_arrays(MANAGERS, perceptions=ratings, by=by), by="branch")
    one = found.gaps.where(branch=f"b{n - 1}")
    assert set(one["undefined"]) == {"one respondent"}
    assert np.isnan(one["low"]).all()


def test_a_form_that_rates_no_gap_has_no_sizes():
    form = sq.Instrument(
        code="f",
        name="F",
        scale=sq.Scale(1, 7),
        dimensions=[sq.Dimension(code="teamwork", name="", items=[sq.Item("t1")])],
    )
    with pytest.raises(ValueError, match=r"`answers` must be on a form with .* gap1.*got 'f'"):
        gap_sizes(sq.survey_from_arrays(form, perceptions=[[5], [6]]))
    with pytest.raises(TypeError, match="`answers` must be Survey or Moments"):
        gap_sizes([[5, 6]])
    with pytest.raises(ValueError, match=r"'brunch' is unknown.*'branch'"):
        gap_sizes(rated(), by="brunch")
    with pytest.raises(ValueError, match="`confidence`"):
        gap_sizes(rated(), confidence=0)
