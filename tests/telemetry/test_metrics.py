"""Every metric is named, counted and shown as it should be."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from zester.telemetry.exposition import exposition
from zester.telemetry.instruments import Counter, Histogram
from zester.telemetry.metrics import Metrics


def test_names_follow_the_house_rule_and_are_unique() -> None:
    names = [instrument.name for instrument in Metrics().instruments()]
    assert len(names) == len(set(names))
    for instrument in Metrics().instruments():
        assert re.fullmatch(r"zester_[a-z]+(_[a-z]+)+", instrument.name)
        assert isinstance(instrument, Counter) == instrument.name.endswith("_total")
        assert instrument.help.endswith(".")
        assert not {"node", "id", "peel", "path", "ref"} & set(instrument.labels)


def test_prometheus_reads_what_was_counted() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    metrics = Metrics()
    metrics.agent_runs.inc(cause="drift", result="ok")
    metrics.agent_runs.inc(2, cause="boot", result='he said "no"\n')
    metrics.bus_connected.set(1)
    metrics.rollup_peels.replace({"Ready": 3})
    metrics.agent_run_duration.observe(0.02, cause="drift")
    metrics.agent_run_duration.observe(999, cause="drift")
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition(metrics).decode())
        for sample in family.samples
    }
    runs = "zester_agent_runs_total"
    assert samples[runs, (("cause", "drift"), ("result", "ok"))] == 1
    assert samples[runs, (("cause", "boot"), ("result", 'he said "no"\n'))] == 2
    assert samples["zester_bus_connected", ()] == 1
    assert samples["zester_rollup_peels", (("condition", "Ready"),)] == 3
    took = "zester_agent_run_duration_seconds"
    assert samples[f"{took}_bucket", (("cause", "drift"), ("le", "0.01"))] == 0
    assert samples[f"{took}_bucket", (("cause", "drift"), ("le", "0.025"))] == 1
    assert samples[f"{took}_bucket", (("cause", "drift"), ("le", "+Inf"))] == 2
    assert samples[f"{took}_count", (("cause", "drift"),)] == 2
    assert samples[f"{took}_sum", (("cause", "drift"),)] == pytest.approx(999.02)
    assert samples["zester_process_resident_memory_bytes", ()] > 1 << 20
    assert samples["zester_process_start_time_seconds", ()] > 1e9


def test_a_replaced_gauge_forgets_what_is_no_longer_there() -> None:
    metrics = Metrics()
    metrics.rollup_peels.replace({"Ready": 3, "Stalled": 1})
    metrics.rollup_peels.replace({"Ready": 4})
    assert metrics.rollup_peels.values == {("Ready",): 4.0}


def test_wrong_labels_are_refused() -> None:
    metrics = Metrics()
    with pytest.raises(ValueError, match="wants the labels"):
        metrics.agent_runs.inc()
    with pytest.raises(ValueError, match="no value for its label"):
        metrics.agent_runs.inc(cause="drift", outcome="ok")
    with pytest.raises(ValueError, match="only counts up"):
        metrics.agent_checks.inc(-1)


def test_a_histogram_counts_a_bound_as_inside() -> None:
    histogram = Histogram("zester_x_seconds", "x.", bounds=(1.0, 2.0))
    histogram.observe(1.0)
    histogram.observe(1.5)
    histogram.observe(3.0)
    assert histogram.values[()].counts == [1, 1, 1]
    assert histogram.count() == 3


def test_counting_does_not_import_the_prometheus_client() -> None:
    code = (
        "import sys; from zester.telemetry.metrics import Metrics; "
        "import zester.telemetry.probes, zester.telemetry.exposition; "
        "Metrics().agent_checks.inc(); sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
