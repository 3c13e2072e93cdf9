"""The production engine in virtual time, against modelled customers and agents.

Owns: what surrounds an engine where nothing is real: the clock, the switch, the people, the list,
and the figures of what comes of it. The engine, the pacers and the rules are those that run live.
Must not know where a model comes from (`dialer.cli_simulate` reads it) nor how it is shown.
"""
