"""What was asked: rules, equality, editing, languages, the catalogue, crosswalks, TOML and JSON."""

import json
import re
import tomllib
from datetime import timedelta

import attrs
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import servqual as sq
from servqual import Dimension, Instrument, Item, Scale, instrument, instrument_codes
from servqual import load_instrument as load
from servqual._specs import from_dict, to_toml
from servqual.instruments import Crosswalk, Link, crosswalk

SCALE = Scale(1, 7)
SPEED = Dimension(code="speed", name="Speed", items=(Item("wait"), Item("reply")))
CARE = Dimension(code="care", name="Care", items=(Item("polite"),))


def form(**changes):
    parts = {"code": "desk", "name": "Desk", "scale": SCALE, "dimensions": (SPEED, CARE)}
    return Instrument(**(parts | changes))


# ---- rules


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Scale(7, 1), ValueError, "`low` must be below `high`, got 7 and 1"),
        (lambda: Scale(4, 4), ValueError, "`low` must be below `high`, got 4 and 4"),
        (lambda: Scale("a", 7), TypeError, "`low` must be a number, got 'a'"),
        (lambda: Scale(1, float("nan")), ValueError, "`high` must be a finite number, got nan"),
        (lambda: Scale(True, 7), TypeError, "`low` must be a number, got True"),
        (
            lambda: Scale(1, 7, not_applicable=(4,)),
            ValueError,
            "`not_applicable` must lie outside 1..7, got 4",
        ),
        (lambda: Scale(1, 7, not_applicable=0), TypeError, "`not_applicable`"),
        (lambda: Scale(1, 7, anchors={9: "x"}), ValueError, "`anchors` must lie in 1..7, got 9"),
        (lambda: Scale(1, 7, anchors={"one": "x"}), (TypeError, ValueError), "`anchors`.*'one'"),
        (lambda: Scale(1, 7, anchors={1: ""}), ValueError, "`anchors` must not be blank"),
        (
            lambda: Scale(1, 7, anchors=["no"]),
            TypeError,
            "`anchors` must map codes.*got \\['no'\\]",
        ),
        (
            lambda: Scale(1, 7, anchors={1: "don't know", 2: "Don\u2019t  Know"}),
            ValueError,
            "`anchors` must differ, got 'Don\u2019t  Know' for 1 and 2",
        ),
    ],
)
def test_scale_rules(make, error, message):
    with pytest.raises(error, match=message.replace("..", r"\.\.")):
        make()


