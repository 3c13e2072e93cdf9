"""The pages of supervisors and agents, and the HTTP API, in the engine's own process."""
