"""The forms that rate gaps and their antecedents: what they hold, their keying, their scores."""

import numpy as np
import pytest

import servqual as sq
from servqual.gaps import gap_sizes

MANAGERS = sq.instrument("gap-survey-managers")
EMPLOYEES = sq.instrument("gap-survey-employees")
both = pytest.mark.parametrize("form", [MANAGERS, EMPLOYEES], ids=lambda form: form.code)

# shared/facts.md, row 8: th4.ilovetranslation.com/VmjdDRF87zB=d; eslm.lpude.in for gaps 3 and 4
ANTECEDENTS = {
    "gap1": {"marketing-research-orientation", "upward-communication", "levels-of-management"},
    "gap2": {
        "management-commitment",
        "perceived-feasibility",
        "task-standardisation",
        "goal-setting",
    },
    "gap3": {
        "role-ambiguity",
        "role-conflict",
        "employee-job-fit",
        "technology-job-fit",
        "supervisory-control",
        "perceived-control",
        "teamwork",
    },
    "gap4": {"horizontal-communication", "overpromising"},
}
GAPS = {MANAGERS.code: ["gap2"], EMPLOYEES.code: ["gap3", "gap4"]}
# theory.md A10: agreement is bad for quality
REVERSED = {
    MANAGERS.code: ["gap1-levels-of-management"],
    EMPLOYEES.code: ["gap3-role-conflict", "gap3-role-ambiguity", "gap4-overpromising"],
}
SERVQUAL = ["tangibles", "reliability", "responsiveness", "assurance", "empathy"]


def answered(form, by_dimension, otherwise=4):
    """Return a survey of raw answers, given by dimension, one list a respondent."""
    respondents = len(next(iter(by_dimension.values())))
    answers = np.full((respondents, len(form.items)), otherwise)
    for code, rows in by_dimension.items():
        answers[:, form.places(code)] = rows
    return sq.survey_from_arrays(form, perceptions=answers)


# ---- what the forms hold


def test_sixteen_antecedents_by_gap():
    found = {gap: set() for gap in ANTECEDENTS}
    for form, gaps in ((MANAGERS, ("gap1", "gap2")), (EMPLOYEES, ("gap3", "gap4"))):
        for code in form.dimension_codes:
            gap, _, antecedent = code.partition("-")
            assert gap in gaps
            if antecedent:
                assert antecedent not in found[gap]
                found[gap].add(antecedent)
    assert found == ANTECEDENTS
    assert [len(names) for names in found.values()] == [3, 4, 7, 2]


@both
def test_items_are_called_by_dimension(form):
    for entry in form.dimensions:
        numbers = range(1, len(entry.items) + 1)
        parts = SERVQUAL if entry.code in GAPS[form.code] else numbers
        assert [item.code for item in entry.items] == [f"{entry.code}-{part}" for part in parts]


@both
def test_reversed_dimensions_and_no_other_item(form):
    for entry in form.dimensions:
        assert {item.reverse for item in entry.items} == {entry.code in REVERSED[form.code]}


def test_reversed_items_describe_the_bad_state():
    """Read by a person: agreement with each of these is bad for quality."""
    assert [item.text for form in (MANAGERS, EMPLOYEES) for item in form.items if item.reverse] == [
        "too many ranks between the top and the counter",
        "customers and superiors want opposite things of me",
        "paperwork gets in the way of serving",
        "rules forbid what a customer rightly asks",
        "I am pressed to sell where I should help",
        "it is unclear what my superiors want of me",
        "I can only guess what customers hope for",
        "I seldom hear how well I do",
        "I lack training in dealing with customers",
        "I know too little about what we sell",
        "rivals' claims drive us to promise too much",
        "new customers are won with words that we cannot honour",
    ]


@both
def test_languages_are_complete_and_no_copies(form):
    assert form.languages == ("es", "zh")
    spoken = [form, form.in_language("es"), form.in_language("zh")]
    names = [[entry.name.strip() for entry in one.dimensions] for one in spoken]
    texts = [[item.text.strip() for item in one.items] for one in spoken]
    for same in (*zip(*names, strict=True), *zip(*texts, strict=True)):
        assert all(same)
        assert len({*same}) == 3


@pytest.mark.parametrize("language", ["en", "es", "zh"])
def test_no_two_items_alike(language):
    spoken = [
        form if language == "en" else form.in_language(language) for form in (MANAGERS, EMPLOYEES)
    ]
    texts = [" ".join(item.text.casefold().split()) for form in spoken for item in form.items]
    assert len({*texts}) == len(texts) == 25 + 40
    codes = [item.code for form in spoken for item in form.items]
    assert len({*codes}) == len(codes)


@both
def test_toml_reads_back(form, tmp_path):
    file = tmp_path / "form.toml"
    file.write_text(form.to_toml(), encoding="utf-8")
    assert sq.load_instrument(file) == form


