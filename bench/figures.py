"""Figures beside their budgets."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value and its budget, in the same unit; lower is better."""

    name: str
    value: float
    budget: float
    unit: str

    @property
    def kept(self) -> bool:
        return self.value <= self.budget

    def __str__(self) -> str:
        share = self.value / self.budget
        verdict = "ok" if self.kept else "MISSED"
        return (
            f"{self.name:<52} {self.value:>9.2f} {self.unit:<5} "
            f"budget {self.budget:>7g} {self.unit:<5} ratio {share:>5.2f} {verdict}"
        )


def quantiles(name: str, samples: Sequence[float], p50: float, p99: float) -> list[Figure]:
    """Return p50 and p99 of samples in milliseconds, beside their budgets."""
    cuts = statistics.quantiles(samples, n=100)
    return [
        Figure(f"{name}, p50 of {len(samples)}", cuts[49], p50, "ms"),
        Figure(f"{name}, p99 of {len(samples)}", cuts[98], p99, "ms"),
    ]
