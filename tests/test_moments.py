"""Moments: exact where they promise it, mergeable everywhere, the same from every kind of table."""

import io
import itertools
import json
import math

import attrs
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import servqual as sq
from servqual._stats import parts
from servqual.survey import _kernel as kernel
from servqual.survey import stream

from .effort import effort
from .strategies import cases, form

NAN = math.nan
some = effort(20)


def pieces(kept):
    """Return every number that Moments give, by name."""
    found = {
        "respondents": kept.respondents,
        "empty": kept.empty,
        "weightless": kept.weightless,
        "n_effective": kept.n_effective,
    }
    faces = [*kept.sides, *(["gap"] if {"expectations", "perceptions"} <= {*kept.sides} else [])]
    for level in ("items", "dimensions"):
        for face in faces:
            families = [] if face == "gap" else [level]
            if "gap" in faces and face in {"expectations", "perceptions", "gap"}:
                families.append(level + "|gap")
            for family in families:
                parts = attrs.asdict(kept.products(family, face), recurse=False)
                found |= {(family, face, name): array for name, array in parts.items()}
                if not (family.endswith("|gap") and face == "perceptions"):
                    found[family, face, "squares"] = kept.squares(family, face)
    for face, code in itertools.product(faces, ["", *kept.instrument.dimension_codes]):
        parts = attrs.asdict(kept.listwise(face, code), recurse=False)
        found |= {("listwise", face, code, name): array for name, array in parts.items()}
    return found


def greatest(arrays):
    return max(np.nanmax(np.abs(array), initial=0) for array in arrays)


def near(name, got, want, size, rel=1e-12):
    """Compare arrays of sums; `size` is the scale of such sums, where one of them is near 0."""
    assert np.allclose(got, want, rtol=rel, atol=rel * size, equal_nan=True), (name, got, want)


def same(first, second):
    """Compare Moments number by number."""
    assert first.groups == second.groups
    ours, theirs = pieces(first), pieces(second)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        alike = [other for key, other in theirs.items() if key[-1] == name[-1]]
        near(name, array, theirs[name], greatest(alike))


def same_scores(first, second, rel=1e-9, *, exact=False):
    """Compare the estimates of two results; roots of rounding count as 0."""
    for level in ("items", "dimensions", "overall"):
        ours, theirs = getattr(first, level), getattr(second, level)
        if exact:
            assert ours == theirs
            continue
        assert ours.columns == theirs.columns
        for column in ours.columns:
            if ours[column].dtype.kind in "UO":
                assert ours[column].tolist() == theirs[column].tolist()
            else:
                size = 1e-7 if column.endswith("sd") or column == "se" else 1e-9
                np.testing.assert_allclose(
                    ours[column], theirs[column], rtol=rel, atol=size, err_msg=column
                )


def split(case, draw):
    """Cut a case in parts that each have a row, in the drawn order of rows."""
    n = len(case.expectations)
    order = draw(st.permutations(range(n)))
    cuts = sorted(draw(st.sets(st.integers(1, n - 1), max_size=n - 1))) if n > 1 else []
    return [case.take(np.array(part)) for part in np.split(np.array(order), cuts)]


def merged(parts):
    first, *rest = (sq.moments(part.survey) for part in parts)
    return sum(rest, start=first)


# --- what the issue promises ----------------------------------------------------------------------


@given(case=cases())
@some
def test_equal_sides_have_no_gap(case):
    case = attrs.evolve(case, perceptions=case.expectations)
    scores = sq.gap_scores(case.survey)
    for table in (scores.items, scores.dimensions, scores.overall):
        assert all(table["undefined"].tolist())
        for column in ("low", "high", "t", "p", "effect_size"):
            assert np.isnan(table[column]).all(), column
        for column, least in (("gap", 1), ("sd", 2), ("se", 2)):
            found = table[column][table["n"] >= least].tolist()
            rounding = 0 if case.weights is None or column != "gap" else 1e-14
            assert found == pytest.approx([0] * len(found), abs=rounding), column


@pytest.mark.parametrize("n", [2, 3, 100, 5000])
@pytest.mark.parametrize("holes", [False, True])
def test_equal_sides_of_a_slider_have_no_gap(n, holes):
    E = np.random.default_rng(4).uniform(0, 1, (n, 5))
    if holes:
        E[::2, 1] = NAN
    scores = sq.gap_scores(sq.survey_from_arrays(form([3, 2], 0, 1), expectations=E, perceptions=E))
    for table in (scores.items, scores.dimensions, scores.overall):
        assert table["gap"].tolist() == pytest.approx([0] * len(table), abs=1e-15)
        assert all(table["undefined"].tolist())


@given(case=cases(groups=True), shift=st.sampled_from([-100, -3, 0.5, 1, 17]))
@some
def test_a_common_shift_of_both_sides_changes_no_gap(case, shift):
    scale = case.instrument.scale
    moved = attrs.evolve(
        case,
        instrument=case.instrument.with_scale(sq.Scale(scale.low + shift, scale.high + shift)),
        expectations=case.expectations + shift,
        perceptions=case.perceptions + shift,
    )
    ours, theirs = (sq.gap_scores(c.survey, by="branch") for c in (case, moved))
    for level in ("items", "dimensions", "overall"):
        one, other = getattr(ours, level), getattr(theirs, level)
        assert one["undefined"].tolist() == other["undefined"].tolist()
        for column in ("n", "gap", "sd", "se", "low", "high", "t", "p", "effect_size"):
            size = 1e-7 if column in {"sd", "se"} else 1e-9
            np.testing.assert_allclose(one[column], other[column], rtol=1e-8, atol=size)
        for column in ("expectation", "perception"):
            np.testing.assert_allclose(one[column] + shift, other[column], rtol=1e-9, atol=1e-9)


