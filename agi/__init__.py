"""The door for live calls: the dialplan asks by FastAGI, the engine answers."""
