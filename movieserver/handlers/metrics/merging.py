"""Merges the metrics of the processes that share a port."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


def merged(texts: Mapping[str, bytes]) -> bytes:
    """Merge the texts of several processes, given by the processes' numbers."""
    registry = CollectorRegistry()
    registry.register(MergedCollector(texts))
    return generate_latest(registry)


class MergedCollector(Collector):
    """The metrics of several processes, told apart by the label ``process``."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for number, text in self._texts.items():
            for found in _families(text):
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type)
                )
                for sample in found.samples:
                    family.add_sample(
                        sample.name, {**sample.labels, "process": number}, sample.value
                    )
        yield from families.values()


def _families(text: bytes) -> list[Metric]:
    """The metrics in a text; none if it was cut off, as by the end of its process."""
    try:
        return list(text_string_to_metric_families(text.decode()))
    except ValueError:
        return []
