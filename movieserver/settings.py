"""How an option is declared: as a field of a frozen dataclass, with a text that explains it.

Profiles, handlers and jobs, third-party ones included, all declare their options this way. The
profile reader checks values against the declaration, and the documentation lists it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

from movieserver.errors import ConfigurationError
from movieserver.places import Found, Mistakes
from movieserver.texts import listed, nearest, plain_value

T = TypeVar("T")


def setting(
    doc: str,
    *,
    default: Any = ...,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] = (),
    hidden: bool = False,
    form: str = "a mapping",
) -> Any:
    """A documented dataclass field; without a default, a value must be given.

    ``minimum`` and ``maximum`` are a number's inclusive bounds; ``choices`` are the allowed
    strings; ``hidden`` keeps a secret out of everything that is printed; ``form`` says what a raw
    ``Found``, which other code reads, must be. The field's annotation is its type: ``int``,
    ``float``, ``str``, ``bool``, ``X | None``, ``tuple[str, ...]`` or another dataclass of
    settings. Rules that types and bounds cannot express belong in ``__post_init__``, which raises
    ``ValueError``, or ``UnfitValue`` if one setting is at fault.
    """
    metadata = {
        "doc": doc,
        "minimum": minimum,
        "maximum": maximum,
        "choices": tuple(choices),
        "hidden": hidden,
        "form": form,
    }
    return field(default=MISSING if default is ... else default, metadata=metadata, repr=not hidden)


class UnfitValue(ValueError):
    """A setting cannot have this value, for a reason beyond its type and bounds."""

    def __init__(self, name: str, message: str) -> None:
        """Take the name of the setting and what is wrong with its value."""
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class NoOptions:
    """The options of a handler or job that has none."""


def declared(kind: type[Any]) -> dict[str, Field[Any]]:
    """The settings of a dataclass by name.

    Raises ``ConfigurationError`` unless ``kind`` is a frozen dataclass of settings.
    """
    if not isinstance(kind, type):
        raise ConfigurationError(f"{kind!r} is not a class")
    if not is_dataclass(kind) or not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ConfigurationError(f"{kind.__qualname__} is not a frozen dataclass")
    hints = get_type_hints(kind)
    for each in fields(kind):
        name = f"{kind.__qualname__}.{each.name}"
        if "doc" not in each.metadata:
            raise ConfigurationError(f"{name} is not declared with setting()")
        if not _is_readable(hints[each.name]):
            raise ConfigurationError(f"{name} has a type that no setting can have: {each.type}")
    return {each.name: each for each in fields(kind)}


def read_settings(found: Found, kind: type[T], beside: Collection[str] = ()) -> T:
    """``found`` as the dataclass ``kind``; keys in ``beside`` are allowed and left alone.

    Raises ``ConfigurationError`` with a line for each mistake.
    """
    settings = declared(kind)
    allowed = [*beside, *settings]
    hints = get_type_hints(kind)
    entries = read_mapping(found, allowed)
    values: dict[str, Any] = {}
    mistakes = Mistakes()
    for name, entry in entries.items():
        with mistakes.collected():
            if name in settings:
                values[name] = read_value(entry, hints[name], settings[name].metadata)
            elif name not in beside:
                raise unknown_key(name, entry, allowed)
    for name, each in settings.items():
        with mistakes.collected():
            if name not in entries and each.default is MISSING:
                raise _missing(found, each, hints[name])
    mistakes.check()
    try:
        return kind(**values)
    except UnfitValue as error:
        raise entries.get(error.name, found).refused(str(error)) from error
    except ValueError as error:
        raise found.mistake(str(error)) from error
    except Exception as error:
        raise found.mistake(f"cannot be checked: {type(error).__name__}: {error}") from error


def _missing(found: Found, declaration: Field[Any], annotation: Any) -> ConfigurationError:
    expected = describe_type(annotation, declaration.metadata)
    doc = declaration.metadata["doc"].rstrip(".")
    return found.place.at(declaration.name).mistake(f"missing; allowed: {expected} ({doc})")


def read_mapping(found: Found, keys: Collection[str]) -> Mapping[str, Found]:
    """``found`` as a mapping, empty if there is nothing; an error's message lists ``keys``."""
    if found.value is None:
        return {}
    if not isinstance(found.value, dict):
        raise found.unexpected(f"a mapping (keys: {listed(keys)})" if keys else "nothing")
    return found.value


