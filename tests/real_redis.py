"""A Redis of our own out of Debian's package, on a free port, in memory only."""

from __future__ import annotations

from pathlib import Path

from asterisk.lab.ports import free_port
from asterisk.lab.program import load_debs
from tests.real_servers import LOOPBACK, Certificates, RealServer

PARTS = Path(__file__).parents[1] / ".parts"


def real_redis(
    folder: Path, *, password: str = "", certificates: Certificates | None = None
) -> RealServer:
    """The server, not started yet. With certificates it speaks TLS alone."""
    debs = load_debs()
    port = free_port()
    words = [*debs.command(debs.bring("redis", PARTS), "usr/bin/redis-server")]
    words += ["--bind", LOOPBACK, "--save", "", "--appendonly", "no", "--dir", str(folder)]
    words += ["--port", "0" if certificates else str(port)]
    if password:
        words += ["--requirepass", password]
    if certificates:
        words += ["--tls-port", str(port), "--tls-auth-clients", "no"]
        words += ["--tls-cert-file", str(certificates.certificate)]
        words += ["--tls-key-file", str(certificates.key)]
        words += ["--tls-ca-cert-file", str(certificates.authority)]
    return RealServer(words, port, folder)