@given(case=cases(groups=True), paired=st.booleans())
@some
def test_swapping_the_sides_flips_the_signs(case, paired):
    swapped = attrs.evolve(case, expectations=case.perceptions, perceptions=case.expectations)
    ours, theirs = (sq.gap_scores(c.survey, by="year", paired=paired) for c in (case, swapped))
    for level in ("items", "dimensions", "overall"):
        one, other = getattr(ours, level), getattr(theirs, level)
        assert one["undefined"].tolist() == other["undefined"].tolist()
        pairs = {"gap": "gap", "t": "t", "effect_size": "effect_size", "low": "high", "high": "low"}
        for column, mirror in pairs.items():
            np.testing.assert_allclose(one[column], -other[mirror], rtol=1e-9, atol=1e-9)
        pairs = {"n": "n", "sd": "sd", "se": "se", "p": "p"}
        pairs |= {"expectation": "perception", "perception_sd": "expectation_sd"}
        for column, mirror in pairs.items():
            size = 1e-7 if column[0] == "s" or column.endswith("sd") else 1e-9
            np.testing.assert_allclose(one[column], other[mirror], rtol=1e-9, atol=size)


@given(case=cases(weights=False, groups=True), data=st.data())
@some
def test_the_order_of_respondents_changes_nothing(case, data):
    order = data.draw(st.permutations(range(len(case.expectations))))
    assert sq.moments(case.take(np.array(order)).survey) == sq.moments(case.survey)


@given(case=cases(groups=True), data=st.data())
@some
def test_the_order_of_weighted_respondents_changes_nothing(case, data):
    order = np.array(data.draw(st.permutations(range(len(case.expectations)))))
    same(sq.moments(case.take(order).survey), sq.moments(case.survey))


@given(case=cases(missing=False, halves=False, weights=False, groups=True, most=12), data=st.data())
@some
def test_parts_add_up_bit_for_bit_on_complete_whole_answers(case, data):
    assert merged(split(case, data.draw)) == sq.moments(case.survey)


@given(case=cases(weights=False, groups=True, most=12), data=st.data())
@some
def test_parts_add_up_bit_for_bit_on_half_points_with_answers_missing(case, data):
    assert merged(split(case, data.draw)) == sq.moments(case.survey)


@given(case=cases(groups=True, most=12), data=st.data())
@some
def test_parts_add_up_with_weights(case, data):
    whole, parts = sq.moments(case.survey), merged(split(case, data.draw))
    same(parts, whole)
    same_scores(sq.gap_scores(parts), sq.gap_scores(whole))


@given(case=cases(groups=True, least=2), data=st.data())
@some
def test_addition_is_commutative(case, data):
    first, second, *_ = [*split(case, data.draw), case]
    one, other = sq.moments(first.survey), sq.moments(second.survey)
    assert one + other == other + one


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("holes", [0, 0.1])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-100, 100), (0, 1e-3), (1e8, 1e8 + 6)])
def test_parts_of_a_slider_add_up(weighted, holes, low, high):
    rng = np.random.default_rng(5)
    answers = rng.uniform(low, high, (2, 300, 6))
    answers[rng.random(answers.shape) < holes] = NAN
    weights = rng.uniform(0.1, 10, 300) if weighted else None
    instrument = form([4, 2], low, high)

    def part(start, stop):
        return sq.moments(
            sq.survey_from_arrays(
                instrument,
                expectations=answers[0, start:stop],
                perceptions=answers[1, start:stop],
                weights=None if weights is None else weights[start:stop],
            )
        )

    same(part(0, 1) + part(1, 2) + part(2, 250) + part(250, 300), part(0, 300))


@given(case=cases(groups=True), empties=st.integers(1, 5))
@some
def test_rows_without_any_answer_only_count_as_empty(case, empties):
    n = len(case.expectations)
    rows = [*range(n), *[0] * empties]
    more = case.take(np.array(rows))
    more.expectations[n:] = more.perceptions[n:] = NAN
    if more.weights is not None:
        more.weights[n:] = 3
    before, after = sq.moments(case.survey), sq.moments(more.survey)
    assert after.grouped(None).empty - before.grouped(None).empty == empties
    assert after.empty.sum() - before.empty.sum() == empties
    ours, theirs = pieces(before), pieces(after)
    for name in ours.keys() - {"empty"}:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=str(name))
    same_scores(sq.gap_scores(after, by="branch"), sq.gap_scores(before, by="branch"), exact=True)


@given(case=cases(weights=False, groups=True))
@some
def test_weights_of_one_equal_no_weights(case):
    ones = attrs.evolve(case, weights=np.ones(len(case.expectations)))
    plain, weighted = sq.moments(case.survey), sq.moments(ones.survey)
    same(weighted, plain)
    by = {"by": "branch", "dimension_weights": dict.fromkeys("ABC"[: len(case.sizes)], 0.0)}
    by["dimension_weights"]["A"] = 1.0
    same_scores(sq.gap_scores(weighted, **by), sq.gap_scores(plain, **by))


