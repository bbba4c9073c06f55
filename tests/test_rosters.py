"""Coverage of rosters: minute by minute, properties, kinds of input, bad input."""

import datetime as dt
import re
from itertools import combinations

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from servqual.checklists import roster_coverage

from .effort import effort

some = effort(30)
few = effort(12)
DAY = 1440  # minutes
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONDAY = np.datetime64("2026-03-02", "m")
WINDOWS = st.sampled_from([(0, DAY), (0, DAY), (540, 1080), (510, 1105), (0, 420), (1439, DAY)])
NIGHTS = st.sampled_from([(1320, 1800), (1439, 1441), (360, 1800), (1, 1441), (700, 1470)])


def refused(said, shifts, **options):
    """See that a call fails with a TypeError or ValueError that says this."""
    with pytest.raises((TypeError, ValueError)) as error:
        roster_coverage(shifts, **options)
    assert re.search(said, f"{type(error.value).__name__}: {error.value}")
    assert "\n" not in str(error.value)


def close(wanted):
    return pytest.approx(wanted, rel=1e-12, abs=1e-12)


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def date_of(day):
    return str((MONDAY + DAY * day).astype("datetime64[D]"))


# --- the oracle: an array of heads, minute by minute ----------------------------------------------


@attrs.frozen
class Roster:
    """Shifts (place, begin, end) in minutes from the first day on, and what they must cover.

    `cycle` is the days of a cycle, 0 where there are dates; of these `days` are those to be
    covered, all that shifts touch where there are none.
    """

    rows: tuple[tuple[str, int, int], ...]
    cycle: int
    days: tuple[int, ...]
    further: tuple[str, ...]
    hours: tuple[int, int]
    needed: int

    def found(self, **options):
        """Return what the library says."""
        if self.cycle:
            columns = {
                "day": [WEEK[begin // DAY] for _, begin, _ in self.rows],
                "start": [clock(begin % DAY) for _, begin, _ in self.rows],
                "end": [clock(begin % DAY + end - begin) for _, begin, end in self.rows],
            }
            options |= {"day": "day", "days": WEEK[: self.cycle]}
        else:
            columns = {
                "start": [str(MONDAY + begin) for _, begin, _ in self.rows],
                "end": [str(MONDAY + end) for _, _, end in self.rows],
            }
            if self.days:
                options["days"] = [date_of(day) for day in self.days]
        return roster_coverage(
            columns | {"place": [place for place, _, _ in self.rows]},
            place="place",
            places=self.further or None,
            hours=tuple(map(clock, self.hours)),
            needed=self.needed,
            **options,
        )

    @property
    def places(self):
        return sorted({place for place, _, _ in self.rows} | {*self.further})

    @property
    def window(self):
        """Return the days to be covered."""
        if self.cycle:
            return [*range(self.cycle)]
        if self.days:
            return sorted({*self.days})
        first = min(begin for _, begin, _ in self.rows) // DAY
        return [*range(first, (max(end for _, _, end in self.rows) - 1) // DAY + 1)]

    def label(self, day):
        return WEEK[day] if self.cycle else date_of(day)

    def heads(self, place):
        """Return how many people there are in each minute, from two days before the first on."""
        size = DAY * self.cycle if self.cycle else DAY * 20
        found = np.zeros(size, int)
        for own, begin, end in self.rows:
            if own == place:
                np.add.at(found, np.arange(begin, end) % size, 1)
        return found

    def minutes(self):
        """Return all minutes that need people, by day."""
        return {day: DAY * day + np.arange(*self.hours) for day in self.window}

    def stretches(self, place):
        """Return (begin, end, minutes × heads) of each stretch with too few."""
        heads = self.heads(place)
        short = [t for ts in self.minutes().values() for t in ts.tolist() if self.lacks(heads, t)]
        found = []
        for t in short:
            if found and found[-1][1] == t:
                found[-1] = (found[-1][0], t + 1, found[-1][2] + heads[t % len(heads)])
            else:
                found.append((t, t + 1, heads[t % len(heads)]))
        end = DAY * self.cycle
        if end and len(found) > 1 and found[-1][1] - found[0][0] == end:
            (_, stop, people), *found = found  # the last goes on with the first
            begin, _, more = found[-1]
            found[-1] = (begin, end + stop, more + people)
        return found

    def lacks(self, heads, minute):
        return heads[minute % len(heads)] < self.needed


@st.composite
def rosters(draw, cyclic=None):
    cycle = draw(st.integers(1, 3)) if (draw(st.booleans()) if cyclic is None else cyclic) else 0
    step = draw(st.sampled_from([1, 30, 60, 480]))
    rows = []
    for _ in range(draw(st.integers(1, 7))):
        begin = draw(st.integers(0, DAY - 1)) // step * step
        most = min(2 * DAY - begin, DAY * cycle or 2 * DAY)
        length = min(max(step, draw(st.integers(1, most)) // step * step), most)
        start = DAY * draw(st.integers(0, (cycle or 4) - 1)) + begin
        rows.append((draw(st.sampled_from("AB")), start, start + length))
    days = draw(st.sets(st.integers(0, 7), max_size=4)) if not cycle else set()
    return Roster(
        rows=tuple(rows),
        cycle=cycle,
        days=tuple(draw(st.permutations(sorted(days)))),
        further=draw(st.sampled_from([(), ("C",), ("A", "0")])),
        hours=draw(st.one_of(WINDOWS, NIGHTS)),
        needed=draw(st.sampled_from([1, 1, 2, 3])),
    )


@given(roster=rosters())
@some
def test_each_day_is_covered_as_its_minutes_are(roster):
    found = roster.found()
    assert found.places == tuple(roster.places)
    assert found.days == tuple(map(roster.label, roster.window))
    rows = iter(found.table.rows())
    covered = 0
    for place in roster.places:
        heads = roster.heads(place)
        for day, minutes in roster.minutes().items():
            row, there = next(rows), heads[minutes % len(heads)]
            enough = int((there >= roster.needed).sum())
            covered += enough
            assert (row["place"], row["day"]) == (place, roster.label(day))
            assert (row["fewest"], row["most"]) == (there.min(), there.max())
            wanted = [len(there) / 60, enough / 60, enough / len(there)]
            assert [row[x] for x in ("needed_hours", "covered_hours", "share")] == close(wanted)
    assert next(rows, None) is None
    needed = len(roster.places) * len(roster.window) * (roster.hours[1] - roster.hours[0])
    assert (found.needed_hours, found.covered_hours) == close((needed / 60, covered / 60))
    assert found.share == close(covered / needed)
    assert found.complete is (covered == needed)


@given(roster=rosters())
@some
def test_each_hour_is_covered_as_its_minutes_are(roster):
    found = iter(roster.found().hours.rows())
    for place in roster.places:
        heads = roster.heads(place)
        for day, minutes in roster.minutes().items():
            of_hour = (minutes - DAY * day) // 60
            for hour in np.unique(of_hour):
                row, there = next(found), heads[minutes[of_hour == hour] % len(heads)]
                assert [row[x] for x in ("place", "day", "hour")] == [
                    place,
                    roster.label(day),
                    hour,
                ]
                wanted = [len(there) / 60, (there >= roster.needed).mean(), there.mean()]
                assert [row[x] for x in ("needed_hours", "covered", "heads")] == close(wanted)
    assert next(found, None) is None


@given(roster=rosters())
@some
def test_uncovered_stretches_are_those_of_the_minutes_as_long_as_they_can_be(roster):
    found = iter(roster.found().uncovered.rows())
    for place in roster.places:
        for begin, end, people in roster.stretches(place):
            row = next(found)
            assert row["place"] == place
            assert (row["hours"], row["heads"]) == close(
                ((end - begin) / 60, people / (end - begin))
            )
            if roster.cycle:
                day = (begin - roster.hours[0]) // DAY
                start = begin - DAY * day
                wanted = (WEEK[day], clock(start), clock(start + end - begin))
                assert (row["day"], row["start"], row["end"]) == wanted
            else:
                assert (row["start"], row["end"]) == (MONDAY + begin, MONDAY + end)
    assert next(found, None) is None


@given(roster=rosters())
@some
def test_covered_and_uncovered_make_the_hours_needed(roster):
    found = roster.found()
    assert found.covered_hours + found.uncovered_hours == close(found.needed_hours)
    assert found.uncovered["hours"].sum() == close(found.uncovered_hours)
    assert found.complete is (len(found.uncovered) == 0)
    table, hours = found.table, found.hours
    assert table["covered_hours"].sum() == close(found.covered_hours)
    assert table["needed_hours"].sum() == close(found.needed_hours)
    assert hours["needed_hours"] @ hours["covered"] == close(found.covered_hours)
    assert 0 <= found.share <= 1
    assert (found.uncovered["heads"] < found.needed).all()


# --- properties -----------------------------------------------------------------------------------


def of_place(table, place):
    """Return the rows of a place, of which there may be none."""
    return table.take(np.flatnonzero(table["place"] == place))


def alike(found, other):
    """See that two coverages have the same figures."""
    for name in ("table", "hours", "uncovered"):
        assert getattr(found, name).to_dict() == getattr(other, name).to_dict()
    assert (found.share, found.complete) == (other.share, other.complete)


@given(roster=rosters(), more=rosters())
@some
def test_one_more_shift_never_lowers_coverage(roster, more):
    assume(roster.cycle == more.cycle)
    roster = attrs.evolve(roster, days=tuple(roster.window), further=("A", "B"))
    fuller = attrs.evolve(roster, rows=roster.rows + more.rows[:1])
    less, found = roster.found(), fuller.found()
    for name, columns in {
        "table": ("covered_hours", "share", "fewest", "most"),
        "hours": ("covered", "heads"),
    }.items():
        for column in columns:
            gained = getattr(found, name)[column] - getattr(less, name)[column]
            assert (gained >= -1e-12).all(), column
    assert found.share >= less.share
    assert found.uncovered_hours <= less.uncovered_hours


@given(roster=rosters(), where=st.floats(0.01, 0.99), row=st.integers(0, 6))
@some
def test_a_shift_may_be_cut_in_two(roster, where, row):
    row %= len(roster.rows)
    place, begin, end = roster.rows[row]
    cut = begin + int(where * (end - begin))
    assume(begin < cut < end)
    later = cut % (DAY * roster.cycle) if roster.cycle else cut
    parts = ((place, begin, cut), (place, later, later + end - cut))
    rows = roster.rows[:row] + parts + roster.rows[row + 1 :]
    alike(roster.found(), attrs.evolve(roster, rows=rows).found())


@given(roster=rosters(), shuffled=st.randoms(use_true_random=False))
@few
def test_the_order_of_shifts_changes_nothing(roster, shuffled):
    rows = list(roster.rows)
    shuffled.shuffle(rows)
    found, other = roster.found(), attrs.evolve(roster, rows=tuple(rows)).found()
    alike(found, other)
    assert found.table.note == other.table.note


@given(roster=rosters())
@few
def test_each_place_is_covered_as_if_alone(roster):
    roster = attrs.evolve(roster, days=tuple(roster.window), further=())
    found = roster.found()
    for place in roster.places:
        own = tuple(row for row in roster.rows if row[0] == place)
        single = attrs.evolve(roster, rows=own).found()
        for name in ("table", "hours", "uncovered"):
            kept = of_place(getattr(found, name), place).to_dict()
            assert kept == getattr(single, name).to_dict()


@given(roster=rosters(cyclic=True), turn=st.integers(1, 2))
@few
def test_a_cycle_has_no_first_day(roster, turn):
    size = DAY * roster.cycle
    rows = []
    for place, begin, end in roster.rows:
        later = (begin + DAY * turn) % size
        rows.append((place, later, later + end - begin))
    found, turned = roster.found(), attrs.evolve(roster, rows=tuple(rows)).found()
    for place in roster.places:
        share, other = (of_place(x.table, place)["share"] for x in (found, turned))
        assert np.roll(share, turn).tolist() == other.tolist()
        hours, rest = (sorted(of_place(x.uncovered, place)["hours"]) for x in (found, turned))
        assert hours == rest


@given(roster=rosters())
@few
def test_shifts_that_count_for_nothing_are_counted(roster):
    size = len(roster.heads("A"))
    needed = np.concatenate([*roster.minutes().values()]) % size
    used = [not {*np.arange(b, e) % size}.isdisjoint(needed.tolist()) for _, b, e in roster.rows]
    note = roster.found().table.note
    outside = used.count(False)
    said = re.search(r"(\d+) shifts? lies? outside", note)
    assert (int(said[1]) if said else 0) == outside
    over = sum(e > DAY * roster.cycle for _, _, e in roster.rows) if roster.cycle else 0
    said = re.search(r"(\d+) shifts? runs? from '\w+' into 'Mon'", note)
    assert (int(said[1]) if said else 0) == over


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 86_400_000_000), st.integers(1, 86_400_000_000)),
        min_size=1,
        max_size=8,
    )
)
@few
def test_time_is_exact_to_the_microsecond(spans):
    first = np.datetime64("2026-03-02", "us")
    start = [first + np.timedelta64(begin, "us") for begin, _ in spans]
    end = [
        moment + np.timedelta64(length, "us")
        for moment, (_, length) in zip(start, spans, strict=True)
    ]
    ends = sorted((begin, begin + length) for begin, length in spans)
    covered, reach = 0, 0
    for begin, stop in ends:
        covered += max(stop - max(begin, reach), 0)
        reach = max(reach, stop)
    found = roster_coverage({"start": start, "end": end}, days=["2026-03-02", "2026-03-03"])
    assert found.covered_hours == covered / 3.6e9
    assert found.share == covered / 172_800_000_000


# --- worked rosters -------------------------------------------------------------------------------


def test_any_time_is_24_hours_of_each_day():
    # seeds row 44: any customer, any time, any place, any business; the telephone is on for 24 h
    week = {"day": WEEK, "start": ["00:00"] * 7, "end": ["24:00"] * 7}
    found = roster_coverage(week, day="day")
    assert (found.share, found.needed_hours, found.uncovered_hours) == (1.0, 168.0, 0.0)
    assert found.complete is True
    assert len(found.uncovered) == 0
    assert (found.days, found.places, found.needed) == (WEEK, (), 1)


def test_the_night_of_the_last_day_runs_into_the_first():
    nights = {"day": ["Sat", "Sun"], "start": ["22:00", "22:00"], "end": ["30:00", "30:00"]}
    found = roster_coverage(nights, day="day", days=["Sat", "Sun"])
    assert found.table["covered_hours"].tolist() == [8.0, 8.0]
    assert found.uncovered.to_dict() == {
        "day": ["Sat", "Sun"],
        "start": ["06:00", "06:00"],
        "end": ["22:00", "22:00"],
        "hours": [16.0, 16.0],
        "heads": [0.0, 0.0],
    }
    assert "1 shift runs from 'Sun' into 'Sat'" in found.table.note


def test_a_stretch_over_the_end_of_a_cycle_is_one():
    found = roster_coverage({"day": ["Mon"], "start": [8], "end": [18]}, day="day", days=WEEK)
    assert found.uncovered.row() == {
        "day": "Mon",
        "start": "18:00",
        "end": "176:00",
        "hours": 158.0,
        "heads": 0.0,
    }


def test_a_stretch_over_the_end_of_a_cycle_has_the_people_of_both_its_parts():
    shifts = {"day": ["Mon", "Mon", "Mon"], "start": [0, 6, 6], "end": [6, 18, 18]}
    found = roster_coverage(shifts, day="day", needed=2)
    row = found.uncovered.row()  # nobody from 18 to 24, one person from 0 to 6
    assert (row["start"], row["end"], row["hours"], row["heads"]) == ("18:00", "30:00", 12.0, 0.5)


def test_a_night_of_dates_makes_the_next_a_day_to_be_covered():
    found = roster_coverage({"start": ["2026-03-02 22:00"], "end": ["2026-03-03 06:00"]})
    assert found.days == ("2026-03-02", "2026-03-03")
    assert found.table["covered_hours"].tolist() == [2.0, 6.0]
    till_midnight = roster_coverage({"start": ["2026-03-02 22:00"], "end": ["2026-03-03 00:00"]})
    assert till_midnight.days == ("2026-03-02",)


def test_days_between_without_a_shift_are_days_without_coverage():
    ends = {"start": ["2026-02-27 00:00", "2026-03-02 00:00"]}
    ends["end"] = ["2026-02-28 00:00", "2026-03-03 00:00"]
    found = roster_coverage(ends)
    assert found.days == ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02")
    assert found.table["share"].tolist() == [1, 0, 0, 1]
    assert found.uncovered["hours"].tolist() == [48.0]


def test_places_that_no_shift_has_are_uncovered():
    one = {"day": ["Mon"], "start": [0], "end": [24], "hall": ["North"]}
    found = roster_coverage(one, day="day", place="hall", places=["South", "North"])
    assert found.places == ("North", "South")
    assert found.table["share"].tolist() == [1, 0]
    assert found.uncovered["place"].tolist() == ["South"]


def test_several_people_are_counted():
    shifts = {"day": ["Mon"] * 3, "start": [8, 9, 9.5], "end": [12, 11, 10]}
    found = roster_coverage(shifts, day="day", hours=(8, 12), needed=2)
    assert found.covered_hours == 2.0
    assert found.table.row()["most"] == 3
    assert found.hours["heads"].tolist() == [1.0, 2.5, 2.0, 1.0]
    assert found.uncovered["heads"].tolist() == [1.0, 1.0]


def test_days_may_be_named_as_a_month():
    one = {"start": ["2024-02-10 08:00"], "end": ["2024-02-10 20:00"]}
    found = roster_coverage(one, days="2024-02")
    assert (len(found.days), found.days[-1]) == (29, "2024-02-29")
    assert found.needed_hours == 29 * 24
    both = roster_coverage(one, days=["2024-03-01", "2024-02", "2024-02-29"])
    assert len(both.days) == 30


def test_a_person_may_go_from_one_shift_to_the_next():
    touching = {"day": ["Mon"] * 2, "start": [8, 12], "end": [12, 18], "who": ["Li", "Li"]}
    alone = roster_coverage(touching, day="day", person="who")
    assert alone.covered_hours == 10.0
    meeting = touching | {"who": ["Li", "Wu"], "end": [14, 18]}
    assert roster_coverage(meeting, day="day", person="who").covered_hours == 10.0


@given(roster=rosters(), names=st.lists(st.sampled_from(["Li", "Wu"]), min_size=7, max_size=7))
@some
def test_nobody_is_at_two_places(roster, names):
    who = names[: len(roster.rows)]
    size = len(roster.heads("A"))
    there = [{*(np.arange(b, e) % size).tolist()} for _, b, e in roster.rows]
    clash = any(
        who[one] == who[other] and there[one] & there[other]
        for one, other in combinations(range(len(who)), 2)
    )
    columns = {
        "start": [str(MONDAY + begin) for _, begin, _ in roster.rows],
        "end": [str(MONDAY + end) for _, _, end in roster.rows],
        "who": who,
    }
    options = {"person": "who"}
    if roster.cycle:
        columns |= {
            "day": [WEEK[begin // DAY] for _, begin, _ in roster.rows],
            "start": [clock(begin % DAY) for _, begin, _ in roster.rows],
            "end": [clock(begin % DAY + end - begin) for _, begin, end in roster.rows],
        }
        options |= {"day": "day", "days": WEEK[: roster.cycle]}
    if clash:
        refused("^ValueError: `person` must not be at two places", columns, **options)
    else:
        free = {name: option for name, option in options.items() if name != "person"}
        alike(roster_coverage(columns, **options), roster_coverage(columns, **free))


# --- kinds of input -------------------------------------------------------------------------------

START = ["2026-03-02 08:30", "2026-03-02 22:00"]
END = ["2026-03-02 17:00", "2026-03-03 06:00"]
MOMENTS = {"start": [dt.datetime.fromisoformat(x) for x in START]}
MOMENTS["end"] = [dt.datetime.fromisoformat(x) for x in END]


@pytest.mark.parametrize(
    "shifts",
    [
        MOMENTS,
        {name: np.array(x, "datetime64[ns]") for name, x in MOMENTS.items()},
        {name: np.array(x, "datetime64[m]") for name, x in MOMENTS.items()},
        pd.DataFrame(MOMENTS),
        pd.DataFrame({"start": START, "end": END}),
        pd.DataFrame(MOMENTS, index=[7, 3]),
        pl.DataFrame(MOMENTS),
        pa.table(MOMENTS),
        {"start": [f"{x.replace(' ', 'T')}:00" for x in START], "end": END},
    ],
)
def test_dates_of_any_kind(shifts):
    alike(roster_coverage(shifts), roster_coverage({"start": START, "end": END}))


CLOCKS = {"day": ["Mon", "Tue"], "start": ["08:30", "00:00"], "end": ["17:00", "09:15"]}
TIMES = {"start": [dt.time(8, 30), dt.time(0)], "end": [dt.time(17), dt.time(9, 15)]}
SPANS = {"start": [dt.timedelta(hours=8.5), dt.timedelta(0)]}
SPANS["end"] = [dt.timedelta(hours=17), dt.timedelta(hours=9.25)]


@pytest.mark.parametrize(
    "columns",
    [
        {"start": [8.5, 0], "end": [17, 9.25]},
        {"start": np.array([8.5, 0]), "end": np.array([17, 9.25])},
        {"start": ["8:30", "0"], "end": ["17", "9:15:00"]},
        {"start": [" 08:30", "00"], "end": ["17 ", "09:15"]},
        TIMES,
        SPANS,
        {name: np.array(x, "timedelta64[m]") for name, x in SPANS.items()},
        {"start": [dt.time(8, 30), 0], "end": [17, "09:15"]},
    ],
)
def test_clock_times_of_any_kind(columns):
    alike(roster_coverage(CLOCKS | columns, day="day"), roster_coverage(CLOCKS, day="day"))


@pytest.mark.parametrize("columns", [{}, TIMES, SPANS], ids=["texts", "times", "spans"])
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_clock_times_in_any_frame(frame, columns):
    alike(roster_coverage(frame(CLOCKS | columns), day="day"), roster_coverage(CLOCKS, day="day"))


def test_a_day_with_seconds():
    second = {"day": ["Mon"], "start": ["08:00:30"], "end": ["08:01"]}
    found = roster_coverage(second, day="day")
    assert found.covered_hours == 30 / 3600
    assert found.uncovered.row()["start"] == "08:01"
    assert found.uncovered.row()["end"] == "32:00:30"


def test_the_day_may_be_a_date():
    dated = {"day": ["2026-03-02", "2026-03-02"], "start": ["08:30", "22:00"]}
    dated["end"] = ["17:00", "30:00"]
    wanted = roster_coverage({"start": START, "end": END})
    alike(roster_coverage(dated, day="day"), wanted)
    alike(roster_coverage(dated | {"day": [dt.date(2026, 3, 2)] * 2}, day="day"), wanted)
    alike(
        roster_coverage(pl.DataFrame(dated | {"day": [dt.date(2026, 3, 2)] * 2}), day="day"), wanted
    )


def test_columns_by_any_name_or_place():
    other = {"from": START, "to": END}
    wanted = roster_coverage({"start": START, "end": END})
    alike(roster_coverage(other, start="from", end="to"), wanted)
    alike(roster_coverage(pd.DataFrame(other), start=0, end=1), wanted)


def test_zones_are_those_of_utc():
    zoned = {"start": ["2026-03-02 00:00+01:00"], "end": ["2026-03-02 02:00+01:00"]}
    found = roster_coverage(zoned)
    assert found.days == ("2026-03-01", "2026-03-02")
    assert found.table["covered_hours"].tolist() == [1.0, 1.0]
    assert "UTC" in found.table.note
    assert "UTC" not in roster_coverage({"start": START, "end": END}).table.note


def test_a_shift_may_begin_at_the_end_of_a_day():
    late = {"day": ["Mon"], "start": ["24:00"], "end": ["30:00"]}
    found = roster_coverage(late, day="day", days=["Mon", "Tue"])
    assert found.table["covered_hours"].tolist() == [0.0, 6.0]


def test_hours_past_midnight_are_of_the_day_on_which_they_begin():
    night = {"day": ["Mon", "Tue"], "start": ["22:00", "01:00"], "end": ["25:00", "05:00"]}
    found = roster_coverage(night, day="day", days=WEEK[:2], hours=(22, 30))
    assert found.table["covered_hours"].tolist() == [7, 0]
    assert found.uncovered["day"].tolist() == ["Mon", "Tue"]
    assert found.uncovered["start"].tolist() == ["29:00", "22:00"]
    assert found.uncovered["end"].tolist() == ["30:00", "30:00"]
    assert found.hours["hour"].tolist() == [*range(22, 30)] * 2
    early = {"day": ["Mon"], "start": [0], "end": [6]}  # of the last day's night
    found = roster_coverage(early, day="day", days=WEEK, hours=(22, 30))
    assert found.table["covered_hours"].tolist() == [0] * 6 + [6]
    dated = {"start": ["2026-03-02 22:00"], "end": ["2026-03-03 05:00"]}
    found = roster_coverage(dated, days=["2026-03-02"], hours=(22, 30))
    assert found.covered_hours == 7
    assert str(found.uncovered.row()["start"])[:16] == "2026-03-03 05:00"


def test_names_that_are_hardly_two_are_said():
    shifts = {"day": ["Mon", "Mon", "mon"], "hall": ["North", "north", "North"]}
    shifts |= {"start": [8, 8, 9], "end": [12, 12, 18]}
    found = roster_coverage(shifts, day="day", place="hall")
    assert found.days == ("Mon", "mon")
    said = "; give them one label to join them"
    assert found.cautions == (
        f"'mon' (1 shift) differs from 'Mon' only in case{said}",
        f"'north' (1 shift) differs from 'North' only in case{said}",
    )
    assert f"; caution: {found.cautions[0]}; caution: {found.cautions[1]}" in found.table.note
    joined = shifts | {"day": ["Mon"] * 3}
    assert roster_coverage(joined, day="day").cautions == ()
    further = roster_coverage(joined, day="day", place="hall", places=["NORTH "])
    assert "'NORTH' (0 shifts)" in further.cautions[0]


def test_shown_with_what_is_uncovered():
    shown = str(roster_coverage(CLOCKS, day="day"))
    assert "Coverage of a roster" in shown
    assert "Stretches with fewer people than needed" in shown


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"end": ["07:00", "09:15"]},
            r"`end` must come after `start`, got 07:00 after 08:30 \(row 1\); .*'30:00'.* two",
        ),
        ({"end": ["17:00", "00:00"]}, r"got 00:00 after 00:00 \(row 2\)"),  # no length
        ({"end": ["17:00", None]}, r"`end` must be there in every row, got nothing \(row 2\)"),
        ({"start": ["", "00:00"]}, r"`start` must be there in every row, got nothing \(row 1\)"),
        ({"start": [np.nan, 0]}, r"`start` must be there in every row, got nothing \(row 1\)"),
        ({"day": ["Mon", None]}, r"`day` must be there in every row, got nothing \(row 2\)"),
        ({"end": ["17:00", "9.15 h"]}, r"`end` must be times of a day, .*'9.15 h' \(row 2\)"),
        (
            {"start": ["8.30", 0]},
            r"`start`: '8.30' can be 08:30 or 8.3 hours \(row 1\); write '08:30', or hours as",
        ),
        ({"start": ["8,5", 0]}, r"`start`: '8,5' can be 08:50 or 8.5 hours \(row 1\)"),
        ({"end": [17, " 9.05"]}, r"`end`: ' 9.05' can be 09:05 or 9.05 hours \(row 2\)"),
        ({"end": ["17.0", 9]}, r"`end` must be .* hours as a number, as 8.5, got '17.0' \(row 1\)"),
        ({"end": ["17,75", 9]}, r"`end` must be .* hours as a number, .*got '17,75' \(row 1\)"),
        ({"end": ["25:61", "09:15"]}, r"`end` must be times of a day, .*'25:61' \(row 1\)"),
        ({"end": ["17:00", "49:00"]}, r"`end` must lie in 00:00..48:00, got '49:00' \(row 2\)"),
        ({"start": ["08:30", -1]}, r"`start` must lie in 00:00..24:00, got -1 \(row 2\)"),
        ({"start": ["24:30", 0]}, r"`start` must lie in 00:00..24:00, got '24:30' \(row 1\)"),
        ({"start": [True, 0]}, r"`start` must be times of a day, .*got True \(row 1\)"),
        (
            {"day": ["Mon", "2026-03-02"]},
            r"`day` must be dates or labels, got both \('Mon' in row 1",
        ),
        ({"day": ["2026-03-02", None]}, r"`day` must be there in every row, got nothing \(row 2\)"),
        ({"end": ["17:00", "09:15"], "start": [1]}, r"must .*(length|rows)"),
    ],
)
def test_bad_clock_times(columns, said):
    refused(said, CLOCKS | columns, day="day")


