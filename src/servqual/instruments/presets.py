"""Instruments from files: the catalogue of published forms, and the user's own."""

from pathlib import Path

from servqual import _specs
from servqual.instruments.forms import Instrument

__all__ = ["instrument", "instrument_codes", "load_instrument"]

PACKAGE = "servqual.instruments"


def instrument_codes() -> tuple[str, ...]:
    """Return the codes of the instruments in the catalogue.

    Examples
    --------
    >>> "servqual" in instrument_codes()
    True
    """
    return _specs.codes(PACKAGE)


def instrument(code: str) -> Instrument:
    """Return an instrument of the catalogue.

    The texts of its items are short paraphrases, not the published wording, and translations are
    ours; `source` and `note` say where the form comes from and what of it is confirmed.

    Parameters
    ----------
    code : str
        One of `instrument_codes()`.

    Returns
    -------
    Instrument
        The form; edit it with its `with_…` and `without_…` methods.

    Raises
    ------
    ValueError
        If the catalogue has no such code; the message names the nearest ones.

    Examples
    --------
    >>> form = instrument("servqual")
    >>> [len(dimension.items) for dimension in form.dimensions]
    [4, 5, 4, 4, 5]
    >>> form.in_language("es").dimensions[1].name
    'Fiabilidad'
    """
    return _specs.preset(Instrument, PACKAGE, code)


def load_instrument(path: str | Path) -> Instrument:
    """Read an instrument from a TOML file, as `Instrument.to_toml` writes it.

    Parameters
    ----------
    path : str or Path
        The file, in UTF-8.

    Returns
    -------
    Instrument
        The form.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not TOML or not an instrument; the message names the place in the file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "form.toml"
    ...     _ = path.write_text(instrument("servqual").to_toml(), encoding="utf-8")
    ...     load_instrument(path) == instrument("servqual")
    True
    """
    return _specs.load(Instrument, path)
