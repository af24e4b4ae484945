"""A server as a process of its own: ``python -m support.kubernetes FOLDER MANIFEST…``.

Prints the path of an administrator's kubeconfig once it listens, and ends with SIGTERM. With ``-``
as the last manifest, paths of more come on stdin, a line each: their objects are there all at once,
and the path is printed again.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from pathlib import Path

import yaml

from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas


async def serve(folder: Path, manifests: list[Path], *, listen: bool) -> None:
    """Serve until a signal comes."""
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)
    gc.set_threshold(100_000)  # what is stored lives as long as the server
    async with ApiServer(folder, StructuralSchemas()) as server:

        def more() -> None:
            line = sys.stdin.readline()
            if not line:
                loop.remove_reader(sys.stdin)
                return
            _add(server, Path(line.strip()))
            _say(line.strip())

        for path in manifests:
            _add(server, path)
        if listen:
            loop.add_reader(sys.stdin, more)
        _say(str(server.kubeconfig()))
        await end.wait()


def _add(server: ApiServer, manifest: Path) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    documents = yaml.load_all(manifest.read_text(), loader)
    server.add(*(each for each in documents if each))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    named = [Path(each) for each in sys.argv[2:] if each != "-"]
    asyncio.run(serve(Path(sys.argv[1]), named, listen=sys.argv[-1] == "-"))
