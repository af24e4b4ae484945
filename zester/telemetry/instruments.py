"""Plain counters, gauges and histograms.

They count in dictionaries and know nothing of Prometheus: its client costs 5 MiB and 50 ms to
import, which an idle peel that nobody scrapes should not pay. ``exposition`` translates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

Labels = tuple[str, ...]
"""Label values in the order of the instrument's ``labels``."""


class Instrument:
    """A named family of values, one for each combination of label values."""

    __slots__ = ("help", "labels", "name")

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        self.name = name
        self.help = help
        self.labels = labels

    def _key(self, given: Mapping[str, str]) -> Labels:
        if len(given) != len(self.labels):
            raise ValueError(f"{self.name} wants the labels {self.labels}, got {tuple(given)}")
        try:
            return tuple(given[label] for label in self.labels)
        except KeyError as error:
            raise ValueError(f"{self.name} has no value for its label {error}") from error


class Counter(Instrument):
    """Counts up; the name ends in ``_total``."""

    __slots__ = ("values",)

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        super().__init__(name, help, labels)
        self.values: dict[Labels, float] = {} if labels else {(): 0.0}

    def inc(self, amount: float = 1.0, **labels: str) -> None:
        """Add ``amount``, which is never negative."""
        if amount < 0:
            raise ValueError(f"{self.name} only counts up, got {amount}")
        key = self._key(labels)
        self.values[key] = self.values.get(key, 0.0) + amount

    def value(self, **labels: str) -> float:
        """Return the count so far, 0 when nothing was counted."""
        return self.values.get(self._key(labels), 0.0)


class Gauge(Instrument):
    """Holds what is true now."""

    __slots__ = ("values",)

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        super().__init__(name, help, labels)
        self.values: dict[Labels, float] = {} if labels else {(): 0.0}

    def set(self, value: float, **labels: str) -> None:
        """Set the value of one combination of labels."""
        self.values[self._key(labels)] = float(value)

    def replace(self, values: Mapping[str, float]) -> None:
        """Set all values of a gauge with one label; what is not mentioned is gone."""
        if len(self.labels) != 1:
            raise ValueError(f"{self.name} has {len(self.labels)} labels, replace needs one")
        self.values = {(label,): float(value) for label, value in values.items()}

    def restate(self, values: Mapping[Labels, float]) -> None:
        """Set all values, each by its label values in order; what is not mentioned is gone."""
        if any(len(labels) != len(self.labels) for labels in values):
            raise ValueError(f"{self.name} wants the labels {self.labels}")
        self.values = {labels: float(value) for labels, value in values.items()}

    def value(self, **labels: str) -> float:
        """Return the value, 0 when none was set."""
        return self.values.get(self._key(labels), 0.0)


class Distribution:
    """The observations of one combination of labels; ``counts`` has one more slot than bounds."""

    __slots__ = ("counts", "total")

    def __init__(self, slots: int) -> None:
        self.counts = [0] * slots
        self.total = 0.0


class Histogram(Instrument):
    """Counts observations in buckets; ``bounds`` are upper bounds, ascending, without infinity."""

    __slots__ = ("bounds", "values")

    def __init__(
        self, name: str, help: str, labels: Labels = (), *, bounds: tuple[float, ...]
    ) -> None:
        super().__init__(name, help, labels)
        self.bounds = bounds
        self.values: dict[Labels, Distribution] = {}

    def observe(self, value: float, **labels: str) -> None:
        """Count one observation."""
        key = self._key(labels)
        distribution = self.values.get(key)
        if distribution is None:
            distribution = self.values[key] = Distribution(len(self.bounds) + 1)
        distribution.counts[bisect_left(self.bounds, value)] += 1
        distribution.total += value

    def count(self, **labels: str) -> int:
        """Return the number of observations."""
        distribution = self.values.get(self._key(labels))
        return sum(distribution.counts) if distribution else 0
