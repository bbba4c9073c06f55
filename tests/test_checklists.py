"""Checklists and their assessment: catalogue, worked values, oracles, properties, bad input."""

import math
import re
import tomllib
from functools import cache
from importlib import resources
from itertools import accumulate

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import servqual as sq
from servqual._specs import from_dict
from servqual._stats.means import Mean
from servqual._stats.proportions import bounded_interval
from servqual.checklists import (
    Checklist,
    ChecklistItem,
    Element,
    assess,
    checklist,
    checklist_codes,
    load_checklist,
)
from servqual.cycle import Stage
from servqual.journeys import composite
from servqual.standards import standard_set

from .effort import effort

NAN = math.nan
some = effort(25)
few = effort(12)
RULES = ("mean", "geometric", "minimum")
SCALES = [sq.Scale(0, 1), sq.Scale(1, 5), sq.Scale(0, 10), sq.Scale(-3, 3)]
WEIGHTS = [0.0, 0.25, 0.5, 1.0, 1.0, 1.0, 2.0, 3.3]
KEYS = ["good", "good", "good", "bad", "bad", "neutral"]
OUT = "n/a"  # not applicable
ESTIMATES = ("score", "sd", "se", "low", "high")


def refused(said, call, *values, **options):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        call(*values, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")
    assert "\n" not in str(error.value)


def close(wanted, rel=1e-9, least=1e-10):
    return pytest.approx(wanted, rel=rel, abs=least, nan_ok=True)


def same(found, wanted, but=()):
    """See that two tables say the same, rounding aside; `but` are columns that may differ."""
    assert [c for c in found.columns if c not in but] == [c for c in wanted.columns if c not in but]
    assert len(found) == len(wanted)
    for name in found.columns:
        if name not in but:
            mine, other = found[name], wanted[name]
            is_number = mine.dtype.kind in "fiu"
            assert mine.tolist() == (close(other.tolist(), least=1e-9) if is_number else [*other])


def all_same(found, wanted, but=()):
    """See that two assessments say the same."""
    for name in ("elements", "items", "totals", "sheets"):
        same(getattr(found, name), getattr(wanted, name), but)
    assert found.total == close(wanted.total)


def checks(*elements, **fields):
    """Return a checklist of elements A, B, …, each of so many items A1, A2, … or of given ones."""
    made = []
    for code, items in zip("ABCDEFGH", elements, strict=False):
        if isinstance(items, Element):
            made.append(attrs.evolve(items, code=code))
            continue
        if isinstance(items, int):
            own = [ChecklistItem(code=f"{code}{n}") for n in range(1, items + 1)]
        else:
            own = items
        made.append(Element(code=code, name=f"element {code}", items=own))
    return Checklist(code="visit", name="Visit", elements=made, **fields)


TWO = checks(2, 1)
GRADED = checks(2, 1, scale=sq.Scale(1, 5, anchors={1: "poor", 3: "fair", 5: ("good", "fine")}))


@st.composite
def forms(draw):
    """Draw a checklist with keys and weights, of which something counts."""
    elements = []
    for code in "ABCD"[: draw(st.integers(1, 4))]:
        items = [
            ChecklistItem(
                code=f"{code}{n}",
                key=draw(st.sampled_from(KEYS)),
                weight=draw(st.sampled_from(WEIGHTS)),
            )
            for n in range(1, draw(st.integers(1, 3)) + 1)
        ]
        weight, steps = draw(st.sampled_from(WEIGHTS)), draw(st.booleans())
        elements.append(Element(code=code, name=code, items=items, weight=weight, ordered=steps))
    if not any(element.is_scored and element.weight for element in elements):
        first = ChecklistItem(code="A0")
        items = (first, *elements[0].items)
        elements[0] = attrs.evolve(elements[0], items=items, weight=1.0)
    scale, layers = draw(st.sampled_from(SCALES)), draw(st.booleans())
    return Checklist(code="f", name="F", elements=elements, scale=scale, ordered=layers)


@st.composite
def answered(draw, least=1, most=6, holes=True):
    """Draw a checklist and sheets of answers: eighths of the scale, None and "n/a"."""
    form = draw(forms())
    grades = st.integers(0, 8).map(lambda k: form.scale.low + form.scale.width * k / 8)
    cells = st.one_of(grades, grades, st.sampled_from([None, OUT])) if holes else grades
    row = st.fixed_dictionaries(dict.fromkeys(form.item_codes, cells))
    return form, draw(st.lists(row, min_size=least, max_size=most))


def columns_of(form, rows):
    return {code: [row[code] for row in rows] for code in form.item_codes}


def asked(form, rows, **options):
    """Assess rows, with a total however little was answered."""
    return assess(form, columns_of(form, rows), **({"min_coverage": 0} | options))


# --- in plain Python ------------------------------------------------------------------------------


def grade(form, answer):
    return None if answer in {None, OUT} else (answer - form.scale.low) / form.scale.width


def item_score(form, item, answer):
    """Return the score of an answer, None where it has none."""
    given = grade(form, answer)
    if given is None or item.key == "neutral" or item.weight == 0:
        return None
    return 1 - given if item.key == "bad" else given


def element_score(form, element, row):
    """Return Σwx/Σw over the items that were answered."""
    scores = [(item.weight, item_score(form, item, row[item.code])) for item in element.items]
    there = [(w, x) for w, x in scores if x is not None]
    return sum(w * x for w, x in there) / sum(w for w, _ in there) if there else None


def total_of(form, scores, rule):
    """Return the total of elements' scores by code."""
    there = [
        (element.weight, scores[element.code])
        for element in form.elements
        if element.weight and scores[element.code] is not None
    ]
    if not there:
        return NAN
    whole = sum(w for w, _ in there)
    if rule == "mean":
        return sum(w * s for w, s in there) / whole
    if rule == "minimum":
        return min(s for _, s in there)
    return math.prod(s ** (w / whole) for w, s in there)


def scored_items(form):
    return [item for item in form.items if item.key != "neutral" and item.weight > 0]


def coverage_of(form, row):
    items = [i for e in form.elements if e.weight for i in e.items if i in scored_items(form)]
    return sum(row[item.code] not in {None, OUT} for item in items) / len(items)


def columns_by_hand(form, rows):
    """Return the scores of sheets by element, None where there is none."""
    return {e.code: [element_score(form, e, row) for row in rows] for e in form.elements}


def mean_of(column):
    there = [x for x in column if x is not None]
    return sum(there) / len(there) if there else None


def total_by_hand(form, rows, rule):
    columns = columns_by_hand(form, rows)
    return total_of(form, {code: mean_of(column) for code, column in columns.items()}, rule)


def slope(form, scores, code, rule, step=1e-6):
    """Return the change of the total with an element's score, by differences."""
    up, down = ({**scores, code: scores[code] + s} for s in (step, -step))
    return (total_of(form, up, rule) - total_of(form, down, rule)) / (2 * step)


def error_by_hand(form, rows, rule):
    """Return √(n₀/(n₀-1)·Σu²), u = Σ_k g_k(s_k - S_k)/n_k; n₀ the least n of what counts."""
    columns = columns_by_hand(form, rows)
    scores = {code: mean_of(column) for code, column in columns.items()}
    there = [e.code for e in form.elements if e.weight and scores[e.code] is not None]
    if rule == "minimum":
        there = there and [min(there, key=scores.get)]
        slopes = dict.fromkeys(there, 1.0)
    else:
        slopes = {code: slope(form, scores, code, rule) for code in there}
    n = {code: sum(x is not None for x in columns[code]) for code in there}
    least = min(n.values(), default=0)
    if least < 2:
        return NAN
    u = [
        sum(
            slopes[code] * (columns[code][i] - scores[code]) / n[code]
            for code in there
            if columns[code][i] is not None
        )
        for i in range(len(rows))
    ]
    return math.sqrt(least / (least - 1) * sum(part**2 for part in u))


def interval_by_hand(p, se, df, confidence):
    """Return the roots of (p - x)² = t²·se²·x(1 - x)/(p(1 - p)), where Wilson's interval ends."""
    q = (stats.t.ppf(0.5 + confidence / 2, df) * se) ** 2 / (p * (1 - p))
    return np.sort(np.roots([1 + q, -(2 * p + q), p * p]).real)


def share_by_hand(count, n, confidence):
    return tuple(stats.binomtest(count, n).proportion_ci(confidence, method="wilson"))


# --- worked values --------------------------------------------------------------------------------

# theory.md E8 [ID]: ICARE elements .9 .8 .6 .9 .7: mean .78, geometric .77084, min .6
ICARE = dict(zip(checklist("icare").element_codes, (0.9, 0.8, 0.6, 0.9, 0.7), strict=True))
E8 = [("mean", 0.78, 1e-12), ("geometric", 0.77084, 5e-6), ("minimum", 0.6, 1e-12)]


@pytest.mark.parametrize(("rule", "wanted", "within"), E8)
def test_e8_by_elements(rule, wanted, within):
    found = assess(checklist("icare"), ICARE, total=rule)
    assert found.total == pytest.approx(wanted, abs=within)
    assert found.elements["score"].tolist() == close([*ICARE.values()])
    assert (found.coverage, found.n, found.rule) == (1.0, 1, rule)
    assert found.totals.row()["weakest"] == "attentiveness"
    assert found.elements["element"].tolist() == [*ICARE]


@pytest.mark.parametrize(("rule", "wanted", "within"), E8)
def test_e8_by_graded_items(rule, wanted, within):
    form = checklist("icare")
    items = {item.code: ICARE[e.code] for e in form.elements for item in e.items}
    assert assess(form, items, total=rule).total == pytest.approx(wanted, abs=within)


def test_e8_of_sheets_is_that_of_their_means():
    # deviations that cancel out leave the scores of E8 [ID] as they are
    up = {code: [x + d for d in (-0.1, 0, 0.1)] for code, x in ICARE.items()}
    found = assess(checklist("icare"), up, total="geometric")
    assert found.total == pytest.approx(0.77084, abs=5e-6)
    assert found.n == 3


def test_e8_is_shown():
    shown = str(assess(checklist("icare"), ICARE))
    assert "0.780" in shown
    assert "attentiveness" in shown
    assert "one sheet" in shown


def test_promise_keys_8_5_2():
    # seeds.md row 36: 8 questions to which yes is good, 5 bad, 2 neutral
    form = checklist("promise-keeping")
    keys = [item.key for item in form.items]
    assert [keys.count(key) for key in ("good", "bad", "neutral")] == [8, 5, 2]
    assert [len(element.items) for element in form.elements] == [3] * 5


def test_a_promise_answered_yes_throughout():
    # seeds.md row 36: of each principle's three, good/(good + bad) [ID]
    form = checklist("promise-keeping")
    found = assess(form, dict.fromkeys(form.item_codes, "yes"))
    assert found.elements["score"].tolist() == close([2 / 3, 1 / 3, 1 / 3, 1, 1])
    assert found.total == close(2 / 3)
    assert found.items["n"].sum() == 15
    assert found.coverage == 1.0


def test_an_element_as_a_whole_turns_items_of_which_yes_is_bad():
    form = checklist("promise-keeping")
    found = assess(form, {"communicate": 0.75, "coordinate": "yes"}, min_coverage=0)
    said = {row["item"]: row["answer"] for row in found.items.rows() if row["n"]}
    assert said == {
        "told-at-each-stage": 0.75,
        "problem-hidden": 0.25,
        "withdraw-or-renegotiate": 0.25,
        "proposer-involved": 1.0,
        "supporters-cooperate": 1.0,
    }
    assert found.coverage == close(5 / 13)


# --- the catalogue --------------------------------------------------------------------------------

every = pytest.mark.parametrize("code", checklist_codes())
# what a document in Chinese (S2) or in Spanish (S3) has; the others are in English: seeds.md
CHINESE = {
    *("active-listening", "american-express-soft", "confirmation", "customer-education"),
    *("customer-interests", "customer-views", "cycle-principles", "exceeding-expectations"),
    *("ford-soft", "four-w", "ge-operators-soft", "hall-worksheet", "hr-strategy"),
    *("management-shift", "promise-keeping", "promise-strategies", "purchase-stages"),
    *("result-and-responsibility", "scorecard-perspectives", "services-and-goods"),
    *("think-customer", "zero-three-four"),
}
SPANISH = {
    *("account-manager-worksheet", "four-w", "hall-rules", "hall-service", "hall-worksheet"),
    *("service-attitude", "zero-three-four"),
}
ENGLISH = {
    *("experience-layers", "icare", "moments-of-truth-benefits", "moments-of-truth-readiness"),
}


@cache
def listed(code):
    return checklist(code)


def texts_of(form, language="en"):
    own = [(e.translations, e.name) for e in form.elements]
    own += [(item.translations, item.text) for item in form.items]
    return [dict(known).get(language, word) for known, word in own]


def test_there_are_at_least_fifteen():
    assert len(checklist_codes()) >= 15
    assert {*checklist_codes()} >= CHINESE | SPANISH | ENGLISH


@every
def test_it_loads_under_its_code_with_a_source(code):
    form = listed(code)
    assert form.code == code
    assert form.name.strip()
    assert form.source.strip()
    assert form.note.strip()


@every
def test_it_reads_back_from_text_and_file(code, tmp_path):
    form, file = listed(code), tmp_path / "form.toml"
    file.write_text(form.to_toml(), encoding="utf-8")
    assert load_checklist(file) == form
    assert load_checklist(str(file)).to_toml() == form.to_toml()
    assert from_dict(Checklist, tomllib.loads(form.to_toml()), "text") == form


@every
def test_its_file_is_as_it_would_be_written(code):
    file = resources.files("servqual.checklists") / "catalogue" / f"{code}.toml"
    assert file.read_text(encoding="utf-8") == listed(code).to_toml()


@every
def test_its_texts_are_there_and_distinct_in_every_language(code):
    form = listed(code)
    for language in form.languages:
        texts = texts_of(form, language)
        assert all(text.strip() for text in texts)
        assert len({text.casefold() for text in texts}) == len(texts)
        assert not any("  " in text or text != text.strip() for text in texts)


@every
def test_its_keys_are_known_and_something_is_scored(code):
    form = listed(code)
    assert {item.key for item in form.items} <= {"good", "bad", "neutral"}
    assert any(item.is_scored for item in form.items)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", c) for c in form.item_codes)


@every
def test_its_languages_are_complete(code):
    form = listed(code)
    of = {"zh": CHINESE, "es": SPANISH}
    assert {language for language, codes in of.items() if code in codes} <= {*form.languages}
    known = [part.translations for part in (*form.elements, *form.items)]
    assert {language for each in known for language, _ in each} == {*form.languages[1:]}


@every
def test_translations_are_in_their_language(code):
    form = listed(code)
    for language in form.languages[1:]:
        for text, english in zip(texts_of(form, language), texts_of(form), strict=True):
            assert text != english
            assert bool(re.search(r"[\u4e00-\u9fff]", text)) is (language == "zh")


@every
def test_all_of_it_answered_at_best_scores_one(code):
    form = listed(code)
    best = {
        item.code: form.scale.low if item.key == "bad" else form.scale.high for item in form.items
    }
    found = assess(form, best, total="geometric")
    assert (found.total, found.coverage) == (1.0, 1.0)
    worst = {item: form.scale.low + form.scale.high - x for item, x in best.items()}
    assert assess(form, worst).total == 0.0


def test_cycle_principles_are_those_of_the_stages():
    form = listed("cycle-principles")
    assert {e.code: tuple(item.code for item in e.items) for e in form.elements} == {
        stage.value: stage.principles for stage in Stage
    }
    assert form.ordered


def test_experience_layers_are_those_of_the_composite():
    form, layers = listed("experience-layers"), composite("experience-layers")
    assert form.element_codes == layers.codes
    assert [e.name for e in form.elements] == [part.name for part in layers.parts]
    assert form.ordered


@pytest.mark.parametrize("code", ["ford", "american-express", "ge-operators"])
def test_soft_lists_are_the_soft_standards(code):
    wanted = [standard.name for standard in standard_set(code).soft]
    assert sorted(listed(f"{code}-soft").item_codes) == sorted(wanted)


# rows of seeds.md: 43, 65, 47, 48, 33, 25, 8, 7, 52, 35, 59, 54
SHAPES = {
    "zero-three-four": {"zero-distance": 3, "three-more": 3, "four-voices": 4},
    "icare": dict(
        zip(
            ("ideal-service", "culture", "attentiveness", "responsiveness", "empowerment"),
            (3, 4, 3, 3, 3),
            strict=True,
        )
    ),
    "account-manager-worksheet": {"perception": 2, "knowledge": 2},
    "customer-interests": {"business": 3, "personal": 4},
    "think-customer": {"questions": 4},
    "management-shift": {"moves": 4, "essence": 2},
    "customer-views": {"differences": 3, "adjustment": 3},
    "active-listening": {"look": 2, "listen": 2, "ask": 2, "confirm": 2},
    "moments-of-truth-benefits": {"benefits": 4, "functions": 6},
    "ford-soft": {"car-service": 3},
}


@pytest.mark.parametrize("code", SHAPES)
def test_shapes_of_the_documents(code):
    form = listed(code)
    assert {e.code: len(e.items) for e in form.elements} == SHAPES[code]


def test_more_of_what_the_documents_have():
    assert listed("zero-three-four").name == "Zero distance, three more, four voices"
    steps = [e.code for e in listed("zero-three-four").elements if e.ordered]
    assert steps == ["four-voices"]  # row 43
    assert len(listed("hall-worksheet").items) > 10  # row 47: more than ten indicators
    assert (listed("hall-worksheet").scale.low, listed("hall-worksheet").scale.high) == (
        0,
        10,
    )
    misuse = listed("moments-of-truth-readiness").elements[-1]
    assert {item.key for item in misuse.items} == {"bad"}  # row 8
    stages = listed("purchase-stages")
    assert stages.ordered
    assert len(stages.elements) == 5  # row 22: the document lacks the fifth
    keys = {item.code: item.key for item in listed("exceeding-expectations").items}
    assert keys.pop("expectation-lowered") == "neutral"  # row 25
    assert {*keys.values()} == {"good"}
    assert len(listed("scorecard-perspectives").elements) == 4  # row 59
    assert len(listed("hr-strategy").elements) == 4  # row 54


def test_an_unknown_code_has_its_neighbours_named():
    refused("ValueError: `code`: 'icares' is unknown; the nearest are 'icare'", checklist, "icares")


# --- forms ----------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).map(
    str.strip
)


