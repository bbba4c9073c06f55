"""Kano's categories: worked values, all pairs, wordings, rules by exact fractions, bad input."""

import itertools
import math
import re
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from servqual.priorities import kano, kano_coordinates, kano_from_counts

from .effort import effort

NAN = math.nan
COEFFICIENTS = ("better", "better_low", "better_high", "worse", "worse_low", "worse_high")
few = effort(20)
many = effort(100)
CONFIDENCES = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
LETTERS = "AOMIRQ"
ROUGH = "expected counts below 5: chi2 and p are rough"
FEW = "few answers: fong is rough"
SHARES = "do the counts sum to 1 because they are shares? multiply by n"
PRECEDENCE = "MOAIRQ"  # issue 8: exact ties by M > O > A > I > R > Q
# rows functional, columns dysfunctional: like, must be, neutral, live with, dislike
TABLES = {
    "standard": [  # facts.md 6a, confirmed: the table of Berger et al. (1993)
        "QAAAO",
        "RIIIM",
        "RIIIM",
        "RIIIM",
        "RRRRQ",
    ],
    "pouliot": [  # facts.md 6b, from memory: Q in the cells (2, 2) and (4, 4)
        "QAAAO",
        "RQIIM",
        "RIIIM",
        "RIIQM",
        "RRRRQ",
    ],
}
WORDS = ("I like it", "It must be that way", "I am neutral", "I can live with it", "I dislike it")
FUNCTIONAL = (4, 2, 0, -1, -2)  # theory C3, DuMouchel
DYSFUNCTIONAL = (-2, -1, 0, 2, 4)


def refused(call, said):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")


def close(wanted, rel=1e-10):
    return pytest.approx(wanted, rel=rel, abs=1e-12, nan_ok=True)


def one(counts, **options):
    """Return the row of a single item."""
    return kano_from_counts({"x": counts}, **options).table.row(item="x")


def counts_of(row):
    return {letter: row[letter] for letter in LETTERS}


def alike(row):
    """Return a row for comparison: numbers but for rounding."""
    return {
        name: value if isinstance(value, str) else close(value, 1e-14)
        for name, value in row.items()
    }


def code_of(word, **options):
    """Return the code that a text stands for, by its value on either side."""
    row = kano_coordinates({"x": [word]}, {"x": [word]}, **options).table.row(item="x")
    code = FUNCTIONAL.index(row["functional"]) + 1
    assert DYSFUNCTIONAL.index(row["dysfunctional"]) + 1 == code
    return code


def answers(rows=(1, 12), columns=(1, 3), hole=True):
    """Draw codes of both sides (2, respondents, items), NaN where there is no answer."""
    shape = st.tuples(st.just(2), st.integers(*rows), st.integers(*columns))
    cells = st.integers(0 if hole else 1, 5)
    return hnp.arrays(np.int64, shape, elements=cells).map(lambda x: np.where(x < 1, NAN, x))


# --- worked values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "better", "worse", "printed"),
    [  # theory C3 [R]: Sauerwein et al. (1996), skis; the percentages are from memory (facts.md 6c)
        ({"A": 7, "O": 32.3, "M": 49.3, "I": 9.5}, 0.40061, -0.83180, (0.40, -0.83)),
        ({"A": 10.4, "O": 45.1, "M": 30.5, "I": 11.5}, 0.56923, -0.77538, (0.57, -0.78)),
        # the paper prints .89 for the last, by theory C3: its own percentages give .88
        ({"A": 63.8, "O": 21.6, "M": 2.9, "I": 8.5}, 0.88223, -0.25310, (0.88, -0.25)),
    ],
)
def test_c3_sauerweins_skis(counts, better, worse, printed):
    row = one(counts)
    assert (row["better"], row["worse"]) == pytest.approx((better, worse), abs=5e-6)
    assert (round(row["better"], 2), round(row["worse"], 2)) == printed
    assert row["category"] == max(counts, key=counts.get)
    assert row["n"] == pytest.approx(sum(counts.values()))


@pytest.mark.parametrize(
    ("a", "b", "n", "needed", "differ"),
    [  # theory C3 [R]: Fong's test
        (40, 30, 100, 11.1299, False),
        (48, 30, 100, 11.3814, True),
        (60, 30, 120, 12.375, True),
    ],
)
def test_c3_fongs_three(a, b, n, needed, differ):
    row = one({"O": a, "M": b, "I": n - a - b})
    assert row["fong_needed"] == pytest.approx(needed, abs=5e-5)
    assert (row["fong_difference"], row["fong"]) == (a - b, differ)
    assert row["n"] == n


