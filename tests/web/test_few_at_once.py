"""A few pages of the dashboard are made at once; nothing else waits for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation.web.few_at_once import FewAtOnce


def test_no_more_pages_than_allowed_are_made_at_once_and_what_is_sent_does_not_wait_for_them():
    third, let = threading.Barrier(3), threading.Event()
    inside = threading.Semaphore(0)

    def app(environ, _start):
        if environ["PATH_INFO"] == "/dashboard/slow":
            inside.release()
            let.wait(20)
        elif environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"] == "/dashboard/":
            try:
                third.wait(0.1)
            except threading.BrokenBarrierError:
                return [b"two at most"]
            return [b"three at once"]
        return [b"at once"]

    few = FewAtOnce(app, most=2)

    def ask(method, path):
        return few({"REQUEST_METHOD": method, "PATH_INFO": path}, None)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: ask("GET", "/dashboard/")[0], range(8))) == {b"two at most"}
        slow = [pool.submit(ask, "GET", "/dashboard/slow") for _ in range(2)]
        assert all(inside.acquire(timeout=20) for _ in slow)
        others = [("POST", "/dashboard/"), ("GET", "/api/v1/thread"), ("POST", "/api/v1/comments"), ("GET", "/login")]
        assert [ask(*other) for other in others] == [[b"at once"]] * 4
        let.set()
        assert [page.result(20) for page in slow] == [[b"at once"]] * 2


def test_a_page_that_fails_gives_its_place_back():
    few = FewAtOnce(lambda environ, _start: {}[environ["PATH_INFO"]], most=1)
    for _ in range(3):
        with pytest.raises(KeyError):
            few({"REQUEST_METHOD": "GET", "PATH_INFO": "/dashboard/"}, None)
