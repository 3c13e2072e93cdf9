"""The agent desk: one agent's own page, and what stands behind it (R2-R5, R11, R13, R14, R24)."""
