"""Careless answers: signs, grades, and that nobody is left out."""

import numpy as np
import pytest

import servqual as sq

NAN = float("nan")
STEADY = [4, 5, 3, 6, 2, 5, 4, 3, 5, 6, 2, 4]  # twelve answers without a sign


def form(items=12, reverse=()):
    entries = [sq.Item(f"q{n}", reverse=n in reverse) for n in range(1, items + 1)]
    dimension = sq.Dimension(code="d", name="D", items=entries)
    return sq.Instrument(code="f", name="F", scale=sq.Scale(1, 7), dimensions=(dimension,))


def screened(perceptions, *, instrument=None, **given):
    survey = sq.survey_from_arrays(instrument or form(), perceptions=perceptions, **given)
    return survey.screen()


def signs(answers, **given):
    """Screen a respondent beside one without a sign."""
    return screened([STEADY, answers], **given).table.row(respondent=2)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            STEADY[::-1],
            {"longest_run": 1, "zero_variance": 0, "duplicate": False, "grade": "clear"},
        ),
        ([4] * 12, {"longest_run": 12, "zero_variance": 1, "grade": "doubtful"}),
        ([4] * 7 + [2, 5, 3, 6, 1], {"longest_run": 7, "signs": 1, "grade": "look"}),
        ([4] * 5 + [2] * 5 + [5, 3], {"longest_run": 5, "signs": 0, "grade": "clear"}),
        (STEADY, {"duplicate": True, "signs": 1, "grade": "look"}),
        ([7] * 7 + [6] + [7] * 4, {"ceiling_share": 11 / 12, "signs": 2, "grade": "doubtful"}),
        (STEADY[:5] + [NAN] * 7, {"missing_share": 7 / 12, "signs": 1, "grade": "look"}),
        (STEADY[:6] + [NAN] * 6, {"missing_share": 0.5, "signs": 0, "grade": "clear"}),
        ([NAN] * 12, {"missing_share": 1, "duplicate": False, "grade": "empty"}),
        ([NAN] * 11 + [4], {"zero_variance": 0, "longest_run": 1}),
        ([4, NAN] * 6, {"zero_variance": 1, "longest_run": 1, "grade": "doubtful"}),
    ],
)
def test_signs_of_a_respondent(answers, expected):
    found = signs(answers)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_run_of_half_the_items_is_not_yet_long():
    """The note says: a run over half the perceptions."""
    assert "run over half of them" in screened([STEADY]).table.note
    assert signs([4] * 6 + [2, 5, 3, 6, 1, 2])["signs"] == 0


def test_expectations_may_be_high_and_flat_but_are_counted():
    table = screened([STEADY], expectations=[[7] * 12]).table.row(respondent=1)
    assert table["zero_variance"] == 1
    assert table["grade"] == "clear"
    both = screened([[7] * 12], expectations=[[7] * 12]).table.row(respondent=1)
    assert (both["zero_variance"], both["grade"]) == (2, "doubtful")


def test_straight_line_is_one_on_the_printed_form():
    """Reverse-keyed items are turned at the door; a straight line through them stays one."""
    turned = form(reverse={2, 5, 6})
    line = [5] * 12
    assert signs(line, instrument=turned)["zero_variance"] == 1
    in_words = [8 - 5 if n in {2, 5, 6} else 5 for n in range(1, 13)]  # one opinion throughout
    assert signs(in_words, instrument=turned)["zero_variance"] == 0


def test_duplicates_are_those_after_the_first():
    answers = np.array(
        [STEADY, STEADY[::-1], STEADY, [NAN, *STEADY[1:]], STEADY, [NAN, *STEADY[1:]]]
    )
    table = screened(answers).table
    assert table["duplicate"].tolist() == [False, False, True, False, True, True]
    # the last two have 11 answers, of which equal ones are chance
    grades = ["clear", "clear", "look", "clear", "look", "clear"]
    assert table["grade"].tolist() == grades
    assert table["signs"].tolist() == [0, 0, 1, 0, 1, 0]
    other_side = screened([STEADY, STEADY], expectations=[STEADY, STEADY[::-1]])
    assert not other_side.table["duplicate"].any()


def test_a_copy_with_another_sign_is_doubtful():
    long_run = [4] * 7 + [2, 5, 3, 6, 1]
    table = screened([long_run, long_run]).table
    assert table["signs"].tolist() == [1, 2]
    assert table["grade"].tolist() == ["look", "doubtful"]


def test_empty_respondents_are_no_duplicates():
    assert screened([[NAN] * 12] * 3).table["grade"].tolist() == ["empty"] * 3


def test_table_and_summary_agree_and_leave_nobody_out():
    survey = sq.simulate_survey(sq.instrument("servqual"), 80, rng=3, missing=0.3)
    found = survey.screen()
    assert found.table.keys == ("respondent",)
    assert found.table["respondent"].tolist() == survey.respondents.tolist()
    assert found.summary["respondents"].sum() == 80
    for row in found.summary.rows():
        assert row["respondents"] == (found.table["grade"] == row["grade"]).sum()
        assert row["share"] == row["respondents"] / 80
    for column in ("missing_share", "ceiling_share"):
        assert ((found.table[column] >= 0) & (found.table[column] <= 1)).all()


def test_shown_as_tables():
    found = screened([STEADY, [4] * 12])
    assert "doubtful" in str(found)
    assert found._repr_html_().count("<table") == 2


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float32])
def test_signs_in_every_dtype(dtype):
    answers = np.array([STEADY, [7] * 12, STEADY], dtype=dtype)
    found = screened(answers, instrument=form(reverse={1, 2})).table
    assert found["zero_variance"].tolist() == [0, 1, 0]
    assert found["duplicate"].tolist() == [False, False, True]


def test_one_item_is_never_a_straight_line():
    found = screened([[7], [3]], instrument=form(1)).table
    assert found["zero_variance"].tolist() == [0, 0]
    assert found["longest_run"].tolist() == [1, 1]


def test_mask_of_the_table_selects():
    survey = sq.survey_from_arrays(form(), perceptions=[STEADY, [4] * 12, STEADY[::-1]])
    kept = survey.select(survey.screen().table["grade"] == "clear", reason="careless")
    assert kept.respondents.tolist() == [1, 3]
    assert kept.intake.row(step="left out: careless")["count"] == 1