@pytest.mark.parametrize(
    ("a", "b", "n"),
    # by search, the only counts below 400 with (20(a - b))²·2n = 33²·(a + b)(2n - a - b)
    [(171, 149, 360), (84, 66, 363)],
)
def test_a_lead_of_just_what_fong_needs_is_enough(a, b, n):
    rest = n - a - b
    others = dict(zip("MIRQ", (rest - 3 * (rest // 4), *[rest // 4] * 3), strict=True))
    row = one({"A": a, "O": b, **others})
    assert row["fong_difference"] == pytest.approx(row["fong_needed"], rel=1e-14)
    assert row["fong"]
    assert not one({"A": a - 1, "O": b + 1, **others})["fong"]


def test_fong_tells_equal_shares_apart_more_often_than_in_10_of_100():
    """The Notes say of a pair chosen beforehand: in 16 to 22 of 100 samples."""
    rng = np.random.default_rng(1)
    for shares, n, wanted in (
        ([0.45, 0.45, 0.1, 0], 200, 0.22),
        ([0.35, 0.35, 0.15, 0.15], 100, 0.17),
    ):
        samples = rng.multinomial(n, shares, 2000)
        columns = dict(zip("AOMI", samples.T, strict=True))
        table = kano_from_counts({"item": range(2000), **columns}).table
        first, second = samples[:, :2].T
        both = first + second
        apart = abs(first - second) >= 1.65 * np.sqrt(both * (2 * n - both) / (2 * n))
        assert apart.mean() == pytest.approx(wanted, abs=0.03)
        leaders = np.minimum(first, second) > samples[:, 2:].max(axis=1)
        assert (table["fong"] == apart)[leaders].all()
    assert "fong by the factor 1.65" in table.note


@pytest.mark.parametrize(
    ("counts", "category", "rule", "by_sum"),
    [
        ({"A": 42, "M": 38, "I": 20}, "A", "M", "A"),  # 4 of 100: M goes first
        ({"A": 42, "M": 37, "I": 21}, "A", "A", "A"),  # 5 of 100 are not less than 5 %
        ({"M": 42, "A": 38, "I": 20}, "M", "M", "M"),  # the leader goes first anyway
        ({"A": 30, "O": 30, "M": 30, "I": 10}, "M", "M", "M"),
        ({"A": 20, "O": 20, "I": 60}, "I", "I", "I"),
        ({"A": 30, "O": 25, "I": 45}, "I", "I", "A"),  # together more want it than do not care
        ({"A": 25, "O": 25, "I": 25, "R": 25}, "O", "O", "I"),  # 50 of 100 are not more
        ({"R": 10, "Q": 10}, "R", "R", "R"),
        ({"I": 40, "A": 39, "M": 21}, "I", "A", "A"),
        ({"I": 40, "A": 38, "M": 38}, "I", "M", "M"),  # of level seconds, the earlier counts
        # sums of tenths are not exact: .1 + .2 are no more than .3, 35.1 leads 30.1 by 5
        ({"A": 0.1, "O": 0.2, "I": 0.3}, "I", "I", "I"),
        ({"A": 35.1, "M": 30.1, "I": 29.8, "R": 5}, "A", "A", "A"),
    ],
)
def test_three_rules_of_a_category(counts, category, rule, by_sum):
    row = one(counts)
    assert [row[f"{name}category"] for name in ("", "rule_", "sum_")] == [category, rule, by_sum]


def test_strengths_are_shares_of_all_six():
    row = one({"A": 10, "O": 40, "M": 20, "I": 15, "R": 10, "Q": 5})
    assert row["total_strength"] == pytest.approx(0.7)  # 70 of 100
    assert row["category_strength"] == pytest.approx(0.2)  # 40 - 20 of 100
    assert row["better"] == pytest.approx(50 / 85)  # without R and Q
    assert row["worse"] == pytest.approx(-60 / 85)


# --- rules by exact fractions ---------------------------------------------------------------------


def plainly(counts):
    """Return what issue 8 says of counts by letter, exactly and one rule after another."""
    counts = {letter: Fraction(counts[letter]) for letter in PRECEDENCE}
    n = sum(counts.values())

    def most(letters):
        top = max(counts[letter] for letter in letters)
        return next(letter for letter in PRECEDENCE if letter in letters and counts[letter] == top)

    first = most(PRECEDENCE)
    second = most(PRECEDENCE.replace(first, ""))
    lead = counts[first] - counts[second]
    near = lead < n / 20
    wanted = counts["O"] + counts["A"] + counts["M"] > counts["I"] + counts["R"] + counts["Q"]
    both = counts[first] + counts[second]
    needed2 = Fraction(33, 20) ** 2 * both * (2 * n - both) / (2 * n)
    base = counts["A"] + counts["O"] + counts["M"] + counts["I"]
    return {
        "category": first,
        "rule_category": min(first, second, key=PRECEDENCE.index) if near else first,
        "sum_category": most("MOA" if wanted else "IRQ"),
        "fong": lead**2 >= needed2,
        "fong_difference": float(lead),
        "fong_needed": math.sqrt(needed2),
        "total_strength": float((n - counts["I"] - counts["R"] - counts["Q"]) / n),
        "category_strength": float(lead / n),
        "better": float((counts["A"] + counts["O"]) / base) if base else NAN,
        "worse": -float((counts["O"] + counts["M"]) / base) if base else NAN,
        "n": float(n),
    }


SMALL = st.integers(0, 6)
SIZES = st.one_of(SMALL, st.sampled_from([19, 20, 21, 40, 57, 60, 100]), st.integers(0, 10**6))
HALVES = st.integers(0, 60).map(lambda x: x / 2)


def tallies(*sizes):
    """Draw counts of the six letters."""
    several = st.one_of(*(st.lists(size, min_size=6, max_size=6) for size in sizes))
    return several.map(lambda x: dict(zip(LETTERS, x, strict=True)))


@many
@given(tallies(SMALL, SIZES, HALVES))
@example({"A": 171, "O": 149, "M": 10, "I": 10, "R": 10, "Q": 10})
@example({"A": 1, "O": 1, "M": 1, "I": 1, "R": 1, "Q": 1})
@example({"A": 21, "O": 20, "M": 19, "I": 0, "R": 0, "Q": 0})
@example({"A": 0, "O": 0, "M": 0, "I": 11, "R": 10, "Q": 10})
def test_rules_by_exact_fractions(counts):
    assume(any(counts.values()))
    row = one(counts)
    for name, value in plainly(counts).items():
        assert row[name] == (value if isinstance(value, (str, bool)) else close(value)), name


def test_rules_of_all_small_counts():
    several = [x for x in itertools.product(range(3), repeat=6) if any(x)]
    items = {f"{place}": dict(zip(LETTERS, x, strict=True)) for place, x in enumerate(several)}
    table = kano_from_counts(items).table
    for name in ("category", "rule_category", "sum_category", "fong"):
        wanted = [plainly(counts)[name] for counts in items.values()]
        assert table[name].tolist() == wanted, name


@many
@given(tallies(SIZES, HALVES), CONFIDENCES)
def test_intervals_are_wilsons_by_hand(counts, confidence):
    row = one(counts, confidence=confidence)
    base = sum(counts[letter] for letter in "AOMI")
    assume(base)
    z = stats.norm.ppf(0.5 + confidence / 2)
    for name, letters, sign in (("better", "AO", 1), ("worse", "OM", -1)):
        p = sum(counts[letter] for letter in letters) / base
        middle = (p + z**2 / (2 * base)) / (1 + z**2 / base)
        half = z / (1 + z**2 / base) * math.sqrt(p * (1 - p) / base + (z / (2 * base)) ** 2)
        ends = sorted([sign * (middle - half), sign * (middle + half)])
        found = [row[f"{name}_low"], row[f"{name}_high"]]
        assert found == pytest.approx(ends, rel=1e-7, abs=1e-9)
        low, high = (0, 1) if sign > 0 else (-1, 0)
        assert low <= found[0] <= row[name] <= found[1] <= high
    assert row["undefined"] == ""


def test_intervals_are_those_of_scipy():
    row = one({"A": 12, "O": 20, "M": 31, "I": 7, "R": 3}, confidence=0.9)
    for name, count, sign in (("better", 32, 1), ("worse", 51, -1)):
        ends = stats.binomtest(count, 70).proportion_ci(0.9, method="wilson")
        found = sorted([sign * row[f"{name}_low"], sign * row[f"{name}_high"]])
        assert found == pytest.approx([ends.low, ends.high], rel=1e-10)


@few
@given(tallies(SIZES, HALVES))
def test_equal_shares_are_tested_as_by_scipy(counts):
    four = [counts[letter] for letter in "MOAI"]
    assume(sum(four))
    row, wanted = one(counts), stats.chisquare(four)
    assert row["chi2"] == close(wanted.statistic)
    assert row["p"] == pytest.approx(wanted.pvalue, rel=1e-9, abs=1e-300)
    said = [ROUGH] * (sum(four) < 20) + [FEW] * (sum(sorted(counts.values())[-2:]) < 10)
    if 0 < sum(counts.values()) < 2 and any(count % 1 for count in counts.values()):
        said = [SHARES]
    assert (row["caution"], row["lacking"]) == ("; ".join(said), "")


@few
@given(tallies(SIZES), st.permutations(LETTERS))
def test_neither_order_of_letters_nor_empty_ones_matter(counts, order):
    turned = {letter: counts[letter] for letter in order if counts[letter]}
    assert one(turned) == alike(one(counts))


@few
@given(tallies(SIZES), st.sampled_from([2, 10, 0.5]))
def test_categories_and_coefficients_do_not_depend_on_the_number_of_answers(counts, factor):
    assume(any(counts.values()))
    row, more = one(counts), one({letter: factor * x for letter, x in counts.items()})
    for name in ("category", "rule_category", "sum_category", "undefined"):
        assert more[name] == row[name], name
    for name in ("better", "worse", "total_strength", "category_strength"):
        assert more[name] == close(row[name]), name
    assert more["chi2"] == close(factor * row["chi2"])


def test_more_answers_and_less_confidence_make_intervals_narrower():
    counts = {"A": 6, "O": 9, "M": 4, "I": 11}

    def width(factor, confidence):
        row = one({a: factor * x for a, x in counts.items()}, confidence=confidence)
        return [row[f"{name}_high"] - row[f"{name}_low"] for name in ("better", "worse")]

    wide, narrow, sure = width(1, 0.95), width(10, 0.95), width(1, 0.5)
    assert all(np.less(narrow, wide))
    assert all(np.less(sure, wide))


def test_items_stand_for_themselves_in_their_order():
    items = {"z": {"A": 3}, "a": {"O": 5, "M": 5}, "m": {"Q": 2}}
    table = kano_from_counts(items).table
    assert table["item"].tolist() == ["z", "a", "m"]
    for item, counts in items.items():
        alone = kano_from_counts({item: counts}).table.row(item=item)
        assert table.row(item=item) == alike(alone)


# --- forms of counts ------------------------------------------------------------------------------

COUNTS = {"wifi": {"A": 6, "O": 3, "M": 2, "I": 5, "R": 1, "Q": 1}, "seat": {"M": 12, "O": 4}}
COLUMNS = {"item": list(COUNTS), **{a: [x.get(a, 0) for x in COUNTS.values()] for a in LETTERS}}


@pytest.mark.parametrize(
    "counts",
    [
        COLUMNS,
        {name: COLUMNS[name] for name in ("Q", "M", "item", "A", "R", "I", "O")},
        pd.DataFrame(COLUMNS),
        pl.DataFrame(COLUMNS),
        pl.DataFrame(COLUMNS).lazy(),
        pa.table(COLUMNS),
        {item: pd.Series(x) for item, x in COUNTS.items()},
        {item: Counter("".join(a * n for a, n in x.items())) for item, x in COUNTS.items()},
        pd.DataFrame(COLUMNS).assign(A=pd.array(COLUMNS["A"], dtype="Int64")),
    ],
)
def test_counts_of_any_form(counts):
    assert kano_from_counts(counts).table == kano_from_counts(COUNTS).table


def test_whole_counts_are_shown_whole():
    assert {type(one(COUNTS["wifi"])[letter]) for letter in (*LETTERS, "n")} == {int}
    assert isinstance(one({"A": 1.5})["A"], float)
    assert one(COUNTS["wifi"])["missing"] == 0


@pytest.mark.parametrize(
    ("counts", "lacking", "undefined"),
    [
        ({}, "", "no answers"),
        ({"Q": 5}, "no chi2: no A, O, M or I", "all answers are questionable"),
        ({"R": 5}, "no chi2: no A, O, M or I", "all answers are reverse or questionable"),
        ({"R": 2, "Q": 3}, "no chi2: no A, O, M or I", "all answers are reverse or questionable"),
        ({"A": 20}, "", ""),
    ],
)
def test_what_counts_cannot_say_has_a_reason(counts, lacking, undefined):
    row = one(counts)
    assert (row["lacking"], row["undefined"]) == (lacking, undefined)
    assert row["caution"] == ""
    known = [name for name in COEFFICIENTS if not math.isnan(row[name])]
    assert len(known) == (0 if undefined else 6)
    assert math.isnan(row["chi2"]) == bool(undefined)
    assert (row["category"] == "") == (not counts)
    assert undefined in str(kano_from_counts({"x": counts}))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"A": 0.6, "O": 0.2, "I": 0.2}, SHARES),
        ({"A": 0.6, "O": 0.25, "I": 0.1, "Q": 0.1}, SHARES),  # rounded: they sum to 1.05
        ({"A": 1}, f"{ROUGH}; {FEW}"),  # one answer
        ({"A": 1.5, "O": 0.5}, f"{ROUGH}; {FEW}"),  # weighted
        ({"A": 6, "O": 4, "I": 10}, ""),
        ({"A": 5, "O": 4, "M": 4, "I": 4, "R": 3}, f"{ROUGH}; {FEW}"),
        ({"A": 6, "O": 4, "I": 2}, ROUGH),
        ({"A": 4, "O": 4, "M": 4, "I": 4, "R": 4, "Q": 4}, f"{ROUGH}; {FEW}"),
        ({"A": 5, "O": 4, "M": 4, "I": 4, "R": 4, "Q": 4}, f"{ROUGH}; {FEW}"),
        ({"A": 60, "O": 20, "I": 20}, ""),
    ],
)
def test_counts_that_are_shares_or_few_are_cautioned(counts, said):
    assert one(counts)["caution"] == said