@some
@given(forms(), st.lists(WORDS.filter(bool), min_size=4, max_size=4))
def test_any_checklist_reads_back(tmp_path_factory, form, words):
    first, *rest = form.elements
    item = attrs.evolve(first.items[0], text=words[0], translations={"es": words[1]})
    element = attrs.evolve(first, items=(item, *first.items[1:]), translations={"zh": words[2]})
    form = attrs.evolve(form, elements=(element, *rest), note=words[3])
    file = tmp_path_factory.mktemp("forms") / "form.toml"
    file.write_text(form.to_toml(), encoding="utf-8")
    assert load_checklist(file) == form


def test_a_scale_with_words_reads_back(tmp_path):
    scale = sq.Scale(1, 5, not_applicable=(9,), anchors={1: ("no", "never"), 5: "yes", 9: "none"})
    form = checks(1, 2, scale=scale, source="s", ordered=True)
    (tmp_path / "form.toml").write_text(form.to_toml(), encoding="utf-8")
    assert load_checklist(tmp_path / "form.toml") == form


def test_questions_in_a_language():
    form = checklist("zero-three-four")
    english, spanish = form.questions(), form.questions("es")
    assert english.title == form.name
    assert english.columns == spanish.columns == ("item", "element", "text", "answer")
    assert english["item"].tolist() == spanish["item"].tolist() == [*form.item_codes]
    assert english["text"].tolist() == [item.text for item in form.items]
    assert spanish["text"].tolist() == [dict(item.translations)["es"] for item in form.items]
    names = [dict(e.translations)["zh"] for e in form.elements for _ in e.items]
    assert form.questions("zh")["element"].tolist() == names
    assert form.source in english.to_markdown()
    assert set(english["answer"]) == {""}


