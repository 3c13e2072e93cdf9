"""The process that makes the table of places: `python -m supervisor.web.desk.place_process`.

Owns: what it writes on its output, which is the table and nothing else. The library's own takes
100 MB, and a third of a second in which nothing else of a process moves: here that stops nobody,
and its memory goes with it.
"""

from __future__ import annotations

import sys

from phonenumbers.geodata import GEOCODE_DATA

from campaigns.phone.places import made_of

if __name__ == "__main__":
    sys.stdout.buffer.write(made_of(GEOCODE_DATA).to_bytes())
