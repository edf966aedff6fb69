"""Headless Chromium, as Debian has it."""

import os
import shutil

from selenium.webdriver import Chrome, ChromeOptions, ChromeService


def chromium() -> Chrome:
    """A browser; who asks for it ends it."""
    options = ChromeOptions()
    options.binary_location = installed("chromium", "chromium")
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")
    options.add_argument("--hide-scrollbars")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return Chrome(options, ChromeService(installed("chromedriver", "chromium-driver")))


def installed(program: str, package: str) -> str:
    """The path of a program; fails where it is not installed."""
    path = shutil.which(program)
    assert path is not None, f"{program} is needed: apt-get install {package}"
    return path
