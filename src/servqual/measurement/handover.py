"""The factor model of a form as text, for programs that fit structural equations."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain, count
from typing import Literal, get_args

from servqual._checks import choice, instance
from servqual.instruments.forms import Instrument

__all__ = ["model_syntax", "syntax_names"]

Dialect = Literal["lavaan", "semopy"]
TAKEN = {  # what lavaan reads as something else than a variable
    *("if", "else", "repeat", "while", "function", "for", "next", "break", "in", "intercept"),
    *("TRUE", "FALSE", "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_", "NA_character_"),
}


def model_syntax(instrument: Instrument, *, dialect: Dialect = "lavaan") -> str:
    """Return the factor model of a form: a line a dimension, which its items measure.

    A line reads ``speed =~ wait_1 + wait_2``. Each item belongs to one factor, the factors are
    correlated, and the first item gives a factor its unit: both programs see to that by themselves.
    An item that is alone in its dimension has no error, because one item cannot tell what is
    error: lavaan's ``cfa`` takes it so, semopy is told.

    Names are those of `syntax_names`; a factor has that of its dimension. To fit some dimensions,
    give ``instrument.without_dimensions(…)``. A factor above the dimensions is one more line, which
    you add: ``text + "quality =~ tangibles + reliability + empathy"``.

    Parameters
    ----------
    instrument : Instrument
        The form.
    dialect : {"lavaan", "semopy"}
        The program that reads the text: lavaan of R, or semopy of Python.

    Returns
    -------
    str
        The model; every line ends with a newline.

    Raises
    ------
    TypeError
        If `instrument` is something else.
    ValueError
        If `dialect` is another word.

    See Also
    --------
    covariance : what the model is fitted to.

    References
    ----------
    Rosseel, Y. (2012). lavaan: an R package for structural equation modeling. Journal of
    Statistical Software, 48(2), 1–36. https://doi.org/10.18637/jss.v048.i02

    Examples
    --------
    >>> import servqual as sq
    >>> speed = sq.Dimension("speed", "Speed", (sq.Item("wait-1"), sq.Item("wait-2")))
    >>> care = sq.Dimension("care", "Care", (sq.Item("heed"),))
    >>> form = sq.Instrument("desk", "Service desk", sq.Scale(1, 7), (speed, care))
    >>> print(model_syntax(form, dialect="semopy"), end="")
    speed =~ wait_1 + wait_2
    care =~ heed
    heed ~~ 0*heed
    """
    _see_instrument(instrument)
    choice("dialect", dialect, get_args(Dialect))
    items = syntax_names(instrument)
    names = _identifiers((*instrument.item_codes, *instrument.dimension_codes))
    lines = []
    for dimension, factor in zip(instrument.dimensions, names[len(items) :], strict=True):
        own = [items[item.code] for item in dimension.items]
        lines.append(f"{factor} =~ {' + '.join(own)}\n")
        if len(own) == 1 and dialect == "semopy":
            lines.append(f"{own[0]} ~~ 0*{own[0]}\n")
    return "".join(lines)


def syntax_names(instrument: Instrument) -> dict[str, str]:
    """Return what `model_syntax` calls each item: letters, digits and underscores, all distinct.

    Other signs become ``_``, and letters lose their accents. A name that would begin with a digit
    gets an ``x`` before it, a word that R keeps for itself a ``_`` after it, and one that an item
    before has got a number.

    Parameters
    ----------
    instrument : Instrument
        The form.

    Returns
    -------
    dict of str to str
        Names by item code, in the order of the form: that of ``covariance(survey).items``.

    Raises
    ------
    TypeError
        If `instrument` is something else.

    Examples
    --------
    >>> import servqual as sq
    >>> items = (sq.Item("Leg room"), sq.Item("leg-room"), sq.Item("1"))
    >>> seat = sq.Dimension("seat", "Seat", items)
    >>> syntax_names(sq.Instrument("air", "Airline", sq.Scale(1, 5), (seat,)))
    {'Leg room': 'Leg_room', 'leg-room': 'leg_room', '1': 'x1'}
    """
    _see_instrument(instrument)
    codes = instrument.item_codes
    return dict(zip(codes, _identifiers(codes), strict=True))


def _see_instrument(instrument: Instrument) -> None:
    hint = "; sq.instrument(…) and sq.load_instrument(…) give one"
    instance("instrument", instrument, Instrument, hint=hint)


def _identifiers(codes: Iterable[str]) -> list[str]:
    """Return a name for each code that both programs read, none twice."""
    names: list[str] = []
    for code in codes:
        plain = unicodedata.normalize("NFKD", code).encode("ascii", "ignore").decode()
        stem = re.sub(r"\W+", "_", plain).strip("_")
        stem = stem if stem[:1].isalpha() else f"x{stem}"
        stem += "_" * (stem in TAKEN)
        tried = chain([stem], map(f"{stem}_{{}}".format, count(2)))
        names.append(next(name for name in tried if name not in names))
    return names
