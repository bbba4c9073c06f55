"""The main job from a shell: ``python -m servqual [FILE …]`` prints a scored report."""

import argparse
import html
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from servqual import __version__
from servqual._frames.columns import SideColumns
from servqual.instruments import Scale, instrument, instrument_codes, load_instrument
from servqual.scoring import GapScores, gap_scores
from servqual.survey import Survey, read_survey, simulate_survey
from servqual.tables import Table

FORMATS = (".csv", ".md", ".html")
WORST = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    asked = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            output = _output(asked.output)
            survey = _survey(asked)
            tables = _report(survey, asked.by)
            if output:
                _write(output, survey, tables, asked.by)
    except (OSError, ValueError, ImportError) as error:
        sys.stderr.write(f"servqual: {error}\n")
        return 2
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may not know ± and –
            stream.reconfigure(errors="replace")
    for warning in said:
        sys.stderr.write(f"servqual: {warning.message}\n")
    sys.stdout.write("\n\n".join([str(survey), *map(str, tables)]) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m servqual",
        description="Score a survey: expectation versus perception, by dimension, item and "
        "overall. Without FILE, an example with simulated answers is scored.",
        epilog="SIDE is a pattern with {item} (an item's code) or {n} (its place from 1), as "
        "'E{n}'; or names with commas, as 'E1,E2'; or places from 0, as 3:25 (25 excluded).",
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="CSV, or .parquet, .xlsx, .sav, .dta"
    )
    parser.add_argument(
        "--instrument",
        default="servqual",
        metavar="CODE_OR_TOML",
        help=f"one of {', '.join(instrument_codes())}, or a .toml file (default: servqual)",
    )
    parser.add_argument(
        "--scale", metavar="LOW:HIGH", help="the scale, where it is not that of the instrument"
    )
    parser.add_argument("--expectations", metavar="SIDE", help="the columns of the expectations")
    parser.add_argument("--perceptions", metavar="SIDE", help="the columns of the perceptions")
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="group by; may be repeated"
    )
    parser.add_argument("--encoding", help="the encoding of a text file (default: UTF-8)")
    parser.add_argument(
        "--output", metavar="FILE", help="keep it: .csv all estimates, .md or .html the report"
    )
    parser.add_argument("--version", action="version", version=f"servqual {__version__}")
    return parser


def _output(words: str | None) -> Path | None:
    """Return where to keep the report, of a kind that can be written, in a folder that exists."""
    if words is None:
        return None
    path = Path(words)
    if path.suffix.lower() not in FORMATS:
        msg = f"--output must end with {', '.join(FORMATS)}, got {words!r}"
        raise ValueError(msg)
    if not path.parent.is_dir():
        msg = f"--output: there is no folder {str(path.parent)!r}"
        raise ValueError(msg)
    return path


def _survey(asked: argparse.Namespace) -> Survey:
    """Read the file that was asked for, or simulate the example."""
    is_file = asked.instrument.endswith(".toml")
    form = load_instrument(asked.instrument) if is_file else instrument(asked.instrument)
    if asked.scale:
        form = form.with_scale(_scale(asked.scale))
    if asked.file is None:
        branches = np.resize(["North", "South", "West"], 300)
        return simulate_survey(form, 300, rng=7, missing=0.02, by={"branch": branches})
    for side in ("expectations", "perceptions"):
        if getattr(asked, side) is None:
            example = f"--{side} '{side[0].upper()}{{n}}'"
            msg = f"--{side} must name their columns in {asked.file!r}, as {example}"
            raise ValueError(msg)
    return read_survey(
        asked.file,
        form,
        expectations=_side(asked.expectations),
        perceptions=_side(asked.perceptions),
        by=asked.by,
        encoding=asked.encoding,
    )


def _scale(words: str) -> Scale:
    """Read a scale such as 1:5."""
    low, colon, high = words.partition(":")
    try:
        ends = [float(low), float(high)]
    except ValueError:
        ends = []
    if not (colon and ends):
        msg = f"--scale must be its ends, as 1:5, got {words!r}"
        raise ValueError(msg)
    return Scale(*ends)


def _side(words: str) -> SideColumns:
    """Read a pattern, names with commas, or places such as 3:25."""
    start, colon, stop = words.partition(":")
    if colon and start.isdigit() and stop.isdigit():
        return range(int(start), int(stop))
    return words if "{" in words else [name.strip() for name in words.split(",")]


def _report(survey: Survey, by: list[str]) -> list[Table]:
    """Return what a reader wants to see first: all respondents together, then by group."""
    scores = gap_scores(survey)
    dimensions, items, overall = (
        scores.standard_form(level, digits=3) for level in ("dimensions", "items", "overall")
    )
    worst = items.take(np.argsort(scores.items["gap"], kind="stable")[:WORST])
    texts = {item.code: item.text for item in survey.instrument.items}
    worded: list[tuple[str, ArrayLike]] = [
        *worst.data[:2],
        ("text", [texts[code] for code in worst["item"]]),
        *worst.data[2:],
    ]
    groups = gap_scores(survey, by=by).standard_form("dimensions", digits=3) if by else None
    return [
        survey.intake.take(survey.intake["count"] > 0),
        attrs.evolve(survey.screen().summary, note=""),
        attrs.evolve(dimensions, note=""),  # the note of the last table holds for all
        attrs.evolve(worst, data=worded, title=f"The {len(worst)} worst items", note=""),
        *(
            []
            if groups is None
            else [attrs.evolve(groups, title=f"{groups.title} and {', '.join(by)}", note="")]
        ),
        overall,
    ]


def _write(path: Path, survey: Survey, tables: list[Table], by: list[str]) -> None:
    title = str(survey)
    match path.suffix.lower():
        case ".csv":
            _estimates(gap_scores(survey, by=by)).to_csv(path)
        case ".md":
            parts = [f"# {title}", *(table.to_markdown() for table in tables)]
            path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        case _:
            head = f'<!doctype html>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>'
            parts = [head, f"<h1>{html.escape(title)}</h1>", *(table.to_html() for table in tables)]
            path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _estimates(scores: GapScores) -> Table:
    """Return all estimates in one table, keyed by level, group and name."""
    levels = {"dimension": scores.dimensions, "item": scores.items, "overall": scores.overall}
    groups = scores.respondents.keys
    values = [name for name in scores.overall.columns if name not in scores.overall.keys]

    def joined(*columns: str) -> list[tuple[str, NDArray[Any]]]:
        return [(name, np.concatenate([t[name] for t in levels.values()])) for name in columns]

    data = [
        ("level", np.repeat(list(levels), [len(table) for table in levels.values()])),
        *joined(*groups),
        ("name", np.concatenate([table[table.keys[-1]] for table in levels.values()])),
        *joined(*values),
    ]
    return Table(title="Gaps", keys=("level", *groups, "name"), data=data)


if __name__ == "__main__":
    sys.exit(main())
