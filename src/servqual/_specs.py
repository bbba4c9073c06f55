"""Frozen models as TOML: errors name the path of what is wrong; what is written reads back."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, TypeGuard, TypeVar, get_args, get_origin

import attrs

from servqual._checks import existing_file, named, pairs

__all__ = ["codes", "from_dict", "load", "preset", "to_toml"]

Model = TypeVar("Model")


def codes(package: str, folder: str = "catalogue") -> tuple[str, ...]:
    """Return the codes of a package's catalogue, which are the names of its files."""
    files = (resources.files(package) / folder).iterdir()
    return tuple(sorted(Path(file.name).stem for file in files if file.name.endswith(".toml")))


def preset(kind: type[Model], package: str, code: str, folder: str = "catalogue") -> Model:
    """Return a model of a package's catalogue."""
    named("code", code, codes(package, folder))
    file = resources.files(package) / folder / f"{code}.toml"
    return _from_toml(kind, file.read_text(encoding="utf-8"), file.name)


def load(kind: type[Model], path: str | Path) -> Model:
    """Read a model from a TOML file."""
    try:
        text = existing_file(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        msg = f"{path} is not TOML, which is written in UTF-8: {error}"
        raise ValueError(msg) from error
    return _from_toml(kind, text, str(path))


def _from_toml(kind: type[Model], text: str, where: str) -> Model:
    try:
        return from_dict(kind, tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where} is not TOML: {error}"
        raise ValueError(msg) from error


def from_dict(kind: type[Model], value: object, where: str) -> Model:
    """Make a model of plain dicts and lists."""
    import cattrs  # a tenth of a second

    converter = cattrs.Converter(forbid_extra_keys=True)
    converter.register_structure_hook_func(_is_pairs_type, _to_pairs)
    for plain in (bool, int, str, float):  # taken as they are: the model's own rules judge them
        converter.register_structure_hook(plain, lambda entry, _: entry)
    try:
        return converter.structure(value, kind)
    except cattrs.BaseValidationError as error:
        msg = f"{where}: " + "; ".join(cattrs.transform_error(error, format_exception=_reason))
        raise ValueError(msg) from error


def _reason(error: BaseException, kind: type | None) -> str:
    """Say what cattrs says, and for a rule of the model itself also which rule."""
    from cattrs.v import format_exception  # a tenth of a second

    said = format_exception(error, kind)
    return f"{error}" if said.startswith("invalid") else said


def _is_pairs_type(kind: object) -> bool:
    """Tell whether a field is a mapping kept as pairs: tuple[tuple[key, value], ...]."""
    arguments = get_args(kind)
    return get_origin(kind) is tuple and bool(arguments) and get_origin(arguments[0]) is tuple


def _to_pairs(value: Any, _: object) -> Any:  # noqa: ANN401 (any value of a file)
    """Keep a mapping, which JSON has as lists too, as pairs; the model's rules judge all else."""
    listed = isinstance(value, list) and all(isinstance(entry, list) for entry in value)
    return pairs(value) if listed or isinstance(value, Mapping) else value


def to_toml(model: attrs.AttrsInstance) -> str:
    """Write a model as TOML; fields that have their default are left out."""
    return "\n".join(_table(model, "")) + "\n"


def _table(model: attrs.AttrsInstance, path: str) -> Iterator[str]:
    """Yield the lines of a model: first its plain values, then its parts as tables."""
    parts = []
    for name, value in _said(model):
        if attrs.has(type(value)) or _is_pairs(value) or (_are_models(value) and not path):
            parts.append((name, value))
        elif _are_models(value):
            yield f"{name} = ["
            yield from (f"    {_inline(entry)}," for entry in value)
            yield "]"
        else:
            yield f"{name} = {_value(value)}"
    for name, value in parts:
        place = f"{path}.{name}" if path else name
        if _are_models(value):
            for entry in value:
                yield f"\n[[{place}]]"
                yield from _table(entry, place)
        else:
            yield f"\n[{place}]"
            yield from _table(value, place) if attrs.has(type(value)) else _mapping(value)


def _mapping(entries: tuple[tuple[Any, Any], ...]) -> Iterator[str]:
    """Yield the lines of a mapping kept as pairs; a key that stands twice has a list."""
    by_key: dict[Any, list[Any]] = {}
    for key, value in entries:
        by_key.setdefault(key, []).append(value)
    for key, values in by_key.items():
        yield f"{_key(key)} = {_value(values if len(values) > 1 else values[0])}"


def _said(model: attrs.AttrsInstance) -> list[tuple[str, Any]]:
    fields = [(field, getattr(model, field.name)) for field in attrs.fields(type(model))]
    return [(field.name, value) for field, value in fields if value != field.default]


def _are_models(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and attrs.has(type(value[0]))


def _is_pairs(value: object) -> TypeGuard[tuple[tuple[Any, Any], ...]]:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], tuple)


def _inline(model: attrs.AttrsInstance) -> str:
    return "{ " + ", ".join(f"{name} = {_value(value)}" for name, value in _said(model)) + " }"


def _key(key: object) -> str:
    bare = str(key).replace("-", "").replace("_", "").isalnum() and str(key).isascii()
    return str(key) if bare else _value(str(key))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):  # a TOML basic string is a JSON string in which DEL is escaped too
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if _is_pairs(value):
        return "{ " + ", ".join(_mapping(value)) + " }"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)
