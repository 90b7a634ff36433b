"""The trial's first comments hang together."""

from datetime import timedelta

from moderation.cli.demo.people import POSTS, SAMPLES


def test_every_comment_stands_under_a_post_of_the_blog() -> None:
    assert {sample.post for sample in SAMPLES} == set(POSTS)


def test_an_answer_comes_after_what_it_answers_on_the_same_page() -> None:
    for place, sample in enumerate(SAMPLES):
        if sample.answers is not None:
            parent = SAMPLES[sample.answers]
            assert sample.answers < place
            assert parent.post == sample.post
            assert parent.age >= sample.age
            assert parent.approved or not sample.approved


def test_there_is_something_to_decide_and_something_to_read() -> None:
    waiting = [sample for sample in SAMPLES if not sample.approved]
    assert len(waiting) >= 4
    assert len(SAMPLES) - len(waiting) >= 8
    assert max(sample.age for sample in waiting) <= timedelta(days=1)


def test_a_guest_gives_an_address() -> None:
    assert all(sample.email for sample in SAMPLES if sample.provider == "guest")
