"""Limits: what counts, what does not, and what happens when the counters are out of reach."""

import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest

from moderation.foundation.errors import Refused, TooMany
from moderation.intake.throttle import Throttle


def throttle(rate: str = "3/minute", *, enabled: bool = True) -> Throttle:
    return Throttle("memory://", {"guest": rate, "free": ""}, enabled=enabled)


def test_what_was_done_counts_until_the_limit() -> None:
    limits = throttle()
    for _ in range(3):
        limits.test("guest", "a")
        limits.hit("guest", "a")
    with pytest.raises(TooMany) as refusal:
        limits.test("guest", "a")
    assert 1 <= refusal.value.retry_after <= 60
    assert "seconds" in refusal.value.message


def test_asking_alone_counts_nothing() -> None:
    limits = throttle()
    for _ in range(10):
        limits.test("guest", "a")


def test_somebody_else_is_not_held_up() -> None:
    limits = throttle("1/minute")
    limits.hit("guest", "a")
    limits.test("guest", "b")
    with pytest.raises(TooMany):
        limits.test("guest", "a")


def test_every_limit_of_a_kind_holds() -> None:
    limits = throttle("100/minute;2/hour")
    limits.hit("guest", "a")
    limits.hit("guest", "a")
    with pytest.raises(TooMany) as refusal:
        limits.test("guest", "a")
    assert 60 < refusal.value.retry_after <= 3600
    assert "60 minutes" in refusal.value.message


def test_taking_tests_and_counts_at_once() -> None:
    limits = throttle("2/minute")
    limits.take("guest", "a")
    limits.take("guest", "a")
    with pytest.raises(TooMany):
        limits.take("guest", "a")


def test_what_was_done_is_never_refused_afterwards() -> None:
    limits = throttle("1/minute")
    for _ in range(3):
        limits.hit("guest", "a")


def test_a_kind_without_a_rate_and_a_trial_have_no_limits() -> None:
    for limits, kind in ((throttle(), "free"), (throttle(), "unheard-of"), (throttle(enabled=False), "guest")):
        for _ in range(10):
            limits.take(kind, "a")


def test_of_many_at_once_no_more_get_a_turn_than_the_limit_has_room_for() -> None:
    limits = throttle("3/minute")
    together = Barrier(8, timeout=30)

    def comment(_number: int) -> bool:
        together.wait()
        try:
            with limits.turn("guest", "a"):
                limits.hit("guest", "a")
                return True
        except TooMany:
            return False

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(comment, range(8))) == 3


def test_without_a_turn_many_at_once_all_pass_the_test() -> None:
    limits = throttle("3/minute")
    together = Barrier(8, timeout=30)

    def comment(_number: int) -> bool:
        limits.test("guest", "a")
        together.wait()
        limits.hit("guest", "a")
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(comment, range(8))) == 8


def test_a_turn_in_which_nothing_was_done_leaves_the_room_to_others() -> None:
    limits = throttle("1/minute")
    with pytest.raises(RuntimeError), limits.turn("guest", "a"):
        raise RuntimeError
    with limits.turn("guest", "a"), pytest.raises(TooMany), limits.turn("guest", "a"):
        pass
    limits.test("guest", "a")


class Impostor:
    """Stands where Redis should: says one thing to everybody who connects, and hangs up."""

    def __init__(self, says: bytes) -> None:
        pytest.importorskip("redis")
        self._server = socket.create_server(("127.0.0.1", 0))
        self._says = says
        self._thread = Thread(target=self._serve)
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"
        self.calls = 0

    def __enter__(self) -> "Impostor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=30)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.calls += 1
            with connection:
                connection.recv(4096)
                connection.sendall(self._says)


@pytest.mark.parametrize("says", [b"", b"+nonsense\r\n" * 8, b":1\r\n" * 8, b"-LOADING wait\r\n" * 8, b"\x00" * 100])
def test_a_storage_that_does_not_answer_properly_is_counted_for_in_this_process(says: bytes) -> None:
    with Impostor(says) as impostor:
        limits = Throttle(impostor.url, {"guest": "2/minute"})
        limits.take("guest", "a")
        limits.take("guest", "a")
        with pytest.raises(TooMany):
            limits.take("guest", "a")
    assert impostor.calls


def test_a_storage_that_is_down_is_asked_once_and_then_left_in_peace_for_a_while() -> None:
    moment = 0.0
    with Impostor(b"") as impostor:
        limits = Throttle(impostor.url, {"guest": "20/minute"}, clock=lambda: moment)
        for _ in range(5):
            limits.take("guest", "a")
        first = impostor.calls
        moment = 4.9
        limits.take("guest", "a")
        assert impostor.calls == first
        moment = 5.1
        limits.take("guest", "a")
        assert impostor.calls > first


def test_nobody_listening_is_noticed_without_waiting_for_retries() -> None:
    pytest.importorskip("redis")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    limits = Throttle(f"redis://127.0.0.1:{port}/0", {"guest": "1/minute"})
    limits.take("guest", "a")
    with pytest.raises(TooMany):
        limits.take("guest", "a")


@pytest.mark.parametrize("rate", ["often", "3", "3/fortnight", "x/minute"])
def test_a_rate_nobody_understands_is_refused_at_the_start(rate: str) -> None:
    with pytest.raises(ValueError, match="must be like 6/minute;60/hour"):
        throttle(rate)


def test_a_storage_nobody_knows_is_refused_at_the_start() -> None:
    with pytest.raises(Refused, match="redis_url"):
        Throttle("redis://here:nowhere", {"guest": "1/minute"})
