"""A server as a process of its own: ``python -m support.kubernetes FOLDER MANIFEST…``.

Prints the path of an administrator's kubeconfig once it listens, and ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import yaml

from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas


async def serve(folder: Path, manifests: list[Path]) -> None:
    """Serve until a signal comes."""
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    async with ApiServer(folder, StructuralSchemas()) as server:
        documents = [each for path in manifests for each in yaml.safe_load_all(path.read_text())]
        server.add(*(each for each in documents if each))
        sys.stdout.write(f"{server.kubeconfig()}\n")
        sys.stdout.flush()
        await end.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]]))
