#!/usr/bin/env python3
"""The shipped unit under a real systemd: started, killed, hung, reloaded, at fault, stopped.

A systemd of Debian's own package is started as process 1 of namespaces of its own (processes,
mounts, control groups), with layers of their own over /etc, /var and /run: nothing outside is
touched. That needs root, so it is a target of its own (`make test-systemd`); the suite has a small
manager instead that obeys the same unit (`tests/service/unit.py`). The unit is taken as it is,
only the path of the program differs.

    .venv/bin/python tests/service/real_systemd.py
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
"""Not the virtual environment's: that may lie in a home, which the unit may not enter."""
TREES = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
TARGETS = ("sysinit", "basic", "network-online", "multi-user", "shutdown", "sockets", "slices")
STORY_S = 120.0

INNER = """\
set -e
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/units
for name in etc var; do
  mkdir -p /run/up-$name /run/work-$name
  mount -t overlay overlay -o lowerdir=/$name,upperdir=/run/up-$name,workdir=/run/work-$name /$name
done
echo 'waihu:x:987:987:Waihu:/var/lib/waihu:/usr/sbin/nologin' >> /etc/passwd
echo 'waihu:x:987:' >> /etc/group
cp {folder}/*.target {folder}/waihu.service /run/units/
install -m 0755 {folder}/program /run/program
install -d -o waihu -g waihu -m 0700 /etc/waihu /var/lib/waihu /var/log/waihu
setpriv --reuid waihu --regid waihu --clear-groups \\
  env HOME=/var/lib/waihu LANG=C.UTF-8 /run/program init /etc/waihu --yes > /dev/null
{python} {me} --story {folder} &
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other SYSTEMD_UNIT_PATH=/run/units \\
  {systemd} --system --unit=multi-user.target --log-target=null --show-status=0
"""


