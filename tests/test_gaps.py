"""The gap model: levels, chains that add up, and their errors, by exact fractions and scipy."""

import math
from fractions import Fraction

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special, stats

import servqual as sq
from servqual._stats.student import t_interval
from servqual.gaps import Summary, five_gaps, sequential_gaps, service_gaps

from . import reference
from .effort import effort
from .strategies import form

NAN, SET = math.nan, math.inf
LEVELS = ("expectation", "management_view", "standard", "delivery", "perception")
PLACES = {f"gap{k + 1}": (k, k + 1) for k in range(4)} | {"customer": (0, 4), "gaps1-3": (0, 3)}
NUMBERS = ["estimate", "se", "df", "low", "high"]
some = effort(25)


def people(seed, sizes=(30, 12, 9, 50, 30), labels=3, holes=0.0):
    """Return answers on 1..7 for each level; a person's answers vary together."""
    rng = np.random.default_rng(seed)
    levels = {}
    for place, (name, n) in enumerate(zip(LEVELS, sizes, strict=True)):
        raw = rng.normal(6 - place / 2, 1, (n, 1)) + rng.normal(0, 1, (n, labels))
        levels[name] = np.clip(np.round(raw), 1, 7)
        levels[name][rng.random((n, labels)) < holes] = NAN
    return levels


def summary(values):
    """Return what is left of an array when only its statistics are reported."""
    columns = [column[~np.isnan(column)] for column in values.T]
    rows = [(x.mean() if x.size else NAN, x.std(ddof=1) if x.size > 1 else NAN) for x in columns]
    return Summary(*zip(*rows, strict=True), [x.size for x in columns])


def letters(levels):
    first = next(iter(levels.values()))
    return "abcdefgh"[: (first.mean if isinstance(first, Summary) else first).shape[-1]]


def chain(levels, **how):
    return service_gaps(**{"labels": list(letters(levels)), **levels, **how})


# scipy's own quantiles of t, on which all intervals stand, are right to 1e-8 only before 1.17
QUANTILES = 1e-13 if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 17) else 1e-8


def agree(first, second, *, size=1e-9, but=()):
    """See that two Tables say the same, rounding aside."""
    assert set(first.columns) - set(but) == set(second.columns) - set(but)
    for name in set(first.columns) - set(but):
        if first[name].dtype.kind == "f":
            rtol = max(1e-9, QUANTILES)
            np.testing.assert_allclose(first[name], second[name], rtol=rtol, atol=max(size, rtol))
        else:
            assert first[name].tolist() == second[name].tolist()


def changed(levels, change, fields=("mean", "sd", "n")):
    """Return levels with a change of every array, or of some fields of every Summary."""
    return {
        name: attrs.evolve(level, **{field: change(getattr(level, field)) for field in fields})
        if isinstance(level, Summary)
        else change(level)
        for name, level in levels.items()
    }


@st.composite
def answered(draw, *, sizes=range(1, 7), labels=(1, 2, 3), holes=True):
    """Draw the answers of the five levels; the first and the last have as many people."""
    sizes = st.sampled_from(sizes)
    width, ends = draw(st.sampled_from(labels)), draw(sizes)
    least = 0 if holes and draw(st.booleans()) else 1
    levels = {}
    for name in LEVELS:
        n = ends if name in {LEVELS[0], LEVELS[-1]} else draw(sizes)
        codes = draw(hnp.arrays(np.int64, (n, width), elements=st.integers(least, 14)))
        levels[name] = np.where(codes == 0, NAN, codes / 2)
    return levels


@st.composite
def summarised(draw, *, branches=1, labels=None, whole=False):
    """Draw a Summary of dyadic means; not `whole`, with holes of every kind."""
    size = (branches, labels)
    mean = draw(hnp.arrays(np.int64, size, elements=st.integers(0 if not whole else 8, 56))) / 8
    sd = draw(hnp.arrays(float, size, elements=st.sampled_from([0, 0.5, 1, *[NAN] * (not whole)])))
    counts = [2, 9, 40, SET, *[0, 1] * (not whole)]
    n = draw(hnp.arrays(float, size, elements=st.sampled_from(counts)))
    return Summary(np.where(mean < 1, NAN, mean), np.where(n == SET, 0, sd), n)


