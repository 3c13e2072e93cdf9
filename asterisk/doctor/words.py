"""The findings in sentences, each with its cure.

Owns: the wording. One sentence for each code, its facts in braces; a cure for each that is not
all well. Must not decide anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from asterisk.doctor.codes import Check, Code
from config.language import _
from supervisor.fault_words import fault_sentence


def check_word(check: Check) -> str:
    """The name of a check."""
    return {
        Check.CONFIGURATION: _("settings"),
        Check.DATABASE: _("database"),
        Check.ENGINE: _("engine"),
        Check.PAGES: _("web pages"),
        Check.AMI: _("AMI login"),
        Check.VERSION: _("Asterisk version"),
        Check.RIGHTS: _("AMI rights"),
        Check.QUEUES: _("queues"),
        Check.SLOTS: _("agent slots"),
        Check.CONTEXTS: _("dialplan"),
        Check.AGI: _("FastAGI"),
        Check.DIAL_STRINGS: _("dial strings"),
        Check.CLOCK: _("clock"),
        Check.ZONE: _("time zone"),
        Check.CALENDARS: _("public holidays"),
        Check.SINKS: _("live view"),
    }[check]


def sentence_for(code: Code, params: Mapping[str, str]) -> str:
    """What was found, in one sentence."""
    said = {**_sentences_here(), **_sentences_of_the_switch(), **_sentences_of_calls()}
    return said[code].format(**_facts(code, params))


def cure_for(code: Code, params: Mapping[str, str]) -> str | None:
    """What the operator can do about it; None where there is nothing to do."""
    said = {**_cures_here(), **_cures_of_the_switch(), **_cures_of_calls()}.get(code)
    return said and said.format(**_facts(code, params))


def _facts(code: Code, params: Mapping[str, str]) -> dict[str, str]:
    facts = dict(params)
    if "reason" in facts:
        facts["reason"] = fault_sentence(facts["reason"], _)
    if code is Code.NOT_CHECKED:
        facts["needs"] = check_word(Check(facts["needs"]))
    return facts


# ── settings, database, engine, time ─────────────────────────────────────────────────────


def _sentences_here() -> Mapping[Code, str]:
    return {
        Code.CONFIG_FILE: _("{path} is used"),
        Code.CONFIG_DEFAULTS: _("no settings file was found; the defaults and WAIHU_… hold"),
        Code.CONFIG_SECRET_OPEN: _("{path} holds a secret and others may read it (mode {mode})"),
        Code.CONFIG_SECRET_FORM: _(
            "the AMI secret has a form that does not fit into Asterisk's files"
        ),
        Code.DATABASE_OK: _("{path}, schema {version}"),
        Code.DATABASE_MISSING: _("{path} has no tables yet"),
        Code.DATABASE_OLDER: _("{path} has schema {version}, this program needs {wanted}"),
        Code.DATABASE_NEWER: _("{path} has schema {version}, this program knows only {wanted}"),
        Code.DATABASE_BUSY: _("{path} is busy: another program keeps writing"),
        Code.DATABASE_UNUSABLE: _("{path} cannot be used: {reason}"),
        Code.WRITES_SET_ASIDE: _(
            "writes that the database refuses are set aside in {path}: {n}; a call whose outcome "
            "is among them stays open, and its contact is not dialed"
        ),
        Code.ENGINE_RUNNING: _("an engine runs: {holder}"),
        Code.ENGINE_NONE: _("no engine runs"),
        Code.ENGINE_LINK_DOWN: _("an engine runs ({holder}) without a link to Asterisk: {reason}"),
        Code.ENGINE_STORE_AILS: _(
            "an engine runs ({holder}) but begins no calls because of the database: {reason}"
        ),
        Code.ENGINE_SILENT: _(
            "an engine has the database ({holder}), but none answers at {socket}"
        ),
        Code.ENGINE_ELSEWHERE: _("the engine at {socket} works on another database"),
        Code.PAGES_OFF: _("not switched on"),
        Code.PAGES_OK: _("served at {url}"),
        Code.PAGES_NO_ADMIN: _("there is no administrator, so only this machine reaches {url}"),
        Code.PAGES_PLAIN: _("{url} is without TLS: passwords and numbers can be read on the way"),
        Code.CLOCK_OK: _("Asterisk's and ours agree to {seconds} s"),
        Code.CLOCK_APART: _("Asterisk's and ours are {seconds} s apart"),
        Code.CLOCK_WRONG: _("Asterisk's and ours are {seconds} s apart"),
        Code.CLOCK_UNTOLD: _("Asterisk does not tell its time"),
        Code.ZONE_OK: _("{zone}, as this machine"),
        Code.ZONE_UTC: _("{zone}; this machine runs in UTC, which is all right"),
        Code.ZONE_DIFFERS: _("the settings say {zone}, this machine says {machine}"),
        Code.CALENDAR_NONE: _("no campaign keeps any"),
        Code.CALENDAR_OK: _("those of {calendar} are known until {last}"),
        Code.CALENDAR_ENDS: _("those of {calendar} are known until {last} only"),
        Code.CALENDAR_ENDED: _(
            "those of {calendar} were known until {last}; campaigns that keep them do not dial"
        ),
        Code.CALENDAR_UNKNOWN: _(
            "nothing is known of those of {calendar}; campaigns that keep them do not dial"
        ),
        Code.CALENDAR_BROKEN: _("a calendar cannot be read: {reason}"),
        Code.SINKS_NONE: _("no other program is told; [redis] and [mqtt] are not set"),
        Code.SINK_OK: _("{sink} lets us in"),
        Code.SINK_AWAY: _("{sink} of [{section}] does not let us in: {reason}"),
        Code.SINK_SECRET: _("a secret of the live view cannot be read: {reason}"),
    }


def _cures_here() -> Mapping[Code, str]:
    next_year = _(
        "as soon as it is published, write the official notice of the next year into "
        "{folder}/{file} (in the form of CN-2026.toml), then: waihu reload"
    )
    return {
        Code.CONFIG_SECRET_OPEN: _("chmod 0600 {path}, or set WAIHU_AMI_SECRET instead"),
        Code.CONFIG_SECRET_FORM: _(
            "take 12 or more letters, digits and _ . ~ + / = - (openssl rand -hex 16), here and "
            "in Asterisk"
        ),
        Code.DATABASE_MISSING: _("the first campaign makes them: waihu campaign create"),
        Code.DATABASE_OLDER: _("keep a copy of it; `waihu run` brings it up to date"),
        Code.DATABASE_NEWER: _("install the newer Waihu again, or restore the older copy"),
        Code.DATABASE_BUSY: _("see what else has the file open, and try again"),
        Code.DATABASE_UNUSABLE: _("mend the file's rights, or set another [paths] database"),
        Code.ENGINE_LINK_DOWN: _("mend what is said of Asterisk below; it then comes by itself"),
        Code.WRITES_SET_ASIDE: _(
            "mend the “fault” of each line, then restart the engine: it tries them once more; "
            "first remove the lines that are not wanted any more"
        ),
        Code.ENGINE_STORE_AILS: _(
            "see what else writes to the database, and whether its disk is full or slow; the "
            "engine goes on by itself"
        ),
        Code.ENGINE_SILENT: _(
            "compare [paths] run with that engine's settings, and see who may enter the folder"
        ),
        Code.ENGINE_ELSEWHERE: _(
            "give each site a [paths] run of its own; here it is not for {database}"
        ),
        Code.PAGES_NO_ADMIN: _(
            "waihu account add NAME --role admin; if [web] host is another machine's to reach, "
            "start the engine anew"
        ),
        Code.PAGES_PLAIN: _(
            'set [web] certificate and key; or host = "127.0.0.1" behind a proxy with TLS that '
            "[web] proxies names"
        ),
        Code.CLOCK_APART: _("let both machines keep time by NTP"),
        Code.CLOCK_WRONG: _("let both machines keep time by NTP; reports would be wrong"),
        Code.ZONE_DIFFERS: _("if {zone} is not where the agents work, set [site] zone"),
        Code.CALENDAR_ENDS: next_year,
        Code.CALENDAR_ENDED: next_year,
        Code.CALENDAR_UNKNOWN: _("put its calendar into {folder}, in the form of CN-2026.toml"),
        Code.CALENDAR_BROKEN: _("mend that file; a running engine keeps what it has read"),
        Code.SINK_SECRET: _("mend that file; the engine does not start without it"),
        Code.SINK_AWAY: _("see [{section}], and whether it runs; calls go on without it"),
    }


# ── what Asterisk says of itself ─────────────────────────────────────────────────────────


def _sentences_of_the_switch() -> Mapping[Code, str]:
    return {
        Code.AMI_OK: _("{user} is logged in at {host}:{port}"),
        Code.AMI_NO_SECRET: _("the secret of the AMI user is not set"),
        Code.AMI_UNREACHABLE: _("no Asterisk at {host}:{port}: {reason}"),
        Code.AMI_SILENT: _("{host}:{port} takes the connection and does not answer"),
        Code.AMI_STRANGER: _("what listens at {host}:{port} is no Asterisk manager"),
        Code.AMI_REFUSED: _("Asterisk refuses the login of {user}: {reason}"),
        Code.AMI_NOT_BOOTED: _("Asterisk does not say that it is fully booted"),
        Code.VERSION_OK: _("Asterisk {version}"),
        Code.VERSION_UNTRIED: _("Asterisk {version}; Waihu was tried with {tried}"),
        Code.VERSION_UNTOLD: _("Asterisk does not tell its version"),
        Code.RIGHTS_OK: _("{user} may do what is needed ({rights}) and no more"),
        Code.RIGHTS_MISSING: _(
            "{user} may not {actions}: the right {rights} is missing in `write`"
        ),
        Code.RIGHTS_EXCESS: _("{user} may do more than is needed: {rights}"),
        Code.READ_MISSING: _(
            "{user} is not told of calls: the right {rights} is missing in `read`"
        ),
        Code.MODULE_MISSING: _("Asterisk has not loaded {module}"),
        Code.QUEUES_OK: _("all are there: {queues}"),
        Code.QUEUES_MISSING: _("Asterisk does not know {queues}"),
        Code.CAMPAIGN_QUEUE_MISSING: _(
            "campaign {campaign} uses {queue}, which neither Asterisk nor the settings know"
        ),
        Code.RULES_MISSING: _(
            "Asterisk does not know the rules of {queues}: no wait lets a caller to more agents"
        ),
        Code.PLACES_MOVED: _(
            "{n} to be called back are kept for {gone}, which has left the settings; {campaign} "
            "calls them for {queue}"
        ),
        Code.PLACES_STUCK: _(
            "{n} to be called back are kept for {gone}, which has left the settings, and nobody "
            "calls them: {queue} of {campaign} is not there either"
        ),
        Code.SLOTS_OK: _("all {slots} are there"),
        Code.SLOTS_MISSING: _("{missing} of {slots} are missing, {first} the first of them"),
        Code.CONTEXTS_OK: _("all {contexts} contexts are there"),
        Code.CONTEXTS_MISSING: _("Asterisk does not know {contexts}"),
        Code.FUNCTION_MISSING: _("cannot be looked up: Asterisk has not loaded {module}"),
        Code.OVERDUE: _("Asterisk did not answer in time"),
        Code.LINK_LOST: _("the AMI connection was lost: {reason}"),
        Code.NOT_CHECKED: _("not checked: it needs “{needs}” first"),
    }


def _cures_of_the_switch() -> Mapping[Code, str]:
    reload_hint = _("run `waihu asterisk install` (it places {file}), then `{command}` in Asterisk")
    in_manager = _("in [{user}] of manager.conf, then `manager reload` in Asterisk")
    put_back = _("to have its own agents call them, put {gone} back into [[queues]]")
    load = _("run `module load {module}.so` in Asterisk, and see that modules.conf keeps it")
    return {
        Code.AMI_NO_SECRET: _("set `secret` of [ami], or WAIHU_AMI_SECRET"),
        Code.AMI_UNREACHABLE: _(
            "start Asterisk; see `enabled`, `bindaddr` and `port` in manager.conf, a firewall "
            "between, and [ami] in the settings"
        ),
        Code.AMI_SILENT: _("see whether {host}:{port} is Asterisk's manager, and whether it hangs"),
        Code.AMI_STRANGER: _("correct host and port of [ami]; Asterisk's own port is 5038"),
        Code.AMI_REFUSED: _("compare `secret` and `permit`") + " " + in_manager,
        Code.AMI_NOT_BOOTED: _("wait for its start, or add `system` to `read`") + " " + in_manager,
        Code.RIGHTS_MISSING: _("add {rights} to `write`") + " " + in_manager,
        Code.RIGHTS_EXCESS: _("`write = {enough}` is enough") + " " + in_manager,
        Code.READ_MISSING: _("add {rights} to `read`") + " " + in_manager,
        Code.MODULE_MISSING: load,
        Code.FUNCTION_MISSING: load,
        Code.QUEUES_MISSING: _for(reload_hint, "waihu-queues.conf", "queue reload all"),
        Code.CAMPAIGN_QUEUE_MISSING: _("add {queue} to [[queues]] of the settings")
        + "; "
        + _for(reload_hint, "waihu-queues.conf", "queue reload all"),
        Code.RULES_MISSING: _for(reload_hint, "waihu-queuerules.conf", "queue reload rules"),
        Code.PLACES_MOVED: put_back,
        Code.PLACES_STUCK: put_back,
        Code.SLOTS_MISSING: _for(reload_hint, "waihu-agents.conf", "module reload app_agent_pool"),
        Code.CONTEXTS_MISSING: _for(reload_hint, "waihu-extensions.conf", "dialplan reload"),
        Code.OVERDUE: _("try again; a switch that is this slow is overloaded"),
        Code.LINK_LOST: _("see Asterisk's log, and try again"),
    }


def _for(hint: str, file: str, command: str) -> str:
    return hint.format(file=file, command=command)


# ── calls: FastAGI and dial strings ──────────────────────────────────────────────────────


def _sentences_of_calls() -> Mapping[Code, str]:
    return {
        Code.AGI_OK: _("Asterisk reaches us at {host}:{port}"),
        Code.AGI_UNREACHABLE: _("Asterisk does not reach {host}:{port}"),
        Code.AGI_SILENT: _("what Asterisk reaches at {host}:{port} does not answer"),
        Code.AGI_STRANGER: _("what Asterisk reaches at {host}:{port} is not Waihu"),
        Code.AGI_OTHER_WAIHU: _(
            "what Asterisk reaches at {host}:{port} is another Waihu: pid {pid} on {on}"
        ),
        Code.AGI_OTHER_ADDRESS: _(
            "Asterisk's dialplan calls {url}, the settings say {settings_url}"
        ),
        Code.AGI_PORT_TAKEN: _("{host}:{port} cannot be listened on: {reason}"),
        Code.PROBE_NOT_PLACED: _("the probe could not be placed: is {context} missing?"),
        Code.PROBE_UNTOLD: _("the probe ran in {context} and nothing was heard of it"),
        Code.DIAL_OK: _("{dial_string} leads somewhere ({campaign})"),
        Code.DIAL_UNKNOWN: _("{dial_string} ({campaign}) leads nowhere: there is no {name}"),
        Code.DIAL_UNAVAILABLE: _("{dial_string} ({campaign}): {name} is not reachable now"),
        Code.DIAL_UNSURE: _("{dial_string} ({campaign}) can only be known by dialing"),
        Code.DIAL_NONE: _("no campaign dials yet"),
    }


def _cures_of_calls() -> Mapping[Code, str]:
    here = _("set [agi] host and port to an address of ours that Asterisk can reach")
    return {
        Code.AGI_UNREACHABLE: here + "; " + _("see that no firewall keeps it from {host}:{port}"),
        Code.AGI_SILENT: here + "; " + _("see what else listens at {host}:{port}"),
        Code.AGI_STRANGER: here + "; " + _("see what else listens at {host}:{port}"),
        Code.AGI_OTHER_WAIHU: _("give each site an [agi] port of its own, then render anew"),
        Code.AGI_OTHER_ADDRESS: _(
            "run `waihu asterisk install` with these settings, then `dialplan reload` in Asterisk"
        ),
        Code.AGI_PORT_TAKEN: here + "; " + _("see what else listens at {host}:{port}"),
        Code.PROBE_NOT_PLACED: _(
            "run `waihu asterisk install`, then `dialplan reload` in Asterisk"
        ),
        Code.PROBE_UNTOLD: _(
            "add `call,user` to `read` in [{user}] of manager.conf; see that Asterisk has loaded "
            "res_agi and app_userevent"
        ),
        Code.DIAL_UNKNOWN: _("correct the campaign's dial string, or add {name} to Asterisk"),
        Code.DIAL_UNAVAILABLE: _("see its registration: `pjsip show endpoint {name}` in Asterisk"),
    }
