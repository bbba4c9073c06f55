"""Small surveys and journeys for Hypothesis: answers with holes, weights, groups, branches."""

import attrs
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import servqual as sq
from servqual.journeys import Encounter, Journey, Touchpoint
from servqual.journeys.maps import END, LEAVE, START

SCALES = [(1, 7), (0, 10), (-3, 3), (1, 5), (0, 1), (10, 100)]
WEIGHTS = [0.25, 0.5, 1.0, 1.7, 2.0, 3.3, 10.0]


def form(sizes, low=1, high=7, reverse=()):
    """Return an instrument with dimensions of the given sizes; items are numbered from 1 on."""
    numbers = iter(range(1, sum(sizes) + 1))
    dimensions = []
    for d, size in enumerate(sizes):
        places = [next(numbers) for _ in range(size)]
        items = [sq.Item(code=f"i{n}", reverse=n - 1 in reverse) for n in places]
        dimensions.append(sq.Dimension(code="ABCDEFGH"[d], name="", items=items))
    return sq.Instrument(code="form", name="Form", scale=sq.Scale(low, high), dimensions=dimensions)


@attrs.frozen(eq=False)
class Case:
    """What a survey was made of: `expectations` and `perceptions` are raw, before any turning."""

    instrument: sq.Instrument
    sizes: tuple[int, ...]
    expectations: np.ndarray
    perceptions: np.ndarray
    weights: np.ndarray | None
    by: dict[str, list[str]]
    min_answered: float

    @property
    def survey(self):
        return sq.survey_from_arrays(
            self.instrument,
            expectations=self.expectations,
            perceptions=self.perceptions,
            weights=self.weights,
            by=self.by,
            min_answered=self.min_answered,
        )

    def turned(self, side):
        """Return the answers of a side with the reverse-keyed items turned."""
        answers = getattr(self, side).astype(float)
        scale = self.instrument.scale
        for j, item in enumerate(self.instrument.items):
            if item.reverse:
                answers[:, j] = scale.low + scale.high - answers[:, j]
        return answers

    def take(self, rows):
        """Return the case with these respondents, in this order."""
        return attrs.evolve(
            self,
            expectations=self.expectations[rows],
            perceptions=self.perceptions[rows],
            weights=None if self.weights is None else self.weights[rows],
            by={name: np.array(labels)[rows].tolist() for name, labels in self.by.items()},
        )


@st.composite
def cases(
    draw,
    *,
    missing=True,
    halves=True,
    weights=True,
    groups=False,
    reverse=True,
    least=1,
    most=8,
):
    """Draw a case; a flag allows its feature, but groups=True demands its two columns."""
    sizes = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    k, n = sum(sizes), draw(st.integers(least, most))
    low, high = draw(st.sampled_from(SCALES))
    step = draw(st.sampled_from([1, 0.5])) if halves else 1
    hole = -1 if missing and draw(st.booleans()) else 0
    codes = draw(
        hnp.arrays(np.int64, (2, n, k), elements=st.integers(hole, int((high - low) / step)))
    )
    answers = np.where(codes < 0, np.nan, low + step * codes)
    weighing = None
    if weights and draw(st.booleans()):
        weighing = np.array(
            draw(st.lists(st.sampled_from([0.0, *WEIGHTS]), min_size=n, max_size=n))
        )
    by = {}
    if groups:
        for name, labels in (("branch", "NS"), ("year", ["9", "10", "11"])):
            by[name] = draw(st.lists(st.sampled_from(labels), min_size=n, max_size=n))
    turned = draw(st.sets(st.integers(0, k - 1))) if reverse else set()
    return Case(
        instrument=form(sizes, low, high, turned),
        sizes=sizes,
        expectations=answers[0],
        perceptions=answers[1],
        weights=weighing,
        by=by,
        min_answered=draw(st.sampled_from([0, 0.25, 0.3, 0.5, 0.51, 2 / 3, 0.75, 1])),
    )


@attrs.frozen(eq=False)
class Wide:
    """What a survey of any sides was made of; `sides` are raw, before any turning."""

    instrument: sq.Instrument
    sizes: tuple[int, ...]
    sides: dict[str, np.ndarray]
    points: np.ndarray | None
    weights: np.ndarray | None
    by: dict[str, list[str]]
    min_answered: float

    def __len__(self):
        return len(self.sides["perceptions"])

    @property
    def survey(self):
        return sq.survey_from_arrays(
            self.instrument,
            **self.sides,
            dimension_points=self.points,
            weights=self.weights,
            by=self.by,
            min_answered=self.min_answered,
        )

    @property
    def asked(self):
        """Return the arguments that the functions of the reference share."""
        return {"weights": self.weights, "min_answered": self.min_answered}

    def turned(self, side):
        """Return the answers of a side with the reverse-keyed items turned."""
        answers = self.sides[side].astype(float)
        scale = self.instrument.scale
        for j, item in enumerate(self.instrument.items):
            if item.reverse:
                answers[:, j] = scale.low + scale.high - answers[:, j]
        return answers

    def take(self, rows):
        """Return the case with these respondents, in this order."""
        return attrs.evolve(
            self,
            sides={side: answers[rows] for side, answers in self.sides.items()},
            points=None if self.points is None else self.points[rows],
            weights=None if self.weights is None else self.weights[rows],
            by={name: np.array(labels)[rows].tolist() for name, labels in self.by.items()},
        )


