"""Each process shows what it counts and what its neighbours do, each under its own name; who is gone is left out."""

from prometheus_client.parser import text_string_to_metric_families

from moderation.foundation.metrics import Figure, Metrics


def shown(metrics, shared=()):
    families = text_string_to_metric_families(metrics.text(shared).decode())
    return {(one.name, *sorted(one.labels.items())): one.value for family in families for one in family.samples}


def test_several_processes_are_told_apart_and_each_family_stands_once(tmp_path):
    first, second = (Metrics(name, folder=tmp_path / "metrics") for name in ("web-1", "web-2"))
    for metrics, number in ((first, 2), (second, 5)):
        for _ in range(number):
            metrics.requests.labels("api.read_thread", "GET", 200).observe(0.003)
        metrics.leave()
    labels = (("endpoint", "api.read_thread"), ("method", "GET"))
    for asked in (first, second):
        found = shown(asked)
        assert found[("moderation_request_seconds_count", *labels, ("process", "web-1"), ("status", "200"))] == 2
        assert found[("moderation_request_seconds_count", *labels, ("process", "web-2"), ("status", "200"))] == 5
        assert asked.text().count(b"# TYPE moderation_request_seconds ") == 1


def test_a_neighbour_that_has_not_been_heard_of_for_long_is_left_out_and_a_broken_file_too(tmp_path):
    moment = [100.0]
    first, second = (Metrics(name, folder=tmp_path, clock=lambda: moment[0]) for name in ("web-1", "web-2"))
    second.leave()
    (tmp_path / "web-3.json").write_text("{")
    assert b'process="web-2"' in first.text()
    moment[0] += 16
    assert b'process="web-2"' not in first.text()


def test_figures_are_read_when_they_are_asked_for():
    metrics, seen = Metrics("web-1"), {("hit",): 1}
    metrics.watch(lambda: [Figure(name="answers", says="x", labels=("outcome",), values=seen, kind="counter")])
    assert shown(metrics)[("moderation_answers_total", ("outcome", "hit"), ("process", "web-1"))] == 1
    seen[("hit",)] = 7
    assert shown(metrics)[("moderation_answers_total", ("outcome", "hit"), ("process", "web-1"))] == 7


def test_what_the_installation_shares_belongs_to_no_process():
    found = shown(Metrics("web-1"), [Figure(name="queue_comments", says="x", labels=("site",), values={("blog",): 3})])
    assert found[("moderation_queue_comments", ("site", "blog"))] == 3