@given(case=cases(), factor=st.sampled_from([1e-6, 0.3, 2, 1000, 1e9]))
@some
def test_the_size_of_weights_does_not_matter(case, factor):
    weights = np.linspace(1, 3, len(case.expectations)) if case.weights is None else case.weights
    one = attrs.evolve(case, weights=weights)
    other = attrs.evolve(case, weights=weights * factor)
    ours, theirs = sq.gap_scores(one.survey), sq.gap_scores(other.survey)
    same_scores(ours, theirs)
    np.testing.assert_allclose(
        ours.respondents["n_effective"], theirs.respondents["n_effective"], rtol=1e-12
    )


@given(case=cases())
@some
def test_respondents_of_weight_zero_are_as_if_not_there(case):
    n = len(case.expectations)
    weights = np.ones(n) if case.weights is None else case.weights
    kept = np.flatnonzero(weights > 0)
    whole = sq.moments(attrs.evolve(case, weights=weights).survey)
    assert whole.weightless.sum() == n - len(kept)
    if kept.size:
        part = sq.moments(attrs.evolve(case, weights=weights).take(kept).survey)
        ours, theirs = pieces(whole), pieces(part)
        for name in ours.keys() - {"weightless"}:
            alike = [other for key, other in theirs.items() if key[-1] == name[-1]]
            near(name, ours[name], theirs[name], greatest(alike))
    else:
        assert whole.respondents.tolist() == [0]
        assert np.isnan(whole.n_effective).all()


@given(case=cases(groups=True, most=5))
@some
def test_json_round_trip_is_exact(case):
    kept = sq.moments(case.survey)
    back = sq.Moments.from_dict(json.loads(json.dumps(kept.to_dict())))
    assert back == kept
    assert back.to_dict() == kept.to_dict()
    assert back + kept == kept + kept
    assert sq.gap_scores(back) == sq.gap_scores(kept)


def test_json_round_trip_of_sums_that_are_not_short():
    rng = np.random.default_rng(6)
    answers = {side: rng.random((9, 3)) / 3 for side in ("expectations", "perceptions")}
    answers["perceptions"][2, 1] = NAN
    survey = sq.survey_from_arrays(form([2, 1], 0, 1), **answers, weights=rng.random(9))
    kept = sq.moments(survey)
    assert sq.Moments.from_dict(json.loads(json.dumps(kept.to_dict(), allow_nan=False))) == kept


def test_moments_of_something_else_are_refused():
    kept = sq.moments(sq.survey_from_arrays(form([2]), perceptions=[[1, 2], [NAN, 3]]))
    plain = kept.to_dict()
    for wrong in (
        None,
        [],
        {},
        plain | {"format": 99},
        plain | {"state": {}},
        plain | {"groups": [[], []]},
        plain | {"sides": ["expectations", "perceptions"]},
        plain | {"instrument": {}},
        {name: value for name, value in plain.items() if name != "by"},
    ):
        with pytest.raises((TypeError, ValueError), match=r"`plain`|instrument"):
            sq.Moments.from_dict(wrong)


# --- groups ---------------------------------------------------------------------------------------


@given(case=cases(weights=False, groups=True, most=12))
@some
def test_groups_pool_to_the_whole(case):
    grouped = sq.moments(case.survey)
    assert grouped.grouped(None) == sq.moments(case.survey.grouped(None))
    assert grouped.grouped("branch") == sq.moments(case.survey.grouped("branch"))
    assert grouped.grouped(["branch", "year"]) == grouped


@given(case=cases(groups=True, most=12))
@some
def test_weighted_groups_pool_to_the_whole(case):
    same(sq.moments(case.survey).grouped(None), sq.moments(case.survey.grouped(None)))


def part_of(labels, answers):
    return sq.moments(
        sq.survey_from_arrays(form([1]), perceptions=np.c_[answers], by={"branch": labels})
    )


def test_new_groups_on_either_side():
    whole = part_of(list("CABAC"), [1, 2, 3, NAN, 5.0])
    assert whole.groups == (("A",), ("B",), ("C",))
    for cut in range(1, 5):
        one = part_of(list("CABAC")[:cut], [1, 2, 3, NAN, 5.0][:cut])
        other = part_of(list("CABAC")[cut:], [1, 2, 3, NAN, 5.0][cut:])
        assert one + other == other + one == whole


@pytest.mark.parametrize("strange", ["nan", "NaN", "inf", "-inf", "Infinity", "1_0", "٣", "1e3"])
def test_groups_stand_in_one_order_whatever_their_labels(strange):
    """A label that reads as no finite number (a branch in Nan, Thailand) must not shuffle."""
    labels = ["2", strange, "1", "10", "b", strange, "3", "0", "a", "4"]
    answers = np.arange(10.0) % 7 + 1
    whole = part_of(labels, answers)
    for order in ([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], [5, 1, 0, 9, 4, 2, 7, 3, 8, 6]):
        again = part_of([labels[i] for i in order], answers[order])
        assert again.groups == whole.groups
        assert again == whole
    halves = part_of(labels[:5], answers[:5]) + part_of(labels[5:], answers[5:])
    assert halves == whole
    first = [label for (label,) in whole.groups if label.isdecimal() and label.isascii()]
    assert first == ["0", "1", "2", "3", "4", "10"]