@pytest.mark.parametrize("code", ["", " ", " a", "a\n"])
@pytest.mark.parametrize(
    "make", [Item, lambda code: attrs.evolve(CARE, code=code), lambda code: form(code=code)]
)
def test_code_is_not_blank(make, code):
    with pytest.raises(ValueError, match=f"`code`.*got {re.escape(repr(code))}"):
        make(code)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Item(3), TypeError, "`code` must be a text, got 3 that is a int"),
        (lambda: Item("a", text=3), TypeError, "text.*3"),
        (lambda: Item("a", reverse="yes"), TypeError, "reverse.*'yes'"),
        (lambda: Dimension(code="c", name="C", items=()), ValueError, "items"),
        (lambda: Dimension(code="c", name="C", items=("a", "b")), TypeError, "items.*Item.*'a'"),
        (
            lambda: Item("a", translations="es"),
            TypeError,
            "`translations` must map languages.*'es'",
        ),
        (lambda: Item("a", translations=["es"]), TypeError, "`translations` must map languages"),
        (lambda: Item("a", translations=3), TypeError, "`translations` must map languages.*got 3"),
        (lambda: Item("a", translations={"": "x"}), ValueError, "`translations` must not be blank"),
        (
            lambda: Item("a", translations={3: "x"}),
            TypeError,
            "`translations` must be a text, got 3",
        ),
        (
            lambda: Item("a", translations={"es": None}),
            TypeError,
            r"`translations\['es'\]` must be a text, got None",
        ),
        (
            lambda: Item("a", translations=[("es", "x"), ("es", "y")]),
            ValueError,
            "`translations` must be different from each other, got 'es' twice",
        ),
        (
            lambda: attrs.evolve(CARE, translations={"es": " "}),
            ValueError,
            r"`translations\['es'\]` must not be blank",
        ),
        # (Item("a")) is no tuple: a comma forgotten
        (lambda: Dimension(code="c", name="C", items=Item("a")), TypeError, "`items`|'items'"),
        (lambda: form(dimensions=SPEED), TypeError, "`dimensions`|'dimensions'"),
        (lambda: form(dimensions=()), ValueError, "dimensions"),
        (lambda: form(scale=(1, 7)), TypeError, "scale.*Scale.*(1, 7)"),
        (
            lambda: form(dimensions=(SPEED, attrs.evolve(CARE, code="speed"))),
            ValueError,
            "`dimension codes` must be different from each other, got 'speed' twice",
        ),
        (
            lambda: form(dimensions=(SPEED, attrs.evolve(CARE, items=(Item("wait"),)))),
            ValueError,
            "`item codes` must be different from each other, got 'wait' twice",
        ),
        (
            lambda: form(dimension_weights=(60, 40)),
            TypeError,
            r"`dimension_weights` must map dimensions to weights.*got \(60, 40\)",
        ),
        (
            lambda: form(dimension_weights={"speed": 60, "car": 40}),
            ValueError,
            "`dimension_weights`: 'car' is unknown; the nearest are 'care'",
        ),
        (
            lambda: form(dimension_weights={"speed": 100}),
            ValueError,
            "`dimension_weights` has no weight for 'care'",
        ),
        (
            lambda: form(dimension_weights={"speed": 60, "care": 30}),
            ValueError,
            "`dimension_weights` must be 0 or more and sum to 1 or to 100.*sum 90",
        ),
        (
            lambda: form(dimension_weights={"speed": 110, "care": -10}),
            ValueError,
            "`dimension_weights` must be 0 or more",
        ),
        (
            lambda: form(dimension_weights={"speed": "60", "care": 40}),
            TypeError,
            r"`dimension_weights\['speed'\]` must be a number, got '60'",
        ),
        (
            lambda: form(dimension_weights=[("speed", 60), ("care", 40), ("speed", 60)]),
            ValueError,
            "`dimension_weights` must be different from each other, got 'speed' twice",
        ),
    ],
)
def test_form_rules(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_scale_numbers():
    scale = Scale(1, 9.0, not_applicable=[99, 0, 99])
    assert (scale.midpoint, scale.width, scale.not_applicable) == (5, 8, (0, 99))
    assert repr(scale.high) == "9"  # as people write it
    assert Scale(1, 5).levels == (1, 2, 3, 4, 5)


# ---- values


def test_equal_and_hashed_by_value():
    first, second = form(), form(dimensions=[SPEED, CARE])
    assert first == second
    assert hash(first) == hash(second)
    assert first != form(scale=Scale(1, 5))
    assert Scale(1, 5, anchors={5: "b", 1: "a"}) == Scale(1, 5, anchors=[(1, "a"), (5, "b")])
    assert len({first, second, form(name="Other")}) == 2


def test_mappings_are_kept_as_pairs():
    assert Item("a", translations={"zh": "乙", "es": "b"}).translations == (
        ("es", "b"),
        ("zh", "乙"),
    )
    weighted = form(dimension_weights={"care": 0.25, "speed": 0.75})
    assert weighted.dimension_weights == (("speed", 0.75), ("care", 0.25))  # as dimensions stand
    assert form(dimension_weights={"care": 40.0, "speed": 60}).dimension_weights[1][1] == 40
    assert hash(weighted) == hash(form(dimension_weights=weighted.dimension_weights))


@pytest.mark.parametrize("model", [SCALE, SPEED, Item("a"), form(), Link("a", "b")])
def test_frozen(model):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(model, attrs.fields(type(model))[0].name, "other")


# ---- editing


def test_editing_makes_new_forms():
    old = form()
    assert old.with_scale(Scale(1, 5)).scale == Scale(1, 5)
    assert old.with_items("care", Item("kind")).item_codes == ("wait", "reply", "polite", "kind")
    assert old.without_items("wait").item_codes == ("reply", "polite")
    assert old.without_dimensions("speed").dimension_codes == ("care",)
    price = Dimension(code="price", name="Price", items=(Item("fair"),))
    assert old.with_dimensions(price).dimension_codes == ("speed", "care", "price")
    assert old == form()


def test_weights_of_dimensions_go_with_the_dimensions():
    weighted = form(dimension_weights={"speed": 60, "care": 40})
    assert weighted.without_dimensions("care").dimension_weights == ()
    price = Dimension(code="price", name="Price", items=(Item("fair"),))
    assert weighted.with_dimensions(price).dimension_weights == ()
    for kept in (
        weighted.with_scale(Scale(1, 5)),
        weighted.with_items("care", Item("kind")),
        weighted.without_items("wait"),
    ):
        assert kept.dimension_weights == weighted.dimension_weights


def test_places_of_dimensions():
    assert [form().places(code) for code in ("speed", "care")] == [slice(0, 2), slice(2, 3)]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda f: f.without_items("wiat"), "`item`: 'wiat' is unknown; the nearest are 'wait'"),
        (lambda f: f.without_items("polite"), "'care' would have no item left"),
        (lambda f: f.without_dimensions("spede"), "'spede' is unknown; the nearest are 'speed'"),
        (lambda f: f.without_dimensions("speed", "care"), "dimensions"),
        (lambda f: f.with_items("caer", Item("x")), "`dimension`: 'caer'.*'care'"),
        (lambda f: f.with_items("care", Item("wait")), "'wait' twice"),
        (lambda f: f.with_dimensions(CARE), "'care' twice"),
        (lambda f: f.places("car"), "`dimension`: 'car'.*'care'"),
    ],
)
def test_editing_rules(edit, message):
    with pytest.raises(ValueError, match=message):
        edit(form())


