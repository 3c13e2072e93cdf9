"""`waihu doctor`: is everything there that a call needs, and what cures what is not?"""

from asterisk.doctor.codes import Check, Code, Level
from asterisk.doctor.examination import examine
from asterisk.doctor.findings import Finding

__all__ = ["Check", "Code", "Finding", "Level", "examine"]