@st.composite
def any_chain(draw, *, whole=False):
    """Draw five levels, each a Summary or answers, of one branch or of three.

    Means of `whole` levels are dyadic.
    """
    width = draw(st.sampled_from([1, 2, 4 if whole else 3]))
    branches = draw(st.sampled_from([1, 3]))
    sizes = [1, 2, 4, 8] if whole else range(1, 7)
    levels = draw(answered(sizes=sizes, labels=[width], holes=not whole))
    for name in draw(st.sets(st.sampled_from(LEVELS))):
        levels[name] = draw(summarised(branches=branches, labels=width, whole=whole))
    return levels


# --- by the definition ----------------------------------------------------------------------------


def figures(columns, shares):
    """Return the row of a mean of columns, exact; design §3 "Overall rows"."""
    exact = [[reference.exact(x) for x in column] for column in columns]
    ones = [Fraction(1)] * len(exact[0])
    return reference.mean_and_errors(exact, [Fraction(share) for share in shares], ones)


def wanted(first, last, *, paired, confidence=0.95):
    """Return the row of a gap between answers (people, labels), over all their labels."""
    L = first.shape[1]
    share = [Fraction(1, L)] * L
    a, b = figures(first.T, share), figures(last.T, share)
    row = {"earlier_n": a["n"], "later_n": b["n"], "estimate": b["mean"] - a["mean"]}
    row |= {"se": NAN, "df": NAN, "low": NAN, "high": NAN}
    if paired:
        both = figures(np.hstack([first, last]).T, [-x for x in share] + share)
        row["se"], df = both["se"], both["n"] - 1
    else:
        u, v = a["se"] ** 2, b["se"] ** 2
        row["se"] = math.sqrt(u + v)
        df = (u + v) ** 2 / (u**2 / (a["n"] - 1) + v**2 / (b["n"] - 1)) if u + v > 0 else NAN
    if row["se"] > 0:
        half = stats.t.ppf(0.5 + confidence / 2, df) * row["se"]
        row |= {"df": df, "low": row["estimate"] - half, "high": row["estimate"] + half}
    return row


def check(got, want):
    """See that a row is the wanted one, and says why where it has no interval."""
    assert {name: got[name] for name in want} == pytest.approx(want, rel=1e-8, abs=1e-9, nan_ok=1)
    assert bool(got["undefined"]) == math.isnan(want["low"]), got


@given(levels=answered(), paired=st.booleans(), confidence=st.sampled_from([0.5, 0.95, 0.999]))
@some
def test_every_row_is_that_of_the_definition(levels, paired, confidence):
    found = chain(levels, paired=paired, confidence=confidence)
    for name, (i, j) in PLACES.items():
        how = {"paired": paired and name == "customer", "confidence": confidence}
        first, last = levels[LEVELS[i]], levels[LEVELS[j]]
        check(found.gaps.row(gap=name), wanted(first, last, **how))
        for k, label in enumerate(letters(levels)):
            want = wanted(first[:, [k]], last[:, [k]], **how)
            check(found.by_label.row(label=label, gap=name), want)


@pytest.mark.parametrize(("paired", "confidence"), [(False, 0.8), (True, 0.95)])
def test_complete_answers_against_scipy(paired, confidence):
    levels = people(1)
    found = chain(levels, paired=paired, confidence=confidence)
    for name, (i, j) in PLACES.items():
        first, last = levels[LEVELS[i]], levels[LEVELS[j]]
        cases = [(found.gaps.row(gap=name), first.mean(axis=1), last.mean(axis=1))]
        for k, label in enumerate("abc"):
            cases.append((found.by_label.row(label=label, gap=name), first[:, k], last[:, k]))
        for row, x, y in cases:
            same = paired and name == "customer"
            want = stats.ttest_rel(y, x) if same else stats.ttest_ind(y, x, equal_var=False)
            ends = want.confidence_interval(confidence)
            assert row["estimate"] == pytest.approx(y.mean() - x.mean(), abs=1e-12)
            assert row["estimate"] / row["se"] == pytest.approx(want.statistic, rel=1e-9)
            assert row["df"] == pytest.approx(want.df, rel=1e-10)
            assert [row["low"], row["high"]] == pytest.approx([*ends], rel=1e-9)