DATED = {"start": START, "end": END}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"end": ["2026-03-02 08:00", END[1]]},
            r"`end` must come after `start`, got 2026-03-02 08:00 after [-0-9]+ 08:30 \(row 1\)$",
        ),
        ({"end": [END[0], START[1]]}, r"after 2026-03-02 22:00 \(row 2\)"),
        ({"end": [END[0], None]}, r"`end` must be there .*in every row, got nothing \(row 2\)"),
        ({"start": [START[0], "x"]}, r"`start` must be dates .*got 'x' \(row 2\)"),
        ({"start": [1, 2]}, r"`start` must be dates, .*got 1 \(row 1\)"),
        ({"start": ["08:30", "22:00"]}, r"`start` must be dates .*day='day'"),
        ({"end": [f"{x}+01:00" for x in END]}, r"`end` must have a zone in all rows or in none"),
        ({"end": ["2926-03-02 17:00", END[1]]}, r"`days` must be at most 100,000, .*slip"),
    ],
)
def test_bad_dates(columns, said):
    refused(said, DATED | columns)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"days": ["Mon", "Wed"]}, r"'Tue' is unknown \(row 2\); there are 'Mon', 'Wed'"),
        ({"days": ["Mon", "Tue", "Mon"]}, r"`days` must be different .*'Mon' twice"),
        ({"days": []}, r"`days` must be at least one, got none"),
        ({"days": 7}, r"^TypeError: `days`"),
        ({"hours": (18, 9)}, r"`hours` must rise, .*24 hours, got \(18, 9\); .* as \(22, 30\)"),
        ({"hours": (9, 9)}, r"`hours` must rise"),
        ({"hours": (9, 34)}, r"`hours` must rise, begin in 0..24 and last at most 24 hours"),
        ({"hours": (24, 30)}, r"`hours` must rise, begin in 0..24 and"),
        ({"hours": ("8.30", 18)}, r"`hours`: '8.30' can be 08:30 or 8.3 hours; write '08:30'"),
        ({"hours": (9,)}, r"`hours` must be the first and the last"),
        ({"hours": 9}, r"^TypeError: `hours` must be list or tuple, got 9"),
        ({"hours": ("nine", 18)}, r"`hours` must be times of a day.*got 'nine'"),
        ({"needed": 0}, r"`needed` must be a whole number of at least 1, got 0"),
        ({"needed": 1.5}, r"`needed` must be a whole number of at least 1, got 1.5"),
        ({"needed": "2"}, r"^TypeError: `needed` must be a number"),
        ({"places": ["North"]}, r"`places` needs the column of the shifts' places"),
        ({"end": "stop"}, r"`end`: .*no column 'stop'"),
        ({"place": "hall"}, r"`place`: .*no column 'hall'"),
        ({"person": "who"}, r"`person`: .*no column 'who'"),
    ],
)
def test_bad_options(options, said):
    refused(said, CLOCKS, **{"day": "day", **options})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"days": ["Mon"]}, r"`days` must be a date, .*got 'Mon'"),
        ({"days": ["2026-02-30"]}, r"`days` must be a date, .*got '2026-02-30'"),
        ({"place": "hall", "places": ["B", ""]}, r"`places` must be names, got nothing among them"),
        ({"place": "hall", "places": ["B", "B"]}, r"`places` must be different .*'B' twice"),
        ({"place": "gap"}, r"`place` must be there in every row, got nothing \(row 2\)"),
        ({"person": "gap"}, r"`person` must be there in every row, got nothing \(row 2\)"),
    ],
)
def test_bad_options_with_dates(options, said):
    refused(said, DATED | {"hall": ["A", "B"], "gap": ["A", None]}, **options)


