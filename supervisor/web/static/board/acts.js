// What a supervisor does from a row. Each is one request; its answer is said in one line, and what
// has come of it is seen in the picture. Buttons are there for who may (`supervisor/rights.py`).

import { onlyWatches, ownPhone, send } from "../session.js";
import { has, t } from "../words.js";
import { ask } from "./ask.js";
import { keep, kept } from "./kept.js";

const LOANS_MIN = [30, 60, 120, 0]; // 0: until taken back
const path = (...parts) => `/api/v1/${parts.map(encodeURIComponent).join("/")}`;

export class Acts {
  constructor(board) {
    this.board = board;
    this.listening = null; // {agent, mode, phone}
  }

  /** Acts on an agent as [word, right, do], the most used first. */
  ofAgent(agent) {
    const paused = agent.look === "paused";
    const talking = agent.look === "talking" || agent.look === "hold";
    return [
      ["listen", "listen", () => this.listen(agent, "listen"), talking],
      ["whisper", "whisper", () => this.listen(agent, "whisper"), talking],
      ["barge", "barge", () => this.listen(agent, "barge"), talking],
      ["record", "record", () => this.record(agent), talking],
      [paused ? "resume" : "pause", "act_agents", () => this.pause(agent), agent.look !== "signed_out"],
      [agent.lent_to ? "take_back" : "lend", "act_agents", () => (agent.lent_to ? this.takeBack(agent) : this.lend(agent)), true],
      ["hang_up", "act_calls", () => this.hangUp(agent), talking],
      ["sign_out", "act_agents", () => this.signOut(agent), agent.look !== "signed_out"],
    ].filter(([, right, , possible]) => possible && this.board.may(right));
  }

  /** The acts on any row. */
  of(kind, row) {
    const ways = { agent: this.ofAgent, queue: this.ofQueue, campaign: this.ofCampaign };
    return ways[kind]?.call(this, row) ?? [];
  }

  ofCampaign(campaign) {
    const turn = campaign.state === "running" ? "pause_campaign" : "start_campaign";
    const all = [
      [turn, "act_campaigns", () => this.turnCampaign(campaign)],
      ["pace", "act_campaigns", () => this.askPace(campaign)],
    ];
    return all.filter(([, right]) => this.board.may(right));
  }

  ofQueue(queue) {
    return this.board.may("act_agents") ? [["lend_to", "act_agents", () => this.lendTo(queue)]] : [];
  }

  /** The one act that an alarm suggests; null where this person may not, or nothing is to do here. */
  suggested(alarm) {
    const { board } = this;
    const { picture } = board;
    const may = (right, act) => (board.may(right) ? act : null);
    const agent = picture.agents.get(alarm.name);
    const campaign = picture.campaigns.get(alarm.name);
    switch (alarm.act) {
      case "lend":
        return may("act_agents", () => this.lendTo(picture.queues.get(alarm.name)));
      case "pause_campaign":
        return campaign && may("act_campaigns", () => this.turnCampaign(campaign));
      case "steer":
        return campaign && may("act_campaigns", () => this.askPace(campaign));
      case "listen":
        return agent && may("listen", () => this.listen(agent, "listen"));
      case "end_break":
        if (!agent) return () => board.band(3);
        return may("act_agents", () => this.pause(agent));
      case "doctor":
        return () => board.help("doctor");
      default:
        return alarm.kind === "site" ? null : () => board.open(alarm.kind, alarm.name);
    }
  }

  // ── agents ────────────────────────────────────────────────────────────────────────────

  async listen(agent, mode) {
    if (!this.board.may(mode)) return;
    const phone = ownPhone() ?? (kept("phone", "") || (await this.askPhone()));
    if (!phone) return;
    const done = await this.do("PUT", path("agents", agent.agent, "listen"), { mode, phone });
    if (!done) return;
    this.listening = { agent: agent.agent, mode, phone };
    this.board.listening(this.listening);
  }

  async stopListening() {
    if (!this.listening) return;
    const { phone } = this.listening;
    this.listening = null;
    this.board.listening(null);
    await this.do("POST", path("listening", "end"), { phone });
  }

  async askPhone() {
    const said = await ask({
      title: t("board.phone.title"),
      text: t("board.phone.text"),
      fields: [{ name: "phone", label: t("board.phone.label"), required: true, pattern: "[A-Za-z0-9]{1,20}", value: kept("phone", "") }],
      ok: t("board.act.listen"),
    });
    if (said) keep("phone", said.phone);
    return said?.phone;
  }

  record(agent) {
    return this.do("PUT", path("agents", agent.agent, "recording"), { on: true });
  }

  pause(agent) {
    const url = path("agents", agent.agent, "pause");
    return agent.look === "paused" ? this.do("DELETE", url) : this.do("PUT", url, {});
  }

  async hangUp(agent) {
    const said = await this.sure("hang_up", agent);
    if (said) await this.do("POST", path("calls", "hang-up"), { agent: agent.agent, ...said });
  }