def test_a_form_that_is_filled_in_is_a_log():
    filled = checklist("zero-three-four").questions("es").to_frame("pandas")
    filled["answer"] = ["sí"] * 6 + ["no", "sí", "", "n/a"]
    found = assess(checklist("zero-three-four"), filled, item="item", answer="answer")
    assert found.elements["score"].tolist() == [1, 1, 0.5]
    assert found.coverage == 0.8


def test_slips_of_labels_are_said():
    log = {
        "visit": [1, 1, 2, 3],
        "shop": ["Norte", None, "norte", "Sur"],
        "item": ["A1", "A2", "A1", "A1"],
        "answer": ["yes"] * 4,
    }
    names = {"item": "item", "answer": "answer", "min_coverage": 0}
    found = assess(TWO, log, **names, sheet="visit", by="shop")
    assert found.cautions == (
        "'norte' (1 row) differs from 'Norte' only in case; give them one label to join them",
        "sheet '1' is in the groups 'Norte' and '(missing)', and counts as one in each",
    )
    assert all(f"caution: {words}" in found.totals.note for words in found.cautions)
    log["shop"] = ["Norte", "Norte", "Oeste", "Sur"]
    assert assess(TWO, log, **names, sheet="visit", by="shop").cautions == ()


def test_a_language_must_be_complete():
    item = ChecklistItem(code="a", text="x", translations={"es": "y", "zh": "z"})
    element = Element(code="A", name="A", items=[item], translations={"es": "A de"})
    form = Checklist(code="c", name="C", elements=[element])
    assert form.languages == ("en", "es")
    assert form.questions("es")["text"].tolist() == ["y"]
    refused(
        "ValueError: `language`: 'zh' is not complete, it lacks element 'A'$", form.questions, "zh"
    )
    refused("ValueError: `language`: 'fr' is unknown.*'en', 'es'", form.questions, "fr")
    refused("TypeError: `language` must be a text", form.questions, 1)


def test_languages_stand_once():
    item = ChecklistItem(code="a", text="x", translations={"en": "y"})
    element = Element(code="A", name="A", items=[item], translations={"en": "B"})
    assert Checklist(code="c", name="C", elements=[element]).languages == ("en",)


def test_it_is_shown_in_a_line():
    assert repr(TWO) == "Checklist 'visit': Visit, 3 items in 2 elements"


def test_an_item_may_have_the_code_of_its_element_where_it_is_alone():
    item = ChecklistItem(code="A")
    assert checks([item], 1).item_codes == ("A", "B1")
    assert assess(checks([item], 1), {"A": 1, "B": 0}).total == 0.5
    rule = "ValueError: `elements`: an item may have an element's code.*'A'"
    refused(rule, checks, [item, ChecklistItem(code="other")])
    refused(rule, checks, 1, [item])
    refused(rule.replace("A", "B"), checks, [ChecklistItem(code="B")], 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (checks, "`elements`"),
        (lambda: checks([]), "`items`"),
        (lambda: checks(["a"]), "TypeError: `items`.*'a'"),
        (lambda: checks([ChecklistItem(code="x")], [ChecklistItem(code="x")]), "items.*'x' twice"),
        (lambda: attrs.evolve(TWO, elements=TWO.elements[:1] * 2), "codes of elements.*'A' twice"),
        (lambda: checks([ChecklistItem(code="x", key="neutral")]), "must have an item.*scored"),
        (lambda: checks([ChecklistItem(code="x", weight=0)]), "must have an item.*scored"),
        (
            lambda: checks(Element(code="A", name="A", items=TWO.items[:1], weight=0)),
            "must have an item.*scored",
        ),
        (lambda: ChecklistItem(code="x", key="god"), "ValueError: `key`.*'neutral', got 'god'"),
        (lambda: ChecklistItem(code="x", key=1), "`key`.*got 1"),
        (lambda: ChecklistItem(code="x", weight=-1), "ValueError: `weight`.*-1"),
        (lambda: ChecklistItem(code="x", weight=NAN), "ValueError: `weight`.*nan"),
        (lambda: ChecklistItem(code="x", weight="2"), "TypeError: `weight`.*'2'"),
        (lambda: ChecklistItem(code=" x"), "`code`.*' x'"),
        (lambda: ChecklistItem(code=""), "`code`"),
        (lambda: ChecklistItem(code="x", text=3), "TypeError: `text`.*3"),
        (lambda: ChecklistItem(code="x", translations="es"), "`translations`.*'es'"),
        (lambda: Element(code="A", name="", items=TWO.items), "`name`"),
        (lambda: Element(code="A", name="A", items=TWO.items, ordered="no"), "`ordered`.*'no'"),
        (lambda: checks(1, scale=(0, 1)), r"TypeError: `scale` must be Scale, got \(0, 1\)"),
        (lambda: checks(1, ordered=1), "`ordered`.*1"),
    ],
)
def test_rules_of_checklists(make, said):
    refused(said, make)


def broken(old, new):
    text = attrs.evolve(GRADED, source="s").to_toml()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code = ", "is not TOML"),
        ("", "code"),
        (broken('code = "visit"\n', ""), "code"),
        (broken('code = "A2"', 'code = "A1"'), "items.*'A1' twice"),
        (
            broken('code = "A2"', 'code = "A2", key = "great"'),
            r"`key`.*'great'.*elements\[0\].*\[1\]",
        ),
        (
            broken('code = "A2"', 'code = "A2", weight = "x"'),
            r"`weight`.*'x'.*elements\[0\].*\[1\]",
        ),
        (broken('code = "A2"', 'code = "A2", txt = "x"'), r"txt.*elements\[0\].*\[1\]"),
        (broken('code = "B1"', 'code = " B1"'), r"' B1'.*elements\[1\].*\[0\]"),
        (
            broken('code = "B1"', 'code = "B1", translations = { es = 3 }'),
            r"'es'.*3.*elements\[1\]",
        ),
        (broken('code = "B"\n', 'code = "B"\nordered = 1\n'), r"`ordered`.*elements\[1\]"),
        (broken("low = 1", "low = 5"), "`low` must be below.*scale"),
        (broken("low = 1", "low = 1\nmid = 3"), "mid.*scale"),
    ],
)
def test_errors_of_files_name_the_place(tmp_path, text, said):
    file = tmp_path / "form.toml"
    file.write_text(text, encoding="utf-8")
    refused(rf"ValueError: .*form\.toml.*({said})", load_checklist, file)


def test_files_that_are_none(tmp_path):
    file = tmp_path / "form.toml"
    file.write_bytes(b"code = '\xff'")
    refused(r"ValueError: .*form\.toml is not TOML", load_checklist, file)
    with pytest.raises(FileNotFoundError, match=r"other\.toml"):
        load_checklist(tmp_path / "other.toml")


# --- answers --------------------------------------------------------------------------------------


