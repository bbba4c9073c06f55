"""The page on the five documents: every row once, and every name on it exists."""

import re
from collections import Counter
from functools import reduce
from pathlib import Path

import attrs
import pytest

import servqual
from servqual.checklists import checklist, checklist_codes
from servqual.failures import failure_scheme
from servqual.instruments import crosswalk, instrument, labelling
from servqual.journeys import composite
from servqual.standards import standard_set

PAGE = Path(__file__).parents[1] / "docs" / "documents.md"
LOADERS = {
    "checklist": checklist,
    "composite": composite,
    "crosswalk": crosswalk,
    "failure_scheme": failure_scheme,
    "instrument": instrument,
    "labelling": labelling,
    "standard_set": standard_set,
}
NAME = re.compile(r"servqual(?:\.\w+)+")
CALL = re.compile(r'(\w+)\(("[\w-]+"(?:, "[\w-]+")*)\)')


@attrs.frozen
class Row:
    """A row of the page: its number, and its cells."""

    number: int
    documents: str
    says: str
    serves: str

    @property
    def quoted(self):
        """What stands in backticks and names something that should be there."""
        return re.findall(r"`([^`]+)`", self.serves)


def rows_of(page):
    lines = [line for line in page.splitlines() if re.match(r"\| *\d+ *\|", line)]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [Row(int(number), *rest) for number, *rest in cells]


ROWS = rows_of(PAGE.read_text(encoding="utf-8"))
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))


def test_rows_are_1_to_75_each_once():
    assert [row.number for row in ROWS] == list(range(1, 76))


@each_row
def test_every_name_and_every_entry_of_a_row_is_there(row):
    for quoted in row.quoted:
        if NAME.fullmatch(quoted):
            assert callable(reduce(getattr, quoted.split(".")[1:], servqual)), quoted
        else:
            called = CALL.fullmatch(quoted)
            assert called, f"{quoted!r} is neither a name nor a call"
            loader, codes = called.groups()
            assert LOADERS[loader](*re.findall(r'"([^"]+)"', codes)), quoted


@each_row
def test_links_lead_to_what_they_say(row):
    links = re.findall(r"\[`([^`]+)`\]\(#([^)]+)\)", row.serves)
    named = [quoted for quoted in row.quoted if NAME.fullmatch(quoted)]
    assert links == [(name, name) for name in named]


@each_row
def test_every_row_begins_with_what_serves_it_or_is_left_out_with_a_reason(row):
    assert row.says
    served = re.match(r"\[?`", row.serves)
    assert served or re.match(r"Not modelled: \w+ \w+", row.serves)


def test_every_checklist_of_the_catalogue_is_on_the_page():
    named = Counter(quoted for row in ROWS for quoted in row.quoted)
    assert [code for code in checklist_codes() if not named[f'checklist("{code}")']] == []
