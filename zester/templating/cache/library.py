"""What is worth keeping between renderings: compiled templates and parsed YAML."""

from __future__ import annotations

import marshal
from collections import OrderedDict
from collections.abc import Callable, Hashable
from hashlib import sha256
from threading import Lock
from types import CodeType
from typing import TYPE_CHECKING, Generic, TypeVar
from warnings import catch_warnings

from zester.targeting.value import Value
from zester.templating.documents.document import Document, parse

if TYPE_CHECKING:
    from jinja2 import Environment

    from zester.templating.cache.code_store import CodeStore

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """Values by key, the least recently used ones dropped beyond a total weight."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._weight = 0
        self._items: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K, weight: int, make: Callable[[], V]) -> V:
        """Return the value under a key; a missing one is made and has this weight."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key][0]
        value = make()
        with self._lock:
            if key not in self._items and weight <= self._capacity:
                self._items[key] = (value, weight)
                self._weight += weight
                while self._weight > self._capacity:
                    _, (_, dropped) = self._items.popitem(last=False)
                    self._weight -= dropped
        return value

    def __len__(self) -> int:
        return len(self._items)


class Library:
    """Compiled templates and parsed documents by content; give one to all renderers of a process.

    ``capacity`` bounds each of the two caches, in characters of source text; ``store`` keeps
    compiled templates for the next process. Safe for threads.
    """

    def __init__(self, capacity: int = 1024 * 1024, store: CodeStore | None = None) -> None:
        self._store = store
        self._codes: BoundedCache[tuple[str, bytes], CodeType] = BoundedCache(capacity)
        self._documents: BoundedCache[bytes, bytes] = BoundedCache(capacity)

    def unstored(self) -> Library:
        """Return a library with the same memory that keeps nothing on disk: for what is secret."""
        other = Library(0)
        other._codes, other._documents = self._codes, self._documents
        return other

    def code(
        self,
        environment: Environment,
        name: str,
        text: str,
        *,
        public: Callable[[str, str], bool] = lambda name, text: True,
    ) -> CodeType:
        """Return a template's code; raises jinja2's TemplateSyntaxError.

        ``public`` tells of a template that is not known yet whether its text may be on disk.
        """
        return self._codes.get(
            (name, _digest(text)),
            len(text),
            lambda: self._compile(environment, name, text, public),
        )

    def _compile(
        self, environment: Environment, name: str, text: str, public: Callable[[str, str], bool]
    ) -> CodeType:
        store = self._store if self._store is not None and public(name, text) else None
        code = store.read(name, text) if store else None
        if code is None:
            # Patterns such as '\s' in a template's text are Salt's way; Python warns of them.
            with catch_warnings(category=DeprecationWarning, action="ignore"):
                code = environment.compile(text, name, name)
            if store:
                store.write(name, text, code)
        return code

    def document(self, text: str) -> Document:
        """Return a parsed YAML text; raises Fault.

        Kept packed: a tenth of the memory, and unpacked much faster than parsed.
        """
        made: list[Document] = []

        def pack() -> bytes:
            made.append(parse(text))
            content: Value = (made[0].data, made[0].offsets, made[0].encrypted)
            return marshal.dumps(content)

        packed = self._documents.get(_digest(text), len(text), pack)
        return made[0] if made else Document(*marshal.loads(packed))  # noqa: S302 -- our own


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