def test_an_item_without_answers_spoils_no_other():
    table = kano_from_counts({"none": {}, **COUNTS, "odd": {"Q": 1}}).table
    for item in COUNTS:
        assert table.row(item=item) == kano_from_counts(COUNTS).table.row(item=item)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: one({"A": 1, "X": 2}), r"counts\['x'\].*'X' is unknown; there are 'A', 'O'"),
        (lambda: one({"a": 1}), r"'a' is unknown; the nearest are 'A'"),
        (
            lambda: one({"A": -1}),
            r"`counts\['A'\]` must be 0 or more and finite, got -1 \(item 'x'",
        ),
        (lambda: one({"A": math.inf}), "must be finite, got inf"),
        (lambda: one({"A": NAN}), r"0 where none was, got nothing \(item 'x'\)"),
        (lambda: one({"A": "many"}), "must be numbers, got 'many'"),
        (lambda: one({"A": 1e101}), "at most 1e"),
        (lambda: one({"A": 1}, confidence=95), "`confidence` must lie between 0 and 1"),
        (lambda: kano_from_counts({"x": {"A": 1}, "y": 3}), "TypeError.*got 3 for 'y'"),
        (lambda: kano_from_counts({}), "`counts`"),
        (lambda: kano_from_counts("counts.csv"), "TypeError.*read files first"),
        (lambda: kano_from_counts([[1, 2]]), "must have a column 'item'"),
        (lambda: kano_from_counts(pd.DataFrame(COUNTS).T), "reset_index"),
        (lambda: kano_from_counts({"item": ["x", "x"], "A": [1, 2]}), "'x' twice"),
        (
            lambda: kano_from_counts({"item": ["x"]}),
            "a column for at least one of A, O, M, I, R, Q",
        ),
        (lambda: kano_from_counts({"item": ["x"], "B": [1]}), "'B' is unknown"),
    ],
)
def test_counts_that_are_refused(call, said):
    refused(call, said)


