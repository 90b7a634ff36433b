"""Threads begun when there is work: never more than allowed, none in vain, and one that fails takes nobody along."""

import threading

import pytest

from moderation.foundation.threads import Threads
from tests.cli.serving import until


def test_work_is_done_by_as_many_threads_as_are_needed_and_no_more():
    threads, let, done = Threads(3), threading.Event(), []

    def wait(number):
        let.wait(20)
        done.append(number)

    for number in range(10):
        threads.do(lambda number=number: wait(number))
    assert threads.running == 3
    let.set()
    until(lambda: len(done) == 10)
    assert sorted(done) == list(range(10))


def test_one_thread_that_is_free_does_the_next_piece_too():
    threads, names = Threads(8), set()
    for _ in range(20):
        did = threading.Event()
        until(lambda: threads.free == threads.running)
        threads.do(lambda did=did: (names.add(threading.current_thread().name), did.set()))
        did.wait(20)
    assert len(names) == 1


def test_a_thread_without_work_ends_and_another_one_begins():
    threads, did = Threads(2, idle_seconds=0.01), threading.Event()
    threads.do(lambda: None)
    until(lambda: threads.running == 0)
    threads.do(did.set)
    assert did.wait(20)
    until(lambda: threads.running == 0)


def test_work_that_fails_is_told_to_the_log_and_holds_up_nobody(caplog):
    threads, did = Threads(1), threading.Event()
    threads.do(lambda: {}["what"])
    threads.do(did.set)
    assert did.wait(20)
    assert "work in a thread failed" in caplog.text


@pytest.fixture
def no_more_threads():
    """No thread can be begun: none has room for its stack."""
    threading.stack_size(1 << 46)
    yield
    threading.stack_size(0)


def test_where_no_thread_can_be_begun_it_is_told_and_counted_for_nothing(no_more_threads):
    threads, done = Threads(1), []
    for _ in range(3):
        with pytest.raises(RuntimeError):
            threads.do(lambda: done.append("in vain"))
    threading.stack_size(0)
    threads.do(lambda: done.append("done"))
    until(lambda: done)
    assert done == ["done"]


def test_where_no_further_thread_can_be_begun_the_one_that_is_there_does_it(request):
    threads, let, done = Threads(2), threading.Event(), []
    threads.do(lambda: let.wait(20))
    request.getfixturevalue("no_more_threads")
    threads.do(lambda: done.append("later"))
    let.set()
    until(lambda: done)
    assert threads.running == 1


def test_when_there_was_no_work_for_a_second_it_is_told_once():
    rests, did = [], threading.Event()
    threads = Threads(4, at_rest=lambda: rests.append(1))
    for _ in range(3):
        threads.do(lambda: did.wait(20))
    did.set()
    until(lambda: rests)
    until(lambda: threads.free == 3)
    threads.do(lambda: None)
    until(lambda: len(rests) == 2)


def test_a_long_piece_of_work_is_followed_by_a_rest_of_its_own():
    rests, long = [], threading.Event()
    threads = Threads(4, at_rest=lambda: rests.append(1))
    threads.do(lambda: long.wait(20))
    threads.do(lambda: None)
    until(lambda: rests)
    long.set()
    until(lambda: len(rests) == 2)