# ---- languages


def spoken(**languages):
    """Return a form of one item; each language tells what of it is translated."""
    item = {code: f"item {code}" for code, parts in languages.items() if "item" in parts}
    name = {code: f"name {code}" for code, parts in languages.items() if "name" in parts}
    part = Dimension("care", "Care", (Item("polite", "politeness", translations=item),))
    return form(dimensions=(attrs.evolve(part, translations=name),))


def test_a_language_is_one_that_every_part_has():
    assert spoken(zh="item name", es="item name", fr="item", de="name").languages == ("es", "zh")
    assert form().languages == ()


def test_form_in_another_language():
    both = spoken(es="item name", zh="item name")
    spanish = both.in_language("es")
    assert [spanish.items[0].text, spanish.dimensions[0].name] == ["item es", "name es"]
    assert spanish.item_codes == both.item_codes
    assert spanish.languages == both.languages
    assert spanish.in_language("zh") == both.in_language("zh")
    assert both.items[0].text == "politeness"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (lambda: spoken(es="item name", fr="item").in_language("fr"), "'fr' is unknown.*'es'"),
        (lambda: spoken(es="item name").in_language("ES"), "`language`: 'ES'.*'es'"),
        (lambda: form().in_language("es"), "`language`: 'es' is unknown; there are none"),
    ],
)
def test_language_that_the_form_does_not_have(asked, message):
    with pytest.raises(ValueError, match=message):
        asked()


# ---- catalogue: the facts are of shared/facts.md, rows 1, 3a-3e, 4, 8 and 17d

GAP_SURVEYS = ["gap-survey-managers", "gap-survey-employees"]  # see also tests/test_gap_forms.py


@pytest.mark.parametrize("code", instrument_codes())
def test_preset_says_where_it_comes_from(code):
    preset = instrument(code)
    assert preset.code == code
    assert preset.source
    assert preset.note
    assert all(item.text and item.text != item.code for item in preset.items)