# --- pairs ----------------------------------------------------------------------------------------

PAIRS = list(itertools.product(range(5), repeat=2))


@pytest.mark.parametrize("name", TABLES)
def test_every_pair_has_its_category(name):
    there, lacking = (np.array([[pair[side] + 1 for pair in PAIRS]]) for side in (0, 1))
    table = kano(there, lacking, table=name).table
    assert table["category"].tolist() == [TABLES[name][f][d] for f, d in PAIRS]
    for letter in LETTERS:
        assert table[letter].tolist() == [int(TABLES[name][f][d] == letter) for f, d in PAIRS]
    assert set(table["n"].tolist()) == {1}


@few
@given(answers(), st.sampled_from(list(TABLES)), CONFIDENCES)
def test_answers_are_counted_pair_by_pair(codes, name, confidence):
    found = kano(*codes, table=name, confidence=confidence).table
    counts, missing = {}, []
    for j in range(codes.shape[2]):
        pairs = [pair for pair in codes[:, :, j].T.tolist() if not math.isnan(sum(pair))]
        tally = Counter(TABLES[name][int(f) - 1][int(d) - 1] for f, d in pairs)
        assert sum(tally.values()) == len(pairs)
        counts[str(j + 1)] = dict(tally)
        missing.append(codes.shape[1] - len(pairs))
    wanted = kano_from_counts(counts, confidence=confidence).table
    for item in counts:
        assert found.row(item=item) | {"missing": 0} == alike(wanted.row(item=item))
    assert found["missing"].tolist() == missing
    assert (found["n"] + found["missing"]).tolist() == [codes.shape[1]] * codes.shape[2]
    for letters in found["category"].tolist():
        assert letters in ("", *LETTERS)
    assert sum(found[a] for a in LETTERS).tolist() == found["n"].tolist()


@few
@given(answers(), st.randoms(use_true_random=False))
def test_neither_order_of_respondents_nor_of_items_matters(codes, random):
    rows, columns = list(range(codes.shape[1])), list(range(codes.shape[2]))
    random.shuffle(rows)
    assert kano(*codes[:, rows]).table == kano(*codes).table
    assert kano_coordinates(*codes[:, rows]).table == kano_coordinates(*codes).table
    random.shuffle(columns)
    names = [str(place + 1) for place in columns]
    turned, plain = kano(*codes[:, :, columns], items=names).table, kano(*codes).table
    for name in names:
        assert turned.row(item=name) == alike(plain.row(item=name))