# --- worked values --------------------------------------------------------------------------------

# theory A8, seed row 27 [ID]: E 6.5 M 6.0 S 5.5 D 5.0 P 4.8 -> -.5 -.5 -.5 -.2, sum -1.7, G4' -1.5
A8 = dict(zip(LEVELS, (6.5, 6.0, 5.5, 5.0, 4.8), strict=True))
A8_ANSWERS = {
    "expectation": [[6, 7], [7, 6]],
    "management_view": [[6, 5], [6, 7]],
    "standard": [[5, 6], [5, 6]],
    "delivery": [[4, 5], [5, 6], [6, 4]],
    "perception": [[4, 5], [5, 5], [5, 5], [5, 4], [5, 5]],
}


def a8(make):
    return {name: make(rows) for name, rows in A8_ANSWERS.items()}


@pytest.mark.parametrize(
    "levels",
    [
        {name: Summary([mean, mean], 1.2, 40) for name, mean in A8.items()},
        {name: Summary(mean, 1.2, [[40, 30]]) for name, mean in A8.items()},
        {name: Summary([mean - 0.25, mean + 0.25], [1, 2], [4, 9]) for name, mean in A8.items()},
        a8(np.array),
        a8(lambda rows: pd.DataFrame(rows, columns=["x", "y"], dtype="Int64")[["y", "x"]]),
        a8(lambda rows: pl.DataFrame(rows, schema=["x", "y"], orient="row")),
        a8(lambda rows: {"x": [row[0] for row in rows], "y": [row[1] for row in rows]}),
    ],
)
def test_a8(levels):
    found = service_gaps(labels=["x", "y"], **levels)
    gaps = found.gaps
    assert gaps["gap"].tolist() == list(PLACES)
    want = [-0.5, -0.5, -0.5, -0.2, -1.7, -1.5]
    np.testing.assert_allclose(gaps["estimate"], want, atol=1e-12)
    np.testing.assert_allclose(found.shares["share"], [5 / 17] * 3 + [2 / 17], rtol=1e-12)
    assert found.shares["share"][0] == pytest.approx(0.294, abs=5e-4)
    assert gaps["closed_by"].tolist() == ["explore", "offer", "do", "confirm", "", ""]
    assert gaps["earlier"].tolist() == [LEVELS[i] for i, _ in PLACES.values()]
    assert gaps["later"].tolist() == [LEVELS[j] for _, j in PLACES.values()]
    assert set(gaps.columns) >= {*NUMBERS, "earlier_n", "later_n"}
    assert gaps.columns[-1] == found.by_label.columns[-1] == "undefined"
    assert gaps.keys[-1:] == ("gap",)
    assert found.by_label.keys[-2:] == ("label", "gap")
    assert len(found.by_label) == 12
    np.testing.assert_allclose(found.levels["mean"], list(A8.values()), rtol=1e-12)


def test_shares_only_where_all_gaps_have_one_sign():
    def shares(*means):
        levels = {str(place): Summary([mean], 1.0, 9) for place, mean in enumerate(means)}
        return sequential_gaps(levels, labels=["x"]).shares

    assert shares(4, 5, 7)["share"].tolist() == [1 / 3, 2 / 3]
    assert shares(7, 5, 5)["share"].tolist() == [1, 0]
    for why, means in {
        "both signs": (7, 4, 5),
        "the whole is 0": (5, 5, 5),
        "a gap is undefined": (5, NAN, 4),
    }.items():
        table = shares(*means)
        assert np.isnan(table["share"]).all()
        assert all(why in reason for reason in table["undefined"])


def test_rounding_is_not_a_sign():
    """The second level is the third with its labels in another order: between them is no gap."""
    means = {"a": [7, 7, 7], "b": [0.3, 0.2, 0.1], "c": [0.1, 0.2, 0.3], "d": [0, 0, 0]}
    levels = {name: Summary(mean, 1.0, 50) for name, mean in means.items()}
    shares = sequential_gaps(levels, labels=["x", "y", "z"]).shares
    np.testing.assert_allclose(shares["share"], [6.8 / 7, 0, 0.2 / 7], atol=1e-12)


# --- what must hold -------------------------------------------------------------------------------