def answer_of(form, cell):
    """Return what is read of a cell: a grade, "missing" or "n/a"."""
    first = form.item_codes[0]
    row = assess(form, {first: cell}, min_coverage=0).items.row(item=first)
    return OUT if row["not_applicable"] else "missing" if row["missing"] else row["answer"]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        *((cell, 1.0) for cell in ("yes", "YES", " Yes ", "y", "true", "sí", "Si", "是", True, 1)),
        *((cell, 0.0) for cell in ("no", "No", "n", "False", "否", False, 0, "0", np.False_)),
        *((cell, 0.5) for cell in (0.5, "0.5", "0,5", "0.5 - partly", np.float32(0.5))),
        ("1 - fully", 1.0),
        ("(1) yes", 1.0),
        ("0: not at all", 0.0),
        *((cell, OUT) for cell in ("n/a", "N/A", "na", "NA", "n.a.", "Not  Applicable")),
        *((cell, OUT) for cell in ("no aplica", "No procede", "不适用", "不適用", " n/a ")),
        *((cell, "missing") for cell in (None, NAN, "", "  ", "-", pd.NA, pd.NaT, np.nan)),
    ],
)
def test_yes_no_and_what_is_neither(cell, wanted):
    assert answer_of(TWO, cell) == wanted


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (1, 0.0),
        (5, 1.0),
        (3.5, 0.625),
        ("poor", 0.0),
        (" FAIR", 0.5),
        ("Fine", 1.0),
        ("good", 1.0),
        ("4", 0.75),
        ("2 - bad", 0.25),
        ("5 - good", 1.0),
        ("n/a", OUT),
        ("", "missing"),
    ],
)
def test_a_scale_with_anchors(cell, wanted):
    assert answer_of(GRADED, cell) == wanted


def test_codes_of_a_scale_for_what_is_not_applicable():
    form = checks(2, scale=sq.Scale(1, 5, not_applicable=(9,), anchors={9: "cannot tell"}))
    found = assess(form, {"A1": [9, 9.0, "9", "Cannot tell"], "A2": [1, 3, 5, 5]})
    assert found.items.row(item="A1")["not_applicable"] == 4
    assert found.total == close(0.625)
    numbers = assess(form, {"A1": np.array([9, 1]), "A2": np.array([5, 5])})
    assert numbers.items["not_applicable"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "maybe",
            r"0 to 1: 0 \(.*no.*\); 1 \(.*yes.*\); or 'n/a', got 'maybe' \(row 1, item 'A1'\)",
        ),
        ("yess", "got 'yess'.*; the nearest is 'yes'"),
        (2, r"0 to 1.*got 2 \(row 1, item 'A1'\)"),
        (-0.001, "got -0.001"),
        ("2 - often", "got '2 - often'"),
        (math.inf, "got inf"),
        (-math.inf, "got -inf"),
        (10**400, "got 1000"),
        (1j, "got 1j"),
        (object, "got <class 'object'>"),
        (b"yes", "got b'yes'"),
    ],
)
def test_answers_that_are_none(cell, said):
    refused(f"ValueError: `answers` must be .*{said}", answer_of, TWO, cell)


def test_the_row_and_the_item_of_a_wrong_answer_are_named():
    refused(
        r"got 7\.0 \(row 3, item 'B1'\)",
        asked,
        TWO,
        [{"A1": 1, "A2": 0, "B1": x} for x in (1.0, 0.0, 7.0)],
    )
    refused(
        r"got 'x' \(row 2, item 'A2'\)",
        asked,
        TWO,
        [{"A1": 1, "A2": x, "B1": 1} for x in ("yes", "x", "x")],
    )
    refused(r"1 to 5.*got True", answer_of, GRADED, True)
    refused("got 'yes'", answer_of, GRADED, "yes")
    refused("got '2 - good'", answer_of, GRADED, "2 - good")  # number and words differ
    wide = {"A1": np.array([1.0, np.inf]), "A2": [1, 1], "B1": [1, 1]}
    refused(r"got .*inf.* \(row 2, item 'A1'\)", assess, TWO, wide)


def test_booleans_are_no_grades_of_other_scales():
    refused("got True", assess, GRADED, {"A1": [True, 1], "A2": [1, 1], "B1": [1, 1]})
    array = {"A1": np.array([True]), "A2": [1], "B1": [1]}
    refused(r"got (np\.)?True", assess, GRADED, array)  # numpy 1 and 2 write it otherwise


def test_booleans_behind_numbers_are_no_grades_either():
    refused("got True", assess, GRADED, {"A1": [1, True], "A2": [1, 1], "B1": [1, 1]})


TEXTS = {
    "A1": ["yes", "no", None, "n/a", "yes", "yes"],
    "A2": ["0.5", "1", "", "no", "no", "0,5"],
    "B1": ["no", "Yes", "yes", "-", "true", "0.25"],
    "unit": ["N", "S", "N", None, "S", "N"],
    "remark": ["-", "late", "", None, "x", "y"],
}
NUMBERS = {
    "A1": [1.0, NAN, 0.5, 0.0],
    "A2": [1, 0, 1, 1],
    "B1": [True, False, True, True],
    "unit": ["N", "S", "N", "S"],
}


def rows_of_dict(data):
    return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]