@few
@given(answers(), st.sampled_from([WORDS, tuple("12345"), ("a", "b", "c", "d", "e")]))
def test_texts_are_their_codes(codes, words):
    texts = np.where(
        np.isnan(codes), "", np.array(words)[np.nan_to_num(codes, nan=1).astype(int) - 1]
    )
    anchors = dict(zip(words, range(1, 6), strict=True)) if words[0] == "a" else None
    assert kano(*texts, anchors=anchors).table == kano(*codes).table
    assert kano_coordinates(*texts, anchors=anchors).table == kano_coordinates(*codes).table
    assert kano(texts[0], codes[1], anchors=anchors).table == kano(*codes).table


@few
@given(answers(hole=False))
def test_the_other_table_moves_answers_from_indifferent_to_questionable_only(codes):
    plain, other = kano(*codes).table, kano(*codes, table="pouliot").table
    odd = [(codes[0] == code) & (codes[1] == code) for code in (2, 4)]
    moved = (odd[0] | odd[1]).sum(axis=0)
    for letter in LETTERS:
        shift = {"I": -moved, "Q": moved}.get(letter, 0 * moved)
        assert (other[letter] - plain[letter]).tolist() == shift.tolist()


def test_the_note_says_which_table_and_what_was_left_out():
    found = kano([[1], [2], [3]], [[1], [NAN], [NAN]], table="pouliot").table
    assert "Q in (2, 2) and (4, 4)" in found.note
    assert "2 pairs left out" in found.note
    assert "pairs by the standard table" in kano([[1]], [[1]]).table.note
    assert "left out" not in kano([[1]], [[1]]).table.note


def test_the_note_says_one_pair():
    assert "1 pair left out" in kano([[1], [2]], [[1], [NAN]]).table.note


# --- wordings -------------------------------------------------------------------------------------

WORDINGS = {
    1: [
        "I like it that way",
        "I like it",
        "I like this",
        "I like it this way",
        "like",
        "Like it",
        "LIKE",
        "I LIKE IT THAT WAY!",
        "  i like it   that way. ",
        "I enjoy it that way",
        "I enjoy it",
        "I would like it",
        "I'd like that",
        "1 - I like it",
        "1. I like it that way",
        "(1) like",
        "1: like",
        "1",
        "1.0",
    ],
    2: [
        "It must be that way",
        "it must be this way",
        "must be",
        "Must-be",
        "must‐be",  # noqa: RUF001 (the typographic hyphen is the case)
        "MUST BE",
        "I expect it",
        "I expect it that way",
        "I expect it to be that way",
        "expect",
        "Expected",
        "Must have",
        "It should be that way",
        "2 - It must be that way",
        "2",
    ],
    3: [
        "I'm neutral",
        "I’m neutral",  # noqa: RUF001 (the typographic apostrophe is the case)
        "I`m neutral",
        "Im neutral",
        "I am neutral",
        "neutral",
        "Neutral.",
        "I feel neutral",
        "I am indifferent",
        "Don't care",
        "I don’t care",  # noqa: RUF001 (the typographic apostrophe is the case)
        "I do not care",
        "3 – neutral",
        "3",
    ],
    4: [
        "I can live with it that way",
        "I can live with it",
        "I could live with it",
        "I can live with that",
        "live with",
        "Live-with",
        "Live with it",
        "I can tolerate it",
        "I can tolerate it that way",
        "tolerate",
        "I can accept it",
        "4 - I can live with it",
        "4",
    ],
    5: [
        "I dislike it that way",
        "I dislike it",
        "Dislike",
        "dislike it",
        "I don't like it",
        "I don’t like it",  # noqa: RUF001 (the typographic apostrophe is the case)
        "I do not like it",
        "I do not like it that way",
        "5) I dislike it that way",
        "5",
    ],
}


@pytest.mark.parametrize(
    ("code", "word"), [(code, word) for code, words in WORDINGS.items() for word in words]
)
def test_usual_wordings_are_known_on_either_side(code, word):
    assert code_of(word) == code


@pytest.mark.parametrize("blank", ["", " ", "NA", "n/a", "-", None, NAN, pd.NA])
def test_nothing_is_no_answer(blank):
    row = kano({"x": [blank, "I like it"]}, {"x": ["neutral", "neutral"]}).table.row(item="x")
    assert (row["n"], row["A"], row["missing"]) == (1, 1, 1)


@pytest.mark.parametrize(
    "word",
    [
        "I can't live with it",
        "I cannot accept it",
        "I am not neutral",
        "It must not be that way",
        "I would not like it",
        "I'd not like it",
        "I do not mind it",  # 3 or 4
        "I care",
        "I do not expect it",
        "I do not dislike it",
        "like or dislike",
        "I",
        "that way",
        "1 2",
    ],
)
def test_what_says_something_else_is_never_taken_for_it(word):
    refused(lambda: code_of(word), "without a code")


def test_unknown_texts_are_listed_with_what_is_nearest():
    there = {"a": ["I like it", "lik it"], "b": ["neutrall", "must bee"]}
    with pytest.raises(ValueError, match="without a code") as error:
        kano(there, {"a": [1, 1], "b": [1, 1]})
    said = str(error.value)
    for word, near in {"lik it": "like", "neutrall": "neutral", "must bee": "must be"}.items():
        assert f"'{word}' (the nearest is '{near}')" in said
    assert "`functional`" in said
    assert "the first in row 2, item 'a'" in said
    assert said.endswith("anchors={'lik it': 1, 'neutrall': 3, 'must bee': 2}")
    lacking = {"a": ["I like it", "gut"], "b": ["neutral", "must be"]}
    known = {**there, "a": [1, 2], "b": [1, 2]}
    refused(lambda: kano(known, lacking), r"`dysfunctional`.*'gut'.*row 2, item 'a'")


@pytest.mark.parametrize(
    ("word", "code"),
    [("likee", 1), ("must bee", 2), ("neutrall", 3), ("toleratte", 4), ("hate", 5)],
)
def test_the_code_that_is_offered_is_that_of_the_nearest(word, code):
    anchors = {"I hated it": 5, "enjoy": 2}
    refused(lambda: code_of(word, anchors=anchors), rf"as anchors=\{{'{word}': {code}\}}$")