def adds_up(found, largest):
    for table in (found.gaps, found.by_label):
        gaps = table["estimate"].reshape(-1, 6)
        error = gaps[:, :4].sum(axis=1) - gaps[:, 4]
        assert (np.isnan(error) | (np.abs(error) <= largest)).all()
        error = gaps[:, :3].sum(axis=1) - gaps[:, 5]
        assert (np.isnan(error) | (np.abs(error) <= largest)).all()


@given(levels=any_chain(), scale=st.sampled_from([1, 0.1, 1e6, 1 / 3]))
@some
def test_four_gaps_add_up(levels, scale):
    levels = changed(levels, lambda x: x * scale, ["mean"])
    adds_up(chain(levels), 1e-12 * 7 * scale)


@given(levels=any_chain(whole=True), paired=st.booleans(), shift=st.integers(-64, 64))
@some
def test_dyadic_levels_add_up_and_shift_bit_for_bit(levels, paired, shift):
    ends = levels["expectation"], levels["perception"]
    how = {"label_correlation": 0.25}
    how["paired"] = paired and not any(isinstance(level, Summary) for level in ends)
    found = chain(levels, **how)
    adds_up(found, 0)
    other = chain(changed(levels, lambda x: x + shift / 8, ["mean"]), **how)
    assert (other.gaps, other.by_label, other.shares) == (found.gaps, found.by_label, found.shares)


@given(levels=any_chain(), random=st.randoms(use_true_random=False))
@some
def test_order_of_labels_changes_only_the_order_of_rows(levels, random):
    size = len(letters(levels))
    order = random.sample(range(size), size)
    found = chain(levels, label_correlation=0.5)
    turned = changed(levels, lambda x: x[..., order])
    other = chain(turned, labels=[letters(levels)[k] for k in order], label_correlation=0.5)
    agree(found.gaps, other.gaps)
    agree(found.levels, other.levels)
    for label in letters(levels):
        agree(found.by_label.where(label=label), other.by_label.where(label=label), size=0)


@given(levels=answered(), random=st.randoms(use_true_random=False), paired=st.booleans())
@some
def test_order_of_people_changes_nothing(levels, random, paired):
    ends = random.sample(range(len(levels["perception"])), len(levels["perception"]))
    turned = {
        name: x[ends if name in {LEVELS[0], LEVELS[-1]} else random.sample(range(len(x)), len(x))]
        for name, x in levels.items()
    }
    found, other = chain(levels, paired=paired), chain(turned, paired=paired)
    for field in ("gaps", "by_label", "levels", "shares"):
        agree(getattr(found, field), getattr(other, field))


@given(levels=answered(), paired=st.booleans())
@some
def test_a_chain_walked_backwards_turns_every_sign(levels, paired):
    labels = list(letters(levels))
    there = sequential_gaps(levels, labels=labels, paired=paired).gaps
    levels = dict(reversed(levels.items()))
    back = sequential_gaps(levels, labels=labels, paired=paired).gaps
    back = back.take([3, 2, 1, 0, 4])
    for name, other in (("estimate", "estimate"), ("low", "high"), ("high", "low")):
        np.testing.assert_allclose(there[name], -back[other], rtol=1e-9, atol=1e-12)
    for name in ("se", "df"):
        np.testing.assert_allclose(there[name], back[name], rtol=1e-9, atol=1e-12)
    assert ((there["undefined"] == "") == (back["undefined"] == "")).all()


@given(levels=any_chain(), correlation=st.sampled_from([None, 0, 0.5, 1]))
@some
def test_rows_are_whole_or_undefined(levels, correlation):
    found = chain(levels, label_correlation=correlation)
    for table in (found.gaps, found.by_label):
        for row in table.rows():
            if row["undefined"]:
                assert np.isnan([row["low"], row["high"], row["df"]]).all(), row
                assert math.isnan(row["se"]) or row["se"] == 0, row
            else:
                assert np.isfinite([row[name] for name in NUMBERS]).all(), row
                assert row["low"] < row["estimate"] < row["high"]
                assert row["earlier_n"] >= 0 <= row["later_n"]
    assert found._repr_html_().startswith("<table>")


