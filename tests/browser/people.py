"""The people of the stories: a reader in front of a post, a moderator at the dashboard, and who watches over them."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.trial import Trial


class Watch:
    """Sees what goes wrong behind the scenes of a browser, and whom it talks to."""

    def __init__(self, context: BrowserContext, trial: Trial) -> None:
        self.context = context
        self.trial = trial
        self.requests: list[Request] = []
        self.troubles: list[str] = []
        self.allowed: list[str] = []
        context.on("request", lambda request: self.requests.append(request))
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.troubles.append(f"uncaught: {error.error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            where = message.location["url"]
            self.troubles.append(f"{message.type}: {message.text} ({where})")

    def allow(self, pattern: str) -> None:
        """Let pass what a story provokes; it must come then."""
        self.allowed.append(pattern)

    def asked(self, path: str, method: str = "GET") -> list[Request]:
        """Return the requests for a path of the service."""
        there = self.trial.service + path
        return [request for request in self.requests if request.method == method and request.url.startswith(there)]

    def check(self) -> None:
        """Hold the browser to what no story may break."""
        unexpected = [trouble for trouble in self.troubles if not any(re.search(one, trouble) for one in self.allowed)]
        assert not unexpected, unexpected
        for pattern in self.allowed:
            assert any(re.search(pattern, trouble) for trouble in self.troubles), f"never came: {pattern}"
        called = {"{0.scheme}://{0.netloc}".format(urlsplit(request.url)) for request in self.requests}
        strangers = called - self.trial.origins - {"data://", "blob://", "about://"}
        assert not strangers, strangers
        cookies = self.context.cookies([self.trial.blog, self.trial.other_blog])
        assert not cookies, cookies


class Reader:
    """Somebody who reads a post of the sample blog, and may comment."""

    def __init__(self, context: BrowserContext, trial: Trial, watch: Watch) -> None:
        self.context, self.trial, self.watch = context, trial, watch
        self.at(context.new_page())

    def at(self, page: Page) -> "Reader":
        """Go on in another window."""
        self.page = page
        self.thread = page.locator("comment-thread")
        self.heading = self.thread.locator("[part=heading]")
        self.box = self.thread.locator("#body")
        self.post = self.thread.get_by_role("button", name="Post Comment")
        self.account = self.thread.locator("[part=account]")
        self.identity = self.thread.locator("[part=identity]")
        self.error = self.thread.locator("#error")
        return self

    def second_tab(self) -> "Reader":
        """Open another tab of the same browser."""
        return Reader(self.context, self.trial, self.watch)

    def open(self, path: str = "/her") -> "Reader":
        """Open a post of the trial's blog and wait until its thread is there."""
        self.page.goto(self.trial.blog + path)
        return self.see_thread()

    def open_elsewhere(self, path: str) -> "Reader":
        """Open a post of the other blog, where every address has a thread of its own."""
        self.page.goto(self.trial.other_blog + path)
        return self.see_thread()

    def reload(self) -> "Reader":
        self.page.reload()
        return self.see_thread()

    def see_thread(self) -> "Reader":
        expect(self.heading).to_contain_text(re.compile("Comments? on "))
        return self

    def say(self, text: str) -> "Reader":
        """Write into the text box; the rest of the form appears."""
        self.box.click()
        self.box.fill(text)
        expect(self.post).to_be_visible()
        return self

    def reply_to(self, name: str) -> "Reader":
        """Answer the comment of this person; the form comes under it."""
        self.thread.get_by_role("button", name=f"Reply to {name}", exact=True).click()
        expect(self.thread.locator("[part=form-heading]")).to_have_text(f"Leave a Reply to {name}")
        return self

    def introduce(self, name: str, email: str = "reader@mail.example", website: str = "") -> "Reader":
        """Fill in the details of a guest."""
        for field, value in (("email", email), ("name", name), ("website", website)):
            self.thread.locator(f"#{field}").fill(value)
        return self

    def comment(self, text: str) -> Locator:
        """The comment with this text, wherever it stands on the page."""
        return self.thread.locator("[part~=comment]").filter(has_text=text)

    def press_provider(self) -> Page:
        """Start to sign in; returns the window that opens."""
        with self.context.expect_page() as opened:
            self.thread.get_by_role("button", name="Demo", exact=True).click()
        return opened.value

    def sign_in(self, name: str = "Ida Okafor") -> "Reader":
        """Sign in with an account of the trial's provider, in its window."""
        window = self.press_provider()
        choose(window, name)
        return self.be_signed_in(name)

    def be_signed_in(self, name: str = "Ida Okafor") -> "Reader":
        expect(self.thread).to_have_attribute("state", "in")
        expect(self.account).to_contain_text(f"{name}: You are commenting using your Demo account.")
        return self


def choose(window: Page, name: str) -> None:
    """Say at the provider who one is."""
    window.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click(no_wait_after=True)


class Author:
    """A moderator at the dashboard."""

    def __init__(self, context: BrowserContext, trial: Trial, watch: Watch) -> None:
        self.context, self.trial, self.watch = context, trial, watch
        self.page = context.new_page()
        self.toast = self.page.locator(".toasts .toast")

    def sign_in(self, path: str = "?order=newest") -> "Author":
        """Sign in by the form, on the way to a list of the queue."""
        self.page.goto(self.trial.dashboard + path)
        return self.give_password()

    def give_password(self) -> "Author":
        self.page.get_by_label("E-mail address").fill(self.trial.owner["email"])
        self.page.get_by_label("Password", exact=True).fill(self.trial.owner["password"])
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Rooms")).to_be_visible()
        # What is seen is there before the script that listens to the keys.
        self.page.wait_for_load_state("domcontentloaded")
        return self

    def card(self, text: str) -> Locator:
        """The comment with this text in the queue."""
        return self.page.locator("article.card").filter(has_text=text)

    def go_to(self, text: str) -> "Author":
        """Walk with k to the top and with j down, until a comment is at hand."""
        card = self.card(text)
        expect(card).to_be_visible()
        for key in ("k", "j"):
            for _ in range(self.page.locator("article.card").count() + 1):
                self.page.keyboard.press(key)
                if card.evaluate("card => card === document.activeElement"):
                    return self
        raise AssertionError("neither k nor j came to the comment")

    def press(self, key: str) -> "Author":
        """Decide with a key, and wait until the service has answered."""
        address = "/dashboard/undo" if key == "z" else "/dashboard/decide"
        with self.page.expect_response(lambda answer: answer.url.endswith(address)):
            self.page.keyboard.press(key)
        return self

    def approve_by_keyboard(self, text: str) -> "Author":
        self.go_to(text).press("a")
        expect(self.card(text)).to_have_count(0)
        expect(self.toast).to_contain_text("Approved.")
        return self