@pytest.mark.parametrize("code", instrument_codes())
def test_texts_of_a_preset_differ(code):
    """Items differ in every language, dimensions too, and a translation is no copy."""
    preset = instrument(code)
    forms = [preset, *map(preset.in_language, preset.languages)]
    items = [item.text for spoken_form in forms for item in spoken_form.items]
    names = [entry.name for spoken_form in forms for entry in spoken_form.dimensions]
    assert len({*items}) == len(items)
    assert len({*names}) == len(names)


SIZES = {
    "servqual": "tangibles 4, reliability 5, responsiveness 4, assurance 4, empathy 5",
    # 21 in all is confirmed, the map is remembered
    "servqual-1994": "reliability 5, responsiveness 3, assurance 4, empathy 5, tangibles 4",
    "libqual": "affect-of-service 9, information-control 8, library-as-place 5",
    # 22 in all and efficiency 8 are confirmed, the rest fits
    "e-s-qual": "efficiency 8, fulfilment 7, system-availability 4, privacy 3",
    # 11 in all is confirmed, the rest fits
    "e-recs-qual": "responsiveness 5, compensation 3, contact 3",
    "airline-touchpoints": "before-the-flight 3, at-the-airport 3, on-board 8",
    "perception-criteria": "promise 2, efficiency 2, expertise 2, attitude 2, customer-standard 2",
    "first-impression": "appearance 1, behaviour 1, communication 1",
}
SIZES |= {"servqual-1988": SIZES["servqual"], "servperf": SIZES["servqual"]}
# the antecedents are confirmed (row 8; tests/test_gap_forms.py), how many items each has is not
SIZES["gap-survey-managers"] = (
    "gap2 5, gap1-marketing-research-orientation 4, gap1-upward-communication 4, "
    "gap1-levels-of-management 1, gap2-management-commitment 4, gap2-goal-setting 2, "
    "gap2-task-standardisation 2, gap2-perceived-feasibility 3"
)
SIZES["gap-survey-employees"] = (
    "gap3 5, gap4 5, gap3-teamwork 5, gap3-employee-job-fit 2, gap3-technology-job-fit 1, "
    "gap3-perceived-control 4, gap3-supervisory-control 3, gap3-role-conflict 4, "
    "gap3-role-ambiguity 5, gap4-horizontal-communication 4, gap4-overpromising 2"
)
ENDS = {"servqual": (1, 7), "servqual-1988": (1, 7), "servperf": (1, 7), "servqual-1994": (1, 9)}
ENDS |= {"libqual": (1, 9), "e-s-qual": (1, 5), "e-recs-qual": (1, 5), "first-impression": (1, 10)}
ENDS |= {"airline-touchpoints": (1, 5), "perception-criteria": (1, 7)}
ENDS |= dict.fromkeys(GAP_SURVEYS, (1, 7))


@pytest.mark.parametrize("code", instrument_codes())
def test_dimensions_and_scale(code):
    preset = instrument(code)
    sizes = ", ".join(f"{entry.code} {len(entry.items)}" for entry in preset.dimensions)
    assert sizes == SIZES[code]
    assert (preset.scale.low, preset.scale.high) == ENDS[code]


def test_reversed_items():
    """Of the 1988 form 10-13 and 18-22 (studylib.net/doc/25354314); of others the gap surveys'."""
    reverse = {code: instrument(code).reversed_places for code in instrument_codes()}
    assert {code for code, places in reverse.items() if places} == {"servqual-1988", *GAP_SURVEYS}
    numbers = [place + 1 for place in reverse["servqual-1988"]]
    assert numbers == [10, 11, 12, 13, 18, 19, 20, 21, 22]


