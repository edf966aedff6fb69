"""What a person does with the page, and sees on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.processes import Process, eventually, token

AXE = (files("axe_core_python") / "axe.min.js").read_text("utf-8")
WIDE, PHONE = (1200, 900), (360, 740)
EXPECTED = ("404 (Not Found)", "401 (Unauthorized)", "net::ERR_")
"""What the console may hold: answers that the page shows in words."""


class Page:
    """The page of a server in a browser."""

    def __init__(self, browser: Chrome, server: Process) -> None:
        self.browser = browser
        self.server = server

    def open(self, size: tuple[int, int] = WIDE, **media: str) -> None:
        """Open it anew in a window of that size; ``media`` as for ``look``."""
        self.look(size, **media)
        self.browser.get(self.server.url)
        self.script("sessionStorage.clear()")
        self.browser.refresh()
        eventually(lambda: len(self.ten()) == 10)

    def look(self, size: tuple[int, int], **media: str) -> None:
        """Make the window of that size; ``media`` as in prefers_color_scheme="dark"."""
        chosen = {"prefers_color_scheme": "light", "prefers_reduced_motion": "no-preference"}
        features = [
            {"name": name.replace("_", "-"), "value": value}
            for name, value in {**chosen, **media}.items()
        ]
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def script(self, code: str, *arguments: object) -> Any:
        """What ``code`` returns in the page."""
        return self.browser.execute_script(code, *arguments)

    def one(self, selector: str) -> WebElement:
        """The element of a CSS selector."""
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        """What an element shows; nothing where it is hidden."""
        return self.one(selector).text

    def texts(self, selector: str) -> list[str]:
        """What each of some elements shows."""
        read = "return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)"
        return list(self.browser.execute_script(read, selector))

    def ten(self) -> list[str]:
        """The titles of the ten best, in order."""
        return self.texts("#ten button")

    def sees(self, selector: str, text: str) -> None:
        """Wait until an element shows ``text`` among other things."""
        eventually(lambda: text in self.text(selector))

    def type(self, text: str) -> None:
        """Type into the search, in the place of what stands there."""
        self.one("#title").clear()
        self.one("#title").send_keys(text)

    def look_up(self, title: str) -> None:
        """Type a title and ask for it."""
        self.type(title)
        self.one("#title").send_keys(Keys.ENTER)

    def offered(self) -> list[str]:
        """The nominees of the list below the search; none while it is closed."""
        return self.texts("#options:not([hidden]) [role=option]")

    def press(self, text: str, within: str = "body") -> None:
        """Press the button of that text or name."""
        names = f'.//button[normalize-space(.)="{text}" or @aria-label="{text}"]'
        self.one(within).find_element(By.XPATH, names).click()

    def keys(self, *keys: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def focused(self) -> str:
        """The text or the id of what has the focus."""
        has = "const has = document.activeElement; return has.innerText || has.id"
        return str(self.script(has))

    def use_token(self, user: str) -> None:
        """Paste a user's token."""
        self.one("#token").send_keys(token(self.server.data, user), Keys.ENTER)
        eventually(lambda: self.one("#forget-token").is_displayed())

    def fits(self, size: tuple[int, int]) -> bool:
        """Whether nothing is wider than the window, which on a phone grows with what is."""
        width = self.script("return [innerWidth, document.documentElement.scrollWidth]")
        return bool(max(width) <= size[0])

    def enlarge(self) -> None:
        """Make the letters twice as large, as a browser's own setting does."""
        self.script("document.documentElement.style.fontSize = '200%'")

    @contextmanager
    def altered(self, code: str) -> Iterator[None]:
        """Load it anew in a browser in which ``code`` has changed something."""
        source = {"source": code}
        added = self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", source)
        try:
            self.browser.refresh()
            eventually(lambda: len(self.ten()) == 10)
            yield
        finally:
            self.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def problems(self, *impacts: str) -> list[str]:
        """What axe finds that is serious or critical, or of these impacts as well."""
        self.script(AXE)
        found = self.browser.execute_async_script("axe.run().then(arguments[0])")
        return [
            f"{each['id']}: {node['html']} {node['failureSummary']}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical", *impacts)
            for node in each["nodes"]
        ]

    def console(self) -> list[str]:
        """What the browser complained of since it was asked last."""
        return [line["message"] for line in self.browser.get_log("browser")]  # type: ignore[no-untyped-call]

    def check_console(self) -> None:
        """Fail where the browser complained: of the policy, or of an error in a script."""
        lines = self.console()
        assert [line for line in lines if not any(each in line for each in EXPECTED)] == []
