"""An engine's own certificate authority, and one certificate for all its nodes."""

from collections.abc import Iterable
from pathlib import Path

from engines.packages import program, run

PASSWORD = "movieserver"
"""The password of the key store, which must have one."""
DAYS = "3650"


class Certificates:
    """The certificate files in an engine's folder, made if they are absent."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "ca.pem"
        """What clients trust."""
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        self.store = folder / "keystore.p12"
        """The certificate and the key in the form that Java wants."""

    def make(self, addresses: Iterable[str]) -> None:
        """Make the files for ``addresses`` and localhost, unless they exist."""
        if self.store.exists():
            return
        authority_key = self.authority.with_suffix(".key")
        basic = ["-subj", "/CN=movieserver engines", "-addext", "keyUsage=critical,keyCertSign"]
        self._request(authority_key, self.authority, basic)
        names = ",".join(["DNS:localhost", *(f"IP:{address}" for address in addresses)])
        signed = ["-CA", str(self.authority), "-CAkey", str(authority_key)]
        limits = ["-addext", "basicConstraints=critical,CA:false"]
        leaf = ["-subj", "/CN=localhost", "-addext", f"subjectAltName={names}", *limits]
        self._request(self.key, self.certificate, [*leaf, *signed])
        files = ["-in", self.certificate, "-inkey", self.key, "-out", self.store]
        secret = ["-passout", f"pass:{PASSWORD}", "-name", "server"]
        run([*_openssl("pkcs12"), "-export", *map(str, files), *secret])

    @staticmethod
    def _request(key: Path, certificate: Path, options: list[str]) -> None:
        new = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        files = ["-keyout", str(key), "-out", str(certificate), "-days", DAYS]
        run([*_openssl("req"), *new, *files, *options])


def _openssl(command: str) -> list[str]:
    return [program("openssl", "openssl"), command]