@pytest.mark.parametrize("code", ["servqual", "servperf", "perception-criteria", *GAP_SURVEYS])
def test_forms_in_three_languages(code):
    preset = instrument(code)
    assert preset.languages == ("es", "zh")
    anchors = {word: code for code, word in preset.scale.anchors}
    assert [anchors[word] for word in ("非常不同意", "totalmente en desacuerdo")] == [1, 1]
    assert [anchors[word] for word in ("非常同意", "totalmente de acuerdo")] == [7, 7]
    assert not any(item.text.isascii() for item in preset.in_language("zh").items)


def test_answers_in_words_of_three_languages():
    answers = [["非常不同意"] * 22, ["Totalmente de acuerdo"] * 22, ["strongly agree"] * 22]
    form = instrument("servqual")
    table = {f"P{n}": column for n, column in enumerate(zip(*answers, strict=True), 1)}
    survey = sq.survey_from_frame(pd.DataFrame(table), form, perceptions="P{n}")
    assert survey.perceptions.tolist() == [[1] * 22, [7] * 22, [7] * 22]


def test_weights_of_servqual():
    """Remembered; the order is confirmed (text-id.123dok.com/document/rz33ope7z, after Kotler)."""
    preset = instrument("servqual")
    assert dict(preset.dimension_weights) == {
        "reliability": 32,
        "responsiveness": 22,
        "assurance": 19,
        "empathy": 16,
        "tangibles": 11,
    }
    assert "weights" in preset.note
    assert "only their order is confirmed" in preset.note
    weighted = [code for code in instrument_codes() if instrument(code).dimension_weights]
    assert weighted == ["first-impression", "servqual"]


def test_weights_of_a_form_change_no_score():
    weighted = instrument("servqual")
    plain = attrs.evolve(weighted, dimension_weights=())
    ours, theirs = (
        sq.gap_scores(sq.simulate_survey(form, 20, rng=1)) for form in (weighted, plain)
    )
    for name in ("items", "dimensions", "overall"):
        assert getattr(ours, name).to_csv() == getattr(theirs, name).to_csv()


def test_servperf_has_the_topics_of_servqual():
    assert instrument("servperf").dimensions == instrument("servqual").dimensions
    assert "do not conclude" in instrument("servperf").note


def test_form_of_1994_says_what_is_remembered():
    preset = instrument("servqual-1994")
    assert len(preset.items) == 21
    assert preset.dimensions[3].items[4] == Item("empathy-5", "open at times that suit customers")
    for word in ("21", "remembered", "Tangibles", "Empathy"):
        assert word in preset.note


def test_libqual_items_carry_the_numbers_of_the_questionnaire():
    """The map is counted at libraries.rutgers.edu (libqual_questions.shtml)."""
    preset = instrument("libqual")
    assert [[int(item.code) for item in entry.items] for entry in preset.dimensions] == [
        [1, 4, 6, 9, 11, 13, 15, 18, 22],
        [2, 5, 7, 10, 14, 16, 19, 20],
        [3, 8, 12, 17, 21],
    ]
    columns = {f"P{n}": [n % 9 + 1] for n in range(1, 23)}  # as the questionnaire stands
    survey = sq.survey_from_frame(pd.DataFrame(columns), preset, perceptions="P{item}")
    assert survey.perceptions[0].tolist() == [int(code) % 9 + 1 for code in preset.item_codes]


TOUCHPOINTS = """Inflight wifi service,Departure/Arrival time convenient,Ease of Online booking,\
Gate location,Food and drink,Online boarding,Seat comfort,Inflight entertainment,On-board service,\
Leg room service,Baggage handling,Checkin service,Inflight service,Cleanliness"""


def test_airline_touchpoints_are_the_columns_of_the_public_file(tmp_path):
    preset = instrument("airline-touchpoints")
    assert {*preset.item_codes} == {*TOUCHPOINTS.split(",")}
    file = tmp_path / "airline.csv"
    file.write_text(f"{TOUCHPOINTS}\n0,{','.join('12345' * 2)},1,2,3\n", encoding="utf-8")
    survey = sq.read_survey(file, preset, perceptions="{item}")
    answers = dict(zip(preset.item_codes, survey.perceptions[0].tolist(), strict=True))
    assert answers.pop("Inflight wifi service") != 0  # missing, not a number on the scale
    assert list(map(answers.get, TOUCHPOINTS.split(",")[1:4])) == [1, 2, 3]
    assert survey.intake.row(step="not applicable", side="perceptions")["count"] == 1
    assert "grouping" in preset.note