def test_unlike_moments_do_not_add():
    def kept(instrument=None, **survey):
        answers = {"expectations": [[5, 6], [6, 7]], "perceptions": [[4, 5], [1, 2]]}
        return sq.moments(sq.survey_from_arrays(instrument or form([2]), **answers | survey))

    for other, said in (
        (kept(form([1, 1])), "instrument"),
        (kept(form([2], high=9)), "instrument"),
        (kept(min_answered=0.6), "min_answered"),
        (kept(by={"branch": "NS"}), "by"),
        (kept(weights=[1, 1]), "weight"),
        (kept(expectations=None), "sides"),
    ):
        for one, two in ((kept(), other), (other, kept())):
            with pytest.raises(ValueError, match=f"Moments.*{said}"):
                one + two
    with pytest.raises(TypeError):
        kept() + 1


# --- against numpy and pandas ---------------------------------------------------------------------


def scores_of(answers, sizes, min_answered):
    """Return the dimension scores of one side by pandas' rules for means."""
    starts = np.cumsum([0, *sizes])
    columns = {}
    for d, size in enumerate(sizes):
        part = pd.DataFrame(answers[:, starts[d] : starts[d + 1]])
        enough = part.notna().sum(axis=1) >= max(1, math.ceil(min_answered * size - 1e-9))
        columns[d] = part.mean(axis=1).where(enough)
    return pd.DataFrame(columns).to_numpy()


def expected(answers, sizes, min_answered, weights, centre):
    """Return the sums that Moments must have, by family and face, from plain arrays."""
    E, P = (answers[side] - centre for side in ("expectations", "perceptions"))
    both = np.where(np.isnan(E) | np.isnan(P), NAN, 1)
    items = {
        ("items", "expectations"): E,
        ("items", "perceptions"): P,
        ("items|gap", "expectations"): E * both,
        ("items|gap", "perceptions"): P * both,
        ("items|gap", "gap"): P - E,
    }
    columns = items | {
        (family.replace("items", "dimensions"), face): scores_of(array, sizes, min_answered)
        for (family, face), array in items.items()
    }
    w = np.ones(len(E)) if weights is None else weights
    found = {}
    for key, array in columns.items():
        there, x = (~np.isnan(array)).astype(float), np.nan_to_num(array)
        own = w[:, None]
        found[*key, "n"] = there[w > 0].T @ there[w > 0]
        found[*key, "w"] = (there * own).T @ there
        found[*key, "x"] = (x * own).T @ there
        found[*key, "xx"] = (x * own).T @ x
        found[*key, "w2"] = (there * own**2).T @ there
        found[*key, "w2x"] = (x * own**2).T @ there
        found[*key, "w2xx"] = (x * own**2).T @ x
        if key[0].endswith("|gap") and key[1] == "perceptions":
            continue  # those squares are not kept
        found[*key, "squares"] = (x * x * own).T @ there
    starts = np.cumsum([0, *sizes])
    places = {"": slice(0, starts[-1])}
    places |= {"ABC"[d]: slice(starts[d], starts[d + 1]) for d in range(len(sizes))}
    for face, array in (("expectations", E), ("perceptions", P), ("gap", P - E)):
        for code, place in places.items():
            block = array[:, place]
            full = ~np.isnan(block).any(axis=1)
            x, v = block[full], w[full][:, None]
            found["listwise", face, code, "xx"] = (x * v).T @ x
            found["listwise", face, code, "w2xx"] = (x * v**2).T @ x
            wide = np.ones((x.shape[1], x.shape[1]))
            found["listwise", face, code, "n"] = wide * (v > 0).sum()
            found["listwise", face, code, "w"] = wide * v.sum()
            found["listwise", face, code, "x"] = (x * v).sum(axis=0)[:, None] * wide
    return found


SIZES = [3, 1, 2]


