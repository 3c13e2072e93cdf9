"""Work orders and complaints: what a call leaves to be done, who owes it, and by when (R13-R15).

They stand in this room because it knows what came of a call and whom to call when: an order rests
on the working days that the calling hours are made of, and what it promises ends as a contact of
a call-back campaign. The flows of callers (`routing`) only ask about it.

Owns: the states and the rules (`states`, `order`), working days (`days`), numbers that can be
typed on a phone (`numbers`). All of it is pure: the time, the settings and the chance are given.
"""
