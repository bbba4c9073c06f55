"""What was asked: rules and messages, equality by value, editing, the catalogue, TOML."""

import re
from datetime import timedelta

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servqual import Dimension, Instrument, Item, Scale, instrument, instrument_codes
from servqual import load_instrument as load

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


@pytest.mark.parametrize("model", [SCALE, SPEED, Item("a"), form()])
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


# ---- catalogue


@pytest.mark.parametrize("code", instrument_codes())
def test_preset_says_where_it_comes_from(code):
    preset = instrument(code)
    assert preset.code == code
    assert preset.source
    assert preset.note
    assert all(item.text and item.text != item.code for item in preset.items)


@pytest.mark.parametrize(
    ("code", "reversed_places"),
    [
        ("servqual", []),  # the 1991 form is positive throughout
        # Parasuraman et al. 1988, items marked negative in studylib.net/doc/25354314
        ("servqual-1988", [10, 11, 12, 13, 18, 19, 20, 21, 22]),
    ],
)
def test_servqual(code, reversed_places):
    preset = instrument(code)
    assert [len(dimension.items) for dimension in preset.dimensions] == [4, 5, 4, 4, 5]
    assert preset.dimension_codes == (
        "tangibles",
        "reliability",
        "responsiveness",
        "assurance",
        "empathy",
    )
    assert [n for n, item in enumerate(preset.items, 1) if item.reverse] == reversed_places
    assert (preset.scale.low, preset.scale.high) == (1, 7)


def test_unknown_preset():
    with pytest.raises(ValueError, match=r"`code`: 'Servqual-88' is unknown.*'servqual-1988'"):
        instrument("Servqual-88")


# ---- TOML

letters = st.text(
    st.one_of(
        st.sampled_from("\"'\\\n\r\t\b\f\x00\x1b\x7f\x85\u2028\ufeff#=[]{}.,"),
        st.characters(codec="utf-8"),
    ),
    max_size=12,
)
words = letters.filter(lambda word: word and word == word.strip())
numbers = st.one_of(
    st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False)
)
items = st.builds(Item, words, text=letters, reverse=st.booleans())


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
        )
        for part in parts
    ]
    return Instrument(
        code=draw(words),
        name=draw(letters),
        scale=draw(scales()),
        dimensions=dimensions,
        source=draw(letters),
        note=draw(letters),
    )


@settings(
    max_examples=60,
    deadline=timedelta(seconds=2),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(instruments())
def test_toml_round_trip_is_exact(tmp_path, generated):
    file = tmp_path / "form.toml"
    file.write_text(generated.to_toml(), encoding="utf-8")
    assert load(file) == generated


@pytest.mark.parametrize(
    "edited",
    [
        *map(instrument, instrument_codes()),
        form(scale=Scale(0.5, 5, not_applicable=(-1, 99), anchors={-1: "n/a", 2.5: "so-so"})),
        form(scale=Scale(1, 5, anchors=[(1, "never"), (1, "not once"), (5, "always")])),
        form(name='Il dit: "c\u2019est\nbon" \\ \x7f', note="# [a] = ''' \"\"\""),
    ],
)
def test_toml_round_trip_of_known_forms(tmp_path, edited):
    file = tmp_path / "form.toml"
    file.write_text(edited.to_toml(), encoding="utf-8")
    assert load(file) == edited
    assert load(str(file)).to_toml() == edited.to_toml()


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
