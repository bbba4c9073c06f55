"""The main job from a shell: python -m servqual."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest

import servqual as sq
from servqual.__main__ import main

FORM = sq.instrument("servqual")
CODES = FORM.item_codes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder with a survey of 40 respondents and its own form."""
    monkeypatch.chdir(tmp_path)
    survey = sq.simulate_survey(FORM, 40, rng=5, missing=0.03, by={"branch": ["N", "S"] * 20})
    heads = ["branch", *(f"E{n}" for n in range(1, 23)), *(f"P-{code}" for code in CODES)]
    with (tmp_path / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        table = np.hstack([survey.expectations, survey.perceptions])
        for branch, row in zip(survey.groups("branch"), table, strict=True):
            writer.writerow([branch, *("" if np.isnan(x) else f"{x:g}" for x in row)])
    form = FORM.without_dimensions("empathy").without_items("tangibles-4")
    (tmp_path / "form.toml").write_text(form.to_toml(), encoding="utf-8")
    return tmp_path


ASKED = ["answers.csv", "--expectations", "E{n}", "--perceptions", "P-{item}"]


def scores(**given):
    survey = sq.read_survey(
        "answers.csv", FORM, expectations="E{n}", perceptions="P-{item}", **given
    )
    return sq.gap_scores(survey, by=given.get("by"))


def says(text, table):
    """Tell whether a text holds each row of a table, however wide its columns are."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return all(" ".join(line.split()) in lines for line in str(table).splitlines())


def shell(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "servqual", *arguments],
        capture_output=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
        check=False,
    )


def test_example_in_a_shell():
    done = shell()
    assert (done.returncode, done.stderr) == (0, "")
    assert "simulated" in done.stdout
    assert "5 worst items" in done.stdout
    for word in (*FORM.dimension_codes, "n", "gap", "interval", "t", "p", "effect", "doubtful"):
        assert word in done.stdout


def test_terminal_that_knows_no_typography():
    done = shell(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "sides",
    [
        ["E{n}", "P-{item}"],
        ["1:23", "23:45"],
        [", ".join(f"E{n}" for n in range(1, 23)), ",".join(f"P-{code}" for code in CODES)],
    ],
)
def test_file_by_patterns_places_and_names(folder, capsys, sides):
    assert main(["answers.csv", "--expectations", sides[0], "--perceptions", sides[1]]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "40 respondents" in said.out
    assert says(said.out, scores().standard_form("dimensions", digits=3))


def test_groups(folder, capsys):
    assert main([*ASKED, "--by", "branch"]) == 0
    assert says(capsys.readouterr().out, scores(by="branch").standard_form("dimensions", digits=3))


def test_own_form(folder, capsys):
    assert main(["--instrument", "form.toml"]) == 0
    out = capsys.readouterr().out
    assert "assurance" in out
    assert "empathy" not in out


def test_csv_holds_every_estimate_in_full(folder, capsys):
    assert main([*ASKED, "--by", "branch", "--output", "out.csv"]) == 0
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = scores(by="branch")
    tables = {"dimension": found.dimensions, "item": found.items, "overall": found.overall}
    assert len(rows) == sum(map(len, tables.values()))
    for row in rows:
        table = tables[row["level"]]
        expected = table.row(**{"branch": row["branch"], table.keys[-1]: row["name"]})
        for name in ("n", "expectation", "gap", "se", "low", "high", "t", "p"):
            assert float(row[name] or "nan") == pytest.approx(expected[name], rel=0, abs=0)


@pytest.mark.parametrize("column", ["level", "name", "gap", "dimension"])
def test_group_column_named_as_a_column_of_the_csv(folder, capsys, column):
    text = (folder / "answers.csv").read_text(encoding="utf-8").replace("branch", column, 1)
    (folder / "answers.csv").write_text(text, encoding="utf-8")
    if main([*ASKED, "--by", column, "--output", "out.csv"]) == 2:
        assert f"'{column}'" in capsys.readouterr().err
    else:
        with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
            heads, *rows = csv.reader(file)
        assert len(heads) == 3 + 14  # level, group, name, and the columns of design.md, 4
        assert {row[heads.index(column)] for row in rows} == {"N", "S"}


@pytest.mark.parametrize(
    ("file", "sign"), [("out.md", "| "), ("out.html", "<td"), ("OUT.HTML", "<td")]
)
def test_report_is_kept(folder, capsys, file, sign):
    assert main([*ASKED, "--output", file]) == 0
    text = (folder / file).read_text(encoding="utf-8")
    assert sign in text
    for word in (*FORM.dimension_codes, "5 worst items", "40 respondents", "doubtful"):
        assert word in text


def test_report_escapes_what_a_file_brings(folder, capsys):
    text = (folder / "answers.csv").read_text(encoding="utf-8").replace("\nN,", "\n<script>,")
    (folder / "answers.csv").write_text(text, encoding="utf-8")
    assert main([*ASKED, "--by", "branch", "--output", "out.html"]) == 0
    assert "<script" not in (folder / "out.html").read_text(encoding="utf-8")


def test_encoding(folder, capsys):
    text = (folder / "answers.csv").read_text(encoding="utf-8").replace("\nN,", "\n북부,")
    (folder / "answers.csv").write_bytes(text.encode("cp949"))
    assert main([*ASKED, "--by", "branch", "--encoding", "cp949"]) == 0
    assert "북부" in capsys.readouterr().out


ERRORS = [
    (["answer.csv", *ASKED[1:]], "answer.csv.*answers.csv"),
    *(
        (["none" + suffix, *ASKED[1:]], "none")
        for suffix in (".csv", ".parquet", ".xlsx", ".sav", ".dta")
    ),
    ([".", *ASKED[1:]], "'.'"),
    (["answers.csv"], "--expectations"),
    (ASKED[:3], "--perceptions"),
    ([*ASKED, "--instrument", "servqal"], "'servqal' is unknown.*'servqual'"),
    ([*ASKED, "--instrument", "from.toml"], "from.toml"),
    ([*ASKED, "--instrument", "answers.csv"], "'answers.csv'"),
    (["--instrument", "broken.toml"], "broken.toml"),
    ([*ASKED, "--instrument", "servqual-1988", "--by", "brunch"], "'brunch'.*'branch'"),
    (["--by", "brunch"], "'brunch'.*'branch'"),
    (["answers.csv", "--expectations", "E{n}", "--perceptions", "P_{n}"], "'P_1'"),
    (["answers.csv", "--expectations", "E{n}", "--perceptions", "P-1,P-2"], "22 items, got 2"),
    (["answers.csv", "--expectations", "E{n}", "--perceptions", "30:52"], "columns 0..44, got 45"),
    ([*ASKED, "--output", "out.pdf"], "--output must end with .csv, .md, .html, got 'out.pdf'"),
    ([*ASKED, "--output", "nowhere/out.csv"], "nowhere"),
    ([*ASKED, "--encoding", "hangul"], "hangul"),
    ([*ASKED, "--encoding", "utf-16"], "encoding"),
    (["form.toml", *ASKED[1:]], "form.toml"),
    (["empty.csv", *ASKED[1:]], "empty.csv.*got nothing"),
    (["broken.xlsx", *ASKED[1:]], "broken.xlsx"),
    (["broken.sav", *ASKED[1:]], "broken.sav"),
    (["broken.parquet", *ASKED[1:]], "broken.parquet"),
    (["open.csv", *ASKED[1:]], "open.csv"),
]


@pytest.mark.parametrize(("arguments", "message"), ERRORS)
def test_errors_are_one_line(folder, capsys, arguments, message):
    for suffix in (".toml", ".xlsx", ".sav", ".parquet"):
        (folder / f"broken{suffix}").write_text("nonsense")
    (folder / "empty.csv").touch()
    text = (folder / "answers.csv").read_text(encoding="utf-8")
    (folder / "open.csv").write_text(text + '"N' + text * 60, encoding="utf-8")  # a quote left open
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("servqual: ")
    assert said.err.count("\n") == 1
    for part in message.split(".*"):
        assert part in said.err


def test_answer_off_the_scale_is_one_line(folder, capsys):
    text = (folder / "answers.csv").read_text(encoding="utf-8")
    (folder / "answers.csv").write_text(text + "N" + ",9" * 44 + "\n", encoding="utf-8")
    assert main(ASKED) == 2
    assert "must lie in 1..7, got 9 (row 41, item 'tangibles-1')" in capsys.readouterr().err


def test_errors_in_a_shell_have_no_traceback():
    for arguments in (["none.csv"], ["--instrument", "servqal"], ["--nonsense"]):
        done = shell(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Traceback" not in done.stderr


def test_version_and_help(capsys):
    for argument, word in (("--version", sq.__version__), ("--help", "{item}")):
        with pytest.raises(SystemExit) as done:
            main([argument])
        assert done.value.code == 0
        assert word in capsys.readouterr().out


def test_another_scale(folder, capsys):
    assert main([*ASKED, "--scale", "1:9"]) == 0
    assert "on the scale 1 to 9" in capsys.readouterr().out
    assert main([*ASKED, "--scale", "nine"]) == 2
    assert "--scale must be its ends, as 1:5, got 'nine'" in capsys.readouterr().err


def test_folder_of_the_output_must_be_there(folder, capsys):
    assert main([*ASKED, "--output", "nowhere/out.csv"]) == 2
    assert "there is no folder 'nowhere'" in capsys.readouterr().err