READERS = {
    "pandas": pd.DataFrame,
    "pandas, any objects": lambda data: pd.DataFrame(data, dtype=object),
    "pandas, its own types": lambda data: pd.DataFrame(data).convert_dtypes(),
    "polars": lambda data: pl.DataFrame(data, strict=False),
    "polars, lazy": lambda data: pl.LazyFrame(data, strict=False),
    "pyarrow": pa.table,
    "arrays": lambda data: {n: np.array(c, dtype=object) for n, c in data.items()},
    "tuples": lambda data: {name: tuple(column) for name, column in data.items()},
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("data", [TEXTS, NUMBERS], ids=["texts", "numbers"])
def test_tables_of_any_kind_say_the_same(reader, data):
    wanted = assess(TWO, data, by="unit")
    assert assess(TWO, READERS[reader](data), by="unit") == wanted
    assert not np.isnan(wanted.total)


def test_categories_are_texts():
    frame = pd.DataFrame(TEXTS)
    wanted = assess(TWO, frame)
    assert assess(TWO, frame.astype({"A1": "category", "B1": "category"})) == wanted
    cast = pl.DataFrame(TEXTS).with_columns(pl.col("A1", "A2").cast(pl.Categorical))
    assert assess(TWO, cast) == wanted


def test_a_mapping_of_answers_is_a_table_of_one_row():
    one = assess(TWO, {"A1": 1, "A2": "n/a", "B1": None})
    all_same(one, assess(TWO, {"A1": [1], "A2": ["n/a"], "B1": [None]}))
    all_same(assess(TWO, {"A1": 1, "A2": "n/a"}), one)  # what is left out is missing
    assert asked(TWO, [{"A1": 1, "A2": OUT, "B1": None}]).sheets["total"].tolist() == [1.0]


def test_one_sheet_has_no_error():
    found = assess(TWO, {"A1": 1, "A2": 0.5, "B1": 0})
    assert (found.n, found.total) == (1, 0.375)
    assert [found.se, found.low, found.high] == close([NAN] * 3)
    assert found.lacking == "no error, no interval: one sheet"
    assert found.undefined == ""
    assert found.elements["lacking"].tolist() == ["no interval: one sheet"] * 2
    assert found.cautions == ()


def test_labels_beside_a_table():
    rows = {code: TEXTS[code] for code in TWO.item_codes}
    all_same(assess(TWO, rows, by={"unit": TEXTS["unit"]}), assess(TWO, TEXTS, by="unit"))
    found = assess(TWO, TEXTS, by="unit")
    assert found.by == ("unit",)
    assert set(found.totals["unit"]) == {"N", "S", "(missing)"}


def test_sheets_have_names():
    rows = {**NUMBERS, "visit": ["mo", "tu", "we", "th"]}
    found = assess(TWO, rows, sheet="visit", by="unit")
    assert found.sheets.keys == ("unit", "sheet")
    assert found.sheets["sheet"].tolist() == ["mo", "tu", "we", "th"]
    assert assess(TWO, rows).sheets["sheet"].tolist() == ["1", "2", "3", "4"]
    twice = {**NUMBERS, "visit": ["mo", "mo", "we", "th"]}
    assert len(assess(TWO, twice, sheet="visit", by="unit").sheets) == 4  # of two units
    refused("`sheet`.*mo.* twice", assess, TWO, twice, sheet="visit")


# --- totals against plain Python ------------------------------------------------------------------


@some
@given(st.sampled_from(RULES), answered())
def test_scores_and_coverage_by_hand(rule, case):
    form, rows = case
    found = asked(form, rows, total=rule)
    columns = columns_by_hand(form, rows)
    for element in form.elements:
        row, column = found.elements.row(element=element.code), columns[element.code]
        there = [x for x in column if x is not None]
        assert row["n"] == len(there)
        assert row["score"] == close(mean_of(column) if there else NAN)
        sd = np.std(there, ddof=1) if len(there) > 1 else NAN
        assert row["sd"] == close(sd, least=1e-7)
        assert row["se"] == close(sd / math.sqrt(max(len(there), 1)), least=1e-7)
        own = [item for item in element.items if item in scored_items(form)]
        cells = [sheet[item.code] for sheet in rows for item in own]
        given_ = sum(cell not in {None, OUT} for cell in cells)
        assert row["coverage"] == close(given_ / len(cells) if cells else NAN)
        assert row["not_applicable"] == cells.count(OUT)
        assert row["missing"] == cells.count(None)
        nothing = "all not applicable" if {*cells} == {OUT} else "no answers"
        reason = "" if there else nothing if own else "neutral items only"
        if own or all(item.key == "neutral" for item in element.items):
            assert row["undefined"] == reason
    assert found.total == close(total_by_hand(form, rows, rule))
    assert found.coverage == close(np.mean([coverage_of(form, row) for row in rows]))
    answers = [[row[item.code] for item in scored_items(form)] for row in rows]
    assert found.n == sum(any(x not in {None, OUT} for x in own) for own in answers)
    assert (found.undefined == "") is not math.isnan(found.total)


@few
@given(answered())
def test_items_by_hand(case):
    form, rows = case
    found = asked(form, rows)
    for element in form.elements:
        for item in element.items:
            row = found.items.row(item=item.code)
            grades = [grade(form, sheet[item.code]) for sheet in rows]
            scores = [item_score(form, item, sheet[item.code]) for sheet in rows]
            assert (row["element"], row["key"]) == (element.code, item.key)
            assert row["n"] == sum(x is not None for x in grades)
            wanted = [NAN if x is None else x for x in map(mean_of, (grades, scores))]
            assert [row["answer"], row["score"]] == close(wanted)
            cells = [sheet[item.code] for sheet in rows]
            assert (row["not_applicable"], row["missing"]) == (cells.count(OUT), cells.count(None))
            known = not math.isnan(wanted[1])
            assert (row["undefined"] == "") is known
            reason = "neutral: a prompt" if item.key == "neutral" else "no weight"
            nothing = "all not applicable" if {*cells} == {OUT} else "no answers"
            assert known or row["undefined"] == (reason if row["n"] else nothing)


@some
@given(st.sampled_from(RULES), answered())
def test_sheets_by_hand(rule, case):
    form, rows = case
    found = asked(form, rows, total=rule).sheets
    for row, sheet in zip(rows, found.rows(), strict=True):
        scores = {e.code: element_score(form, e, row) for e in form.elements}
        assert sheet["total"] == close(total_of(form, scores, rule))
        assert sheet["coverage"] == close(coverage_of(form, row))
        assert (sheet["undefined"] == "") is not math.isnan(sheet["total"])


@effort(80)
@given(
    st.sampled_from(RULES),
    answered(least=2, most=8),
    st.sampled_from([0.5, 0.9, 0.95, 0.99]),
)
def test_errors_and_intervals_by_hand(rule, case, confidence):
    form, rows = case
    found = asked(form, rows, total=rule, confidence=confidence)
    scores = {code: mean_of(column) for code, column in columns_by_hand(form, rows).items()}
    counted = [scores[e.code] for e in form.elements if e.weight and scores[e.code] is not None]
    if rule == "geometric" and 0 in counted:
        assert [found.se, found.low, found.high] == close([NAN] * 3)
        assert found.lacking.startswith("no error, no interval: ")
        return
    if rule == "minimum" and sorted(counted)[:2] != sorted({*counted})[:2]:
        return  # two are lowest: either may stand for both
    error = error_by_hand(form, rows, rule)
    assert found.se == close(error, rel=1e-5, least=1e-7)
    if math.isnan(error):
        assert [found.low, found.high] == close([NAN, NAN])
        assert (found.lacking == "") is (found.undefined != "")
    elif (cells := single_column(form, rows, rule)) and {*cells} <= {0, 1}:
        wanted = share_by_hand(int(sum(cells)), len(cells), confidence)
        assert [found.low, found.high] == close([*wanted])
    elif 0 < found.total < 1 and error > 1e-6:
        df = least_n(form, rows, rule) - 1
        wanted = interval_by_hand(found.total, found.se, df, confidence)
        assert [found.low, found.high] == close([*wanted], rel=1e-6, least=1e-7)
        assert found.lacking == ""
        assert 0 <= found.low <= found.total <= found.high <= 1


def single_column(form, rows, rule):
    """Return the scores of the element that makes the total alone, if one does."""
    columns = columns_by_hand(form, rows)
    there = [e.code for e in form.elements if e.weight and mean_of(columns[e.code]) is not None]
    if rule == "minimum":
        there = [min(there, key=lambda code: mean_of(columns[code]))]
    return [x for x in columns[there[0]] if x is not None] if len(there) == 1 else None


def least_n(form, rows, rule):
    """Return the fewest sheets that an element has of those that the total stands on."""
    columns = columns_by_hand(form, rows)
    there = [e.code for e in form.elements if e.weight and mean_of(columns[e.code]) is not None]
    if rule == "minimum":
        there = [min(there, key=lambda code: mean_of(columns[code]))]
    return min(sum(x is not None for x in columns[code]) for code in there)


@few
@given(answered(least=2, most=8))
def test_intervals_of_elements_by_hand(case):
    form, rows = case
    found = asked(form, rows).elements
    for code, column in columns_by_hand(form, rows).items():
        row, there = found.row(element=code), [x for x in column if x is not None]
        if len(there) > 1 and {*there} <= {0, 1}:
            wanted = share_by_hand(int(sum(there)), len(there), 0.95)
        elif len(there) > 1 and row["se"] > 1e-6:
            wanted = interval_by_hand(row["score"], row["se"], len(there) - 1, 0.95)
        elif len(there) > 1 and row["se"] > 0:
            continue  # rounding
        else:
            wanted = (NAN, NAN)
            said = {0: "", 1: "no interval: one sheet"}
            why = said.get(len(there), "no interval: all sheets alike")
            assert row["lacking"].endswith(why)
            assert there or not row["lacking"]
        assert [row["low"], row["high"]] == close([*wanted], rel=1e-6, least=1e-7)


def graded_rows(form, rng, n, missing=0.0):
    """Draw sheets with grades of their own levels, some of which are missing."""
    level = rng.normal(0, 0.1, (n, 1))
    centre = np.linspace(0.45, 0.8, len(form.items))
    grades = np.clip(centre + level + rng.normal(0, 0.12, (n, len(form.items))), 0.02, 0.98)
    grades[rng.random(grades.shape) < missing] = NAN
    return grades


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_errors_are_those_of_a_jackknife(rule, missing):
    form = checks(2, 1, 3)
    grades = graded_rows(form, np.random.default_rng(5), 80, missing)

    def total(rows):
        cells = [[None if math.isnan(x) else x for x in row] for row in rows.tolist()]
        sheets = [dict(zip(form.item_codes, row, strict=True)) for row in cells]
        return total_by_hand(form, sheets, rule)

    left = np.array([total(np.delete(grades, i, axis=0)) for i in range(len(grades))])
    wanted = math.sqrt((len(left) - 1) * left.var())
    columns = dict(zip(form.item_codes, grades.T, strict=True))
    assert assess(form, columns, total=rule).se == pytest.approx(wanted, rel=0.02)


def test_groups_are_asked_by_themselves():
    form = checks(2, 1, [ChecklistItem(code="C1", key="bad"), ChecklistItem(code="C2")])
    rng = np.random.default_rng(3)
    columns = dict(zip(form.item_codes, graded_rows(form, rng, 30, 0.15).T, strict=True))
    labels = rng.choice(["2", "10", "N"], 30)
    for rule in RULES:
        found = assess(form, columns, by={"unit": labels}, total=rule)
        assert found.totals["unit"].tolist() == ["2", "10", "N"]  # natural order
        for unit in ("2", "10", "N"):
            own = {code: column[labels == unit] for code, column in columns.items()}
            alone = assess(form, own, total=rule)
            same(found.totals.where(unit=unit), alone.totals, but=("unit",))
            same(found.elements.where(unit=unit), alone.elements, but=("unit",))
            same(found.items.where(unit=unit), alone.items, but=("unit",))
            same(found.sheets.where(unit=unit), alone.sheets, but=("unit", "sheet"))
        all_ = assess(form, columns, total=rule)
        assert (found.total, found.se, found.low) == close((all_.total, all_.se, all_.low))


# --- properties -----------------------------------------------------------------------------------


@some
@given(answered())
def test_totals_lie_between_the_elements_and_in_order(case):
    form, rows = case
    found = {rule: asked(form, rows, total=rule) for rule in RULES}
    weights = np.array([element.weight for element in form.elements])
    scores = found["mean"].elements["score"]
    counted = scores[(weights > 0) & ~np.isnan(scores)]
    if not counted.size:
        assert {one.undefined for one in found.values()} <= {
            "no answers",
            "all not applicable",
            "no answers in elements with a weight",
        }
        return
    low, mid, high = (found[rule].total for rule in ("minimum", "geometric", "mean"))
    assert counted.min() == low <= mid <= high <= counted.max()
    for one in found.values():
        weakest = form.element_codes.index(one.totals.row()["weakest"])
        assert weights[weakest] > 0
        assert scores[weakest] == pytest.approx(counted.min(), abs=1e-9)


@some
@given(answered(), st.data())
def test_turning_a_key_turns_the_item_and_nothing_but_its_element(case, data):
    form, rows = case
    places = [
        (e, i)
        for e, el in enumerate(form.elements)
        for i, it in enumerate(el.items)
        if it.key != "neutral"
    ]
    e, i = data.draw(st.sampled_from(places))
    element = form.elements[e]
    item = element.items[i]
    turned = attrs.evolve(item, key="bad" if item.key == "good" else "good")
    items = (*element.items[:i], turned, *element.items[i + 1 :])
    elements = (*form.elements[:e], attrs.evolve(element, items=items), *form.elements[e + 1 :])
    before, after = asked(form, rows), asked(attrs.evolve(form, elements=elements), rows)
    old, new = (found.items.row(item=item.code) for found in (before, after))
    assert new["score"] == close(1 - old["score"])
    assert [new["low"], new["high"]] == close([1 - old["high"], 1 - old["low"]])
    kept = ("n", "not_applicable", "missing", "undefined", "lacking")
    assert new["answer"] == close(old["answer"])
    assert [new[name] for name in kept] == [old[name] for name in kept]
    for table, own, key in (("items", item.code, "item"), ("elements", element.code, "element")):
        for first, second in zip(
            getattr(before, table).rows(), getattr(after, table).rows(), strict=True
        ):
            if first[key] == own:
                continue
            free = {"reached", "carried"}  # which stand on those before them
            free |= {"lacking"} if "carried" in first else set()
            for name in first.keys() - free:
                is_number = isinstance(first[name], float)
                assert second[name] == (close(first[name]) if is_number else first[name])
    assert after.coverage == before.coverage


@some
@given(answered())
def test_missing_or_not_applicable_is_the_same_to_scores(case):
    form, rows = case
    out = [{code: OUT if x is None else x for code, x in row.items()} for row in rows]
    before, after = asked(form, rows), asked(form, out)
    all_same(after, before, but=("not_applicable", "missing", "undefined", "reached"))
    assert (before.undefined == "") is (after.undefined == "")
    states = ("not_applicable", "missing")
    counts = [np.array([found.items[name] for name in states]) for found in (before, after)]
    assert counts[0].sum(axis=0).tolist() == counts[1].sum(axis=0).tolist()
    assert not counts[1][1].any()


@some
@given(answered(), st.data())
def test_an_item_that_is_not_applicable_lowers_the_coverage_alone(case, data):
    form, rows = case
    e = data.draw(st.sampled_from([n for n, e in enumerate(form.elements) if e.is_scored]))
    element = form.elements[e]
    more = attrs.evolve(element, items=(*element.items, ChecklistItem(code="more")), ordered=False)
    plain = attrs.evolve(element, ordered=False)
    one, two = (
        attrs.evolve(form, elements=(*form.elements[:e], part, *form.elements[e + 1 :]))
        for part in (plain, more)
    )
    before, after = asked(one, rows), asked(two, [{**row, "more": OUT} for row in rows])
    but = ("coverage", "not_applicable", "undefined")
    same(after.elements, before.elements, but)
    same(after.totals, before.totals, but)
    same(after.sheets, before.sheets, but)
    for row in before.items.rows():
        found = after.items.row(item=row["item"])
        assert [found[name] for name in ("score", "low", "high", "answer")] == close(
            [row[name] for name in ("score", "low", "high", "answer")]
        )
    size = sum(item in scored_items(one) for e in one.elements if e.weight for item in e.items)
    assert after.coverage == close(before.coverage * size / (size + 1))
    assert after.coverage < before.coverage or before.coverage == 0


@some
@given(answered(least=2), st.randoms(use_true_random=False))
def test_the_order_of_sheets_is_nothing(case, random):
    form, rows = case
    order = random.sample(range(len(rows)), len(rows))
    before, after = asked(form, rows), asked(form, [rows[place] for place in order])
    for name in ("elements", "items", "totals"):
        same(getattr(after, name), getattr(before, name))
    assert after.sheets["total"].tolist() == close(before.sheets["total"][order].tolist())


@some
@given(answered(), st.sampled_from([0.001, 0.5, 3.0, 1e6]), st.sampled_from(RULES))
def test_only_the_proportions_of_weights_count(case, factor, rule):
    form, rows = case
    elements = [
        attrs.evolve(
            element,
            weight=element.weight * factor,
            items=[attrs.evolve(item, weight=item.weight * factor) for item in element.items],
        )
        for element in form.elements
    ]
    scaled = attrs.evolve(form, elements=elements)
    all_same(asked(scaled, rows, total=rule), asked(form, rows, total=rule))


@few
@given(answered(), st.sampled_from(RULES))
def test_a_weight_of_0_counts_an_answer_and_no_score(case, rule):
    form, rows = case
    first, *rest = form.elements
    item, element = (
        ChecklistItem(code="none", weight=0),
        Element(code="Z", name="Z", items=[ChecklistItem(code="Z1")], weight=0),
    )
    more = attrs.evolve(
        form, elements=(attrs.evolve(first, items=(item, *first.items)), *rest, element)
    )
    low, high = form.scale.low, form.scale.high
    before = asked(form, rows, total=rule)
    after = asked(more, [{**row, "none": high, "Z1": low} for row in rows], total=rule)
    assert [after.total, after.se, after.low, after.high] == close(
        [before.total, before.se, before.low, before.high]
    )
    for row in before.elements.rows():
        found = after.elements.row(element=row["element"])
        assert [found[name] for name in ESTIMATES] == close([row[name] for name in ESTIMATES])
    assert after.elements.row(element="Z")["score"] == 0.0
    assert after.coverage == before.coverage
    assert after.totals.row()["weakest"] == before.totals.row()["weakest"]
    assert after.items.row(item="none")["answer"] == 1.0
    assert after.items.row(item="none")["undefined"] == "no weight"


@some
@given(answered(), st.sampled_from(RULES))
def test_an_element_as_a_whole_is_all_of_its_items(case, rule):
    form, rows = case
    low, high = form.scale.low, form.scale.high
    grades = {e.code: [row[e.items[0].code] for row in rows] for e in form.elements}

    def own(item, cell):
        if item.key == "neutral" or not item.weight:
            return None
        return low + high - cell if item.key == "bad" and cell not in {None, OUT} else cell

    items = {
        item.code: [own(item, cell) for cell in grades[e.code]]
        for e in form.elements
        for item in e.items
    }
    whole = assess(form, grades, total=rule, min_coverage=0)
    all_same(whole, assess(form, items, total=rule, min_coverage=0))
    for element in form.elements:
        wanted = [
            grade(form, cell) for cell in grades[element.code] if grade(form, cell) is not None
        ]
        if element.is_scored and wanted:
            assert whole.elements.row(element=element.code)["score"] == close(np.mean(wanted))


@some
@given(answered(), st.randoms(use_true_random=False), st.booleans())
def test_a_log_says_what_a_table_says(case, random, blanks):
    form, rows = case
    cells = [
        {"visit": f"v{n}", "unit": "NS"[n % 2], "item": code, "answer": x}
        for n, row in enumerate(rows)
        for code, x in row.items()
        if blanks or x is not None or code == form.item_codes[0]
    ]
    random.shuffle(cells)
    log = {name: [cell[name] for cell in cells] for name in ("visit", "unit", "item", "answer")}
    where = {"item": "item", "answer": "answer", "sheet": "visit"}
    wide = columns_of(form, rows) | {
        "visit": [f"v{n}" for n in range(len(rows))],
        "unit": ["NS"[n % 2] for n in range(len(rows))],
    }
    for by in (None, "unit"):
        found = assess(form, log, by=by, min_coverage=0, **where)
        wanted = assess(form, wide, by=by, min_coverage=0, sheet="visit")
        for name in ("elements", "items", "totals"):
            same(getattr(found, name), getattr(wanted, name))
        totals = [
            {row["sheet"]: row["total"] for row in one.sheets.rows()} for one in (found, wanted)
        ]
        assert totals[0] == close(totals[1])


def test_a_log_takes_elements_as_a_whole_and_groups_as_sheets():
    log = {
        "day": ["mo", "mo", "tu", "tu"],
        "what": ["A", "B1", "A2", "B"],
        "said": ["yes", "no", 0.5, "n/a"],
    }
    where = {"item": "what", "answer": "said"}
    found = assess(TWO, log, by="day", min_coverage=0, **where)
    assert found.totals["total"].tolist() == [0.5, 0.5]
    assert found.totals["coverage"].tolist() == close([1, 1 / 3])
    assert found.n == 2
    assert assess(TWO, log, sheet="day", min_coverage=0, **where).total == close(0.375)
    for frame in (pd.DataFrame(log), pl.DataFrame(log, strict=False)):
        texts = assess(
            TWO,
            frame.astype(str) if isinstance(frame, pd.DataFrame) else frame,
            by="day",
            min_coverage=0,
            **where,
        )
        same(texts.totals, found.totals)


@pytest.mark.parametrize("rule", RULES)
def test_a_score_of_0(rule):
    rows = {"A1": [0, 0, 0, 0], "A2": [0, 0, 0, 0], "B1": [1, 0.5, 0.25, 1]}
    found = assess(TWO, rows, total=rule)
    assert found.total == (0.34375 if rule == "mean" else 0.0)
    if rule == "geometric":
        assert [found.se, found.low, found.high] == close([NAN] * 3)
        assert found.lacking == "no error, no interval: an element scores 0"
    if rule == "minimum":
        assert (found.low, found.high) == close(share_by_hand(0, 4, 0.95))
        assert found.totals.row()["weakest"] == "A"


def test_a_mean_of_several_yes_and_no_is_no_share_of_sheets():
    rows = {"A1": [1, 1, 0, 1, 1], "B1": [1, 0, 0, 1, 1]}
    found = assess(checks(1, 1), rows)
    means = np.mean([*rows.values()], axis=0)
    assert found.se == close(stats.sem(means))
    assert [found.low, found.high] == close([*interval_by_hand(0.7, found.se, 4, 0.95)])
    alone = assess(checks(1, 1), rows, total="minimum")
    assert (alone.low, alone.high) == close(share_by_hand(3, 5, 0.95))


def test_sheets_that_are_alike_have_no_interval():
    found = assess(TWO, {"A1": [0.5] * 3, "A2": [1] * 3, "B1": [1] * 3})
    assert (found.total, found.se) == (0.875, 0)
    assert [found.low, found.high] == close([NAN, NAN])
    assert found.lacking == "no interval: all sheets alike"
    best = assess(TWO, {"A1": [1] * 3, "A2": [1] * 3, "B1": [1] * 3})
    assert (best.total, best.low, best.high) == close((1, *share_by_hand(3, 3, 0.95)))


def test_an_element_that_one_sheet_has():
    found = assess(TWO, {"A1": [1, 0, 0.5], "A2": [1, 0, 1], "B1": [1, None, None]})
    assert found.lacking == "no error, no interval: one sheet has an element"
    assert found.total == close((1.75 / 3 + 1) / 2)


def test_of_two_lowest_the_less_certain_stands():
    rows = {"A1": [0.5, 0.5, 0.5], "B1": [0.25, 0.5, 0.75], "C1": [1, 0.5, 1]}
    found = assess(checks(1, 1, 1), rows, total="minimum")
    assert found.totals.row()["weakest"] == "B"
    assert (found.total, found.se) == close((0.5, stats.sem(rows["B1"])))


def test_the_lowest_of_several_lies_too_low():
    rows = {"A1": [1, 0], "A2": [1, 1], "B1": [0, 1]}
    (said,) = assess(TWO, rows, total="minimum").cautions
    assert "too low on average" in said
    assert assess(TWO, rows).cautions == ()


# --- coverage and what is missing -----------------------------------------------------------------


def test_the_floor_of_coverage_is_included():
    rows = {"A1": [1, 1], "A2": [1, None], "B1": [None, None]}
    assert assess(TWO, rows).coverage == 0.5
    assert assess(TWO, rows, min_coverage=0.5).total == 1.0
    found = assess(TWO, rows, min_coverage=0.51)
    assert found.undefined == "coverage below 0.51"
    assert math.isnan(found.total)
    assert (found.n, found.lacking) == (2, "")
    assert found.elements["score"].tolist() == close([1, NAN])
    assert found.sheets["undefined"].tolist() == ["", "coverage below 0.51"]
    assert found.sheets["total"].tolist() == close([1, NAN])
    assert math.isnan(assess(TWO, rows, min_coverage=1).total)
    assert assess(TWO, {"A": [1], "B": [0]}, min_coverage=1).total == 0.5


def test_the_floor_of_coverage_minds_no_rounding():
    form = checks(10)
    rows = {f"A{n}": [1 if n <= 7 else None] * 3 for n in range(1, 11)}
    assert assess(form, rows, min_coverage=0.7).undefined == ""


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([None, None, None], "no answers"),
        ([OUT, OUT, OUT], "all not applicable"),
        ([OUT, None, OUT], "no answers"),
    ],
)
def test_nothing_to_score_is_no_error(cells, said):
    one = dict(zip(TWO.item_codes, cells, strict=True))
    for answers in (one, {code: [x, x] for code, x in one.items()}):
        found = assess(TWO, answers)
        assert (found.undefined, found.lacking, found.n, found.coverage) == (said, "", 0, 0)
        assert math.isnan(found.total)
        assert found.totals.row()["weakest"] == ""
        nothing = ["all not applicable" if x == OUT else "no answers" for x in cells]
        assert found.items["undefined"].tolist() == nothing
        whole = nothing[0] if nothing[0] == nothing[1] else "no answers"
        assert found.elements["undefined"].tolist() == [whole, nothing[2]]
        assert {*found.sheets["undefined"]} == {said}


