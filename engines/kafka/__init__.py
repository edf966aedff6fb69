"""Apache Kafka in KRaft mode: every node is both broker and controller.

The first port is open to everyone and the second is for the controllers. The third demands TLS and
the user ``movieserver`` (SCRAM-SHA-512); clients trust ``ca.pem``, beside the nodes' folders.
"""

import base64
import hashlib
import socket
import struct
from pathlib import Path
from string import Template

from engines import certificates
from engines.engine import Engine, receive
from engines.node import Node
from engines.packages import jars, java, java_in, run

HERE = Path(__file__).parent
USER = PASSWORD = "movieserver"
METADATA = struct.pack(">hhihi?", 3, 4, 1, -1, 0, False)
"""A request for the brokers but no topics: API key 3, version 4, no client id."""


class Kafka(Engine):
    """One node, or three nodes with three copies of everything."""

    name = "kafka"
    default_port = 9092
    clustered = True

    def fetch(self) -> None:
        jars(self.name)
        java()

    def command(self, node: Node) -> list[str]:
        settings = node.folder / "server.properties"
        settings.write_text(
            Template((HERE / "server.properties").read_text()).substitute(
                NODE=node.number,
                ADDRESS=node.address,
                PORT=self.layout.port,
                CONTROLLER_PORT=self.layout.port + 1,
                SECURE_PORT=self.layout.port + 2,
                CONTROLLERS=",".join(map(self._controller, self.nodes)),
                COPIES=min(len(self.nodes), 3),
                IN_SYNC=2 if len(self.nodes) > 2 else 1,
                KEYSTORE=self.certificates().store,
                KEYSTORE_PASSWORD=certificates.PASSWORD,
                FOLDER=node.folder,
            )
        )
        machine = [*java_in(node.folder), f"-Dlog4j2.configurationFile={HERE / 'log4j2.xml'}"]
        classes = ["-cp", f"{jars(self.name)}/*"]
        if not (node.folder / "log" / "meta.properties").exists():
            run([*machine, *classes, "kafka.tools.StorageTool", "format", *self._format(settings)])
        limits = ["-Xms128m", "-Xmx384m", "-XX:+ExitOnOutOfMemoryError"]
        return [*machine, *limits, *classes, "kafka.Kafka", str(settings)]

    def answers(self, node: Node) -> bool:
        """Whether the node knows as many brokers as run."""
        with socket.create_connection((node.address, self.layout.port), timeout=5) as connection:
            connection.sendall(struct.pack(">i", len(METADATA)) + METADATA)
            (size,) = struct.unpack(">i", receive(connection, 4))
            # The answer begins with the request's number and a throttling time.
            _, _, brokers = struct.unpack_from(">iii", receive(connection, size))
        return bool(brokers >= sum(each.pid is not None for each in self.nodes))

    def environment(self) -> dict[str, str]:
        return {"MOVIESERVER_EVENTS": f"kafka://{self.addresses()}"}

    def _controller(self, node: Node) -> str:
        return f"{node.address}:{self.layout.port + 1}"

    def _format(self, settings: Path) -> list[str]:
        voters = ",".join(
            f"{node.number}@{self._controller(node)}:{_uuid(f'node {node.number}')}"
            for node in self.nodes
        )
        user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        cluster = ["--cluster-id", _uuid("cluster"), "--initial-controllers", voters]
        return [*cluster, "--add-scram", user, "--config", str(settings)]


def _uuid(name: str) -> str:
    """A UUID, as Kafka writes it, made from a name, so that all nodes know it beforehand."""
    return base64.urlsafe_b64encode(hashlib.md5(name.encode()).digest()).decode().rstrip("=")