def test_service_gaps_are_sequential_gaps_with_names():
    levels = people(3, holes=0.1)
    found = sequential_gaps(levels, labels=["a", "b", "c"], paired=True)
    named = chain(levels, paired=True)
    assert found.gaps["gap"].tolist() == ["gap1", "gap2", "gap3", "gap4", "total"]
    for table, more in ((found.gaps, named.gaps), (found.by_label, named.by_label)):
        agree(more.take(more["gap"] != "gaps1-3"), table, but=["gap", "closed_by"])
    assert found.shares == named.shares


def test_two_levels_are_two_groups_compared():
    levels = people(4, labels=1)
    x, y = levels["expectation"], levels["delivery"]
    row = sequential_gaps({"x": x, "y": y}, labels=["a"]).gaps.row(gap="total")
    survey = sq.survey_from_arrays(
        form([1]), perceptions=np.vstack([y, x]), by={"side": ["1"] * len(y) + ["2"] * len(x)}
    )
    want = sq.compare_groups(survey, by="side", score="perception").pairs.row(dimension="A")
    for name, other in (("estimate", "difference"), ("se", "se"), ("df", "df"), ("low", "low")):
        assert row[name] == pytest.approx(want[other], rel=1e-10)


@given(levels=any_chain())
@some
def test_branches_at_once_are_branches_one_by_one(levels):
    found = chain(levels, label_correlation=0.5)
    sizes = [len(x.mean) for x in levels.values() if isinstance(x, Summary)]
    for b in range(max(sizes, default=0)):
        short = {name: x for name, x in levels.items() if isinstance(x, Summary)}
        alone = changed(short, lambda x, b=b: x[b])
        one = chain({name: alone.get(name, levels[name]) for name in LEVELS}, label_correlation=0.5)
        for field in ("gaps", "by_label", "levels", "shares"):
            table = getattr(found, field).where(branch=str(b + 1))
            agree(table, getattr(one, field), but=["branch"])


@given(levels=answered())
@some
def test_exact_statistics_are_as_good_as_answers_by_label(levels):
    found, want = chain({name: summary(x) for name, x in levels.items()}), chain(levels)
    agree(found.by_label, want.by_label)
    np.testing.assert_allclose(found.gaps["estimate"], want.gaps["estimate"], atol=1e-12)
    if len(letters(levels)) == 1:
        agree(found.gaps, want.gaps)


def test_the_correlation_of_labels_gives_the_error_of_people():
    x = people(5)["expectation"]
    y = x.mean(axis=0) - 1 + (x - x.mean(axis=0)) * [0.5, 1, 2]  # correlates as x
    short, labels = {"x": summary(x), "y": summary(y)}, ["a", "b", "c"]
    want = sequential_gaps({"x": x, "y": y}, labels=labels).gaps
    r = pd.DataFrame(x).corr()
    agree(sequential_gaps(short, labels=labels, label_correlation=r).gaps, want)
    for why in sequential_gaps(short, labels=labels).gaps["undefined"]:
        assert "x: " in why
        assert "label_correlation" in why


def test_the_correlation_may_be_numpys_whose_last_digits_wobble():
    """np.corrcoef divides twice: its diagonal is 1 and its halves are equal up to rounding."""
    for seed in range(20):
        x = people(seed)["expectation"]
        levels = {"e": summary(x), "p": summary(x - 1)}
        r = np.corrcoef(x, rowvar=False)
        gaps = sequential_gaps(levels, labels=["a", "b", "c"], label_correlation=r).gaps
        se = math.sqrt(2 * np.var(x.mean(axis=1), ddof=1) / len(x))
        assert gaps["se"][0] == pytest.approx(se, rel=1e-9)


def test_labels_answered_by_other_numbers_share_the_smaller():
    # by hand: se 1/2, 1/3; both answered 4 of 9: ¼(¼ + 1/9 + 2·r·½·⅓·√(4/9)) = ¼(13/36 + 4/36)
    levels = {"e": Summary([7, 6], 1, [4, 9]), "p": Summary([5, 5], 0, SET)}
    row = sequential_gaps(levels, labels=["a", "b"], label_correlation=0.5).gaps.row(gap="total")
    assert row["se"] == pytest.approx(math.sqrt(17) / 12, rel=1e-12)
    assert (row["earlier_n"], row["df"]) == (4, 3)