def test_answers_without_a_weight_make_no_total():
    items = [ChecklistItem(code="A1")]
    form = checks(Element(code="A", name="A", items=items, weight=0), 1)
    found = assess(form, {"A1": [1, 0]} | {"B1": [None, None]}, min_coverage=0)
    assert found.undefined == "no answers in elements with a weight"
    assert found.elements["score"].tolist() == close([0.5, NAN])
    assert found.n == 2


def test_prompts_are_counted_and_not_scored():
    prompt = ChecklistItem(code="B1", key="neutral")
    form = checks(2, [prompt])
    found = assess(form, {"A1": [1, 1], "A2": [0, 1], "B1": ["yes", "no"]})
    assert (found.total, found.coverage) == (0.75, 1.0)
    row = found.items.row(item="B1")
    assert (row["n"], row["answer"], row["undefined"]) == (2, 0.5, "neutral: a prompt")
    assert found.elements["undefined"].tolist() == ["", "neutral items only"]
    only = assess(form, {"B1": "yes"})
    assert (only.undefined, only.n) == ("no answers", 0)


# --- order ----------------------------------------------------------------------------------------

STEPS = checks(Element(code="A", name="A", items=checks(4).items, ordered=True), 2)


def reached_by_hand(rows, codes):
    """Return the share of sheets in which all steps up to each are 1: False ∧ unknown = False.

    A step that is not applicable stops nobody; the sheet tells nothing of this step itself.
    """
    found = []
    for end in range(1, len(codes) + 1):
        steps = [[row[code] for code in codes[:end]] for row in rows if row[codes[end - 1]] != OUT]
        known = [
            False if any(x not in {None, OUT, 1} for x in run) else None if None in run else True
            for run in steps
        ]
        there = [x for x in known if x is not None]
        found.append(sum(there) / len(there) if there else NAN)
    return found


