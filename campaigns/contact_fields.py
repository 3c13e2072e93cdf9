"""What a filter can ask of a contact, by name.

Owns: those names. A column that came in with the list is asked by its header; the names here go
before a header that is the same. Must not know filters (`campaigns.filters`).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from campaigns.contact import Contact
from campaigns.filters import Fields, FieldValue


def fields_of(contact: Contact, zone: ZoneInfo) -> Fields:
    """The contact's fields; `zone`: the campaign's, for the day it was loaded on."""
    loaded = contact.loaded_at
    known: dict[str, FieldValue | None] = {
        "name": contact.name,
        "reference": contact.reference,
        "list": contact.list_name,
        "priority": contact.priority,
        "tries": sum(past.counted for past in contact.attempts),
        "loaded": None if loaded is None else loaded.astimezone(zone).date(),
        "zone": (contact.zone or zone).key,
    }
    return {**contact.custom, **known}
