"""Apache Cassandra: every node has its own address, by which drivers tell nodes apart.

Role and password are ``cassandra``, which a new cluster makes by itself.
"""

import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import ClassVar

from engines import certificates
from engines.engine import Engine, receive
from engines.node import Node
from engines.packages import jars, java, java_in

HERE = Path(__file__).parent
USER = PASSWORD = "cassandra"
KEYSPACE = "movieserver"
NATIVE_TO_STORAGE = 7000 - 9042
"""The distance of the port between nodes from the port for clients."""
RING = 2**64
STARTUP, QUERY, AUTH_RESPONSE, RESULT = 0x01, 0x07, 0x0F, 0x08
"""Opcodes of the native protocol, version 4."""
PEERS = b"SELECT count(*) FROM system.peers_v2"


class Cassandra(Engine):
    """One node, or three that each own a third of the ring; they start together."""

    name = "cassandra"
    default_port = 9042
    clustered = True
    patience = 300.0
    variables: ClassVar[Mapping[str, str]] = {"MALLOC_ARENA_MAX": "4"}

    def fetch(self) -> None:
        jars(self.name)
        java()

    def command(self, node: Node) -> list[str]:
        settings = node.folder / "cassandra.yaml"
        nodes = self.nodes
        settings.write_text(
            Template((HERE / "cassandra.yaml").read_text()).substitute(
                TOKEN=(node.number - 1) * RING // len(nodes) - RING // 2,
                # A seed asks no other node for data when it joins: right if all nodes are new.
                SEEDS=",".join(each.address for each in nodes),
                ADDRESS=node.address,
                PORT=self.layout.port,
                STORAGE_PORT=self.layout.port + NATIVE_TO_STORAGE,
                KEYSTORE=self.certificates().store,
                KEYSTORE_PASSWORD=certificates.PASSWORD,
                FOLDER=node.folder,
            )
        )
        folder = jars(self.name)
        (agent,) = folder.glob("jamm-*.jar")
        properties = {
            "cassandra.config": settings.as_uri(),
            "cassandra.storagedir": node.folder,
            "cassandra.logdir": node.folder,
            "logback.configurationFile": (HERE / "logback.xml").as_uri(),
            "cassandra-foreground": "yes",
            "cassandra.skip_wait_for_gossip_to_settle": 0,
            "cassandra.ring_delay_ms": 3000,
            "cassandra.superuser_setup_delay_ms": 500,
            "cassandra.system_auth.default_rf": len(nodes),
        }
        options = [f"-D{name}={value}" for name, value in properties.items()]
        classes = ["-cp", f"{folder}/*", "org.apache.cassandra.service.CassandraDaemon"]
        machine = [*java_in(node.folder), f"@{HERE / 'jvm.args'}", f"-javaagent:{agent}"]
        return [*machine, *options, *classes]

    def answers(self, node: Node) -> bool:
        """Whether the node accepts the role's login and knows the other nodes."""
        with socket.create_connection((node.address, self.layout.port), timeout=5) as connection:
            _ask(connection, STARTUP, struct.pack(">h", 1) + _text("CQL_VERSION") + _text("3.0.0"))
            login = f"\0{USER}\0{PASSWORD}".encode()
            _ask(connection, AUTH_RESPONSE, struct.pack(">i", len(login)) + login)
            # Consistency ONE, no flags.
            query = struct.pack(">i", len(PEERS)) + PEERS + struct.pack(">hb", 1, 0)
            opcode, body = _ask(connection, QUERY, query)
        return opcode == RESULT and struct.unpack(">q", body[-8:])[0] >= len(self.nodes) - 1

    def environment(self) -> dict[str, str]:
        place = f"{self.addresses()}/{KEYSPACE}"
        return {"MOVIESERVER_RATES": f"cassandra://{USER}:{PASSWORD}@{place}"}


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


def _ask(connection: socket.socket, opcode: int, body: bytes) -> tuple[int, bytes]:
    """Send a request; returns the opcode and the body of the answer."""
    connection.sendall(struct.pack(">BBhBi", 4, 0, 0, opcode, len(body)) + body)
    *_, answer, size = struct.unpack(">BBhBi", receive(connection, 9))
    return answer, receive(connection, size)
