"""What must hold at the instant of every Originate: I1, I3 and I7, judged without the judge."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from campaigns.campaign import CampaignState, Mode
from campaigns.campaign_hours import hours_in
from campaigns.hours import is_open
from dialer.effects import Originate
from dialer.placing import JUDGING_PATIENCE_S
from dialer.sim.channels import Channel
from tests.dialer.world_engine import ZONE
from tests.dialer.world_fates import Fate

if TYPE_CHECKING:
    from tests.dialer.world import World


class PlacingRules:
    """Looks at each call placed. `rows` asks the database file."""

    def __init__(self, world: World, rows: Callable[..., list[Any]]) -> None:
        self._world, self._rows = world, rows
        self._originated: set[str] = set()
        self._contact_of: dict[str, int] = {}
        self._campaign_of: dict[str, int] = {}
        self._placed_at: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=50))
        self.last_at = -math.inf
        self.placed = 0
        self.previews = 0

    def places(self, effect: Originate) -> None:
        """A call goes out."""
        attempt, now = effect.attempt, self._world.time.now.utc
        assert attempt not in self._originated, f"I1: {attempt} originated twice"
        self.placed += 1
        self._originated.add(attempt)
        row = self._rows(
            "SELECT contact_id, campaign_id, number_id, sent_at FROM attempt WHERE id = ?", attempt
        )[0]
        contact, campaign_id, number_id, sent_at = row
        self._contact_of[attempt], self._campaign_of[attempt] = contact, campaign_id
        assert sent_at is not None, f"I1: {attempt} originated but not sent on file"
        self._was_just_judged(attempt, sent_at, now)
        for other in self._world.switch.channels:
            assert self._contact_of.get(other) != contact, f"I1: {contact} is already in {other}"
        self._may_be_called(attempt, contact, campaign_id, number_id, now)
        self._was_wanted(attempt, campaign_id)
        self._keeps_pace(campaign_id)
        self.last_at = self._world.time.t

    def _was_just_judged(self, attempt: str, sent_at: str, now: datetime) -> None:
        """I3: the second judgement is the one of this moment."""
        if self._world.plan.clock_steps_s:
            return
        old_s = (now - datetime.fromisoformat(sent_at).replace(tzinfo=UTC)).total_seconds()
        assert old_s < JUDGING_PATIENCE_S + 0.2, f"I3: {attempt} was judged {old_s} s ago"

    def _may_be_called(
        self, attempt: str, contact: int, campaign_id: int, number_id: int, now: datetime
    ) -> None:
        """I3, from the file, without the judge."""
        world = self._world
        campaign = next(c for c in world.campaigns if c.id == campaign_id)
        slack_s = world.plan.slowest_store_s + 0.02
        if world.time.t - world.changed_at > slack_s:
            assert is_open(hours_in(campaign, ZONE), now), f"I3: {attempt} outside the window"
            assert world.states[campaign_id] is CampaignState.RUNNING, f"I3: {attempt} not running"
        numbers = self._rows(
            "SELECT id, e164, retired FROM contact_number WHERE contact_id = ?", contact
        )
        for row in numbers:
            since = world.time.t - world.forbidden.get(row[1], math.inf)
            assert since < slack_s, f"I3: {attempt} on the do-not-call list for {since} s"
            assert row[0] != number_id or row[2] is None, f"I3: {attempt} to a retired number"
        self._keeps_the_rule(attempt, contact, campaign_id, now)

    def _keeps_the_rule(self, attempt: str, contact: int, campaign_id: int, now: datetime) -> None:
        campaign = next(c for c in self._world.campaigns if c.id == campaign_id)
        promised = self._rows(
            "SELECT 1 FROM appointment WHERE contact_id = ? AND closed IS NULL AND at <= ?",
            contact,
            as_text(now),
        )
        if promised:
            return
        before = self._rows(
            "SELECT sent_at FROM attempt WHERE contact_id = ? AND counted AND id <> ?",
            contact,
            attempt,
        )
        sent = [datetime.fromisoformat(row[0]).replace(tzinfo=UTC) for row in before]
        today = [at for at in sent if at.astimezone(ZONE).date() == now.astimezone(ZONE).date()]
        assert len(today) < campaign.retry.daily_attempts, f"I3: {attempt} over the daily cap"
        late = [at for at in sent if at + campaign.retry.delay > now]
        assert not late, f"I3: {attempt} before the delay is over"

    def _was_wanted(self, attempt: str, campaign_id: int) -> None:
        """In preview nobody is called but by an agent's hand."""
        world = self._world
        campaign = next(c for c in world.campaigns if c.id == campaign_id)
        if campaign.mode is not Mode.PREVIEW:
            return
        ((login,),) = self._rows("SELECT agent FROM attempt WHERE id = ?", attempt)
        self.previews += 1
        person = next(one for one in world.people if one.login == login)
        # Whoever dialed before her keeps the place in the second until the database has judged.
        turn_s = world.plan.slowest_store_s + 1.0 / campaign.cps + 0.2
        patience_s = world.plan.agents * turn_s + 1.0
        assert world.time.t - person.wanted_call_at < patience_s, f"{attempt}: {login} never dialed"

    def _keeps_pace(self, campaign_id: int) -> None:
        """I7: calls a second and at once."""
        world, t = self._world, self._world.time.t
        campaign = next(c for c in world.campaigns if c.id == campaign_id)
        placed = self._placed_at[campaign_id]
        placed.append(t)
        window_s = max(1.0, 1.0 / campaign.cps)
        recent = sum(t - at < window_s - 1e-6 for at in placed)
        assert recent <= max(1, math.floor(campaign.cps)), f"I7: {recent} calls in {window_s} s"
        alive = sum(
            self._campaign_of.get(call) == campaign_id and self._is_known(channel)
            for call, channel in world.switch.channels.items()
        )
        assert alive < campaign.max_calls, f"I7: {alive + 1} calls at once"

    def _is_known(self, channel: Channel) -> bool:
        """Whether an engine can know of a call of ours.

        A mute one may outlive our hang-up where that was lost in a crash. One whose word was
        given while talking has its outcome, so a new life of the engine does not look for it.
        """
        if self._world.lives == 1:
            return True
        ended = self._rows("SELECT outcome FROM attempt WHERE id = ?", channel.call)
        return channel.fate is not Fate.MUTE and ended[0][0] is None


def as_text(at: datetime) -> str:
    """A moment as SQLite keeps it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
