"""``zester job``: list, show, watch, kill, repeat."""

from __future__ import annotations

from zester.cli.console.entry import LazyGroup

VERBS = {
    "kill": ("zester.cli.job.kill:kill", "End a job and its processes on every peel."),
    "list": ("zester.cli.job.list:list_", "List the jobs that were given."),
    "output": ("zester.cli.job.output:output", "Print a large result whole."),
    "retry-failed": (
        "zester.cli.job.retry:retry",
        "Give a job again to the peels that failed or were silent.",
    ),
    "show": ("zester.cli.job.show:show", "Show what became of a job."),
    "watch": ("zester.cli.job.watch:watch", "Wait for a job that was left running."),
}

job = LazyGroup("job", VERBS, "Jobs that were given before.")
