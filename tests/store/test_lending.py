"""Skills and loans on file, and who lent whom in the ledger (R17)."""

from __future__ import annotations

from datetime import timedelta

from campaigns.ledger import EntryKind
from dialer.messages import AgentRecord, Loan
from store.agents import Agents
from store.ledger import Ledger, Wanted
from store.lending import lend, take_back
from tests.store.room import MONDAY_9, Room


async def test_skills_are_kept_and_replaced(room: Room) -> None:
    agents = Agents(room.database)
    first = AgentRecord(agent="1001", name="陈", queues=(), skills={"repairs": 3, "english": 9})
    assert await agents.save(first)
    assert await agents.records() == (first,)
    later = AgentRecord(agent="1001", name="陈", queues=("waihu-a",), skills={"报修": 1})
    assert not await agents.save(later)
    assert await agents.records() == (later,)


async def test_a_loan_is_kept_ended_and_in_the_ledger(room: Room) -> None:  # R17
    agents = Agents(room.database)
    for login in ("1001", "1002"):
        await agents.save(AgentRecord(agent=login, name=login, queues=("waihu-a",)))
    until = MONDAY_9 + timedelta(hours=2)
    loan = Loan(queue="waihu-b", since=MONDAY_9, until=until, by="wang")
    assert await lend(room.database, ["1001", "1009"], loan) == ["1009"]
    assert [one.loan for one in await agents.records()] == [None, None], "all or nobody"
    assert await lend(room.database, ["1001", "1002"], loan) == []
    assert [one.loan for one in await agents.records()] == [loan, loan]

    held = await take_back(room.database, ["1001"], "li", MONDAY_9 + timedelta(hours=1))
    assert held == {"1001": loan}
    over = await take_back(room.database, ["1002"], "li", until)
    assert over == {}, "it had ended by itself"
    entries = await Ledger(room.database).entries(Wanted())
    acts = [(one.kind, one.subject) for one in entries if one.kind.startswith("agent.")]
    assert acts == [
        (EntryKind.AGENT_LENT, "agent 1001"),
        (EntryKind.AGENT_LENT, "agent 1002"),
        (EntryKind.AGENT_TAKEN_BACK, "agent 1001"),
    ]