@st.composite
def wide_cases(
    draw,
    *,
    sides=("expectations", "perceptions"),
    points=False,
    missing=True,
    weights=True,
    groups=False,
    reverse=True,
    scales=SCALES,
    least=1,
    most=7,
):
    """Draw a case of these sides; points are in fives, or a row of them is missing.

    A flag allows its feature, but points=True and groups=True demand their columns.
    """
    sizes = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    k, d, n = sum(sizes), len(sizes), draw(st.integers(least, most))
    low, high = draw(st.sampled_from(scales))
    step = draw(st.sampled_from([1, 0.5]))
    hole = -1 if missing and draw(st.booleans()) else 0
    whole = st.integers(hole, int((high - low) / step))
    codes = draw(hnp.arrays(np.int64, (len(sides), n, k), elements=whole))
    answers = np.where(codes < 0, np.nan, low + step * codes)
    divided = None
    if points:
        cuts = draw(hnp.arrays(np.int64, (n, d - 1), elements=st.integers(0, 20)))
        bounds = np.hstack([np.zeros((n, 1)), np.sort(cuts, axis=1), np.full((n, 1), 20)])
        divided = 5.0 * np.diff(bounds, axis=1)
        if missing:
            divided[draw(hnp.arrays(bool, n))] = np.nan
    weighing = None
    if weights and draw(st.booleans()):
        several = st.lists(st.sampled_from([0.0, *WEIGHTS]), min_size=n, max_size=n)
        weighing = np.array(draw(several))
    by = {}
    if groups:
        for name, labels in (("branch", "NS"), ("team", "abc")):
            by[name] = draw(st.lists(st.sampled_from(labels), min_size=n, max_size=n))
    turned = draw(st.sets(st.integers(0, k - 1))) if reverse else set()
    return Wide(
        instrument=form(sizes, low, high, turned),
        sizes=sizes,
        sides=dict(zip(sides, answers, strict=True)),
        points=divided,
        weights=weighing,
        by=by,
        min_answered=draw(st.sampled_from([0, 0.3, 0.5, 2 / 3, 1])),
    )


# --- journeys -------------------------------------------------------------------------------------

PROBABILITIES = st.one_of(st.sampled_from([0.0, 1.0, 1e-12, 1e-200, 0.5]), st.floats(0, 1))


def line(*failing, visits=(), critical=(), forms=()):
    """Return a journey a, b, …; each fails with a probability, or (failures, of occasions)."""
    points = []
    for place, known in enumerate(failing):
        keys = ("failures", "occasions") if isinstance(known, tuple) else ("failure_probability",)
        values = known if isinstance(known, tuple) else (known,)
        more = dict(zip(keys, values, strict=True))
        if visits:
            more["visit_probability"] = visits[place]
        if forms:
            more["encounter"] = forms[place]
        points.append(Touchpoint(name=chr(97 + place), critical=place in critical, **more))
    return Journey(name="journey", touchpoints=points)


@st.composite
def lines(draw, *, least=1, most=6):
    """Draw a journey without branches."""
    n = draw(st.integers(least, most))
    several = [
        draw(st.lists(one, min_size=n, max_size=n))
        for one in (
            PROBABILITIES,
            st.sampled_from([1, 0.5, 0.3, 0]),
            st.sampled_from([None, *Encounter]),
        )
    ]
    critical = draw(st.sets(st.integers(0, n - 1)))
    return line(*several[0], visits=several[1], forms=several[2], critical=critical)


@st.composite
def branching(draw, *, most=4):
    """Draw a journey with loops, skips and ways out, some of them rare."""
    n = draw(st.integers(1, most))
    weights = st.lists(st.sampled_from([0, 0, 1, 2, 7, 1e-9]), min_size=n + 2, max_size=n + 2)
    plain = line(*draw(st.lists(PROBABILITIES, min_size=n, max_size=n)))
    columns, rows = (*plain.names, END, LEAVE), {}
    for place, name in enumerate((START, *plain.names)):
        row = draw(weights)
        row[place] += 1  # on to the next, so that all is reached
        rows[name] = {after: w / sum(row) for after, w in zip(columns, row, strict=True) if w}
    return attrs.evolve(plain, transitions=rows)
