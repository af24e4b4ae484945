"""A switch: many network namespaces on one wire, any of which can be pulled out."""

from __future__ import annotations

from hosts.network import Namespace


class Switch:
    """Connects namespaces; cutting one drops everything it says, and nobody is told."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inside = Namespace(f"sw-{name}")
        self._inside.ip("link", "add", "wire", "type", "bridge")
        self._inside.ip("link", "set", "wire", "up")

    def join(self, namespace: Namespace, address: str) -> None:
        """Plug a namespace in; it has this address of the switch's /24."""
        port, device = self._port(namespace), f"to-{self._name}"
        self._inside.ip(
            *("link", "add", port, "type", "veth"),
            *("peer", "name", device, "netns", namespace.name),
        )
        self._inside.ip("link", "set", port, "master", "wire")
        self._inside.ip("link", "set", port, "up")
        namespace.address(device, f"{address}/24")

    def cut(self, namespace: Namespace) -> None:
        """Pull the plug."""
        self._inside.ip("link", "set", self._port(namespace), "down")

    def heal(self, namespace: Namespace) -> None:
        """Put the plug back."""
        self._inside.ip("link", "set", self._port(namespace), "up")

    def remove(self) -> None:
        """Take the switch and its wires away."""
        self._inside.remove()

    def _port(self, namespace: Namespace) -> str:
        return f"p-{namespace.name}"
