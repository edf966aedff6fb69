"""What every engine has in common: nodes that are started, waited for and stopped."""

import json
import shutil
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from engines.certificates import Certificates
from engines.errors import EngineError
from engines.node import Node
from engines.packages import say


@dataclass(frozen=True)
class Layout:
    """What was chosen when an engine was first brought up; its data depends on it."""

    nodes: int
    port: int


class Engine(ABC):
    """One engine on this machine, with its data under one folder."""

    name: ClassVar[str]
    default_port: ClassVar[int]
    clustered: ClassVar[bool] = False
    """Whether the engine can have several nodes."""
    patience: ClassVar[float] = 120.0
    """Seconds after which a started node that does not answer is an error."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    variables: ClassVar[Mapping[str, str]] = {}
    """Environment variables for the engine's processes."""

    def __init__(self, run: Path) -> None:
        """Take the folder under which all engines keep their data."""
        self.folder = run / self.name
        self._layout_file = self.folder / "layout.json"

    @abstractmethod
    def fetch(self) -> None:
        """Fetch the server, if it is not there yet."""

    @abstractmethod
    def command(self, node: Node) -> list[str]:
        """Prepare the node's folder and return the command that runs its server."""

    @abstractmethod
    def answers(self, node: Node) -> bool:
        """Whether the server does what clients ask of it; may raise ``OSError`` if not."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The environment variables that make movieserver use the engine."""

    def prepare(self, node: Node) -> None:
        """Make what movieserver expects to find on a node that answers, if it is absent."""

    @property
    def layout(self) -> Layout:
        """The layout that the engine was brought up with, or the default before that."""
        if not self._layout_file.exists():
            return Layout(1, self.default_port)
        try:
            return Layout(**json.loads(self._layout_file.read_text()))
        except (ValueError, TypeError) as error:
            raise EngineError(
                f"{self._layout_file} cannot be read; end what runs of {self.name}, then remove "
                f"{self.folder}"
            ) from error

    @property
    def nodes(self) -> list[Node]:
        """The nodes, running or not; none before the engine is first brought up."""
        return self._nodes(self.layout.nodes if self._layout_file.exists() else 0)

    def node(self, number: int) -> Node:
        """The node with this number; raises ``EngineError`` if there is none."""
        if not 1 <= number <= len(self.nodes):
            raise EngineError(f"{self.name} has {len(self.nodes)} nodes; there is no {number}")
        return self.nodes[number - 1]

    def certificates(self) -> Certificates:
        """The certificates of the nodes, made if they are absent."""
        certificates = Certificates(self.folder)
        certificates.make(node.address for node in self.nodes)
        return certificates

    def up(self, nodes: int | None, port: int | None) -> None:
        """Start the nodes that do not run, and return when every node answers."""
        self._keep_layout(nodes, port)
        self.fetch()
        for node in self.nodes:
            self._launch(node)
        for node in self.nodes:
            self._wait(node)

    def start(self, number: int) -> None:
        """Start one node, and return when it answers."""
        self._launch(self.node(number))
        self._wait(self.node(number))

    def down(self) -> None:
        """Stop every node in an orderly way; the data stays."""
        for node in self.nodes:
            if node.pid is not None:
                node.stop(self.stop_signal)
                say(f"{node}: stopped")

    def wipe(self) -> None:
        """Stop every node at once and remove the data."""
        for node in self.nodes:
            node.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def status(self, node: Node) -> str:
        """A line about a node."""
        if (pid := node.pid) is None:
            return f"{node}: down"
        verdict = "answers" if self._tried(node) else "does not answer"
        place = f"{node.address}:{self.layout.port}"
        return f"{node}: process {pid}, {node.memory} MiB, {place} {verdict}"

    def addresses(self) -> str:
        """All nodes, as a URL lists them."""
        return ",".join(f"{node.address}:{self.layout.port}" for node in self.nodes)

    def _keep_layout(self, nodes: int | None, port: int | None) -> None:
        kept = self.layout
        wanted = Layout(nodes or kept.nodes, port or kept.port)
        if wanted.nodes > 1 and not self.clustered:
            raise EngineError(f"{self.name} is one node here")
        if self._layout_file.exists() and wanted != kept:
            raise EngineError(
                f"{self.folder} holds {kept.nodes} nodes on port {kept.port}; "
                f"for another layout, first: bin/engines wipe {self.name}"
            )
        if not self._layout_file.exists():
            for node in self._nodes(wanted.nodes):
                self._check_free(node, wanted.port)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._layout_file.write_text(json.dumps(asdict(wanted)))

    def _nodes(self, count: int) -> list[Node]:
        return [
            Node(self.name, number, self.folder / str(number)) for number in range(1, count + 1)
        ]

    def _check_free(self, node: Node, port: int) -> None:
        if connects(node.address, port):
            raise EngineError(
                f"{node.address}:{port} is taken by a process that bin/engines did not"
                f" start; stop it, or: bin/engines up {self.name} --port N"
            )

    def _launch(self, node: Node) -> None:
        if node.pid is not None:
            return
        self._check_free(node, self.layout.port)
        node.folder.mkdir(exist_ok=True)
        node.start(self.command(node), self.variables)

    def _wait(self, node: Node) -> None:
        began = time.monotonic()
        while not self._tried(node):
            if node.pid is None:
                raise EngineError(f"{node} has ended; {node.log} says:\n{node.last_words()}")
            if time.monotonic() - began > self.patience:
                raise EngineError(f"{node} does not answer after {self.patience:g} s: {node.log}")
            time.sleep(0.25)
        self.prepare(node)
        say(f"{node}: answers on {node.address}:{self.layout.port}")

    def _tried(self, node: Node) -> bool:
        try:
            return self.answers(node)
        except OSError:
            return False


def connects(address: str, port: int) -> bool:
    """Whether something listens on the port."""
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def receive(connection: socket.socket, size: int) -> bytes:
    """Exactly ``size`` bytes; raises ``ConnectionError`` if the other end sends fewer."""
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        received += part
    return received
