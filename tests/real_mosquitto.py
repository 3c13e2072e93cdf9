"""A Mosquitto of our own out of Debian's package, on a free port; it keeps nothing on a disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

from asterisk.lab.ports import free_port
from asterisk.lab.program import load_debs
from tests.real_servers import LOOPBACK, Certificates, RealServer

PARTS = Path(__file__).parents[1] / ".parts"


def real_mosquitto(
    folder: Path,
    *,
    login: tuple[str, str] | None = None,
    certificates: Certificates | None = None,
    keeps: bool = False,
) -> RealServer:
    """The broker, not started yet. `login`: user and password, which it then asks for.

    With certificates it speaks TLS alone. `keeps`: what is retained outlives a restart, unless
    it was killed.
    """
    debs = load_debs()
    root = debs.bring("mosquitto", PARTS)
    port = free_port()
    lines = [f"listener {port} {LOOPBACK}", "user root", "set_tcp_nodelay true"]
    lines += ["max_queued_messages 0", f"persistence {'true' if keeps else 'false'}"]
    lines += [f"persistence_location {folder}/"] if keeps else []
    lines.append(f"allow_anonymous {'false' if login else 'true'}")
    if login:
        lines.append(f"password_file {_password_file(root, folder, *login)}")
    if certificates:
        lines += [f"certfile {certificates.certificate}", f"keyfile {certificates.key}"]
    settings = folder / f"mosquitto-{port}.conf"
    settings.write_text("\n".join([*lines, ""]))
    command = debs.command(root, "usr/sbin/mosquitto")
    return RealServer([*command, "-c", str(settings)], port, folder)


def _password_file(root: Path, folder: Path, user: str, password: str) -> Path:
    path = folder / "passwords"
    path.touch(mode=0o600)
    command = load_debs().command(root, "usr/bin/mosquitto_passwd")
    words = [*command, "-b", str(path), user, password]
    subprocess.run(words, check=True, capture_output=True)
    return path
