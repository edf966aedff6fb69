"""An OpenID Connect issuer: npm's oidc-provider, a certified implementation."""

from pathlib import Path
from urllib.request import urlopen

from engines.engine import Engine
from engines.node import Node
from engines.packages import node_modules, program

HERE = Path(__file__).parent
AUDIENCE = "urn:movieserver"
DISCOVERY = "/.well-known/openid-configuration"


class Issuer(Engine):
    """One process; its keys live as long as it does."""

    name = "issuer"
    default_port = 9500

    def fetch(self) -> None:
        program("node", "nodejs")
        node_modules(HERE)

    def command(self, node: Node) -> list[str]:
        script = str(HERE / "issuer.mjs")
        return [program("node", "nodejs"), script, node.address, str(self.layout.port)]

    def answers(self, node: Node) -> bool:
        url = f"http://{node.address}:{self.layout.port}{DISCOVERY}"
        with urlopen(url, timeout=5) as response:
            return bool(response.status == 200)

    def environment(self) -> dict[str, str]:
        return {
            "MOVIESERVER_ISSUER": f"http://{self.addresses()}",
            "MOVIESERVER_AUDIENCE": AUDIENCE,
            "MOVIESERVER_DISCOVERY": "true",
        }
