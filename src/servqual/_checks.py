"""Every input rule once, with its message, and the shared array field of results."""

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "EXACT",
    "between",
    "brief",
    "choice",
    "confidence_level",
    "distinct",
    "equal_arrays",
    "existing_file",
    "flag_or_none",
    "frozen_array",
    "generator",
    "instance",
    "is_nothing",
    "labelled",
    "listed",
    "named",
    "names",
    "nearest",
    "needed",
    "not_known",
    "not_negative",
    "number_or_nan",
    "numbers",
    "pairs",
    "plain_number",
    "positive",
    "probability",
    "proper_share",
    "read_only",
    "same_array",
    "see_counts",
    "shares",
    "text",
    "weights_in_reach",
    "whole",
]

EXACT = 2**53  # beyond it a float does not tell whole numbers apart
NO_NUMBERS = {"c": "complex ones", "m": "times that passed", "M": "dates"}
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")  # 50,000: thousands, or a decimal comma


def frozen_array(value: ArrayLike) -> NDArray[Any]:
    """Copy into an array that nobody can write to; one that nobody can write to stays as it is."""
    if isinstance(value, np.ndarray) and _is_frozen(value):
        return value
    array = np.array(value)
    array.flags.writeable = False
    return array


def _is_frozen(array: NDArray[Any]) -> bool:
    owner: object = array if array.base is None else array.base
    frozen = isinstance(owner, np.ndarray) and not owner.flags.writeable
    return frozen and not array.flags.writeable


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view, without a copy, that nobody can write to."""
    view = array.view()
    view.flags.writeable = False
    return view


def equal_arrays(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Equality of two arrays of any dtype in which NaN equals NaN, and NaT equals NaT."""
    if first.shape != second.shape:
        return False
    if (first.dtype.kind == "M") != (second.dtype.kind == "M"):
        return False
    same = first == second
    if first.dtype.kind in "fmM" and second.dtype.kind in "fmM":
        same = same | ((first != first) & (second != second))  # noqa: PLR0124 (NaN and NaT)
    return bool(np.all(same))


same_array = attrs.cmp_using(eq=equal_arrays, class_name="SameArray")


def generator(rng: object) -> np.random.Generator:
    """Return the generator that a seed, or a generator itself, stands for; None takes any seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, (int, np.integer, type(None))):
        msg = f"`rng` must be a seed or a Generator, got {brief(rng)}"
        raise TypeError(msg)
    return np.random.default_rng(None if rng is None else whole("rng", rng, least=0))


def is_nothing(value: object) -> bool:
    """Tell whether a value of a column means that there is none: None, NaN, pandas' NA and NaT."""
    return value is None or repr(value) in {"<NA>", "NaT"} or value != value  # noqa: PLR0124 (NaN)


def number_or_nan(name: str, value: object, rule: Callable[[str, object], float]) -> float:
    """Return a number that the rule lets pass, or NaN where it is not known: None, NaN and NA."""
    return math.nan if _is_unknown(value) else rule(name, value)


def flag_or_none(name: str, value: object) -> bool | None:
    """Return True or False, or None where it is not known: None, NaN and NA."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if _is_unknown(value):
        return None
    rule = f"`{name}` must be True, False, or None where it is not known"
    msg = f"{rule}, got {brief(value)} that is a {type(value).__name__}"
    raise TypeError(msg)


def _is_unknown(value: object) -> bool:
    """Tell whether an argument is nothing; an array, which has no one truth value, is something."""
    return not isinstance(value, Iterable) and is_nothing(value)


def not_known(values: Mapping[str, float | None]) -> str:
    """Say which arguments are None or NaN, "" if none is."""
    absent = [f"`{name}`" for name, value in values.items() if is_nothing(value)]
    said = " and ".join(filter(None, [", ".join(absent[:-1]), *absent[-1:]]))
    return f"{said} {'are' if len(absent) > 1 else 'is'} not known" if absent else ""


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Give the tail of a message that names the nearest known words, or all of a few."""
    known = list(dict.fromkeys(known))
    folded = {word.casefold(): word for word in known}
    close = [folded[word] for word in difflib.get_close_matches(wanted.casefold(), folded, n=3)]
    if close:
        return "; the nearest are " + ", ".join(map(repr, close))
    if known:
        more = f", … ({len(known)} in all)" if len(known) > 8 else ""
        return "; there are " + ", ".join(map(repr, known[:8])) + more
    return "; there are none"


