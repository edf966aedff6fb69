"""The page as assistive technology has it: Chromium's accessibility tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.browser.page import Page


@dataclass
class Node:
    """What has a role on the page, with what is in it."""

    role: str
    name: str
    description: str
    states: dict[str, Any]
    dom: int
    """Chromium's number of its element."""
    children: list["Node"] = field(default_factory=list)

    def all(self, role: str) -> list["Node"]:
        """Those of that role in it, in order."""
        return [each for each in self if each.role == role]

    def one(self, role: str, name: str = "") -> "Node":
        """The only one of that role, and of that name if one is given."""
        (found,) = (each for each in self.all(role) if name in ("", each.name))
        return found

    @property
    def text(self) -> str:
        """The text in it."""
        return " ".join(each.name for each in self.all("StaticText"))

    def __iter__(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child


def tree(page: Page) -> Node:
    """The whole page; what is hidden from assistive technology is left out."""
    page.browser.execute_cdp_cmd("Accessibility.enable", {})
    found = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    nodes = {each["nodeId"]: each for each in found}
    (root,) = _made(nodes, found[0])
    return root


def _made(nodes: dict[str, Any], raw: dict[str, Any]) -> list[Node]:
    """The node, or where it is none to be told of, those that stand in its place."""
    ids = (each for each in raw.get("childIds", ()) if each in nodes)
    children = [node for each in ids for node in _made(nodes, nodes[each])]
    if raw["ignored"]:
        return children
    states = {each["name"]: _value(each["value"]) for each in raw.get("properties", ())}
    role, name, words = (raw.get(k, {}).get("value", "") for k in ("role", "name", "description"))
    return [Node(role, name, words, states, raw.get("backendDOMNodeId", 0), children)]


def _value(value: dict[str, Any]) -> Any:
    """A state's value; of one that names elements, their numbers."""
    related = value.get("relatedNodes")
    return [each["backendDOMNodeId"] for each in related] if related else value.get("value")
