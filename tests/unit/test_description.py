"""The description is composed of what the mounted resources say of themselves."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from tornado.routing import PathMatches

from movieserver.announcements import Announcements
from movieserver.clock import SystemClock
from movieserver.declarations import ROLES
from movieserver.errors import ConfigurationError
from movieserver.handlers import Mount, Mounted, Resource
from movieserver.handlers.description.composition import compose, operations, resolved
from movieserver.handlers.description.page import page, rows
from movieserver.handlers.observation import template
from movieserver.memory.memory import Memory
from movieserver.plugins import HANDLER
from movieserver.process.lifecycle import Lifecycle
from movieserver.services import Services, Stores


def ours() -> list[Resource]:
    """The resources that movieserver itself registers."""
    found = entry_points(group=HANDLER.group)
    return [each.load() for each in found if each.dist and each.dist.name == "movieserver"]


def paths(resource: Resource) -> set[str]:
    """The paths of a resource's rules, as metrics and logs name them."""
    stores = Stores(dict.fromkeys(ROLES, MagicMock()))
    services = Services(stores, Memory(SystemClock()), Announcements(), Lifecycle())
    mount = Mount(services, "public", resource.options())
    return {
        template(rule.matcher.regex.pattern)
        for rule in resource.routes(mount)
        if isinstance(rule.matcher, PathMatches)
    }


@pytest.mark.parametrize("resource", ours(), ids=lambda each: each.name)
def test_every_route_is_described_and_no_other(resource: Resource) -> None:
    described = compose([Mounted(resource, "public")])["paths"]
    assert set(described) == paths(resource)


@pytest.mark.parametrize("resource", ours(), ids=lambda each: each.name)
def test_the_access_rule_is_described(resource: Resource) -> None:
    for access in resource.access:
        for item in compose([Mounted(resource, access)])["paths"].values():
            for method in item.keys() - {"parameters"}:
                protected = access == "token" and method != "options"
                assert ("security" in item[method]) == protected
                assert ("401" in item[method]["responses"]) == protected


@pytest.mark.parametrize("resource", ours(), ids=lambda each: each.name)
def test_generators_find_a_name_for_every_object(resource: Resource) -> None:
    document = compose([Mounted(resource, "public")])
    for _, _, operation in operations(document):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            content = resolved(document, part).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            assert "properties" not in schema or "title" in schema


GET = "paths: {/mine: {get: {operationId: mine, summary: Mine., responses: "


def fragment(tmp_path: Path, content: str) -> list[Mounted]:
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    return [Mounted(Resource("mine", lambda _mount: [], description=path), "public")]


def test_a_third_partys_description_is_part_of_it(tmp_path: Path) -> None:
    undescribed = Mounted(Resource("silent", lambda _mount: []), "public")
    get: dict[str, Any] = {"operationId": "mine", "summary": "Mine.", "responses": {}}
    content = f'{{"paths": {{"/mine": {{"get": {get}}}}}}}'.replace("'", '"')
    composed = compose([undescribed, *fragment(tmp_path, content)])
    assert composed["paths"].keys() == {"/mine"}
    refused = composed["paths"]["/mine"]["get"].pop("responses")
    assert composed["paths"]["/mine"]["get"] | {"responses": {}} == get
    assert refused.keys() == {"400", "413"}


def test_what_openapi_lets_a_description_leave_out_may_be_left_out(tmp_path: Path) -> None:
    answer = """{'200': {description: Done., headers: {X-Mine: {schema: {type: string}}},
        content: {text/plain: {examples: {far: {externalValue: 'https://example.org'}}}}}}"""
    parameters = "parameters: [{name: wish, in: query, content: {text/plain: {}}}]"
    composed = compose(fragment(tmp_path, f"{GET}{answer}, {parameters}}}}}}}"))
    shown = page(composed).body.decode()
    assert "<code>X-Mine</code>" in shown
    assert "<code>wish</code>" in shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("paths: [", "cannot be read"),
        ("- a", "is not a description"),
        ("path: {}", "is not a description"),
        ("paths: {}\ncomponents: {schemas: {Problem: {}}}", "already described"),
        ("paths: {/mine: }", "/mine has no operation; allowed: get, "),
        ("paths: {/mine: {summary: Mine.}}", "/mine has no operation"),
        ("paths: {/mine: {get: }}", "/mine: get lacks operationId, summary, responses"),
        ("paths: {/mine: {get: {summary: Mine., responses: {}}}}", "get lacks operationId"),
        (GET + "{200: {}}}}}", 'has 200; write "200"'),
        (GET + "{'200': {description: 2026-11-23}}}}}", "as JSON: .*date.*; dates need quotes"),
        (GET + "{'200': {$ref: '#/components/responses/Nowhere'}}}}}", "refers to #/components/re"),
        (
            "components: {schemas: {A: {$ref: '#/components/schemas/B'}, "
            "B: {$ref: '#/components/schemas/A'}}}\npaths: {}",
            "refers to #/components/schemas/",
        ),
    ],
)
def test_a_description_that_is_none_is_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"mine\.yaml.*{message}"):
        compose(fragment(tmp_path, content))


def test_an_operation_id_that_another_has_is_refused(tmp_path: Path) -> None:
    mine = fragment(tmp_path, GET.replace("operationId: mine", "operationId: topTen") + "{}}}}")
    top10 = next(each for each in ours() if each.name == "top10")
    message = "get /movies/top10 and get /mine both have the operationId topTen"
    with pytest.raises(ConfigurationError, match=message):
        compose([Mounted(top10, "public"), *mine])


def test_a_description_that_is_not_there_is_refused(tmp_path: Path) -> None:
    missing = Resource("mine", lambda _mount: [], description=tmp_path / "none.yaml")
    with pytest.raises(ConfigurationError, match=r"none\.yaml cannot be read"):
        compose([Mounted(missing, "public")])


def test_schemas_may_be_true_or_false_and_made_of_themselves(tmp_path: Path) -> None:
    mine = """{allOf: [{$ref: '#/components/schemas/Mine'}], anyOf: [true, false],
        properties: {any: true, none: false, list: {type: array, items: true},
        more: {anyOf: [{type: 'null'}, {$ref: '#/components/schemas/Loop'}]}}}"""
    loop = "{anyOf: [{$ref: '#/components/schemas/Loop'}]}"
    answer = """{'200': {description: Done., content: {
        application/json: {schema: {$ref: '#/components/schemas/Mine'}},
        text/plain: {schema: true}}}}"""
    content = f"components: {{schemas: {{Mine: {mine}, Loop: {loop}}}}}\n{GET}{answer}}}}}}}"
    shown = page(compose(fragment(tmp_path, content))).body.decode()
    for name in ("any", "none"):
        assert f"<code>{name}</code></td><td></td>" in shown


def test_a_list_of_itself_is_shown_as_deep_as_others() -> None:
    tree = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
    document = {"components": {"schemas": {"Tree": tree}}}
    assert list(rows(document, tree)) == []