def existing_file(path: str | Path) -> Path:
    """Return the path of a file that is there, else say which names in its folder are near."""
    file = Path(path)
    if file.is_file():
        return file
    beside = (entry.name for entry in file.parent.glob("*") if entry.is_file())
    msg = f"no such file: {str(path)!r}{nearest(file.name, sorted(beside))}"
    raise FileNotFoundError(msg)


def choice(name: str, value: object, options: Sequence[str]) -> str:
    """Return `value` if it is one of the options."""
    if value in options:
        return str(value)
    msg = f"`{name}` must be one of {', '.join(map(repr, options))}, got {value!r}"
    raise ValueError(msg)


def named(name: str, value: object, known: Sequence[str]) -> str:
    """Return `value` if it is a known name, else say which names are near."""
    if value in known:
        return str(value)
    msg = f"`{name}`: {value!r} is unknown{nearest(str(value), known)}"
    raise ValueError(msg)


def instance(name: str, value: object, *kinds: type, hint: str = "") -> None:
    """See that a value is of one of the kinds; `hint` says what to do where it is not."""
    if not isinstance(value, kinds):
        wanted = " or ".join(kind.__name__ for kind in kinds)
        own = f"a {type(value).__name__}"
        got = own if "\n" in repr(value) else f"{brief(value)} that is {own}"  # no whole tables
        msg = f"`{name}` must be {wanted}, got {got}{hint}"
        raise TypeError(msg)


def brief(value: object) -> str:
    """Return a value as it may stand in a message: on one line, and cut."""
    words = " ".join(repr(value).split())
    return words if len(words) <= 80 else words[:77] + "…"


def needed(module: str) -> Any:  # noqa: ANN401 (any module)
    """Import an optional module, else say how to get it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        msg = f"this needs {error.name}: python -m pip install {error.name}"
        raise ImportError(msg, name=error.name) from error


def names(name: str, value: object) -> tuple[str, ...]:
    """Read one name, several, or None as a tuple of different names."""
    if value is None:
        return ()
    found = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for entry in found:
        if not isinstance(entry, str):
            kind = type(entry).__name__
            msg = f"`{name}` must be a name or names, got {entry!r} that is a {kind}"
            raise TypeError(msg)
    return distinct(name, found)


def distinct(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the values if no one stands twice."""
    found = tuple(values)
    if len(set(found)) < len(found):
        twice = next(value for place, value in enumerate(found) if value in found[:place])
        msg = f"`{name}` must be different from each other, got {twice!r} twice"
        raise ValueError(msg)
    return found


def text(name: str, value: object) -> str:
    """Return a text that is not blank and has no blanks around it."""
    if not isinstance(value, str):
        msg = f"`{name}` must be a text, got {brief(value)} that is a {type(value).__name__}"
        raise TypeError(msg)
    if not value or value != value.strip():
        msg = f"`{name}` must not be blank or have blanks around it, got {value!r}"
        raise ValueError(msg)
    if "\0" in value:  # numpy's arrays of texts drop it
        msg = f"`{name}` must not have the character NUL, got {value!r}"
        raise ValueError(msg)
    return value


def plain_number(name: str, value: object) -> float:
    """Return a finite number: an int where it is whole, so that it prints as people write it."""
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, (int, float, np.number)):
        msg = f"`{name}` must be a number, got {brief(value)} that is a {type(value).__name__}"
        raise TypeError(msg)
    try:
        number = float(value)
    except OverflowError:  # of a whole number
        number = math.inf
    if not math.isfinite(number):
        msg = f"`{name}` must be a finite number, got {number}"
        raise ValueError(msg)
    return int(number) if number.is_integer() else number


