"""How fast, and what came of it: messages, calls, pacing, agents, engine, app."""
