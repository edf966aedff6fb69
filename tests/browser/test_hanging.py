"""A server that hangs: no connection breaks, and no answer comes."""

import signal
from pathlib import Path

from selenium.webdriver import Chrome

from tests.browser.page import Page
from tests.browser.scripts import IMPATIENT
from tests.conftest import Start

DEV = Path(__file__).parents[2] / "config" / "dev.yaml"
STREAM = "top10_stream: {access: public}"
QUICK = "top10_stream: {access: public, heartbeat: 0.1}"


def test_the_page_says_so_and_goes_on_when_it_is_back(
    browser: Chrome, start: Start, tmp_path: Path
) -> None:
    profile = tmp_path / "quick.yaml"
    profile.write_text(DEV.read_text().replace(STREAM, QUICK))
    server = start("--profile", str(profile))
    page = Page(browser, server)
    page.open()
    page.sees("#live", "live")
    page.look_up("Casablanca")
    page.sees("#film-title", "Casablanca")
    page.use_token("heidi")
    page.press("Rate it 8 of 10")
    page.sees("#own-status", "You gave it 8 of 10.")
    page.script(IMPATIENT)
    server.popen.send_signal(signal.SIGSTOP)
    page.press("Rate it 3 of 10")
    page.sees("#own-status", "Storing …")
    page.sees("#own-status", "The server does not answer. Please try again.")
    page.sees("#live", "connecting …")
    server.popen.send_signal(signal.SIGCONT)
    page.sees("#live", "live")
    page.press("Rate it 4 of 10")
    page.sees("#own-status", "You gave it 4 of 10.")
    page.check_console()
    browser.get("about:blank")