def whole(name: str, value: object, *, least: int, most: int | None = None) -> int:
    """Return a whole number that is at least `least`, and at most `most` if there is one."""
    number = plain_number(name, value)
    if not isinstance(number, int) or number < least:
        msg = f"`{name}` must be a whole number of at least {least}, got {number}"
        raise ValueError(msg)
    if most is not None and number > most:
        msg = f"`{name}` must be at most {most:,}, got {number:,.15g}"
        raise ValueError(msg)
    return number


def between(name: str, value: object, low: float, high: float) -> float:
    """Return a number that lies in low..high, ends included."""
    number = plain_number(name, value)
    if not low <= number <= high:
        msg = f"`{name}` must lie in {low}..{high}, got {number}"
        raise ValueError(msg)
    return number


def probability(name: str, value: object) -> float:
    """Return a probability, 0 and 1 included."""
    number = plain_number(name, value)
    if not 0 <= number <= 1:
        hint = f"; {number:g} % is {number / 100:g}" if 1 < number <= 100 else ""
        msg = f"`{name}` must lie in 0..1, got {number}{hint}"
        raise ValueError(msg)
    return float(number)


def proper_share(name: str, value: object) -> float:
    """Return a share strictly between 0 and 1."""
    number = plain_number(name, value)
    if not 0 < number < 1:
        msg = f"`{name}` must lie between 0 and 1, as 0.95, got {number}"
        raise ValueError(msg)
    return number


def confidence_level(value: object) -> float:
    """Return a confidence level, a share strictly between 0 and 1."""
    return proper_share("confidence", value)


def positive(name: str, value: object) -> float:
    """Return a number above 0."""
    number = plain_number(name, value)
    if not number > 0:
        msg = f"`{name}` must be above 0, got {number}"
        raise ValueError(msg)
    return float(number)


def not_negative(name: str, value: object) -> float:
    """Return a number of 0 or more."""
    number = plain_number(name, value)
    if number < 0:
        msg = f"`{name}` must be 0 or more, got {number}"
        raise ValueError(msg)
    return float(number)


def shares(name: str, value: object, keys: Sequence[str]) -> NDArray[np.float64]:
    """Return weights that sum to 1 or to 100 as shares that sum to 1, in the order of `keys`."""
    if isinstance(value, tuple) and all(isinstance(pair, tuple) for pair in value):
        value = dict(value)  # a mapping kept as pairs
    instance(name, value, Mapping)
    value = dict(cast("Mapping[str, float]", value))
    for key in value:
        named(name, key, keys)
    if absent := [key for key in keys if key not in value]:
        msg = (
            f"`{name}` has no weight for {', '.join(map(repr, absent))}; give 0 where none is meant"
        )
        raise ValueError(msg)
    weights = np.array([plain_number(f"{name}[{key!r}]", value[key]) for key in keys], dtype=float)
    total = weights.sum()
    if (weights < 0).any() or not (math.isclose(total, 1) or math.isclose(total, 100)):
        rule = f"`{name}` must be 0 or more and sum to 1 or to 100"
        msg = f"{rule}, got {dict(value)} with sum {total:g}"
        raise ValueError(msg)
    return np.asarray(weights / total)


def numbers(name: str, values: ArrayLike, *, before: int = 0) -> NDArray[np.float64]:
    """Return numbers, which may stand in a file as texts; `before` counts earlier rows.

    What is masked or nothing is NaN.
    """
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(object), np.nan)
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if kind in NO_NUMBERS:  # numpy would take some of them
        msg = f"`{name}` must be numbers, got {NO_NUMBERS[kind]}"
        raise TypeError(msg)
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError, OverflowError):
        found = []
        for row, value in enumerate(np.asarray(values, dtype=object).ravel(), before + 1):
            if is_nothing(value):
                found.append(math.nan)
                continue
            if isinstance(value, str) and GROUPED.fullmatch(value.strip()):
                rule = f"`{name}` must be numbers without separators, got {value!r} (row {row})"
                advice = "turn texts into numbers first, as pandas.read_csv(…, thousands=',')"
                msg = f"{rule}, which may be {value.replace(',', '')} or a fraction; {advice}"
                raise ValueError(msg) from None
            try:
                found.append(float(value.replace(",", ".") if isinstance(value, str) else value))
            except (TypeError, ValueError, OverflowError) as error:
                msg = f"`{name}` must be numbers, got {brief(value)} (row {row})"
                raise ValueError(msg) from error
        return np.array(found).reshape(np.shape(values))