def made(rng, n, *, holes, weighted, kind="whole", dtype=float, order="C", low=1, high=7):
    """Draw answers of both sides, some rows complete, some not, some empty; weights, some zero."""
    answers = {}
    for side in ("expectations", "perceptions"):
        if kind == "whole":
            drawn = rng.integers(low, high, (n, 6), endpoint=True)
        elif kind == "half":
            drawn = low + rng.integers(0, 2 * (high - low), (n, 6), endpoint=True) / 2
        else:
            drawn = rng.uniform(low, high, (n, 6))
        drawn = np.array(drawn, dtype=dtype, order=order)
        if holes:
            drawn[(rng.random((n, 6)) < holes) & (rng.random((n, 1)) < 0.5)] = NAN
            drawn[:: max(2, n // 3)] = NAN
        answers[side] = drawn
    weights = rng.choice([0, 0.5, 1, 1.5, 7], n) if weighted else None
    return answers, weights


@pytest.fixture(params=["one block", "blocks and threads"])
def path(request, monkeypatch):
    """Send small data over the paths of the kernel for small and for large data."""
    if request.param == "blocks and threads":
        monkeypatch.setattr(kernel, "ROWS", 7)
        monkeypatch.setattr(parts, "MANY", 10)
        monkeypatch.setattr(stream, "BATCH", 11)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
    return request.param


KINDS = [
    {"kind": "whole", "dtype": np.int8},
    {"kind": "whole", "dtype": np.uint8},
    {"kind": "whole", "dtype": np.int64, "order": "F"},
    {"kind": "whole", "dtype": np.float32},
    {"kind": "half", "dtype": np.float32, "order": "F"},
    {"kind": "half", "dtype": np.float64},
    {"kind": "any", "dtype": np.float64, "order": "F"},
    {"kind": "any", "dtype": np.float64, "low": 0, "high": 1},
    {"kind": "whole", "dtype": np.int64, "low": 0, "high": 100},
    {"kind": "whole", "dtype": np.int16, "low": -500, "high": 500},
    {"kind": "half", "dtype": np.float64, "low": -500, "high": 500},
    {"kind": "whole", "dtype": np.uint8, "low": 0, "high": 64},
]


@pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: "-".join(str(getattr(v, "__name__", v)) for v in kind.values())
)
@pytest.mark.parametrize(
    ("holes", "weighted", "groups"), [(0, False, 1), (0, True, 5), (0.4, False, 5), (0.4, True, 1)]
)
def test_sums_are_those_of_numpy(path, kind, holes, weighted, groups):
    if holes and np.dtype(kind["dtype"]).kind != "f":
        kind = kind | {"dtype": np.float64}
    rng = np.random.default_rng(7)
    n, low, high = 60, kind.get("low", 1), kind.get("high", 7)
    answers, weights = made(rng, n, holes=holes, weighted=weighted, **kind)
    labels = rng.integers(0, groups, n)
    kept = sq.moments(
        sq.survey_from_arrays(
            form(SIZES, low, high),
            **answers,
            weights=weights,
            by={"group": labels} if groups > 1 else None,
            min_answered=0.6,
        )
    )
    centre, numbers = kept.layout.centre, pieces(kept)
    for number, (label,) in enumerate(kept.groups if groups > 1 else [("0",)]):
        mine = labels == int(label)
        part = {side: array[mine].astype(float) for side, array in answers.items()}
        v = None if weights is None else weights[mine]
        for name, want in expected(part, SIZES, 0.6, v, centre).items():
            near(name, numbers[name][number], want, greatest([want]))
        empty = np.isnan(part["expectations"]).all(axis=1) & np.isnan(part["perceptions"]).all(
            axis=1
        )
        counts = np.ones(mine.sum(), dtype=bool) if v is None else v > 0
        assert kept.respondents[number] == (counts & ~empty).sum()
        assert kept.empty[number] == (counts & empty).sum()
        assert kept.weightless[number] == (~counts).sum()
        u = np.ones(mine.sum()) if v is None else v
        u = u[counts & ~empty]
        assert kept.n_effective[number] == pytest.approx(u.sum() ** 2 / (u**2).sum(), rel=1e-12)


@pytest.mark.parametrize("holes", [0, 0.4])
@pytest.mark.parametrize("groups", [1, 5])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_path_gives_the_same_bits_on_whole_answers(monkeypatch, holes, groups, order):
    rng = np.random.default_rng(8)
    answers, _ = made(rng, 200, holes=holes, weighted=False, order=order)
    survey = sq.survey_from_arrays(
        form(SIZES), **answers, by={"group": rng.integers(0, groups, 200)}
    )
    whole = sq.moments(survey)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for rows, many in itertools.product([1, 3, 64, 4096], [2, 10**6]):
        monkeypatch.setattr(kernel, "ROWS", rows)
        monkeypatch.setattr(parts, "MANY", many)
        assert sq.moments(survey) == whole


@pytest.mark.parametrize("low", [-16, 1, 100, 2**21, 2**23, -(2**24)])
@pytest.mark.parametrize("width", [31, 32, 33, 64, 65])
@pytest.mark.parametrize("step", [1, 0.5])
def test_full_blocks_of_the_greatest_answers_are_exact(low, width, step):
    """The widest scales that might go through float32, answered at their ends."""
    n = 3 * kernel.ROWS + 17
    rng = np.random.default_rng(9)
    high = low + width
    P = np.where(rng.random((n, 3)) < 0.9, high, high - step)
    E = np.where(rng.random((n, 3)) < 0.9, low, low + step)
    kept = sq.moments(sq.survey_from_arrays(form([3], low, high), expectations=E, perceptions=P))
    centre = kept.layout.centre
    for side, answers in (("expectations", E), ("perceptions", P)):
        x = (2 * (answers - centre)).astype(np.int64)
        assert (kept.products("items", side).xx[0] * 4 == x.T @ x).all()
        assert (kept.products("items", side).x[0, :, 0] * 2 == x.sum(axis=0)).all()
    gap = (2 * (P - E)).astype(np.int64)
    assert (kept.products("items|gap", "gap").xx[0] * 4 == gap.T @ gap).all()


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shift", [0, 1e4, 1e8, -1e8])
def test_a_scale_far_from_zero_keeps_its_variance(shift, holes, weighted):
    rng = np.random.default_rng(10)
    E, P = rng.integers(0, 7, (2, 5000, 3)).astype(float)
    if holes:
        E[::3, 0] = P[1::7, 2] = NAN
    weights = rng.uniform(1, 2, 5000) if weighted else None

    def scores(by):
        survey = sq.survey_from_arrays(
            form([3], by, by + 6), expectations=E + by, perceptions=P + by, weights=weights
        )
        return sq.gap_scores(survey, paired=False), sq.gap_scores(survey)

    for far, near in zip(scores(shift), scores(0), strict=True):
        for level in ("items", "dimensions", "overall"):
            for column in ("expectation_sd", "perception_sd", "gap", "sd", "se"):
                np.testing.assert_allclose(
                    getattr(far, level)[column], getattr(near, level)[column], rtol=1e-9
                )
    if not holes and not weighted:
        sds = scores(shift)[0].items["expectation_sd"]
        np.testing.assert_allclose(sds, E.std(axis=0, ddof=1), rtol=1e-9)


@pytest.mark.parametrize("holes", [0, 0.3])
def test_a_narrow_spread_on_a_wide_scale(holes):
    """A spread of 1e-5 of the scale keeps 5 digits: one pass squares what is left of 16."""
    rng = np.random.default_rng(11)
    E = 90 + 1e-3 * rng.standard_normal((500, 2))
    E[rng.random(E.shape) < holes] = NAN
    P = 20 + 1e-3 * rng.standard_normal((500, 2))
    items = sq.gap_scores(
        sq.survey_from_arrays(form([2], 0, 100), expectations=E, perceptions=P)
    ).items
    np.testing.assert_allclose(items["sd"], np.nanstd(P - E, axis=0, ddof=1), rtol=1e-5)
    assert items["undefined"].tolist() == ["", ""]


def test_one_other_answer_among_very_many_is_seen():
    E, P = np.full((200_000, 1), 7), np.full((200_000, 1), 7)
    P[77] = 6
    row = sq.gap_scores(sq.survey_from_arrays(form([1]), expectations=E, perceptions=P)).items
    assert row["undefined"].tolist() == [""]
    assert row["t"][0] == pytest.approx(-1, rel=1e-9)


def products_cov(products, group=0):
    """Return the covariance matrix of listwise sums."""
    n, x, xy = products.n[group], products.x[group], products.xx[group]
    return (xy - x * x.T / n) / (n - 1)


@pytest.mark.parametrize("kind", ["whole", "half", "any"])
@pytest.mark.parametrize("holes", [0, 0.3])
@pytest.mark.parametrize("face", ["expectations", "perceptions", "gap"])
def test_listwise_and_pairwise_are_those_of_pandas(kind, holes, face):
    answers, _ = made(np.random.default_rng(12), 80, holes=holes, weighted=False, kind=kind)
    kept = sq.moments(sq.survey_from_arrays(form(SIZES), **answers))
    arrays = answers | {"gap": answers["perceptions"] - answers["expectations"]}
    frame = pd.DataFrame(arrays[face], columns=kept.instrument.item_codes)
    np.testing.assert_allclose(
        products_cov(kept.listwise(face)), frame.dropna().cov(), rtol=1e-10, atol=1e-12
    )
    for code in kept.instrument.dimension_codes:
        part = frame.iloc[:, kept.instrument.places(code)].dropna()
        found = kept.listwise(face, code)
        assert found.n[0].min() == found.n[0].max() == len(part)
        np.testing.assert_allclose(products_cov(found), part.cov(), rtol=1e-10, atol=1e-12)
    family = "items|gap" if face == "gap" else "items"
    sums, squares = kept.products(family, face), kept.squares(family, face)[0]
    n, x, xy = sums.n[0], sums.x[0], sums.xx[0]
    about = squares - x**2 / n  # [a, b]: of a over the rows that have b too
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (xy - x * x.T / n) / np.sqrt(about * about.T)
    np.testing.assert_allclose(r, frame.corr(min_periods=2), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose((xy - x * x.T / n) / (n - 1), frame.cov(), rtol=1e-10, atol=1e-12)
    columns = scores_of(arrays[face], SIZES, 0.5) if face != "gap" else None
    if columns is not None:
        dims = kept.products("dimensions", face)
        found = (dims.xx[0] - dims.x[0] * dims.x[0].T / dims.n[0]) / (dims.n[0] - 1)
        np.testing.assert_allclose(found, pd.DataFrame(columns).cov(), rtol=1e-10, atol=1e-12)


def test_a_dimension_of_many_items():
    """Counts of answers with a great common multiple: exact no more, right to rounding."""
    rng = np.random.default_rng(13)
    answers = rng.integers(1, 8, (2, 90, 17)).astype(float)
    answers[rng.random(answers.shape) < 0.3] = NAN
    E, P = answers
    instrument = form([17])
    survey = sq.survey_from_arrays(instrument, expectations=E, perceptions=P, min_answered=0.4)
    gap = pd.DataFrame(P - E)
    scores = gap.mean(axis=1)[gap.notna().sum(axis=1) >= 7]
    row = sq.gap_scores(survey).dimensions.row(dimension="A")
    assert row["n"] == len(scores)
    assert row["gap"] == pytest.approx(scores.mean(), rel=1e-12)
    assert row["sd"] == pytest.approx(scores.std(), rel=1e-12)
    masks = [np.arange(90) < 30, np.arange(90) >= 30]
    one, other = (sq.moments(survey.select(mask)) for mask in masks)
    same(one + other, sq.moments(survey))


def test_weighted_sums_of_unequal_weights():
    """The direct formula, with weights a thousandfold apart as in real samples."""
    rng = np.random.default_rng(14)
    E, P = rng.integers(1, 8, (2, 50, 1)).astype(float)
    w = 10 ** rng.uniform(0, 3, 50)
    row = sq.gap_scores(
        sq.survey_from_arrays(form([1]), expectations=E, perceptions=P, weights=w)
    ).items.row(item="i1")
    x = (P - E)[:, 0]
    mean = (w * x).sum() / w.sum()
    assert row["gap"] == pytest.approx(mean, rel=1e-12)
    assert row["sd"] ** 2 == pytest.approx(
        50 / 49 * (w * (x - mean) ** 2).sum() / w.sum(), rel=1e-9
    )
    se2 = 50 / 49 * (w**2 * (x - mean) ** 2).sum() / w.sum() ** 2
    assert row["se"] ** 2 == pytest.approx(se2, rel=1e-9)


# --- every kind of table --------------------------------------------------------------------------

COLUMNS = {"expectations": "E{n}", "perceptions": "P{n}"}


@pytest.fixture(params=["complete", "missing"])
def frame(request):
    """Columns in an order of their own, with group, weight, and one that nobody asks for."""
    rng = np.random.default_rng(15)
    answers, _ = made(rng, 50, holes=0.3 if request.param == "missing" else 0, weighted=False)
    data = {"note": ["x"] * 50, "weight": rng.choice([0.5, 1, 2], 50)}
    for n in range(1, 7):
        data |= {
            f"P{n}": answers["perceptions"][:, n - 1],
            f"E{n}": answers["expectations"][:, n - 1],
        }
    return pd.DataFrame(data | {"branch": rng.choice(list("NSW"), 50)})


def nullable(frame):
    """Return the frame in polars with nulls instead of NaN."""
    return pl.from_pandas(frame)


def record_batches(frame):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=9))