def test_levels_that_were_set_have_no_error():
    levels = {name: Summary([mean], 1.5, 9) for name, mean in A8.items()}
    levels |= {name: Summary([A8[name]], 0, SET) for name in ("management_view", "standard")}
    gaps = chain(levels).gaps
    for name, n in (("gap1", 9), ("gap3", 9)):
        row = gaps.row(gap=name)
        assert (row["se"], row["df"]) == (0.5, n - 1)
        assert row["high"] - row["estimate"] == pytest.approx(stats.t.ppf(0.975, 8) / 2)
    assert (gaps.row(gap="gap1")["earlier_n"], gaps.row(gap="gap1")["later_n"]) == (9, 0)
    row = gaps.row(gap="gap2")
    assert (row["estimate"], row["se"], row["undefined"]) == (-0.5, 0, "no variation")
    both = {"a": Summary([6, 7], 0, SET), "b": Summary([5, 7], 0, SET)}
    row = sequential_gaps(both, labels=["x", "y"]).gaps.row(gap="total")
    assert (row["estimate"], row["undefined"]) == (-0.5, "no variation")


def test_2000_branches_at_once_are_loops():
    rng = np.random.default_rng(6)
    size, names = (2000, 5), [f"b{k}" for k in range(2000)]
    levels = {
        name: (rng.uniform(1, 7, size), rng.uniform(0.5, 2, size), rng.integers(2, 300, size))
        for name in LEVELS
    }
    summaries = {name: Summary(*level) for name, level in levels.items()}
    table = chain(summaries, branches=names, label_correlation=0.3).by_label
    assert table.keys == ("branch", "label", "gap")
    assert table["branch"].tolist() == [name for name in names for _ in range(30)]
    for place, (i, j) in enumerate(PLACES.values()):
        first, last = levels[LEVELS[i]], levels[LEVELS[j]]
        want = stats.ttest_ind_from_stats(*last, *first, equal_var=False).statistic
        rows = table.take(np.arange(place, 60_000, 6))
        np.testing.assert_allclose(rows["estimate"] / rows["se"], want.ravel(), rtol=1e-9)
    for b in range(0, 2000, 50):
        one = {name: Summary(*(x[b] for x in level)) for name, level in levels.items()}
        rows = table.take(np.arange(30 * b, 30 * b + 30))
        agree(rows, chain(one, label_correlation=0.3).by_label, but=["branch"])


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.999999])
def test_many_quantiles_of_t_are_those_one_by_one(confidence):
    df = np.concatenate([np.geomspace(1, 1e9, 20_000), np.linspace(7.9, 8.1, 501), [SET, NAN]])
    got = t_interval(np.zeros(df.shape), np.ones(df.shape), df, confidence)[1]
    np.testing.assert_allclose(got, special.stdtrit(df, 0.5 + confidence / 2), rtol=QUANTILES)


@pytest.mark.parametrize("df", [0.0, -1.0])
def test_many_quantiles_of_t_bear_a_group_of_one_or_of_nobody(df):
    many = np.full(20_001, 30.0)
    many[5] = df
    got = t_interval(np.zeros(many.shape), np.ones(many.shape), many, 0.95)[1]
    assert got[4] == pytest.approx(special.stdtrit(30, 0.975), rel=QUANTILES)
    np.testing.assert_array_equal(got[5], special.stdtrit(df, 0.975))


# --- five gaps ------------------------------------------------------------------------------------


def test_five_gaps_of_1985():
    levels, words = people(7), people(8)["delivery"][:20] + 1
    how = {"labels": ["a", "b", "c"], "paired": True}
    found = five_gaps(**levels, external_communication=words, **how)
    four = service_gaps(**levels, **how)
    assert found.by_label.keys == ("label", "gap")
    for table, want in ((found.gaps, four.gaps), (found.by_label, four.by_label)):
        assert table["gap"][:5].tolist() == [f"gap{k}" for k in range(1, 6)]
        shared = table.take(table["gap"] != "gap4")
        kept = want.take((want["gap"] != "gap4") & (want["gap"] != "gaps1-3"))
        agree(kept, shared, but=["gap", "closed_by"])
    row = found.gaps.row(gap="gap4")
    want = stats.ttest_ind(words.mean(axis=1), levels["delivery"].mean(axis=1), equal_var=False)
    assert row["estimate"] > 0  # more is promised than delivered
    assert (row["earlier"], row["later"]) == ("delivery", "external_communication")
    assert row["estimate"] / row["se"] == pytest.approx(want.statistic, rel=1e-9)
    assert not hasattr(found, "shares")
    assert not hasattr(found, "totals")


