#!/usr/bin/env python3
"""Bring Debian packages into a private folder, without root and without touching the system.

Owns: which packages make up each real part (Asterisk, sipp, …), a private apt state beside
the unpacked files, and the command line with which an unpacked program is started through
its own suite's loader. Needs only Debian's apt, dpkg-deb and python3's standard library, so
it runs before the virtual environment exists. Must not know anything of Waihu.

Where the mirror is, which proxy leads there and which keys count comes from this machine's
own apt configuration; no host is named here.

    python3 packaging/debs.py FOLDER BUNDLE [BUNDLE …]      e.g. .parts asterisk sipp
"""

from __future__ import annotations

import argparse
import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
STAMP = ".packages"


class DebsError(Exception):
    """A package could not be brought; the text says which, why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Suites that belong together; none named means the machine's own.

    A suite `…-security` lies in the security archive. It holds only what was mended: the rest
    comes from the suite that it mends, so both are named.
    """

    suites: tuple[str, ...] = ("",)

    def __str__(self) -> str:
        return " + ".join(suite or "own suite" for suite in self.suites)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A real part: its packages, the suites to try in turn, and a file that proves it is there.

    `closed` bundles bring every dependency, libc included, and start through their own loader;
    the others are single packages whose files are only read.
    """

    packages: tuple[str, ...]
    sources: tuple[Source, ...]
    proof: str
    closed: bool = True


OWN_SUITE = (Source(),)
SID = Source(suites=("sid",))
BULLSEYE = Source(suites=("bullseye", "bullseye-security"))
BUNDLES = {
    "asterisk": Bundle(
        packages=("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm"),
        sources=(SID, BULLSEYE),
        proof="usr/sbin/asterisk",
    ),
    "asterisk16": Bundle(
        packages=("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm"),
        sources=(BULLSEYE,),
        proof="usr/sbin/asterisk",
    ),
    "sipp": Bundle(packages=("sip-tester",), sources=OWN_SUITE, proof="usr/bin/sipp"),
    "postgresql": Bundle(
        packages=("postgresql-15",),
        sources=OWN_SUITE,
        proof="usr/lib/postgresql/15/bin/postgres",
    ),
    "systemd": Bundle(packages=("systemd",), sources=OWN_SUITE, proof="usr/bin/systemd-analyze"),
    "redis": Bundle(packages=("redis-server",), sources=OWN_SUITE, proof="usr/bin/redis-server"),
    "mosquitto": Bundle(packages=("mosquitto",), sources=OWN_SUITE, proof="usr/sbin/mosquitto"),
    "chromium": Bundle(
        packages=("chromium", "fonts-noto-cjk", "fonts-dejavu-core"),
        sources=OWN_SUITE,
        proof="usr/lib/chromium/chromium",
    ),
    "prometheus": Bundle(
        packages=("prometheus",), sources=OWN_SUITE, proof="usr/bin/promtool", closed=False
    ),
    "openssl": Bundle(packages=("openssl",), sources=OWN_SUITE, proof="usr/bin/openssl"),
    "espeak": Bundle(packages=("espeak-ng",), sources=OWN_SUITE, proof="usr/bin/espeak-ng"),
    "pip": Bundle(
        packages=("python3-pip-whl",),
        sources=OWN_SUITE,
        proof="usr/share/python-wheels",
        closed=False,
    ),
}


def bring(name: str, folder: Path) -> Path:
    """Unpack bundle `name` below `folder` (once) and return the folder that holds it."""
    bundle = BUNDLES[name]
    target = folder.resolve() / name
    with _only_one(folder, name):
        if (target / STAMP).exists() and (target / bundle.proof).exists():
            return target
        faults = []
        for source in bundle.sources:
            try:
                _bring_from(source, bundle, target)
            except DebsError as fault:
                faults.append(f"{source}: {fault}")
                print(f"debs: {name}: {faults[-1]}", file=sys.stderr)
            else:
                return target
    raise DebsError(f"cannot bring {name}\n  " + "\n  ".join(faults))


def command(root: Path, program: str) -> list[str]:
    """The argument list that starts `program` (a path below `root`) through the bundle's loader."""
    loader = root / "lib64" / "ld-linux-x86-64.so.2"
    if not loader.exists():
        loader = next(root.glob("**/ld-linux-*.so.*"))
    return [str(loader), "--library-path", ":".join(_library_folders(root)), str(root / program)]