def cut(frame):
    return [frame.iloc[:1], frame.iloc[1:20], frame.iloc[20:]]


SHAPES = {
    "pandas": pd.DataFrame,
    "pandas, other index": lambda frame: frame.set_axis(range(100, 150)),
    "pandas, nullable": lambda frame: frame.convert_dtypes(),
    "pandas, in parts": cut,
    "pandas, generated": lambda frame: iter(cut(frame)),
    "polars": nullable,
    "polars, NaN": lambda frame: pl.from_pandas(frame, nan_to_null=False),
    "polars, lazy": lambda frame: nullable(frame).lazy(),
    "polars, in parts": lambda frame: [nullable(part) for part in cut(frame)],
    "polars, lazy parts": lambda frame: [nullable(part).lazy() for part in cut(frame)],
    "pyarrow table": pa.Table.from_pandas,
    "pyarrow reader": record_batches,
    "pyarrow batches": lambda frame: list(record_batches(frame)),
    "pyarrow batch": pa.RecordBatch.from_pandas,
    "narwhals": nw.from_native,
    "narwhals, lazy": lambda frame: nw.from_native(nullable(frame).lazy()),
    "mixed kinds": lambda frame: [cut(frame)[0], nullable(cut(frame)[1]), [cut(frame)[2]]],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("asked", [{"by": "branch"}, {"by": "branch", "weights": "weight"}])
def test_every_kind_of_table_gives_the_moments_of_the_survey(path, frame, shape, asked):
    survey = sq.survey_from_frame(frame, form(SIZES), **COLUMNS, **asked)
    found = sq.moments(SHAPES[shape](frame), form(SIZES), **COLUMNS, **asked)
    if asked.get("weights"):
        same(found, sq.moments(survey))
    else:
        assert found == sq.moments(survey)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint8", "int64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_by_place(path, dtype, order):
    rng = np.random.default_rng(16)
    answers = np.array(rng.integers(1, 8, (40, 13)), dtype=dtype, order=order)
    survey = sq.survey_from_arrays(
        form(SIZES),
        expectations=answers[:, 0:6],
        perceptions=answers[:, 7:13],
        by={"6": answers[:, 6]},
    )
    asked = {"expectations": range(6), "perceptions": [7, 8, 9, 10, 11, 12], "by": 6}
    assert sq.moments(answers, form(SIZES), **asked) == sq.moments(survey)
    parts = [answers[:3], answers[3:4], answers[4:]]
    assert sq.moments(parts, form(SIZES), **asked) == sq.moments(survey)
    assert sq.moments((part for part in parts), form(SIZES), **asked) == sq.moments(survey)


def test_reversed_items_are_turned_in_batches_too(path):
    rng = np.random.default_rng(17)
    answers = rng.integers(1, 8, (40, 6))
    instrument = form(SIZES, reverse={0, 4})
    survey = sq.survey_from_arrays(instrument, perceptions=answers)
    assert sq.moments(answers, instrument, perceptions=range(6)) == sq.moments(survey)


def test_texts_and_codes_in_batches(path):
    words = ["1", " 2 ", "NA", "", "7", "5 - good", None, "3.5"] * 5
    frame = pd.DataFrame({"P1": words})
    kept = sq.moments(frame, form([1]), perceptions="P{n}")
    assert (kept.respondents.tolist(), kept.empty.tolist()) == ([25], [15])
    assert kept == sq.moments(sq.survey_from_frame(frame, form([1]), perceptions="P{n}"))


def test_rows_in_messages_are_counted_over_all_batches(path):
    answers = np.full((40, 1), 4)
    answers[33] = 9
    for shape in (answers, [answers[:30], answers[30:]]):
        with pytest.raises(ValueError, match=r"`perceptions` must lie in 1\.\.7, got 9 \(row 34"):
            sq.moments(shape, form([1]), perceptions=[0])


def test_invalid_answers_of_all_batches_are_counted_in_one_warning(path):
    answers = np.full((40, 1), 4)
    answers[[3, 33]] = 9
    with pytest.warns(UserWarning, match="2") as said:
        kept = sq.moments(answers, form([1]), perceptions=[0], on_invalid="missing")
    assert len(said) == 1
    assert (kept.respondents.tolist(), kept.empty.tolist()) == ([38], [2])


def test_nothing_to_sum_up():
    for nothing in ([], np.empty((0, 1)), pd.DataFrame({"a": []}), iter([])):
        with pytest.raises(ValueError, match=r"at least one"):
            sq.moments(nothing, form([1]), perceptions=[0])


def test_empty_batches_between_others_are_passed_over():
    frame = pd.DataFrame({"P1": [1.0, 2.0]})
    assert sq.moments([frame, frame.iloc[:0], frame], form([1]), perceptions="P{n}") == sq.moments(
        pd.concat([frame, frame]), form([1]), perceptions="P{n}"
    )


def test_a_survey_brings_its_own_columns():
    survey = sq.survey_from_arrays(form([1]), perceptions=[[1], [2]])
    for wrong in (
        {"instrument": form([1])},
        {"perceptions": [0]},
        {"by": "branch"},
        {"weights": "w"},
    ):
        with pytest.raises(TypeError, match="Survey"):
            sq.moments(survey, **wrong)
    for rule in ({"min_answered": 0.9}, {"on_invalid": "missing"}):
        with pytest.raises(TypeError, match="Survey"):
            sq.moments(survey, **rule)


@pytest.mark.parametrize(
    "answers", [3, "answers.csv", io.StringIO("1\n2\n"), [1, 2], np.ones(3), np.ones((1, 1, 1))]
)
def test_what_is_no_table(answers):
    with pytest.raises((TypeError, ValueError), match=r"`answers`|data frame|table"):
        sq.moments(answers, form([1]), perceptions=[0])


def test_an_instrument_and_columns_are_needed():
    for asked in ({}, {"instrument": form([1])}, {"perceptions": [0]}):
        with pytest.raises(TypeError, match="`instrument` and `perceptions`"):
            sq.moments(np.ones((2, 1)), **asked)


def test_moments_do_not_change_the_answers():
    answers = np.full((5, 2), 4.0)
    before = answers.copy()
    sq.moments(answers, form([2], reverse={0}), perceptions=[0, 1])
    np.testing.assert_array_equal(answers, before)


def test_unknown_families_faces_and_dimensions():
    kept = sq.moments(sq.survey_from_arrays(form([2]), perceptions=[[1, 2], [2, 3]]))
    for call in (
        lambda: kept.products("item", "perceptions").diagonal(),
        lambda: kept.products("items", "expectations").diagonal(),
        lambda: kept.products("items|gap", "gap"),
        lambda: kept.listwise("gap"),
        lambda: kept.listwise("perceptions", "Z"),
    ):
        with pytest.raises(ValueError, match="is unknown"):
            call()
    with pytest.raises(
        ValueError, match="`by`: the answers were read without group columns; give by='branch'"
    ):
        kept.grouped("branch")
    by_branch = sq.moments(
        sq.survey_from_arrays(form([1]), perceptions=[[1], [2]], by={"branch": ["N", "S"]})
    )
    with pytest.raises(ValueError, match="`by`: 'year' is unknown"):
        by_branch.grouped("year")


def test_moments_add_up_with_sum():
    survey = sq.survey_from_arrays(form([2]), perceptions=[[1, 2], [3, NAN], [5, 6]])
    kept = sq.moments(survey)
    assert sum([kept, kept]) == kept + kept
    with pytest.raises(TypeError):
        _ = 1 + kept


def test_squares_of_a_sum_of_columns_are_not_kept():
    answers = [[1, 2], [3, 4]]
    kept = sq.moments(sq.survey_from_arrays(form([2]), expectations=answers, perceptions=answers))
    with pytest.raises(ValueError, match="`face` must be one of expectations, gap"):
        kept.squares("items|gap", "perceptions")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 0}, "format 2, got format 0"),
        ({"sides": ["visions"]}, "`sides`: 'visions' is unknown"),
        ({"min_answered": 7}, r"`min_answered` must lie in 0\.\.1"),
        ({"by": ["a", "b"]}, "groups do not fit"),
        ({"groups": []}, "state does not fit"),
        ({"state": {}}, "state does not fit"),
    ],
)
def test_a_dict_that_is_no_moments(change, message):
    survey = sq.survey_from_arrays(form([2]), perceptions=[[1, 2], [3, NAN]])
    plain = sq.moments(survey).to_dict() | change
    with pytest.raises(ValueError, match=message):
        sq.Moments.from_dict(plain)
    del plain["sides"]
    with pytest.raises(ValueError, match=r"format|lacks sides"):
        sq.Moments.from_dict(plain)


def test_more_groups_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr(stream, "MEMORY", 10_000)
    survey = sq.survey_from_arrays(
        form([20]), perceptions=np.ones((50, 20)), by={"customer": range(50)}
    )
    with pytest.raises(ValueError, match="50 groups of customer would take"):
        sq.moments(survey)
    assert sq.moments(survey.grouped(None)).respondents.tolist() == [50]


def test_surveys_and_moments_are_grouped_in_the_order_asked():
    survey = sq.survey_from_arrays(
        form([1]), perceptions=[[1], [2]], by={"b": ["x", "y"], "a": ["u", "u"]}
    )
    asked = ["a", "b"]
    assert list(survey.grouped(asked).by) == list(sq.moments(survey).grouped(asked).by) == asked
    assert sq.moments(survey.grouped(asked)) == sq.moments(survey).grouped(asked)


def test_moments_say_whose_they_are():
    survey = sq.survey_from_arrays(form([1]), perceptions=[[1], [2]], by={"b": ["x", "y"]})
    assert "2 respondents in 2 groups by b" in repr(sq.moments(survey))