def see_counts(
    name: str,
    counts: NDArray[Any],
    *,
    where: Callable[[int], str],
    events: ArrayLike = True,
    types: Sequence[str] = (),
    missing: bool = True,
) -> None:
    """See that counts (rows, types), or (rows,), are 0 or more, and whole where they are of events.

    `where` says of a row which it is: ``"row 3"``, or nothing; `events` is one for all types or one
    for each. NaN may stand where nobody counted, but for `missing`.
    """
    absent = np.isnan(counts)
    wrong = ~absent & ~((counts >= 0) & np.isfinite(counts))
    split = (counts != np.floor(counts)) & np.asarray(events)
    bad = np.argwhere(wrong | (split & ~absent) | (absent & (not missing)))
    if not bad.size:
        return
    row, column = bad[0, 0], bad[0, -1]
    place = tuple(bad[0])
    got, rule = f"{counts[place]:g}", "0 or more and finite" if wrong[place] else "whole"
    if absent[place]:
        got, rule = "nothing", "there, and 0 where none was"
    called = f"{name}[{types[column]!r}]" if types else name
    said = where(int(row))
    msg = f"`{called}` must be {rule}, got {got}" + (f" ({said})" if said else "")
    raise ValueError(msg)


def labelled(values: Any) -> Any:  # noqa: ANN401 (a mapping, numbers, or a Series)
    """Return a pandas Series whose index has names as a mapping; anything else as it is."""
    index = getattr(values, "index", None)
    if not hasattr(type(values), "to_numpy") or not isinstance(index, Iterable):
        return values
    keys = list(index) if getattr(values, "ndim", 0) == 1 else []  # not that of a frame
    if not keys or not all(isinstance(key, str) for key in keys):
        return values
    return dict(zip(distinct("index", keys), cast("Iterable[Any]", values), strict=True))


def listed(name: str, values: object, keys: Sequence[str], *, absent: object = ...) -> list[Any]:
    """Return one value for each of `keys`: in their order, or of a mapping by name.

    `absent` stands for what a mapping lacks; without, that is an error.
    """
    values = labelled(values)
    if isinstance(values, Mapping):
        for key in values:
            named(name, key, keys)
        lacking = [key for key in keys if key not in values]
        if lacking and absent is ...:
            msg = f"`{name}` has nothing for {', '.join(map(repr, lacking))}; name all"
            raise ValueError(msg)
        return [values.get(key, absent) for key in keys]
    instance(name, values, Iterable, hint="; give one for each, or a mapping of names to them")
    found = list(cast("Iterable[Any]", values))
    if len(found) != len(keys):
        msg = f"`{name}` must be one for each of {brief(tuple(keys))}, got {len(found)}"
        raise ValueError(msg)
    return found


def weights_in_reach(weights: NDArray[np.float64], *, before: int = 0) -> None:
    """See that weights are 0 or positive numbers whose squares can be added."""
    bad = np.flatnonzero(~((weights == 0) | ((weights >= 1e-100) & (weights <= 1e100))))
    if bad.size:
        rule = "`weights` must be 0 or lie in 1e-100..1e100"
        msg = f"{rule}, got {weights[bad[0]]} (row {before + bad[0] + 1}; {bad.size} in all)"
        raise ValueError(msg)


def pairs(value: Mapping[Any, Any] | Iterable[tuple[Any, Any]]) -> tuple[tuple[Any, Any], ...]:
    """Keep a mapping as a tuple of pairs, so that it can be compared and hashed."""
    return tuple(value.items()) if isinstance(value, Mapping) else tuple(map(tuple, value))