  async signOut(agent) {
    const said = await this.sure("sign_out", agent);
    if (said) await this.do("POST", path("agents", agent.agent, "sign-out"), said);
  }

  /** Asked once; the reason goes into the trail. */
  sure(act, agent) {
    return ask({
      title: t(`board.sure.${act}`, { name: agent.name || agent.agent }),
      text: t(`board.sure.${act}_text`),
      fields: [{ name: "why", label: t("board.why"), maxlength: 200 }],
      ok: t(`board.act.${act}`),
      danger: true,
    });
  }

  lend(agent) {
    const queues = [...this.board.picture.queues.keys()].map((name) => [name, name]);
    return this.askLoan(t("board.lend.title", { name: agent.name || agent.agent }), {
      name: "queue",
      label: t("board.lend.queue"),
      options: queues,
    }, (said) => [agent.agent, said.queue]);
  }

  lendTo(queue) {
    if (!queue) return null;
    const agents = [...this.board.picture.agents.values()]
      .filter((agent) => agent.look !== "signed_out" && !agent.queues.includes(queue.name))
      .sort((a, b) => (a.look === "ready" ? 0 : 1) - (b.look === "ready" ? 0 : 1))
      .map((agent) => [agent.agent, `${agent.name || agent.agent} · ${t(`look.${agent.look}`)}`]);
    if (agents.length === 0) return this.board.say(t("board.lend.nobody"));
    return this.askLoan(t("board.lend.to", { name: queue.name }), {
      name: "agent",
      label: t("board.lend.agent"),
      options: agents,
    }, (said) => [said.agent, queue.name]);
  }

  async askLoan(title, whom, pair) {
    const until = {
      name: "minutes",
      label: t("board.lend.until"),
      options: LOANS_MIN.map((n) => [String(n), n ? t("board.lend.minutes", { n }) : t("board.lend.open")]),
      value: "60",
    };
    const said = await ask({ title, fields: [whom, until], ok: t("board.act.lend") });
    if (!said) return;
    const [agent, queue] = pair(said);
    const minutes = Number(said.minutes);
    const end = minutes ? new Date(this.board.now() + minutes * 60_000).toISOString() : null;
    await this.do("PUT", path("agents", agent, "loan"), { queue, until: end });
  }

  takeBack(agent) {
    return this.do("DELETE", path("agents", agent.agent, "loan"));
  }

  // ── campaigns, alarms ─────────────────────────────────────────────────────────────────

  turnCampaign(campaign) {
    const act = { running: "pause", paused: "resume" }[campaign.state] ?? "start";
    return this.do("POST", path("campaigns", campaign.name, act), {});
  }

  async askPace(campaign) {
    const { pace } = campaign;
    const said = await ask({
      title: t("board.pace.title", { name: campaign.name }),
      text: t("board.pace.text"),
      fields: [
        { name: "mode", label: t("board.pace.mode"), value: "", options: ["", "preview", "progressive", "predictive"].map((mode) => [mode, mode ? t(`board.mode.${mode}`) : t("board.pace.same")]) },
        number("abandon_percent", "cap", percentOf(pace), { min: 0, max: 10, step: "any" }),
        number("aggressiveness", "aggressiveness", pace?.aggressiveness, { min: 0, max: 10, step: "any" }),
        number("priority", "priority", campaign.priority, { min: 1, max: 9, step: 1 }),
      ],
      ok: t("board.act.pace_set"),
    });
    const changes = said ? changedPace(said, campaign) : {};
    if (Object.keys(changes).length) {
      await this.do("PATCH", path("campaigns", campaign.name, "pace"), changes);
    }
  }

  acknowledge(alarm) {
    if (onlyWatches()) return null;
    return this.do("POST", path("alarms", alarm, "acknowledge"), {});
  }

  /** One request. Gives its answer, or null after having said what was wrong. */
  async do(method, url, body) {
    try {
      const answer = (await send(method, url, body)) ?? {};
      this.board.say(t("board.done"));
      return answer;
    } catch (problem) {
      this.board.say(wordsOf(problem), true);
      return null;
    }
  }
}

/** What the server said is wrong; the page's own words where it has some for the code. */
function wordsOf(problem) {
  if (has(`fault.${problem.code}`)) return problem.words;
  return problem.facts?.detail ?? problem.words ?? t("board.failed");
}

function number(name, word, value, limits) {
  return { name, label: t(`board.pace.${word}`), type: "number", value, ...limits };
}

const percentOf = (pace) => (pace ? Number((pace.cap * 100).toFixed(2)) : undefined);

/** Only what was changed is sent: nobody sets back what another one has set meanwhile. */
function changedPace(said, { pace, priority }) {
  const before = { abandon_percent: percentOf(pace), aggressiveness: pace?.aggressiveness, priority };
  const changes = said.mode ? { mode: said.mode } : {};
  for (const [name, was] of Object.entries(before)) {
    if (said[name] !== "" && Number(said[name]) !== was) changes[name] = Number(said[name]);
  }
  return changes;
}