def packages(root: Path) -> list[str]:
    """What is unpacked in `root`, as `name_version_arch` lines."""
    return (root / STAMP).read_text(encoding="utf-8").splitlines()


def _library_folders(root: Path) -> list[str]:
    triplet = f"{platform.machine()}-linux-gnu"
    folders = [root / part / triplet for part in ("usr/lib", "lib")]
    folders += [root / "usr/lib" / triplet / name for name in ("pulseaudio", "systemd")]
    folders += [root / "usr/lib"]
    return [str(folder) for folder in folders if folder.is_dir()]


@contextmanager
def _only_one(folder: Path, name: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring_from(source: Source, bundle: Bundle, target: Path) -> None:
    lines = "".join(_source_line(suite) for suite in source.suites)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as scratch:
        apt = _private_apt(Path(scratch), lines)
        _run([*apt, "update", "-qq"], "the package lists could not be fetched")
        print(f"debs: fetching {' '.join(bundle.packages)} …", flush=True)
        if bundle.closed:
            verb = ["install", "--download-only", "-qq", "-y", *bundle.packages]
            _run([*apt, *verb], "the packages could not be fetched")
            archives = sorted((Path(scratch) / "cache/archives").glob("*.deb"))
        else:
            _run([*apt, "download", "-qq", *bundle.packages], "not fetched", Path(scratch))
            archives = sorted(Path(scratch).glob("*.deb"))
        unpacked = Path(scratch) / "unpacked"
        _unpack(archives, unpacked, bundle)
        shutil.rmtree(target, ignore_errors=True)
        unpacked.rename(target)
    print(f"debs: {target.name} is in {target}", flush=True)


def _unpack(archives: list[Path], unpacked: Path, bundle: Bundle) -> None:
    unpacked.mkdir()
    for archive in archives:
        _run(["dpkg-deb", "-x", str(archive), str(unpacked)], f"{archive.name} does not unpack")
    if not (unpacked / bundle.proof).exists():
        raise DebsError(f"{bundle.proof} is not in {' '.join(bundle.packages)}")
    names = "\n".join(archive.stem.replace("%3a", ":") for archive in archives)
    (unpacked / STAMP).write_text(names + "\n", encoding="utf-8")


def _source_line(suite: str) -> str:
    uri, own_suite = _mirror(security=suite.endswith("-security"))
    keyring = f" [signed-by={KEYRING}]" if KEYRING.exists() else ""
    return f"deb{keyring} {uri} {suite or own_suite} main\n"


def _mirror(*, security: bool) -> tuple[str, str]:
    """Address of the machine's own Debian archive, and its suite, as apt itself knows them."""
    listing = _run(
        [
            "apt-get",
            "indextargets",
            "--no-release-info",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT)",
            "Created-By: Packages",
        ],
        "apt does not say where its packages come from",
    )
    codename = _codename()
    for row in listing.splitlines():
        uri, suite, component = row.rsplit(" ", 2)
        if component == "main" and suite == f"{codename}-security" and security:
            return uri, suite
        if component == "main" and suite == codename and not security:
            return uri, suite
    kind = f"{codename}-security" if security else codename
    raise DebsError(f"no source for {kind} main in this machine's apt configuration; add one")


def _codename() -> str:
    for row in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
        if row.startswith("VERSION_CODENAME="):
            return row.partition("=")[2].strip('"')
    raise DebsError("this is not a Debian machine (/etc/os-release names no VERSION_CODENAME)")


def _private_apt(scratch: Path, source_lines: str) -> list[str]:
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()
    (scratch / "sources.list").write_text(source_lines, encoding="utf-8")
    options = {
        "Dir::State": scratch / "state",
        "Dir::State::lists": scratch / "state/lists",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [
        "apt-get",
        *(word for key, value in options.items() for word in ("-o", f"{key}={value}")),
    ]


def _run(arguments: list[str], fault: str, folder: Path | None = None) -> str:
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise DebsError(f"{fault}: {' | '.join(last)}")
    return done.stdout


def main() -> int:
    """Bring the bundles that the command line names; 0 when all are there."""
    parser = argparse.ArgumentParser(description="Bring Debian packages into a private folder.")
    parser.add_argument("folder", type=Path, help="where the parts are unpacked")
    parser.add_argument("bundle", nargs="+", choices=sorted(BUNDLES), help="what to bring")
    words = parser.parse_args()
    try:
        for name in words.bundle:
            bring(name, words.folder)
    except (DebsError, FileNotFoundError) as fault:
        print(f"debs: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
