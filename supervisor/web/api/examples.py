"""Examples of bodies, for the description of the API.

Owns: one for each body that is sent as JSON. A test holds them to their schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "Appointment": {"at": "2026-11-25 15:00", "agent": "1001"},
    "Asked": {"number": "13800138000"},
    "Barring": {"number": "13800138000", "reason": "asked by letter", "until": "2027-12-31"},
    "Break": {"reason": "lunch"},
    "Disposing": {"disposition": "appointment", "at": "15:00", "note": "ask for Ms Li"},
    "Doing": {"act": "solve", "note": "the lift runs again", "version": 4},
    "Ground": {"basis": "consent", "proof": "form 2026-118", "at": "2026-11-01 10:00"},
    "GroupBack": {"to": "repairs"},
    "GroupLoan": {"to": "repairs", "agents": 3, "until": "18:00", "why": "a burst pipe"},
    "HandingOver": {"group": "repairs", "note": "the third floor"},
    "HangUp": {"agent": "1001", "why": "a stuck call"},
    "Leaving": {"now": False, "why": "the shift is over"},
    "Lending": {"queue": "repairs", "until": "18:00"},
    "Hearing": {"phone": "2001", "mode": "whisper"},
    "ListChange": {"state": "paused"},
    "Looking": {"campaign": "spring", "since": "2026-11-23"},
    "Meant": {"who": "13800138000", "campaign": "spring"},
    "OnFile": {"name": "李芳", "queues": ["callback"], "skills": {"repairs": 7}},
    "Opening": {"kind": "repair", "subject": "the lift stands", "phone": "13800138000"},
    "Phone": {"phone": "2001"},
    "Plan": {"calls": 120, "aht": 180, "service_level": "80/20"},
    "Promising": {"at": "2026-11-25 15:00", "until": "2026-11-25 18:00"},
    "Reason": {"why": "the list is in"},
    "Recording": {"on": True, "why": "quality"},
    "Referring": {"to": "12345", "note": "a matter of the city"},
    "RightNumber": {"number": "13900139000", "old": "13800138000"},
    "Searching": {"group": "repairs", "state": "open"},
    "Skipping": {"reason": "spoke with them this morning"},
    "Steering": {"abandon_percent": 2, "aggressiveness": 0.8, "why": "many are free"},
    "TakenBack": {"why": "said so on the telephone"},
    "Unbarring": {"number": "13800138000", "reason": "asked again", "person_asked_again": True},
    "Withdrawal": {"reason": "moved away"},
}