def test_criteria_are_not_those_of_psychometrics():
    preset = instrument("perception-criteria")
    names = [entry.name for entry in preset.in_language("zh").dimensions]
    assert names == ["信度", "效度", "精度", "态度", "法度"]
    assert "信度 and 效度 do not mean reliability and validity" in preset.note


def test_first_impression_is_unsourced():
    """Appearance 8, behaviour 6, communication 9 give 7.49 (by hand)."""
    preset = instrument("first-impression")
    weights = dict(preset.dimension_weights)
    assert weights == {"appearance": 52, "behaviour": 33, "communication": 15}
    assert preset.source.startswith("Unsourced")
    assert "Mehrabian" in preset.note
    marks = {"appearance": 8, "behaviour": 6, "communication": 9}
    assert sum(weights[code] * mark for code, mark in marks.items()) == 749


def test_unknown_preset():
    with pytest.raises(ValueError, match=r"`code`: 'Servqual-88' is unknown.*'servqual-1988'"):
        instrument("Servqual-88")


# ---- crosswalks


def walk(**changes):
    parts = {"first": "desk", "second": "other", "first_dimensions": ("speed", "care", "price")}
    parts |= {"second_dimensions": ("pace", "care"), "links": (Link("speed", "pace", 0.5),)}
    return Crosswalk(**(parts | changes))


def test_criteria_and_servqual():
    """信度 is reliability, 效度 responsiveness, 精度 assurance, 態度 empathy; two stand alone."""
    found = crosswalk("perception-criteria", "servqual")
    pairs = {
        "promise": "reliability",
        "efficiency": "responsiveness",
        "expertise": "assurance",
        "attitude": "empathy",
    }
    for first, second in pairs.items():
        assert found.counterparts(first) == (second,)
        assert found.counterparts(second) == (first,)
    assert found.unmatched == (("customer-standard",), ("tangibles",))
    assert found.counterparts("customer-standard") == found.counterparts("tangibles") == ()
    assert found.first_dimensions == instrument(found.first).dimension_codes
    assert found.second_dimensions == instrument(found.second).dimension_codes
    assert found.source
    assert "法度" in found.note
    assert repr(found) == (
        "Crosswalk 'perception-criteria' - 'servqual': 4 links, 2 dimensions without counterpart"
    )