def test_the_code_that_is_offered_is_the_callers_own():
    refused(lambda: code_of("enjoyy", anchors={"enjoy": 2}), r"as anchors=\{'enjoyy': 2\}$")


def test_of_many_unknown_texts_some_are_shown_and_all_counted():
    words = [f"foreign {letter}" for letter in "abcdefgh"]
    with pytest.raises(ValueError, match=r"… \(8 in all\)") as error:
        kano({"x": words}, {"x": [1] * 8})
    assert str(error.value).count("…") == 6
    assert "'foreign e': …} with 1 like" in str(error.value)


@pytest.mark.parametrize(
    "word",
    [
        "Das ist mir egal",
        "I can live without it",
        "It mustn't be that way",
        "I unlike it",
        "I hate it",
        "no me gusta",
        "Ist mir lieb",
        "It must see",
        "?!",
    ],
)
def test_what_is_no_slip_of_a_known_text_is_to_be_filled_in(word):
    anchors = {"me gusta": 1, "ist mir egal": 3}
    with pytest.raises(ValueError, match="without a code") as error:
        code_of(word, anchors=anchors)
    said = str(error.value)
    assert "nearest" not in said
    legend = "with 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike"
    assert said.endswith(f"give their codes, as anchors={{{word!r}: …}} {legend}")


@pytest.mark.parametrize(
    ("word", "code"), [("I liek it that way", 1), ("I dilike it", 5), ("I don't lik it", 5)]
)
def test_a_slip_has_the_code_of_what_is_meant(word, code):
    refused(lambda: code_of(word), rf"anchors=\{{.*: {code}\}}$")


def test_slips_and_other_texts_are_filled_in_together():
    said = r"'I liek it' \(the nearest is 'like'\), 'egal'; the first in row 1, item 'x'.*"
    said += r"anchors=\{'I liek it': 1, 'egal': …\} with 1 like"
    refused(lambda: kano({"x": ["I liek it", "egal"]}, {"x": [1, 1]}), said)


def test_own_anchors_go_first_and_are_compared_as_the_known_ones():
    german = {"Das gefällt mir": 1, "Das setze ich voraus": 2, "Ist mir egal": 3}
    german |= {"Könnte ich hinnehmen": 4, "Das missfällt mir": 5}
    for word, code in german.items():
        assert code_of(f"{word.upper()}!", anchors=german) == code
    assert code_of("I like it", anchors=german) == 1
    assert code_of("I like it", anchors={"I LIKE IT.": 2}) == 2
    assert code_of("I enjoy it", anchors={"I LIKE IT.": 2}) == 1
    refused(lambda: code_of("Ist mir egall", anchors=german), "the nearest is 'ist mir egal'")


@pytest.mark.parametrize(
    ("anchors", "said"),
    [
        ({"gut": 6}, r"`anchors\['gut'\]` must lie in 1..5, got 6"),
        ({"gut": 0}, "must lie in 1..5, got 0"),
        ({"gut": 1.5}, "must be a code 1, 2, 3, 4 or 5, got 1.5"),
        ({"gut": "1"}, "TypeError.*must be a number"),
        ({"gut": True}, "TypeError.*must be a number"),
        ({1: 1}, "`anchors`"),
        ({"gut": 1, "Gut!": 2}, "must give one code to 'Gut!'"),
        (["gut"], "TypeError: `anchors` must be Mapping.*give texts to codes"),
    ],
)
def test_anchors_that_are_refused(anchors, said):
    refused(lambda: kano([[1]], [[1]], anchors=anchors), said)


# --- tables of answers ----------------------------------------------------------------------------

THERE = {"wifi": [1, 1, 2, 5], "seat": [2, 2, 1, 3]}
LACKING = {"wifi": [3, 5, 5, 1], "seat": [5, 5, 5, 3]}


def sides(form):
    return form(THERE), form(LACKING)


def text_frame(columns):
    return pd.DataFrame({name: [WORDS[code - 1] for code in x] for name, x in columns.items()})


@pytest.mark.parametrize(
    "form",
    [
        pd.DataFrame,
        pl.DataFrame,
        lambda x: pl.DataFrame(x).lazy(),
        pa.table,
        text_frame,
        lambda x: text_frame(x).astype("category"),
        lambda x: text_frame(x).astype("string"),
        lambda x: pl.from_pandas(text_frame(x)),
        lambda x: pl.from_pandas(text_frame(x)).cast(pl.Categorical),
        lambda x: pd.DataFrame(x).astype("Int64"),
        lambda x: pd.DataFrame(x).astype(np.int8),
        lambda x: pd.DataFrame(x).astype(np.float32),
    ],
)
def test_answers_of_any_form(form):
    assert kano(*sides(form)).table == kano(THERE, LACKING).table
    found = kano_coordinates(*sides(form)).table
    assert found == kano_coordinates(THERE, LACKING).table


def test_holes_of_every_kind_are_missing():
    lists = [[1, None], [2, 2]]
    masked = np.ma.masked_array([[1, 4], [2, 2]], mask=[[0, 1], [0, 0]])
    nullable = pd.DataFrame(lists, columns=["1", "2"]).astype("Int64")
    other = pl.DataFrame({"1": [1, 2], "2": [None, 2]})
    wanted = kano([[1, NAN], [2, 2]], [[3, 3], [5, 5]]).table
    assert wanted["missing"].tolist() == [0, 1]
    lacking = pd.DataFrame([[3, 3], [5, 5]], columns=["1", "2"])
    for there in (lists, masked, nullable, other):
        assert kano(there, lacking).table == wanted


