"""Counts what a process does, in Prometheus' form, and shows it together with what its neighbours counted."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = 5.0
# Somebody who has not written for so long is not there any more.
_GONE_SECONDS: Final = 3 * _SECONDS
_BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NAME: Final = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that is read when somebody asks, by its labels' values.

    Args:
        name: without the service's own prefix.
        kind: ``gauge``, or ``counter`` for what only grows.
    """

    name: str
    says: str
    labels: tuple[str, ...] = ()
    values: Mapping[tuple[str, ...], float]
    kind: str = "gauge"


class Metrics:
    """What this process counts; each sample says by ``process`` whose it is, so that nothing has to be added up.

    Args:
        process: the same after a restart, such as ``web-1``.
        folder: where the processes of this machine leave their figures for each other; None when there is only one.
        clock: seconds that only grow, the same in all processes of the machine.
    """

    def __init__(
        self, process: str, *, folder: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not _NAME.fullmatch(process):
            raise ValueError("a process needs a short plain name")
        self._process = process
        self._folder = folder
        self._clock = clock
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self.requests = Histogram(
            "moderation_request_seconds",
            "Seconds until a request was answered that no ready answer was there for.",
            ["endpoint", "method", "status"],
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def watch(self, look: Callable[[], Iterable[Figure]]) -> None:
        """Ask somebody of this process for figures whenever they are wanted."""
        self._registry.register(_Watched(look))

    def keep_leaving(self) -> Callable[[], None]:
        """Leave the figures for the neighbours again and again, in a thread; return what ends it."""
        stop = threading.Event()

        def repeat() -> None:
            while not stop.wait(_SECONDS):
                # Where nothing can be written, the neighbours see nothing of us, and we go on.
                with contextlib.suppress(OSError):
                    self.leave()

        threading.Thread(target=repeat, name="metrics", daemon=True).start()
        return stop.set

    def leave(self) -> None:
        """Leave the figures for the neighbours once."""
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = self._folder / f".{self._process}.new"
        aside.write_text(json.dumps({"at": self._clock(), "families": list(self._own())}))
        aside.replace(self._folder / f"{self._process}.json")

    def text(self, shared: Iterable[Figure] = ()) -> bytes:
        """Return everything in Prometheus' text form.

        Args:
            shared: figures of the whole installation, which belong to no process.
        """
        merged: dict[str, Metric] = {}
        for process, families in [(self._process, list(self._own())), *self._neighbours()]:
            for family in families:
                known = merged.setdefault(family["name"], Metric(family["name"], family["says"], family["kind"]))
                for name, labels, value in family["samples"]:
                    known.add_sample(name, {"process": process, **labels}, value)
        for metric in _metrics(shared):
            merged[metric.name] = metric
        return generate_latest(_Collected(merged.values()))

    def _own(self) -> Iterator[dict[str, Any]]:
        for metric in self._registry.collect():
            # When a series was made is nothing that anybody asks for, and doubles the text.
            samples = [(one.name, one.labels, one.value) for one in metric.samples if not one.name.endswith("_created")]
            yield {"name": metric.name, "says": metric.documentation, "kind": metric.type, "samples": samples}

    def _neighbours(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        files = sorted(self._folder.glob("*.json")) if self._folder else []
        for file in files:
            if file.stem == self._process:
                continue
            try:
                left = json.loads(file.read_text())
            except (OSError, ValueError):
                continue
            # After a restart of the machine its clock begins again, and what was left before counts as gone.
            if 0 <= self._clock() - left["at"] <= _GONE_SECONDS:
                yield file.stem, left["families"]


class _Watched(Collector):
    def __init__(self, look: Callable[[], Iterable[Figure]]) -> None:
        self._look = look

    def collect(self) -> Iterable[Metric]:
        return _metrics(self._look())


class _Collected(CollectorRegistry):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def _metrics(figures: Iterable[Figure]) -> Iterator[Metric]:
    for figure in figures:
        metric = Metric(f"moderation_{figure.name}", figure.says, figure.kind)
        ending = "_total" if figure.kind == "counter" else ""
        for values, value in figure.values.items():
            metric.add_sample(f"{metric.name}{ending}", dict(zip(figure.labels, values, strict=True)), float(value))
        yield metric
