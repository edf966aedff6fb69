"""docs/configuration.md lists every key there is, as it is declared, and no other."""

import re
from collections.abc import Iterator
from dataclasses import MISSING
from importlib.metadata import entry_points
from itertools import takewhile
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from movieserver.places import Found
from movieserver.plugins import HANDLER, JOB, Plugins
from movieserver.profile import read_profile
from movieserver.profile.files import find_profile
from movieserver.profile.sections import HandlerSettings, ProfileSettings, StoreSettings
from movieserver.settings import declared, describe_type, without_none
from tests.profiles import plugins as fakes

HEADER = "| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n"
VARIABLE = re.compile(r"\$\{(MOVIESERVER_\w+):-")
DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def rows(prefix: str, kind: type[Any]) -> Iterator[str]:
    """The table row of each key of a dataclass, its sections included."""
    hints = get_type_hints(kind)
    for name, each in declared(kind).items():
        kind_of_value, _ = without_none(hints[name])
        if name in ("stores", "handlers", "jobs"):
            continue
        if hasattr(kind_of_value, "__dataclass_fields__") and kind_of_value is not Found:
            yield from rows(f"{prefix}{name}.", kind_of_value)
            continue
        what = describe_type(hints[name], each.metadata)
        default = "required" if each.default is MISSING else shown(each.default)
        yield f"| `{prefix}{name}` | {what} | {default} | {each.metadata['doc']} |"


def shown(default: Any) -> str:
    """A default as the document shows it."""
    match default:
        case None | ():
            return "none"
        case bool():
            return f"`{str(default).lower()}`"
        case float():
            return f"`{default:g}`" if default < 100_000 else f"`{default:.0f}`"
        case _:
            return f"`{default}`"


def ours(group: str) -> list[str]:
    """The short names that movieserver itself registers."""
    found = entry_points(group=group)
    return sorted(each.name for each in found if each.dist and each.dist.name == "movieserver")


def every_row() -> Iterator[str]:
    """The rows of all keys of a profile."""
    yield from rows("", ProfileSettings)
    yield from rows("stores.ROLE.", StoreSettings)
    yield from rows("handlers.NAME.", HandlerSettings)
    plugins = Plugins()
    for name in ours(HANDLER.group):
        yield from rows(f"handlers.{name}.", plugins.handler(name).options)
    for name in ours(JOB.group):
        yield from rows(f"jobs.{name}.", plugins.job(name).Options)


def documented() -> list[str]:
    """The rows of the document's tables of keys."""
    tables = DOCUMENT.read_text("utf-8").split(HEADER)[1:]
    return [line for each in tables for line in takewhile(is_row, each.splitlines())]


def is_row(line: str) -> bool:
    """Whether a line belongs to a table."""
    return line.startswith("|")


def test_every_key_is_documented_as_it_is_declared_and_no_other_is() -> None:
    expected, found = list(every_row()), documented()
    missing = [row for row in expected if row not in found]
    unknown = [row for row in found if row not in expected]
    assert not missing, "add to docs/configuration.md:\n" + "\n".join(missing)
    assert not unknown, "remove from docs/configuration.md:\n" + "\n".join(unknown)
    assert len(found) == len(expected)


def test_the_profile_of_the_document_can_be_run(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(profile: .*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.yaml").write_text(example)
    profile = read_profile(tmp_path / "mine.yaml", environ={}, plugins=fakes.plugins())
    assert [use.name for use in profile.jobs] == list(yaml.safe_load(example)["jobs"])


def test_every_handler_and_job_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    names = [*ours(HANDLER.group), *ours(JOB.group)]
    assert len(names) > 10
    assert [name for name in names if f"- `{name}`: " not in text] == []


def test_every_variable_of_the_shipped_profiles_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    uses: dict[str, list[str]] = {}
    for name in ("dev", "public", "rating", "consumer"):
        for variable in VARIABLE.findall(find_profile(name).read_text("utf-8")):
            uses.setdefault(variable, []).append(name)
    rows = dict(re.findall(r"^\| `(MOVIESERVER_\w+)` \| `\S+` \| (.*) \|$", text, re.MULTILINE))
    assert rows == {
        variable: "all" if len(names) == 4 else ", ".join(f"`{name}`" for name in names)
        for variable, names in uses.items()
    }