# --- bad input ------------------------------------------------------------------------------------

PLAIN = {name: np.array([[6.0, 5], [7, 6], [5, 5]]) for name in LEVELS}
TWO = {"delivery": Summary([[5, 5]] * 2, 1, 9)}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"delivery": [[6, 5, 4]]}, ValueError, "`delivery` must be a table .*'a', 'b'.*shape"),
        ({"delivery": [6, 5]}, ValueError, "`delivery` must be a table"),
        ({"delivery": None}, ValueError, "`delivery` must be a table"),
        ({"delivery": "high"}, TypeError, "`delivery` must be a table"),
        ({"delivery": [["x", 5]]}, ValueError, r"`delivery\['a'\]` must be numbers, got 'x'"),
        ({"delivery": [[6, math.inf]]}, ValueError, r"`delivery\['b'\]` must be finite.*row 1"),
        ({"delivery": pd.DataFrame({"a": [1], "c": [2]})}, ValueError, "delivery.*no column 'b'"),
        ({"delivery": pl.DataFrame({"a": [1], "c": [2]})}, ValueError, "delivery.*no column 'b'"),
        ({"delivery": pl.DataFrame({"a": ["x"], "b": ["y"]})}, ValueError, "delivery.*'x'"),
        ({"delivery": np.empty((0, 2))}, ValueError, "`delivery`"),
        ({"delivery": pd.DataFrame({"a": [], "b": []})}, ValueError, "`delivery`"),
        ({"delivery": Summary([1, 2, 3], 1, 9)}, ValueError, "`delivery` must have 2 labels"),
        ({**TWO, "standard": Summary([[5, 5]] * 3, 1, 9)}, ValueError, "same branches.*3"),
        ({**TWO, "branches": ["N"]}, ValueError, "`branches` must name each of 2"),
        ({**TWO, "branches": ["N", "N"]}, ValueError, "`branches`.*'N' twice"),
        ({**TWO, "branches": "NS"}, TypeError, "`branches` must be several texts"),
        ({"branches": ["N", "S"]}, ValueError, "`branches` must name each of 1"),
        ({"labels": "ab"}, TypeError, "`labels` must be several texts"),
        ({"labels": ["a", "a"]}, ValueError, "`labels`.*'a' twice"),
        ({"labels": ["a", " "]}, ValueError, "`labels` must not be blank"),
        ({"labels": ["a", 1]}, TypeError, "`labels` must be a text"),
        ({"labels": []}, ValueError, "`labels` must have at least one"),
        ({"labels": 5}, TypeError, "`labels`"),
        ({"scale": sq.Scale(1, 6)}, ValueError, "`expectation` must lie in 1..6.*got 7"),
        ({**TWO, "scale": sq.Scale(6, 7)}, ValueError, "must lie in 6..7"),
        ({"scale": (1, 7)}, TypeError, "`scale` must be Scale"),
        ({"paired": True, "perception": [[5, 5]]}, ValueError, "`paired` needs.*3 and 1 rows"),
        ({"paired": True, "perception": Summary([5, 5], 1, 3)}, ValueError, "Summary for percept"),
        ({"label_correlation": 1.5}, ValueError, "`label_correlation` must lie in -1..1"),
        ({"label_correlation": -1.01}, ValueError, "`label_correlation`"),
        ({"label_correlation": NAN}, ValueError, "`label_correlation`"),
        ({"paired": "no"}, TypeError, "`paired` must be bool"),
        ({"label_correlation": "much"}, ValueError, "`label_correlation` must be numbers"),
        ({"label_correlation": [[1, 0.2], [0.3, 1]]}, ValueError, "symmetric"),
        ({"label_correlation": [[2, 0.2], [0.2, 2]]}, ValueError, "1 on the diagonal"),
        ({"label_correlation": np.eye(3)}, ValueError, "2 by 2"),
        ({"confidence": 1}, ValueError, "`confidence` must lie between 0 and 1"),
        ({"confidence": 95}, ValueError, "`confidence`"),
        ({"confidence": "95%"}, TypeError, "`confidence` must be a number"),
    ],
)
def test_levels_that_do_not_fit_say_what_is_wrong(change, error, words):
    with pytest.raises(error, match=words):
        service_gaps(**{"labels": ["a", "b"], **PLAIN, **change})


