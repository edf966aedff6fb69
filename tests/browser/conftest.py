"""Tests in headless Chromium are collected where the environment asks for them: BROWSER=1.

Without the browser they fail then; Debian has it as ``chromium`` and ``chromium-driver``.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.browser.page import Page
from tests.processes import Process

collect_ignore_glob = [] if os.environ.get("BROWSER") else ["test_*.py"]


def installed(program: str, package: str) -> str:
    """The path of a program; fails where it is not installed."""
    path = shutil.which(program)
    assert path is not None, f"BROWSER=1 needs {program}: apt-get install {package}"
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Chrome]:
    """One browser for all tests."""
    options = ChromeOptions()
    options.binary_location = installed("chromium", "chromium")
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, ChromeService(installed("chromedriver", "chromium-driver")))
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
