"""What stands in a file: lines of separated values, a sheet, a file of SPSS or Stata."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servqual._checks import brief, needed
from servqual._frames.columns import Column

__all__ = ["lines_of", "reading", "sheet_of", "statistics_file_of"]

SEPARATORS = ",;\t|"


@contextmanager
def reading(where: str) -> Iterator[None]:
    """Say of which file a reader complains; each has errors of its own."""
    try:
        yield
    except ImportError as error:
        msg = f"{where}: {error}"
        raise ImportError(msg) from error
    except Exception as error:
        msg = f"{where} cannot be read: {brief(str(error))}"
        raise ValueError(msg) from error


def lines_of(
    path: Path, where: str, encoding: str | None, separator: str | None
) -> list[list[str]]:
    """Return the cells of each line of a text file; the separator is found where none is given."""
    if separator is not None and len(separator) != 1:
        msg = f"`separator` must be one character, got {separator!r}"
        raise ValueError(msg)
    raw = path.read_bytes()
    try:
        content = raw.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        msg = (
            f"`encoding`: {path.name!r} is not {encoding or 'UTF-8'} (byte {raw[error.start]:#04x} "
            f"at {error.start}); name its encoding, such as 'cp1252' (Western), 'cp949' (Korean), "
            "'gb18030' (Chinese) or 'utf-16', or save an old Excel file as .xlsx"
        )
        raise ValueError(msg) from error
    except LookupError as error:
        msg = f"`encoding`: Python does not know {encoding!r}; 'utf-8', 'cp1252', 'cp949' are known"
        raise ValueError(msg) from error

    def cells(mark: str) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(content, newline=""), delimiter=mark)

    with reading(where):
        mark = separator or max(SEPARATORS, key=lambda mark: len(next(cells(mark), [])))
        return list(cells(mark))


def sheet_of(path: Path, where: str) -> list[tuple[Any, ...]]:
    """Return the rows of the first sheet that have a cell, all of one width."""
    with reading(where):
        book = needed("openpyxl").load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    filled = [row for row in rows if any(cell is not None for cell in row)]
    width = max(map(len, filled), default=0)
    return [row + (None,) * (width - len(row)) for row in filled]


def statistics_file_of(path: Path, where: str) -> tuple[list[str], list[Column]]:
    """Return the names and the columns of an SPSS or Stata file."""
    with reading(where):
        reader = needed("pyreadstat")
        read = reader.read_dta if path.suffix.lower() == ".dta" else reader.read_sav
        columns, _ = read(str(path), output_format="dict")
    return list(columns), list(columns.values())