def main() -> int:
    """Run the story in its own world; 0 when all of it came true."""
    if os.geteuid() != 0:
        sys.stderr.write("real_systemd: needs root, for namespaces of its own\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="waihu-systemd-") as name, _own_group() as join:
        folder = Path(name)
        _lay_out(folder)
        world = ["unshare", "-C", "-m", "-p", "-f", "--mount-proc", "--propagation", "private"]
        join()
        outer = subprocess.Popen([*world, "bash", folder / "inner.sh"], stderr=subprocess.DEVNULL)
        try:
            return _result(folder, outer)
        finally:
            for child in _children(outer.pid):
                os.kill(child, signal.SIGKILL)  # its process 1, and so all of it
            outer.wait()


def _lay_out(folder: Path) -> None:
    folder.chmod(0o755)
    sys.path.insert(0, str(ROOT / "packaging"))
    import debs  # noqa: PLC0415  a script beside the rooms

    parts = debs.bring("systemd", ROOT / ".parts")
    systemd = shlex.join(debs.command(parts, "lib/systemd/systemd"))
    (folder / "systemctl").write_text(shlex.join(debs.command(parts, "bin/systemctl")), "utf-8")
    for target in TARGETS:
        text = f"[Unit]\nDescription={target}\nDefaultDependencies=no\n"
        (folder / f"{target}.target").write_text(text, "utf-8")
    unit = (ROOT / "packaging" / "waihu.service").read_text("utf-8")
    (folder / "waihu.service").write_text(
        unit.replace("/opt/waihu/bin/waihu", "/run/program"), "utf-8"
    )
    packages = next((ROOT / ".venv" / "lib").glob("python3.*/site-packages"))
    (folder / "program").write_text(
        f"#!/bin/sh\nexport PYTHONPATH={packages}:{ROOT} PYTHONDONTWRITEBYTECODE=1\n"
        f"exec {PYTHON} -c 'from dialer.cli import main; main()' \"$@\"\n",
        "utf-8",
    )
    names = {"folder": folder, "python": PYTHON, "me": Path(__file__), "systemd": systemd}
    (folder / "inner.sh").write_text(INNER.format(**names), "utf-8")


@contextmanager
def _own_group() -> Iterator[Callable[[], None]]:
    """A control group in each tree that this machine has; gives what enters it."""
    groups = [
        Path(tree) / f"waihu-{os.getpid()}"
        for tree in TREES
        if (Path(tree) / "cgroup.procs").exists()
    ]
    for group in groups:
        group.mkdir()

    def join() -> None:
        for group in groups:
            (group / "cgroup.procs").write_text(str(os.getpid()), "ascii")

    try:
        yield join
    finally:
        for group in groups:
            (group.parent / "cgroup.procs").write_text(str(os.getpid()), "ascii")
            _remove(group)


def _remove(group: Path) -> None:
    """A control group and those in it, which are free as soon as the last process is gone."""
    for folder in sorted(group.rglob("*/"), reverse=True):
        if folder.is_dir():
            with suppress(OSError):
                folder.rmdir()
    with suppress(OSError):
        group.rmdir()


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [int(word) for word in text.split()]
    return []


def _result(folder: Path, outer: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + STORY_S
    while time.monotonic() < until and outer.poll() is None:
        if (folder / "result").exists():
            return int((folder / "result").read_text("ascii"))
        time.sleep(0.1)
    sys.stderr.write("real_systemd: the story did not come to its end\n")
    return 1


# ── inside ───────────────────────────────────────────────────────────────────────────────


class Story:
    """What happens to the unit, seen from inside."""

    def __init__(self, folder: Path) -> None:
        self._systemctl = shlex.split((folder / "systemctl").read_text("utf-8"))
        self._faults = 0

    def tell(self) -> int:
        """Everything in its order; how much did not come true."""
        self._until("systemd answers", lambda: self._do("list-units").returncode == 0)
        self._see("it starts", self._do("start", "waihu").returncode == 0)
        self._see("it says what it does", "no link to Asterisk" in self._show("StatusText"))
        self._kill(signal.SIGKILL)
        self._until("killed, it is there again", lambda: self._restarted(1), "within 5 s", 5.0)
        self._see("it reloads", self._do("reload", "waihu").returncode == 0)
        settings, pid = Path("/etc/waihu/waihu.toml"), self._show("MainPID")
        whole = settings.read_text("utf-8")
        settings.write_text(whole + "broken\n", "utf-8")
        self._see("broken settings are refused", self._do("reload", "waihu").returncode != 0)
        self._see("and it goes on", (self._show("MainPID"), self._active()) == (pid, True))
        settings.write_text(whole, "utf-8")
        self._kill(signal.SIGSTOP)
        self._until("hung, it is killed, and there again", lambda: self._restarted(2), "", 40.0)
        self._see("it stops", self._do("stop", "waihu").returncode == 0)
        self._see("and well", self._show("Result") == "success")
        settings.write_text(whole + "broken\n", "utf-8")
        self._do("start", "waihu")
        time.sleep(3.0)  # three times RestartSec
        ended = (self._show("ActiveState"), self._show("ExecMainStatus"), self._show("NRestarts"))
        self._see("with broken settings it waits for a person", ended == ("failed", "2", "0"))
        return self._faults

    def _restarted(self, times: int) -> bool:
        return self._show("NRestarts") == str(times) and self._active()

    def _active(self) -> bool:
        return self._show("SubState") == "running"

    def _kill(self, sign: signal.Signals) -> None:
        pid = int(self._show("MainPID"))
        if pid > 1:
            os.kill(pid, sign)

    def _do(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._systemctl, *words], capture_output=True, text=True, check=False
        )

    def _show(self, name: str) -> str:
        return self._do("show", "-P", name, "waihu").stdout.strip()

    def _until(
        self, what: str, look: Callable[[], bool], within: str = "", limit_s: float = 20.0
    ) -> None:
        until = time.monotonic() + limit_s
        while not (well := look()) and time.monotonic() < until:
            time.sleep(0.05)
        self._see(f"{what} {within}".strip(), well)

    def _see(self, what: str, well: bool) -> None:  # noqa: FBT001  what was seen
        sys.stdout.write(f"{'ok  ' if well else 'FAIL'} {what}\n")
        sys.stdout.flush()
        self._faults += not well


def _tell(folder: Path) -> None:
    (folder / "result.new").write_text(str(min(Story(folder).tell(), 1)), "ascii")
    (folder / "result.new").rename(folder / "result")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--story"]:
        _tell(Path(sys.argv[2]))
    else:
        sys.exit(main())
