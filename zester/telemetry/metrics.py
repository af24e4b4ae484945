"""Every metric of the product.

Names are ``zester_<room>_<what>_<unit>``. Labels have few values by nature: never a node, a path
or a state, so that a fleet of any size gives a bounded number of series.
"""

from __future__ import annotations

from zester.telemetry.instruments import Counter, Gauge, Histogram, Instrument

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Metrics:
    """The instruments of one process; made once by ``main`` and handed to whoever counts."""

    def __init__(self) -> None:
        self.build = Gauge(
            "zester_build_info",
            "Always 1; what runs here.",
            ("component", "version"),
        )
        self._process()
        self._bus()
        self._trees()
        self._trust()
        self._agent()
        self._sensors()
        self._master()
        self._mirror()

    def instruments(self) -> tuple[Instrument, ...]:
        """Return every instrument, in the order of this file."""
        return tuple(value for value in vars(self).values() if isinstance(value, Instrument))

    def _process(self) -> None:
        self.process_memory = Gauge(
            "zester_process_resident_memory_bytes", "Resident memory of this process."
        )
        self.process_cpu = Counter(
            "zester_process_cpu_seconds_total", "User and system time of this process."
        )
        self.process_open_files = Gauge(
            "zester_process_open_files", "File descriptors this process has open."
        )
        self.process_start = Gauge(
            "zester_process_start_time_seconds", "Start of this process, in Unix time."
        )

    def _bus(self) -> None:
        self.bus_connected = Gauge("zester_bus_connected", "1 while connected to NATS, else 0.")
        self.bus_reconnects = Counter(
            "zester_bus_reconnects_total", "Times the connection to NATS came back."
        )

    def _trees(self) -> None:
        self.trees_fetched = Counter(
            "zester_trees_fetched_bytes_total", "Bytes of blobs read from the bus."
        )
        self.trees_rejected = Counter(
            "zester_trees_rejected_total", "Heads that were not followed.", ("reason",)
        )

    def _trust(self) -> None:
        self.trust_refused = Counter(
            "zester_trust_refused_total",
            "Signed documents that were not believed.",
            ("document", "reason"),
        )

    def _agent(self) -> None:
        self.agent_runs = Counter("zester_agent_runs_total", "Finished runs.", ("cause", "result"))
        self.agent_run_duration = Histogram(
            "zester_agent_run_duration_seconds", "Length of a run.", ("cause",), bounds=SECONDS
        )
        self.agent_checks = Counter("zester_agent_checks_total", "States that were looked at.")
        self.agent_states = Gauge(
            "zester_agent_states", "States by their last result.", ("result",)
        )
        self.agent_drift_corrected = Counter(
            "zester_agent_drift_corrected_total", "States that had drifted and were put right."
        )
        self.agent_contested = Gauge(
            "zester_agent_contested", "States that somebody else keeps changing."
        )
        self.agent_spooled = Gauge("zester_agent_spooled_reports", "Reports that wait for the bus.")
        self.agent_jobs = Counter(
            "zester_agent_jobs_total",
            "Jobs that were told of, by what became of them.",
            ("status",),
        )
        self.agent_jobs_dropped = Counter(
            "zester_agent_jobs_dropped_total",
            "Messages that claimed to be jobs and were not believed.",
            ("reason",),
        )
        self.reconcile_queue_depth = Gauge(
            "zester_reconcile_queue_depth", "Keys that wait to be reconciled.", ("queue",)
        )

    def _sensors(self) -> None:
        self.sensors_watches = Gauge("zester_sensors_watches", "Things watched.", ("kind",))
        self.sensors_polled = Gauge(
            "zester_sensors_polled_watches",
            "Things looked at from time to time because they cannot be watched.",
            ("kind",),
        )
        self.sensors_events = Counter(
            "zester_sensors_events_total", "Events the operating system sent.", ("kind",)
        )
        self.sensors_emitted = Counter(
            "zester_sensors_emitted_total", "Times a sensor said: maybe changed.", ("kind",)
        )
        self.sensors_dropped_own_writes = Counter(
            "zester_sensors_dropped_own_writes_total",
            "Events dropped because the thing is as the engine left it.",
        )
        self.sensors_overflows = Counter(
            "zester_sensors_overflows_total", "Times the kernel lost events and all was looked at."
        )

    def _master(self) -> None:
        self.rollup_peels = Gauge(
            "zester_rollup_peels", "Peels for which a condition is true.", ("condition",)
        )
        self.grants_computed = Counter(
            "zester_grants_computed_total", "Peels whose granted settings were worked out."
        )
        self.grants_written = Counter(
            "zester_grants_written_total", "Grants of settings keys that were written."
        )
        self.grants_bytes = Counter(
            "zester_grants_written_bytes_total", "Bytes of grants that were written."
        )
        self.grants_failed = Counter(
            "zester_grants_failed_total", "Peels whose granted settings could not be worked out."
        )
        self.grants_keys_healed = Counter(
            "zester_grants_keys_healed_total",
            "Keys of settings files that were unreadable and were made anew.",
        )
        self.rollup_updates = Counter(
            "zester_rollup_updates_total", "Status reports taken in by the master."
        )
        self.jobs_recorded = Counter(
            "zester_jobs_recorded_total",
            "Commands written down as given or closed, told again, disbelieved.",
            ("what",),
        )
        self.jobs_open = Gauge("zester_jobs_open", "Jobs that are not over yet.")
        self.index_peels = Gauge("zester_index_peels", "Peels that the index of the fleet has.")
        self.index_questions = Counter(
            "zester_index_questions_total", "Questions answered from the index of the fleet."
        )
        self.enrollment_answers = Counter(
            "zester_enrollment_answers_total", "Requests for admission or renewal answered."
        )
        self.enrollment_refused = Counter(
            "zester_enrollment_refused_total", "Requests for admission refused.", ("reason",)
        )
        self.enrollment_machines = Gauge(
            "zester_enrollment_machines", "Enrolments by their state.", ("state",)
        )

    def _mirror(self) -> None:
        self.mirror_events = Counter(
            "zester_mirror_events_total", "Changes that the watch of the cluster told.", ("kind",)
        )
        self.mirror_objects = Gauge(
            "zester_mirror_objects", "Objects in the cluster, as last listed.", ("kind",)
        )
        self.mirror_ghosts = Counter(
            "zester_mirror_ghosts_total", "Objects that went without the watch telling."
        )
        self.mirror_watch_restarts = Counter(
            "zester_mirror_watch_restarts_total",
            "Times the watch of the cluster had to begin anew.",
        )
        self.mirror_watch_age = Gauge(
            "zester_mirror_watch_age_seconds",
            "Seconds since the cluster last told anything of a kind; it does every minute.",
            ("kind",),
        )
        self.mirror_reconciles = Counter(
            "zester_mirror_reconciles_total", "Looks at what has to be so.", ("kind", "result")
        )
        self.mirror_reconcile_duration = Histogram(
            "zester_mirror_reconcile_duration_seconds",
            "How long such a look took.",
            ("kind",),
            bounds=SECONDS,
        )
        self.mirror_queue_depth = Gauge(
            "zester_mirror_queue_depth", "Namespaces and machines that wait for a look."
        )
        self.mirror_queue_wait = Histogram(
            "zester_mirror_queue_wait_seconds",
            "Time from a change of an object to the look at its namespace.",
            bounds=SECONDS,
        )
        self.mirror_conditions = Gauge(
            "zester_mirror_conditions",
            "Objects by what their conditions say.",
            ("kind", "type", "status"),
        )
        self.mirror_status_writes = Counter(
            "zester_mirror_status_writes_total", "Statuses written into the cluster.", ("result",)
        )
        self.mirror_leader = Gauge(
            "zester_mirror_leader", "1 while this master mirrors the cluster, else 0."
        )