@both
def test_forms_say_what_is_confirmed_and_what_is_remembered(form):
    for work in ("(1988)", "52(2), 35-48", "(1990)", "Free Press"):
        assert work in form.source
    confirmed, remembered = form.note.split("Confirmed: ")[1].split(" How many items ")
    for word in ("3 + 4 + 7 + 2", "th4.ilovetranslation.com", "eslm.lpude.in"):
        assert word in confirmed
    assert "the scale with its anchors" in remembered
    assert "answer these questions are remembered, not checked" in remembered
    assert "own short paraphrases" in remembered


# ---- scores


@both
def test_gap_sizes_finds_the_gaps_of_the_form_alone(form):
    found = gap_sizes(sq.simulate_survey(form, 30, rng=1))
    assert found.gaps["gap"].tolist() == GAPS[form.code]
    items = [f"{gap}-{part}" for gap in GAPS[form.code] for part in SERVQUAL]
    assert found.items["item"].tolist() == items
    assert not any(found.gaps["undefined"])


@both
def test_gap_sizes_by_hand(form):
    """(7 + 6 + 5 + 4 + 3) / 5 = 5 and (1 + 1 + 1 + 1 + 6) / 5 = 2: 3.5, of 7."""
    rows = [[7, 6, 5, 4, 3], [1, 1, 1, 1, 6]]
    found = gap_sizes(answered(form, dict.fromkeys(GAPS[form.code], rows), otherwise=7))
    assert found.gaps["score"] == pytest.approx(3.5)
    assert found.gaps["estimate"] == pytest.approx(-3.5)
    first = found.items.row(gap=GAPS[form.code][0], item=f"{GAPS[form.code][0]}-tangibles")
    assert (first["score"], first["estimate"]) == pytest.approx((4, -3))


# For each dimension the raw answers of two respondents, and the mean of their means, turned where
# the dimension is reversed (x becomes 8 - x), by hand.
BY_HAND = {
    MANAGERS.code: {
        "gap2": ([[5] * 5, [6] * 5], 5.5),
        "gap1-marketing-research-orientation": ([[1, 2, 3, 4], [4, 5, 6, 7]], 4.0),  # 2.5, 5.5
        "gap1-upward-communication": ([[7, 7, 7, 7], [1, 2, 1, 2]], 4.25),  # 7, 1.5
        "gap1-levels-of-management": ([[7], [5]], 2.0),  # 1, 3
        "gap2-management-commitment": ([[2, 2, 4, 4], [6, 6, 6, 6]], 4.5),  # 3, 6
        "gap2-goal-setting": ([[1, 2], [3, 6]], 3.0),  # 1.5, 4.5
        "gap2-task-standardisation": ([[7, 6], [7, 6]], 6.5),
        "gap2-perceived-feasibility": ([[1, 2, 3], [7, 6, 5]], 4.0),  # 2, 6
    },
    EMPLOYEES.code: {
        "gap3": ([[3] * 5, [4] * 5], 3.5),
        "gap4": ([[7] * 5, [1, 2, 3, 4, 5]], 5.0),  # 7, 3
        "gap3-teamwork": ([[7, 6, 5, 4, 3], [3] * 5], 4.0),  # 5, 3
        "gap3-employee-job-fit": ([[2, 3], [6, 7]], 4.5),  # 2.5, 6.5
        "gap3-technology-job-fit": ([[6], [7]], 6.5),
        "gap3-perceived-control": ([[1, 1, 2, 2], [1, 1, 2, 2]], 1.5),
        "gap3-supervisory-control": ([[4, 5, 6], [7, 7, 7]], 6.0),  # 5, 7
        "gap3-role-conflict": ([[1, 2, 3, 2], [7, 7, 7, 7]], 3.5),  # 8 - 2 = 6, 1
        "gap3-role-ambiguity": ([[1, 1, 1, 1, 6], [5] * 5], 4.5),  # 8 - 2 = 6, 3
        "gap4-horizontal-communication": ([[4] * 4, [5, 6, 5, 6]], 4.75),  # 4, 5.5
        "gap4-overpromising": ([[1, 2], [6, 7]], 4.0),  # 6.5, 1.5
    },
}


@both
def test_scores_of_antecedents_by_hand(form):
    cases = BY_HAND[form.code]
    assert {*cases} == {*form.dimension_codes}
    survey = answered(form, {code: rows for code, (rows, _) in cases.items()})
    found = sq.perception_scores(survey).dimensions
    for code, (_, mean) in cases.items():
        assert found.row(dimension=code)["perception"] == pytest.approx(mean)


@both
def test_agreement_with_everything_is_good_but_for_the_reversed(form):
    survey = answered(form, {form.dimension_codes[0]: [[7] * 5] * 2}, otherwise=7)
    table = sq.perception_scores(survey).dimensions
    expected = [1 if code in REVERSED[form.code] else 7 for code in form.dimension_codes]
    assert table["perception"].tolist() == expected
