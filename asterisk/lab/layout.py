"""The private lab Asterisk's folders and configuration, complete.

Owns: which file of its configuration holds what, and which modules it loads. Writes below the
run folder only. Must not know how the process is started, nor of the system's /etc/asterisk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asterisk.lab.customers import Mix, Pace
from asterisk.lab.program import AsteriskProgram
from asterisk.render import PbxFacts, render, render_template

LAB_FILES = (
    "asterisk.conf",
    "modules.conf",
    "logger.conf",
    "manager.conf",
    "queues.conf",
    "agents.conf",
    "rtp.conf",
    "pjsip.conf",
    "extensions.conf",
    "waihu-lab.conf",
    "indications.conf",
    "musiconhold.conf",
    "voicemail.conf",
)
SILENT_FILES = {
    "acl.conf": "",
    "amd.conf": "[general]\n",
    "ccss.conf": "[general]\n",
    "cdr.conf": "[general]\nenable = no\n",
    "cel.conf": "[general]\nenable = no\n",
    "features.conf": "[general]\n",
    "pjproject.conf": "[startup]\ntype = startup\n",
    "queuerules.conf": '[general]\n#include "waihu-queuerules.conf"\n',
    "stasis.conf": "[threadpool]\n",
    "udptl.conf": "[general]\n",
}
"""What Asterisk would complain of if it were not there."""
MODULES = (
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_musiconhold",
    "res_speech",
    "res_agi",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_pubsub",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_caller_id",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_dtmf_info",
    "res_rtp_asterisk",
    "chan_pjsip",
    "bridge_simple",
    "bridge_holding",
    "bridge_builtin_features",
    "bridge_native_rtp",
    "codec_gsm",
    "codec_ulaw",
    "codec_alaw",
    "codec_resample",
    "format_gsm",
    "format_pcm",
    "format_wav",
    "format_sln",
    "app_agent_pool",
    "app_amd",
    "app_exec",
    "app_chanspy",
    "app_dial",
    "app_mixmonitor",
    "app_playback",
    "app_playtones",
    "app_queue",
    "app_senddtmf",
    "app_stack",
    "app_userevent",
    "app_voicemail",
    "app_verbose",
    "func_callerid",
    "func_channel",
    "func_devstate",
    "func_dialplan",
    "func_global",
    "func_lock",
    "func_logic",
    "func_module",
    "func_rand",
    "func_strings",
    "func_timeout",
    "func_version",
    "func_hangupcause",
    "pbx_config",
)
_SILENCE_BYTES = 10 * 8000 * 2
_SOCKET = "asterisk.ctl"
_LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The folders of one lab Asterisk. `borrowed` ones lie outside of the run folder."""

    run: Path
    etc: Path
    var: Path
    data: Path
    spool: Path
    log: Path
    sockets: Path
    modules: Path
    borrowed: bool

    @property
    def configuration(self) -> Path:
        """The file that Asterisk is started with."""
        return self.etc / "asterisk.conf"

    @property
    def pid_file(self) -> Path:
        """Where the process id stands, to end one that an earlier run left behind."""
        return self.run / "asterisk.pid"


def lay_out(run: Path, program: AsteriskProgram) -> Layout:
    """Make the folders below `run`, emptied of an earlier run's configuration and memory.

    The control socket's path may have 107 characters: below a deeper run folder it lies in a
    short temporary one, to be given back with `give_back`.
    """
    run = run.resolve()
    borrowed = len(os.fsencode(run / "sockets" / _SOCKET)) > _LONGEST_SOCKET_PATH
    sockets = Path(tempfile.mkdtemp(prefix="waihu-")) if borrowed else run / "sockets"
    layout = Layout(
        run=run,
        etc=run / "etc",
        var=run / "var",
        data=run / "data",
        spool=run / "spool",
        log=run / "log",
        sockets=sockets,
        modules=program.modules,
        borrowed=borrowed,
    )
    for folder in (layout.etc, layout.var, layout.data, run / "sockets"):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (layout.etc, layout.var, layout.spool, layout.log, layout.sockets):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (layout.data / "sounds").mkdir(parents=True)
    (layout.data / "sounds" / "en").symlink_to(program.sounds)
    # Without its documentation Asterisk 22 refuses to start: it knows its options from there.
    (layout.data / "documentation").symlink_to(program.documentation)
    (layout.data / "moh").mkdir()
    (layout.data / "moh" / "silence.sln").write_bytes(bytes(_SILENCE_BYTES))
    return layout


def give_back(layout: Layout) -> None:
    """Remove what lies outside of the run folder."""
    if layout.borrowed:
        shutil.rmtree(layout.sockets, ignore_errors=True)


def write_configuration(
    layout: Layout, facts: PbxFacts, *, mix: Mix, pace: Pace, sip_port: int, lab_secret: str
) -> None:
    """Write every file of /etc/asterisk that this Asterisk reads, mode 0600."""
    present = {file.stem for file in layout.modules.glob("*.so")}
    values = {
        "place": layout,
        "facts": facts,
        "modules": [f"{name}.so" for name in MODULES if name in present],
        "sip_port": sip_port,
        "lab_secret": lab_secret,
        "digits": [(f"{index:02}", name.value) for index, name in enumerate(mix.by_digits)],
        "ring_ms": _milliseconds(pace.ring_s),
        "talk_ms": _milliseconds(pace.talk_s),
    }
    lab = {name: render_template(f"lab/{name}.j2", **values) for name in LAB_FILES}
    for name, text in (SILENT_FILES | render(facts) | lab).items():
        _write_private(layout.etc / name, text)


def _milliseconds(span_s: tuple[float, float]) -> tuple[int, int]:
    return round(span_s[0] * 1000), round(span_s[1] * 1000)


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
