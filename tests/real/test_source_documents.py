"""The page on the five documents holds the rows of the list that lies beside the checkout."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "documents.md"


def rows_of(text):
    """Return the number of each row of the tables, its section, and the documents that it names."""
    found = []
    section = ""
    for line in text.splitlines():
        if heading := re.match(r"## (1\.\d) ", line):
            section = heading[1]
        elif row := re.match(r"\| *(\d+) *\| *([^|]*)\|", line):
            found.append((int(row[1]), section, tuple(re.findall(r"S\d", row[2]))))
    return found


def test_rows_sections_and_documents_are_those_of_the_list(data):
    listed = rows_of((data.parent / "seeds.md").read_text(encoding="utf-8"))
    assert len(listed) == 75
    assert rows_of(PAGE.read_text(encoding="utf-8")) == listed
