"""What the tests of the pages would find: each check fails where it should."""

from pathlib import Path

import pytest

from tests.docs.command_lines import mistakes
from tests.docs.page import Page, Step, steps
from tests.docs.session import Session
from tests.docs.test_pages import COMMAND, KINDS, leads_somewhere

PAGE = """# A page, with a heading

    indented

```
no word
```

`files/one.txt`

```text
first
```

```console
$ echo 1 2
1 …
$ cat files/one.txt
```

[here](#a-page-with-a-heading) [there](other.md) [out](https://example.org)
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "page.md").write_text(PAGE)
    return Page(tmp_path / "page.md")


def test_blocks_are_found_with_and_without_a_word(page: Page) -> None:
    kinds = [each.kind for each in page.blocks]
    assert kinds == ["", "", "text", "console"]
    assert [kind in KINDS for kind in kinds] == [False, False, True, True]
    assert [each.file for each in page.blocks] == [None, None, "files/one.txt", None]


def test_a_command_has_what_it_prints(page: Page) -> None:
    assert steps(page.blocks[-1]) == [
        Step("echo 1 2", ["1 …"], 16),
        Step("cat files/one.txt", [], 18),
    ]


@pytest.mark.parametrize("text", ["$ ls", "  movieserver audit", "curl -s x"])
def test_a_command_in_a_block_that_nobody_runs_is_noticed(text: str) -> None:
    assert COMMAND.search(f"first\n{text}\n")


def test_what_is_printed_otherwise_fails(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = Session(tmp_path)
    session.write(page.blocks[2])
    session.take(Step("echo 1 2; cat files/one.txt", ["1 …", "first"], 1))
    session.take(Step("echo one two three; echo; echo four", ["one…", "…", "four"], 1))
    for expected in (["1"], ["1 2", "3"], ["…2", "3"], ["2 …"]):
        with pytest.raises(AssertionError, match="line 7: echo 1 2"):
            session.take(Step("echo 1 2", expected, 7))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("movieserver audit --wait 3 && echo --no", []),
        ("movieserver import nominees FILE [--dry-run] [--report NEW_FILE]", []),
        ('eval "$(bin/engines up)" && bin/movieserver --profile dev', []),
        ("movieserver COMMAND --help", []),
        ("git commit --amend", []),
        ("movieserver adit", ["no command 'adit'"]),
        ("X=1 movieserver --profil dev", ["movieserver: no option --profil"]),
        ("cd x && bin/bench --slow", ["bin/bench: no option --slow"]),
        ("make bench lunch", ["no target 'lunch'"]),
    ],
)
def test_commands_and_options_that_are_not_there(line: str, found: list[str]) -> None:
    assert list(mistakes(line)) == found


def test_links(page: Page, tmp_path: Path) -> None:
    assert page.links == ["#a-page-with-a-heading", "other.md", "https://example.org"]
    assert [leads_somewhere(page.path, link) for link in page.links] == [True, False, True]
    assert not leads_somewhere(page.path, "#elsewhere")
    assert not leads_somewhere(page.path, "page.md#elsewhere")