@pytest.mark.parametrize(
    "shifts", [{"start": [], "end": []}, pd.DataFrame({"start": [], "end": []})]
)
def test_a_roster_has_shifts(shifts):
    refused("`shifts` must have at least one row, got none", shifts)


@pytest.mark.parametrize("shifts", [None, 3, "Mon 08:00"])
def test_a_roster_is_a_table(shifts):
    refused("Error: `shifts` must be", shifts)


def test_rows_without_names_lack_the_columns():
    refused("`start`: the array has no column 'start'", [("Mon", 8, 9)])


def test_a_shift_is_not_longer_than_the_cycle():
    long = {"day": ["Mon"], "start": ["00:00"], "end": ["30:00"]}
    refused(
        r"`end`: a shift must not be longer than the cycle .*24 hours, got 30 \(row 1\)",
        long,
        day="day",
    )


def test_both_shifts_of_a_person_are_named():
    both = {
        "day": ["Mon", "Tue", "Mon"],
        "start": [8, 8, 9],
        "end": [10, 10, 11],
        "who": ["Li"] * 3,
    }
    said = r"`person` must not be at two places: 'Li' begins .* \(row 3\) at Mon 09:00, .*\(row 1\)"
    refused(said, both, day="day", person="who")
    dated = {"start": [START[0], "2026-03-02 16:00"], "end": END, "who": ["Li", "Li"]}
    refused(
        r"'Li' begins a shift \(row 2\) at 2026-03-02 16:00:00, .*\(row 1\)", dated, person="who"
    )


def test_the_last_night_may_meet_the_same_persons_first_morning():
    week = {"day": ["Mon", "Sun"], "start": [5, 22], "end": [12, 30], "who": ["Li", "Li"]}
    refused("'Li' begins a shift", week, day="day", days=WEEK, person="who")
    later = week | {"start": [6, 22]}
    assert roster_coverage(later, day="day", days=WEEK, person="who").covered_hours == 14.0