def test_columns_go_together_by_name_and_else_by_place():
    turned = {name: LACKING[name] for name in ("seat", "wifi")}
    wanted = kano(THERE, LACKING).table
    assert kano(THERE, turned).table == wanted
    places = {"wifi_not": LACKING["wifi"], "seat_not": LACKING["seat"]}
    assert kano(THERE, places, items=["wifi", "seat"]).table == wanted
    array = np.column_stack([*LACKING.values()])
    assert kano(THERE, array).table == wanted
    assert kano(np.column_stack([*THERE.values()]), LACKING, items=["wifi", "seat"]).table == wanted


@pytest.mark.parametrize("measure", [kano, kano_coordinates])
@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame])
def test_frames_of_other_names_go_together_only_where_items_name_both(measure, frame):
    there = frame({"wifi_yes": THERE["wifi"], "seat_yes": THERE["seat"]})
    lacking = frame({"wifi_no": LACKING["wifi"], "seat_no": LACKING["seat"]})
    swapped = frame({"seat_no": LACKING["seat"], "wifi_no": LACKING["wifi"]})
    said = r"same names, got \['wifi_yes', 'seat_yes'\] and \['seat_no', 'wifi_no'\]; rename them"
    said += r", or where they stand in the same order, name them: items=\[…\]"
    refused(lambda: measure(there, swapped), said)
    for items in (["seat_yes", "wifi_yes"], ["seat_yes"]):  # columns of one side say nothing
        refused(lambda items=items: measure(there, lacking, items=items), "same names|each of 1")
    found = measure(there, lacking, items=["wifi", "seat"]).table
    assert found == measure(THERE, LACKING).table
    named = measure(there, lacking, items=["wifi_yes", "seat_yes"]).table
    assert named["item"].tolist() == ["wifi_yes", "seat_yes"]
    assert named["n"].tolist() == found["n"].tolist()


def test_items_choose_columns_or_name_them():
    alone = kano(THERE, LACKING, items=["seat"]).table
    assert alone["item"].tolist() == ["seat"]
    assert alone.row(item="seat") == kano(THERE, LACKING).table.row(item="seat")
    both = [np.column_stack([*side.values()]) for side in (THERE, LACKING)]
    assert kano(*both, items=["wifi", "seat"]).table == kano(THERE, LACKING).table
    assert kano(*both).table["item"].tolist() == ["1", "2"]
    named = {"f1": THERE["wifi"]}, {"d1": LACKING["wifi"]}
    row = kano(*named, items=["wifi"]).table.row(item="wifi")
    assert row == kano(THERE, LACKING).table.row(item="wifi")


def test_segments_are_separate_analyses():
    by = {"age": ["old", "young", "old", None], "sex": ["f", "f", "m", "m"]}
    found = kano(THERE, LACKING, by=by).table
    assert found.keys == ("age", "sex", "item")
    for labels in set(zip(*by.values(), strict=True)):
        rows = [i for i, own in enumerate(zip(*by.values(), strict=True)) if own == labels]
        part = [{n: [x[i] for i in rows] for n, x in side.items()} for side in (THERE, LACKING)]
        age, sex = (label or "(missing)" for label in labels)
        for item in THERE:
            mine = found.row(age=age, sex=sex, item=item)
            wanted = kano(*part).table.row(item=item)
            assert {name: mine[name] for name in wanted} == alike(wanted)
    inside = pd.DataFrame({**THERE, **by})
    assert kano(inside, LACKING, by=["age", "sex"]).table == found
    single = kano_coordinates(inside, pd.DataFrame(LACKING), items=[*THERE], by="sex").table
    assert single.keys == ("sex", "item")
    whole = kano_coordinates(THERE, LACKING, by={"sex": by["sex"]}).table
    assert single == whole


@few
@given(answers(rows=(2, 12), hole=False), st.randoms(use_true_random=False))
def test_counts_of_segments_add_up(codes, random):
    labels = [random.choice("abc") for _ in range(codes.shape[1])]
    parts, whole = kano(*codes, by={"segment": labels}).table, kano(*codes).table
    for item in whole["item"].tolist():
        own = parts.where(item=item)
        for letter in (*LETTERS, "n", "missing"):
            assert sum(own[letter].tolist()) == whole.row(item=item)[letter]


def test_an_item_that_a_segment_did_not_answer_is_undefined_there_only():
    by = {"segment": ["a", "a", "b", "b"]}
    there = {**THERE, "seat": [2, 2, None, None]}
    table = kano(there, LACKING, by=by).table
    empty = table.row(segment="b", item="seat")
    assert (empty["n"], empty["missing"], empty["undefined"]) == (0, 2, "no answers")
    assert table.row(segment="a", item="seat")["undefined"] == ""
    mean = kano_coordinates(there, LACKING, by=by).table.row(segment="b", item="seat")
    assert (mean["n"], mean["quadrant"], mean["undefined"]) == (0, "", "no answers")
    assert math.isnan(mean["functional"])


@pytest.mark.parametrize("measure", [kano, kano_coordinates])
@pytest.mark.parametrize(
    ("there", "lacking", "options", "said"),
    [
        ([[1, 6]], [[1, 1]], {}, r"`functional` must be a code 1.*got 6 \(row 1, item '2'\)"),
        ([[1]], [[0]], {}, r"`dysfunctional`.*got 0 \(row 1, item '1'\)"),
        ([[1.5]], [[1]], {}, r"got 1.5 \(row 1"),
        ([[math.inf]], [[1]], {}, "got inf"),
        ([[-1]], [[1]], {}, "got -1"),
        ({"x": ["6"]}, {"x": [1]}, {}, "got '6'"),
        ({"x": [True]}, {"x": [1]}, {}, "got True"),
        ([[1]], [[1], [2]], {}, "a row for each of 1 respondents in `functional`, got 2"),
        ([[1, 2]], [[1]], {}, "column"),
        ([1, 2], [[1]], {}, "two axes"),
        ("a.csv", [[1]], {}, "TypeError.*read files first"),
        (THERE, {"wifi": [1] * 4, "sea": [1] * 4}, {}, r"got \['sea', 'seat'\] on one side only"),
        (THERE, {"wifi": [1] * 4}, {}, "on one side only"),
        (THERE, {"w": [1] * 4}, {}, "a column for each of 2 items, got 1"),
        (THERE, LACKING, {"items": ["wifi", "saet"]}, "'saet'.*'seat'"),
        (THERE, LACKING, {"items": ["a"]}, "name all 2 of them"),
        (THERE, LACKING, {"items": ["wifi", "wifi"]}, "'wifi' twice"),
        (THERE, LACKING, {"by": "sgment"}, "'sgment'"),
        (THERE, LACKING, {"by": {"n": list("abab")}}, "'n' is the name of a column"),
        (THERE, LACKING, {"by": {"s": ["a"]}}, r"by\['s'\].*each of 4 rows, got 1"),
        (THERE, LACKING, {"confidence": 1}, "`confidence`"),
        ({"x": []}, {"x": []}, {}, "at least one row"),
    ],
)
def test_answers_that_are_refused(measure, there, lacking, options, said):
    refused(lambda: measure(there, lacking, **options), said)