@some
@given(
    st.lists(
        st.lists(st.sampled_from([0, 0.5, 1, 1, 1, 1, None, OUT]), min_size=4, max_size=4),
        min_size=1,
    )
)
def test_reached_by_hand(runs):
    rows = [dict(zip(("A1", "A2", "A3", "A4"), run, strict=True)) for run in runs]
    found = asked(STEPS, [{**row, "B1": 1, "B2": 0} for row in rows]).items["reached"]
    wanted = reached_by_hand(rows, ("A1", "A2", "A3", "A4"))
    assert found.tolist() == close([*wanted, NAN, NAN])
    if all(x not in {None, OUT} for run in runs for x in run):
        assert wanted == sorted(wanted, reverse=True)


@pytest.mark.parametrize("lost", [(0, None), (0, 1, None), (0.5, None, 1), (0, OUT)])
def test_what_comes_after_a_failed_step_is_not_reached(lost):
    lost = (*lost, 1, 1, 1)[:4]
    rows = [dict(zip(("A1", "A2", "A3", "A4"), run, strict=True)) for run in (lost, (1, 1, 1, 0))]
    found = asked(STEPS, [{**row, "B1": 1, "B2": 0} for row in rows]).items["reached"][:4]
    assert found.tolist() == close(reached_by_hand(rows, ("A1", "A2", "A3", "A4")))


def test_steps_of_which_yes_is_bad_and_prompts():
    items = [
        ChecklistItem(code="A1"),
        ChecklistItem(code="A2", key="neutral"),
        ChecklistItem(code="A3", key="bad"),
    ]
    form = checks(Element(code="A", name="A", items=items, ordered=True))
    found = assess(form, {"A1": [1, 1, 0, 1], "A2": [0, None, 1, 0], "A3": [0, 1, 0, 0]})
    assert found.items["reached"].tolist() == close([0.75, 0.75, 0.5])


def test_where_nothing_is_ordered_nothing_is_reached_or_carried():
    found = assess(TWO, {"A": 1, "B": 1})
    assert "reached" not in found.items.columns
    assert "carried" not in found.elements.columns


@few
@given(st.lists(st.lists(st.integers(0, 8), min_size=4, max_size=4), min_size=1, max_size=5))
def test_a_layer_stands_on_those_before_it(grades):
    form = checks(1, 1, 1, 1, ordered=True)
    rows = [dict(zip(form.item_codes, (x / 8 for x in row), strict=True)) for row in grades]
    found = asked(form, rows).elements
    means = [sum(column) / 8 / len(grades) for column in zip(*grades, strict=True)]
    assert found["carried"].tolist() == close([*accumulate(means, min)])


def test_layers_are_carried_by_group():
    form = checks(1, 1, ordered=True)
    found = assess(form, {"A1": [0.5, 1], "B1": [1, 0.75], "unit": ["N", "S"]}, by="unit").elements
    assert found["carried"].tolist() == [0.5, 0.5, 1, 0.75]