def unknown_key(name: str, entry: Found, allowed: Collection[str]) -> ConfigurationError:
    """The error for the unknown key ``name``; it says which keys are ``allowed``."""
    names = listed(sorted(allowed))
    return entry.mistake(f"unknown key; {nearest(name, allowed)}allowed here: {names}")


def read_value(found: Found, annotation: Any, metadata: Mapping[str, Any]) -> Any:
    """``found`` as a value of the type ``annotation``, within the bounds in ``metadata``."""
    kind, optional = without_none(annotation)
    if optional and (found.value is None or (not found.typed and found.value == "")):
        return None
    if kind is Found:
        return found
    if get_origin(kind) is tuple:
        return _read_items(found.itemised(), get_args(kind)[0], metadata)
    if _is_section(kind):
        return read_settings(found, kind)
    try:
        value = SCALARS[kind](_typed(found, kind))
        _check_bounds(value, metadata)
    except ValueError as error:
        hint = nearest(str(found.value), metadata["choices"])
        found = replace(found, hidden=found.hidden or metadata["hidden"])
        raise found.unexpected(describe_type(annotation, metadata), hint) from error
    return value


def without_none(annotation: Any) -> tuple[Any, bool]:
    """``X`` and True for ``X | None``; any other annotation unchanged, and False."""
    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType) and NoneType in arguments:
        return next(each for each in arguments if each is not NoneType), True
    return annotation, False


def describe_type(annotation: Any, metadata: Mapping[str, Any]) -> str:
    """The values that a setting takes, in words."""
    kind, _ = without_none(annotation)
    if get_origin(kind) is tuple:
        return f"a list of: {describe_type(get_args(kind)[0], metadata)}"
    if metadata["choices"]:
        return listed(metadata["choices"])
    if kind is Found:
        return str(metadata["form"])
    if _is_section(kind):
        return f"a mapping (keys: {listed(list(declared(kind)))})"
    return NAMES[kind] + _bounds(metadata["minimum"], metadata["maximum"])


def _is_readable(annotation: Any) -> bool:
    kind, _ = without_none(annotation)
    if get_origin(kind) is tuple:
        kind, *rest = get_args(kind)
        return rest == [...] and kind in SCALARS
    return kind in SCALARS or kind is Found or _is_section(kind)


def _is_section(kind: Any) -> TypeGuard[type[Any]]:
    return isinstance(kind, type) and kind is not Found and is_dataclass(kind)


def _bounds(minimum: float | None, maximum: float | None) -> str:
    match minimum, maximum:
        case None, None:
            return ""
        case float() | int(), None:
            return f" of {_plain(minimum)} or more"
        case None, float() | int():
            return f" of {_plain(maximum)} or less"
        case _:
            return f" from {_plain(minimum)} to {_plain(maximum)}"


def _plain(number: float | None) -> str:
    return str(number).removesuffix(".0")


def _typed(found: Found, kind: Any) -> Any:
    """The value; untyped text is read as YAML's plain value unless a string is wanted."""
    return found.value if found.typed or kind is str else plain_value(found.value)


def _read_items(found: Found, kind: Any, metadata: Mapping[str, Any]) -> tuple[Any, ...]:
    if not isinstance(found.value, list):
        raise found.unexpected(describe_type(tuple[kind, ...], metadata))
    mistakes = Mistakes()
    items: list[Any] = []
    for item in found.value:
        with mistakes.collected():
            items.append(read_value(item, kind, metadata))
    mistakes.check()
    return tuple(items)


def _check_bounds(value: Any, metadata: Mapping[str, Any]) -> None:
    minimum, maximum, choices = (metadata[name] for name in ("minimum", "maximum", "choices"))
    if minimum is not None and value < minimum:
        raise ValueError("below the minimum")
    if maximum is not None and value > maximum:
        raise ValueError("above the maximum")
    if choices and value not in choices:
        raise ValueError("none of the choices")


def _integer(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not an integer")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _text(value: Any) -> str:
    if type(value) is not str or not value:
        raise ValueError("not a text, or an empty one")
    return value


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("neither true nor false")
    return value


SCALARS = {int: _integer, float: _number, str: _text, bool: _truth}
NAMES = {int: "an integer", float: "a number", str: "a string", bool: "true or false"}