def test_counterparts_of_several_and_of_none():
    found = walk(
        links=[Link("speed", "pace"), Link("care", "pace", 0.3), Link("care", "care", 0.0)]
    )
    assert found.counterparts("pace") == ("speed", "care")
    assert found.counterparts("care") == ("pace",)  # a weight of 0 says: no counterpart
    assert found.unmatched == (("price",), ("care",))
    assert hash(found) == hash(attrs.evolve(found))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Link("a", "b", 1.5), ValueError, r"`weight` must lie in 0\.\.1, got 1.5"),
        (lambda: Link("a", "b", "1"), TypeError, "`weight` must be a number, got '1'"),
        (lambda: Link("a", ""), ValueError, "`second` must not be blank"),
        (lambda: walk(links=()), ValueError, "`links` must hold at least one Link, got none"),
        (lambda: walk(links=[("speed", "pace")]), TypeError, "`links` must be Link"),
        (
            lambda: walk(links=[Link("spede", "pace")]),
            ValueError,
            "`links: first`: 'spede' is unknown; the nearest are 'speed'",
        ),
        (lambda: walk(links=[Link("speed", "x")]), ValueError, "`links: second`: 'x'.*'pace'"),
        (lambda: walk(links=[Link("care", "care")] * 2), ValueError, "'care - care' twice"),
        (lambda: walk(second="desk"), ValueError, "`first and second` must be different"),
        (lambda: walk(first_dimensions=("a", "a")), ValueError, "`first_dimensions`.*'a' twice"),
        (lambda: walk(second_dimensions=(" ",)), ValueError, "`second_dimensions` must not be bla"),
        (lambda: walk(second_dimensions=(3,)), TypeError, "`second_dimensions` must be.*got 3"),
        (lambda: walk().counterparts("pac"), ValueError, "`dimension`: 'pac'.*'pace'"),
        (lambda: crosswalk("servqual", "x"), ValueError, "'perception-criteria--servqual'"),
    ],
)
def test_crosswalk_rules(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_crosswalk_round_trip():
    found = crosswalk("perception-criteria", "servqual")
    assert from_dict(Crosswalk, tomllib.loads(to_toml(found)), "walk") == found
    assert from_dict(Crosswalk, json.loads(json.dumps(attrs.asdict(found))), "walk") == found


# ---- TOML and JSON

letters = st.text(
    st.one_of(
        st.sampled_from("\"'\\\n\r\t\b\f\x00\x1b\x7f\x85\u2028\ufeff#=[]{}.,"),
        st.characters(codec="utf-8", exclude_characters="\0"),
    ),
    max_size=12,
)
words = letters.filter(lambda word: word and word == word.strip() and "\0" not in word)
numbers = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
)
spoken_words = st.dictionaries(words, words, max_size=2)
items = st.builds(Item, words, text=letters, reverse=st.booleans(), translations=spoken_words)


@st.composite
def scales(draw):
    low, high, *others = sorted(draw(st.lists(numbers, min_size=2, max_size=6, unique=True)))
    high = others[-1] if others else high
    outside = draw(st.sets(st.integers(1, 99), max_size=3))
    codes = st.one_of(st.just(low), st.just(high), st.floats(low, high))
    anchors = draw(st.lists(st.tuples(codes, words), max_size=4))  # several wordings of a code too
    different = {" ".join(word.replace("\u2019", "'").split()).casefold(): 0 for _, word in anchors}
    if len(different) < len(anchors) or any("\u2018" in word for _, word in anchors):
        anchors = anchors[:1]
    return Scale(low, high, not_applicable=[high + code for code in outside], anchors=anchors)


@st.composite
def instruments(draw):
    codes = iter(draw(st.lists(words, min_size=8, max_size=8, unique=True)))
    parts = draw(st.lists(st.lists(items, min_size=1, max_size=3), min_size=1, max_size=2))
    dimensions = [
        Dimension(
            code=next(codes),
            name=draw(letters),
            items=[attrs.evolve(item, code=next(codes)) for item in part],
            translations=draw(spoken_words),
        )
        for part in parts
    ]
    weight = draw(st.integers(0, 100) | st.floats(0, 1))
    whole = 100 if isinstance(weight, int) else 1
    weights = (whole,) if len(dimensions) == 1 else (weight, whole - weight)
    coded = {entry.code: share for entry, share in zip(dimensions, weights, strict=True)}
    return Instrument(
        code=draw(words),
        name=draw(letters),
        scale=draw(scales()),
        dimensions=dimensions,
        source=draw(letters),
        note=draw(letters),
        dimension_weights=draw(st.sampled_from([{}, coded])),
    )


def through_json(form):
    """As `Moments.to_dict` keeps the form."""
    return from_dict(Instrument, json.loads(json.dumps(attrs.asdict(form))), "form")


