"""Tests in headless Chromium are collected where the environment asks for them: BROWSER=1.

Without the browser they fail then; Debian has it as ``chromium`` and ``chromium-driver``.
"""

import os
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import chromium
from tests.browser.page import Page
from tests.processes import Process

collect_ignore_glob = [] if os.environ.get("BROWSER") else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """One browser for all tests."""
    driver = chromium()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A server that takes rates."""
    process = Process("--profile", "dev", data=tmp_path_factory.mktemp("page") / "data")
    yield process
    assert process.terminate() == 0
    assert "Traceback" not in "".join(process.output)


@pytest.fixture
def page(browser: Chrome, server: Process) -> Iterator[Page]:
    """The page, freshly opened in a wide and light window, with no token."""
    page = Page(browser, server)
    page.open()
    yield page
    page.check_console()
    browser.get("about:blank")
