"""What the README and the pages show, runs."""

import doctest
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import servqual as sq

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)


def test_readme_runs(tmp_path, monkeypatch, capsys):
    mpl.use("agg")
    monkeypatch.chdir(tmp_path)
    example = sq.simulate_survey(sq.instrument("servqual"), 30, rng=1)
    heads = [f"{side}{n}" for side in "EP" for n in range(1, 23)]
    rows = np.hstack([example.expectations, example.perceptions]).astype(int).tolist()
    lines = [",".join([*heads, "branch"]), *(",".join([*map(str, row), "North"]) for row in rows)]
    Path("answers.csv").write_text("\n".join(lines), encoding="utf-8")
    blocks = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    space = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), space)  # noqa: S102 (our own text)
    assert len(blocks) == 2
    assert Path("gaps.png").stat().st_size > 10_000
    assert "Gaps by dimension" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_run(page):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=flags)
    assert failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_name_what_exists(page):
    """A name of the library on a page (``sq.name`` or ``sq.name.name``) exists."""
    for dotted in re.findall(r"\bsq\.([a-z_]+(?:\.[a-z_]+)?)\(", page.read_text(encoding="utf-8")):
        target = sq
        for name in dotted.split("."):
            target = getattr(target, name)