@pytest.mark.parametrize("r", [-0.6, [[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]])
def test_a_correlation_that_no_three_labels_can_have(r):
    with pytest.raises(ValueError, match="eigenvalue"):
        chain(people(1), label_correlation=r)


@pytest.mark.parametrize(
    ("levels", "error", "words"),
    [
        ({"only": [[5]]}, ValueError, "`levels` must be two or more, got 1"),
        ({}, ValueError, "`levels` must be two or more, got 0"),
        ([[[5]], [[4]]], TypeError, "`levels` must be Mapping"),
    ],
)
def test_a_chain_needs_levels_with_names(levels, error, words):
    with pytest.raises(error, match=words):
        sequential_gaps(levels, labels=["a"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (([5], 1, -1), "`n` must be whole and 0 or more, got -1"),
        (([5], 1, 2.5), "`n` must be whole"),
        (([5], 1, NAN), "`n` must be whole"),
        (([5, 5], [1, -0.5], 9), r"`sd` must be 0 or more.*-0.5 \(place 1\)"),
        (([5], math.inf, 9), "`sd`"),
        (([5], 1, SET), "`sd` must be 0 where n is infinite"),
        (([5], NAN, SET), "`sd` must be 0 where n is infinite"),
        (([-math.inf], 1, 9), "`mean` must be finite"),
        ((["high"], 1, 9), "`mean` must be numbers"),
        (([5, 6], [1, 1, 1], 9), "fit each other"),
        (([[[5]]], 1, 9), r"\(labels,\) or \(branches, labels\)"),
    ],
)
def test_a_summary_of_nothing_that_can_be(fields, words):
    with pytest.raises(ValueError, match=words):
        Summary(*fields)


@pytest.mark.parametrize(
    ("delivery", "overall", "by_label"),
    [
        ([[5, 6]], "delivery: one answer", "delivery: one answer"),
        ([[5, NAN], [6, NAN]], "delivery: a label without answers", ""),
        ([[NAN, NAN]] * 3, "delivery: a label without answers", "delivery: no answers"),
        ([[4, 5], [4, 5]], "no variation", "no variation"),
        ([[5, 6], [NAN, 7], [NAN, 6]], "delivery: one answer", "delivery: one answer"),
        (Summary([NAN, 5], 1, 9), "delivery: a label without answers", "delivery: no answers"),
        (Summary([NAN, NAN], NAN, 0), "delivery: a label without answers", "delivery: no answers"),
        (Summary([5, 5], NAN, 9), "delivery: no sd", "delivery: no sd"),
        (Summary([5, 5], NAN, 1), "delivery: one answer", "delivery: one answer"),
        (Summary([5, 5], 0, 9), "no variation", "no variation"),
    ],
)
def test_what_cannot_be_known_says_why(delivery, overall, by_label):
    levels = {"standard": Summary([5.5, 5.5], 0, SET), "delivery": delivery}
    found = sequential_gaps(levels, labels=["a", "b"])
    row = found.gaps.row(gap="gap1")
    assert row["undefined"] == overall
    assert np.isnan([row["low"], row["high"], row["df"]]).all()
    assert math.isnan(row["estimate"]) == ("without" in overall)
    row = found.by_label.row(label="a", gap="gap1")
    assert row["undefined"] == by_label
    assert math.isnan(row["low"]) == bool(by_label)


def test_a_branch_without_sd_says_so_whatever_the_others_lack():
    """No correlation would help the second branch."""
    level = Summary([[6, 6], [6, 6]], [[1, 1], [NAN, NAN]], 9)
    gaps = sequential_gaps({"x": level, "y": level}, labels=["a", "b"]).gaps
    assert "label_correlation" in gaps.row(branch="1", gap="total")["undefined"]
    assert gaps.row(branch="2", gap="total")["undefined"] == "x: no sd"