def test_a_layer_of_prompts_carries_what_is_before_it():
    form = checks(1, [ChecklistItem(code="B1", key="neutral")], 1, ordered=True)
    found = assess(form, {"A1": 0.5, "B1": 1, "C1": 0.75}).elements
    assert found["carried"][[0, 2]].tolist() == [0.5, 0.5]


def test_a_layer_on_one_without_answers_says_why_it_is_not_carried():
    form = checks(1, 1, 1, ordered=True)
    rows = {"A1": [0.5, 1], "B1": [None, None], "C1": [0.75, 0.25]}
    last = assess(form, rows).elements.row(element="C")
    assert math.isnan(last["carried"])
    assert "no carried score" in last["lacking"]
    rows["A1"] = [0, 0]  # whatever the second has, nothing can stand on the first
    assert assess(form, rows).elements["carried"].tolist() == [0, 0, 0]


# --- intervals ------------------------------------------------------------------------------------


def interval(p, se, n, confidence, *, binary=False):
    arrays = [np.array([float(x)]) for x in (n, p, NAN, se, n - 1)]
    low, high = bounded_interval(Mean(*arrays), confidence, np.array([binary]))
    return low.item(), high.item()


@effort(150)
@given(
    st.floats(0.001, 0.999),
    st.floats(1e-4, 0.5),
    st.integers(2, 500),
    st.tuples(st.floats(0.01, 0.999), st.floats(0.01, 0.999)).map(sorted),
)
def test_intervals_stay_inside_hold_the_estimate_and_widen(p, se, n, confidences):
    few_, many = (interval(p, se, n, confidence) for confidence in confidences)
    assert 0 <= many[0] <= few_[0] + 1e-12
    assert few_[1] - 1e-12 <= many[1] <= 1
    for low, high in (few_, many):
        assert low - 1e-12 <= p <= high + 1e-12
    assert many == close(
        tuple(interval_by_hand(p, se, n - 1, confidences[1])), rel=1e-6, least=1e-8
    )


@few
@given(st.integers(2, 60), st.data(), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_intervals_of_yes_and_no_are_those_of_shares(n, data, confidence):
    count = data.draw(st.integers(0, n))
    p = count / n
    found = interval(p, math.sqrt(p * (1 - p) / (n - 1)), n, confidence, binary=True)
    assert found == close(share_by_hand(count, n, confidence))


def test_interval_of_f1():
    # theory.md F1 [R+PY]: 81/263 -> [.25528852, .36620958]
    cells = ["yes"] * 81 + ["no"] * 182
    row = assess(checks(1), {"A1": cells}).elements.row()
    assert [row["low"], row["high"]] == pytest.approx([0.25528852, 0.36620958], abs=5e-9)


@pytest.mark.parametrize(
    ("p", "se", "n"), [(0.5, 0.0, 5), (0.5, NAN, 5), (0.5, 0.1, 1), (NAN, NAN, 0), (1.0, 0.0, 3)]
)
def test_no_interval_where_nothing_varies(p, se, n):
    assert interval(p, se, n, 0.95) == close((NAN, NAN))


@pytest.mark.parametrize(
    ("rule", "kind"), [("mean", "grades"), ("geometric", "grades"), ("mean", "yes")]
)
def test_intervals_of_ten_sheets_hold_the_truth(rule, kind):
    # 95 % of 600 samples of 10 sheets; 92 % is 3.4 standard errors below
    form, rng, runs = checks(2, 2, 2), np.random.default_rng(9), 600
    truth = np.repeat([0.6, 0.75, 0.85], 2)
    if kind == "grades":
        grades = rng.beta(truth * 4, (1 - truth) * 4, (runs * 10, 6))
    else:
        grades = (rng.random((runs * 10, 6)) < truth).astype(float)
    columns = dict(zip(form.item_codes, grades.T, strict=True))
    found = assess(form, columns, total=rule, by={"run": np.repeat(np.arange(runs), 10)}).totals
    wanted = {"mean": np.mean, "geometric": stats.gmean}[rule]([0.6, 0.75, 0.85])
    held = (found["low"] <= wanted) & (wanted <= found["high"])
    assert 0.92 <= held.mean() < 1


# --- bad input ------------------------------------------------------------------------------------

WIDE = {"A1": [1, 0], "A2": [1, 1], "B1": [0, 1]}
LOG = {"v": ["1", "1", "2"], "i": ["A1", "B1", "A1"], "x": ["yes", "no", "yes"]}
AT = {"item": "i", "answer": "x", "sheet": "v"}


@pytest.mark.parametrize(
    ("answers", "options", "said"),
    [
        ({"A1": 1, "B11": 0}, {}, "`answers`: 'B11' is unknown; the nearest are 'B1'"),
        ({"A1": 1, 3: 0}, {}, "`answers`: 3 is unknown"),
        ({}, {}, "`answers` must have an answer; there are 'A1', 'A2', 'B1'"),
        ({"A1": [1], "B1": [1]}, {}, "`answers`.*has no column 'A2'; there are 'A1', 'B1'"),
        ({"A1": [1, 0], "A2": [1], "B1": [1, 0]}, {}, "answers"),
        ({"A1": 1, "A2": 1, "B1": [1]}, {}, "TypeError: `answers`.*got 1 for 'A1'"),
        ({"A": 1, "A2": 1}, {}, "as a whole or of its items, got both: 'A' and its item 'A2'"),
        ({**WIDE, "B": [1, 1]}, {}, "got both: 'B' and its item 'B1'"),
        (None, {}, "`answers` must be a table.*one row a sheet"),
        ([1, 0, 1], {}, "`answers` must be a table"),
        ("visits.csv", {}, "TypeError: `answers` must be a table, got 'visits.csv'"),
        (
            WIDE,
            {"total": "median"},
            "`total` must be one of 'mean', 'geometric', 'minimum', got 'm",
        ),
        (WIDE, {"total": None}, "`total` must be one of"),
        (WIDE, {"min_coverage": 1.1}, "`min_coverage`.*1.1"),
        (WIDE, {"min_coverage": "half"}, "TypeError: `min_coverage`.*'half'"),
        (WIDE, {"confidence": 1}, "`confidence`.*1"),
        (WIDE, {"confidence": 95}, "`confidence`.*95"),
        (WIDE, {"by": "unit"}, "`by`: .*has no column 'unit'"),
        (WIDE, {"by": {"unit": ["N"]}}, "must have a label for each of 2 rows, got 1"),
        ({**WIDE, "n": ["x", "y"]}, {"by": "n"}, "`by`: 'n' is the name of a column"),
        ({**WIDE, "item": ["x", "y"]}, {"by": "item"}, "'item'"),
        (WIDE, {"sheet": "visit"}, "`sheet`: .*has no column 'visit'"),
        (WIDE, {"item": "i"}, "`answer` must be given with `item`"),
        (WIDE, {"answer": "i"}, "`item` must be given with `answer`"),
        (LOG, {**AT, "item": "j"}, "`item`: .*has no column 'j'"),
        (LOG, {**AT, "answer": "y"}, "`answer`: .*has no column 'y'"),
        (LOG, {**AT, "sheet": "w"}, "`sheet`: .*has no column 'w'"),
        ({**LOG, "i": ["A1", "B1", "A9"]}, AT, "`item`: 'A9' is unknown; the nearest are 'A"),
        ({**LOG, "i": ["A1", "B1", None]}, AT, "`item`: .* is unknown"),
        ({**LOG, "x": ["yes", "no", "ja"]}, AT, r"got 'ja' \(row 3, the log\)"),
        ({**LOG, "x": [1, 0, 2]}, AT, r"got 2 \(row 3, the log\)"),
        (
            {**LOG, "v": ["1", "2", "1"]},
            AT,
            r"got 'A1' twice in the sheet '1' \(rows 1 and 3\); keep one$",
        ),
        (
            LOG,
            {"item": "i", "answer": "x"},
            r"'A1' twice \(rows 1 and 3\); name the column.*`sheet`",
        ),
        (
            {**LOG, "i": ["A1", "A", "A"]},
            AT,
            r"got both: 'A' and its item 'A1' \(sheet '?1'?\)",
        ),
        ({"v": [], "i": [], "x": []}, AT, "at least one row, got none"),
    ],
)
def test_answers_and_options_that_are_none(answers, options, said):
    refused(said, assess, TWO, answers, **options)


@pytest.mark.parametrize(
    "empty",
    [
        {"A1": [], "A2": [], "B1": []},
        pd.DataFrame({"A1": [], "A2": [], "B1": []}),
        pl.DataFrame({"A1": [], "A2": [], "B1": []}),
    ],
    ids=["mapping", "pandas", "polars"],
)
def test_a_table_without_rows(empty):
    refused("at least one row, got none", assess, TWO, empty)


@pytest.mark.parametrize("wrong", ["icare", None, 3, Element, checklist])
def test_what_is_no_checklist(wrong):
    refused(r"TypeError: `checklist` must be Checklist.*checklist\('icare'\)", assess, wrong, WIDE)
