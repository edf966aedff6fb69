"""How an option is declared: a field of a frozen dataclass that says what it is for.

Profiles, handlers, jobs and their third-party plugins declare their options alike; the profile
reader checks values against the declaration, and the documentation lists it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


def setting(
    doc: str,
    *,
    default: Any = ...,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] = (),
    hidden: bool = False,
) -> Any:
    """A documented dataclass field; without a default it must be given.

    ``minimum`` and ``maximum`` bound a number, inclusively; ``choices`` are the strings that
    are allowed; ``hidden`` keeps the value of a secret out of everything that is printed. The
    field's annotation is the type: ``int``, ``float``, ``str``, ``bool``,
    ``X | None``, ``tuple[str, ...]`` or another dataclass of settings.
    """
    metadata = {
        "doc": doc,
        "minimum": minimum,
        "maximum": maximum,
        "choices": tuple(choices),
        "hidden": hidden,
    }
    if default is ...:
        return field(metadata=metadata, repr=not hidden)
    return field(default=default, metadata=metadata, repr=not hidden)


@dataclass(frozen=True)
class NoOptions:
    """The options of a handler or job that has none."""