@settings(
    max_examples=60,
    deadline=timedelta(seconds=2),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(instruments())
def test_round_trips_are_exact(tmp_path, generated):
    file = tmp_path / "form.toml"
    file.write_text(generated.to_toml(), encoding="utf-8")
    assert load(file) == generated
    assert through_json(generated) == generated


@pytest.mark.parametrize(
    "edited",
    [
        *map(instrument, instrument_codes()),
        spoken(es="item name", fr="item"),
        form(dimension_weights={"speed": 0.125, "care": 0.875}),
        form(scale=Scale(0.5, 5, not_applicable=(-1, 99), anchors={-1: "n/a", 2.5: "so-so"})),
        form(scale=Scale(1, 5, anchors=[(1, "never"), (1, "not once"), (5, "always")])),
        form(name='Il dit: "c\u2019est\nbon" \\ \x7f', note="# [a] = ''' \"\"\""),
    ],
)
def test_round_trips_of_known_forms(tmp_path, edited):
    file = tmp_path / "form.toml"
    file.write_text(edited.to_toml(), encoding="utf-8")
    assert load(file) == edited
    assert load(str(file)).to_toml() == edited.to_toml()
    assert through_json(edited) == edited


def test_toml_of_translations_and_weights():
    text = attrs.evolve(spoken(zh="item"), dimension_weights={"care": 1}).to_toml()
    assert '{ code = "polite", text = "politeness", translations = { zh = "item zh" } }' in text
    assert "\n[dimension_weights]\ncare = 1\n" in text


def test_moments_keep_the_form():
    form = instrument("servqual").in_language("zh")
    kept = sq.moments(sq.simulate_survey(form, 5, rng=1))
    assert sq.Moments.from_dict(json.loads(json.dumps(kept.to_dict()))).instrument == form


def broken(old, new):
    return form(scale=Scale(1, 7, anchors={1: "no"})).to_toml().replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code = ", "not TOML"),
        ("", "code"),
        (broken('code = "desk"\n', ""), "code"),
        (broken("low = 1", 'low = "one"'), r"`low` must be a number, got 'one'.*\$\.scale"),
        (broken("low = 1", "low = 8"), "`low` must be below `high`, got 8 and 7.*scale"),
        (broken("[scale]", "[scale]\nmid = 4"), "mid.*scale"),
        (broken('"wait"', '" wait"'), r"' wait'.*dimensions\[0\]\.items\[0\]"),
        (broken('code = "wait"', 'code = "wait", txt = "x"'), r"txt.*dimensions\[0\]\.items\[0\]"),
        (broken('code = "wait"', 'code = "wait", reverse = "no"'), r"reverse.*'no'"),
        (broken('"wait"', '"reply"'), "'reply' twice"),
        (broken('1 = "no"', 'x = "no"'), "`anchors`.*'x'.*scale"),
        (broken('1 = "no"', "1 = 1"), "`anchors`.*got 1.*scale"),
        (
            broken('code = "wait"', 'code = "wait", translations = "x"'),
            r"`translations` must map.*'x'.*dimensions\[0\]\.items\[0\]",
        ),
        (
            broken('code = "wait"', 'code = "wait", translations = ["es"]'),
            r"`translations` must map.*\['es'\].*items\[0\]",
        ),
        (
            broken('code = "wait"', 'code = "wait", translations = { es = 3 }'),
            r"`translations\['es'\]` must be a text, got 3.*items\[0\]",
        ),
        (broken("[scale]", "[dimension_weights]\nspeed = 1\n[scale]"), "no weight for 'care'"),
    ],
)
def test_errors_of_toml_name_file_and_place(tmp_path, text, message):
    file = tmp_path / "form.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"form.toml.*({message})") as error:
        load(file)
    assert "\n" not in str(error.value)


def test_toml_that_is_no_text_or_not_there(tmp_path):
    file = tmp_path / "form.toml"
    file.write_bytes(b"code = '\xff'")
    with pytest.raises(ValueError, match=r"form\.toml"):
        load(file)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "other.toml")


def test_instrument_is_shown_in_a_line():
    shown = repr(instrument("servqual"))
    assert "22 items in 5 dimensions, 1 to 7" in shown
    assert "\n" not in shown


def test_places_of_reversed_items_and_their_dimensions():
    form = instrument("servqual-1988")
    assert form.reversed_places == (*range(9, 13), *range(17, 22))
    assert form.item_dimensions[:5] == ("tangibles",) * 4 + ("reliability",)
