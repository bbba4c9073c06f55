"""Rules and converters of the fields of models, one for each kind of field."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from servqual._checks import brief, distinct, instance, pairs, text

if TYPE_CHECKING:
    import attrs

__all__ = ["entries", "is_code", "is_flag", "is_text", "plain_flag", "several", "wordings"]


def is_code(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is a text that is not blank."""
    text(field.name, value)


def is_text(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is a text."""
    instance(field.name, value, str)


def is_flag(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    """See that a field is True or False."""
    instance(field.name, value, bool)


def plain_flag(value: Any) -> Any:  # noqa: ANN401 (any value)
    """Return a boolean of numpy as one of Python, and anything else as it is."""
    return bool(value) if isinstance(value, np.bool_) else value


def several(name: str, value: Iterable[Any], kind: type, *, least: int = 1) -> tuple[Any, ...]:
    """Return entries of one kind, at least one, or none where `least` is 0."""
    instance(name, value, Iterable, hint=f"; give a sequence, as ({kind.__name__}(…),)")
    found = tuple(value)
    for entry in found:
        instance(name, entry, kind)
    if len(found) < least:
        msg = f"`{name}` must hold at least one {kind.__name__}, got none"
        raise ValueError(msg)
    return found


def entries(name: str, value: object, rule: str) -> tuple[tuple[Any, Any], ...]:
    """Return the pairs of a mapping; `rule` says what it maps to what."""
    listed = value if isinstance(value, Iterable) else (value,)
    found = tuple(value.items() if isinstance(value, Mapping) else listed)
    if not all(isinstance(entry, (tuple, list)) and len(entry) == 2 for entry in found):
        msg = f"`{name}` must map {rule}, got {brief(value)}"
        raise TypeError(msg)
    return pairs(found)


def wordings(value: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Sort texts by their language."""
    found = entries("translations", value, "languages to texts, as {'es': 'sí'}")
    distinct("translations", (text("translations", language) for language, _ in found))
    return tuple(sorted((code, text(f"translations[{code!r}]", words)) for code, words in found))