def test_a_table_that_is_unknown_is_refused():
    refused(lambda: kano(THERE, LACKING, table="berger"), "`table` must be one of 'standard'")


def test_frames_in_different_orders_are_refused():
    there, lacking = pd.DataFrame(THERE), pd.DataFrame(LACKING)
    shuffled = lacking.sort_values("wifi")
    refused(lambda: kano(there, shuffled), "index of `functional`.*reindex")
    assert kano(there, shuffled.reindex(there.index)).table == kano(there, lacking).table


# --- the continuous form --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "quadrant"),
    [
        ((1, 5), "one-dimensional"),  # 4 and 4
        ((2, 4), "one-dimensional"),  # 2 and 2: on the line is high
        ((1, 3), "attractive"),
        ((2, 3), "attractive"),
        ((3, 5), "must-be"),
        ((3, 4), "must-be"),
        ((3, 3), "indifferent"),
        ((4, 2), "indifferent"),
    ],
)
def test_quadrants_of_single_answers(pair, quadrant):
    row = kano_coordinates([[pair[0]]], [[pair[1]]]).table.row(item="1")
    assert row["functional"] == FUNCTIONAL[pair[0] - 1]
    assert row["dysfunctional"] == DYSFUNCTIONAL[pair[1] - 1]
    assert row["quadrant"] == quadrant
    assert row["lacking"] == "no intervals: one respondent"
    assert ("below 0" in row["caution"]) == (row["functional"] < 0 or row["dysfunctional"] < 0)


@few
@given(answers(), CONFIDENCES)
def test_means_have_t_intervals_inside_their_range(codes, confidence):
    table = kano_coordinates(*codes, confidence=confidence).table
    for j, item in enumerate(table["item"].tolist()):
        row = table.row(item=item)
        both = codes[:, ~np.isnan(codes[:, :, j]).any(axis=0), j].astype(int)
        n = both.shape[1]
        assert (row["n"], row["missing"]) == (n, codes.shape[1] - n)
        if not n:
            assert row["undefined"] == "no answers"
            continue
        sides = (("functional", FUNCTIONAL, both[0]), ("dysfunctional", DYSFUNCTIONAL, both[1]))
        for name, values, own in sides:
            x = np.array(values, float)[own - 1]
            assert row[name] == close(x.mean())
            assert row[f"{name}_sd"] == close(x.std(ddof=1) if n > 1 else NAN)
            ends = [NAN, NAN]
            if n > 1 and np.ptp(x):
                ends = np.clip(stats.t.interval(confidence, n - 1, x.mean(), stats.sem(x)), -2, 4)
                assert ends[0] <= row[name] <= ends[1]
            found = [row[f"{name}_low"], row[f"{name}_high"]]
            assert found == pytest.approx(list(ends), rel=1e-7, abs=1e-9, nan_ok=True)
        high = row["functional"] >= 2, row["dysfunctional"] >= 2
        names = {(True, True): "one-dimensional", (True, False): "attractive"}
        assert row["quadrant"] == names.get(high, "must-be" if high[1] else "indifferent")


@pytest.mark.parametrize(
    ("there", "lacking", "said"),
    [
        ([1, 1, 2], [3, 4, 5], ""),
        ([1, 1, 1], [3, 4, 5], "no interval: no variation in functional answers"),
        ([1, 2, 1], [3, 3, 3], "no interval: no variation in dysfunctional answers"),
        ([1, 1], [3, 3], "no intervals: no variation"),
        ([5], [1], "no intervals: one respondent"),
    ],
)
def test_what_is_lacking_is_said(there, lacking, said):
    row = kano_coordinates({"x": there}, {"x": lacking}).table.row(item="x")
    assert (row["lacking"], row["undefined"]) == (said, "")


@pytest.mark.parametrize(
    ("there", "lacking", "which"),
    [
        ([1, 2], [3, 4], ""),
        ([5, 4], [3, 4], "functional mean"),
        ([1, 2], [1, 2], "dysfunctional mean"),
        ([5, 4], [1, 2], "both means"),
        ([1, 5, 5], [3, 3, 3], ""),  # 4 - 2 - 2 is not below 0
    ],
)
def test_means_below_0_are_said_to_be_odd(there, lacking, which):
    row = kano_coordinates({"x": there}, {"x": lacking}).table.row(item="x")
    said = f"{which} below 0: reverse or questionable answers"
    assert row["caution"] == (said if which else "")


def test_exchanging_both_sides_mirrors_the_map():
    """The values of one side are those of the other with the codes turned round."""
    codes = np.random.default_rng(4).integers(1, 6, (2, 30, 4))
    plain, turned = (
        kano_coordinates(*codes).table,
        kano_coordinates(6 - codes[1], 6 - codes[0]).table,
    )
    for name in ("", "_sd", "_low", "_high"):
        assert turned[f"functional{name}"] == close(plain[f"dysfunctional{name}"])
        assert turned[f"dysfunctional{name}"] == close(plain[f"functional{name}"])
