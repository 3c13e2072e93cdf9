"""What the law asks of a call: profiles as data, and each of their rules as a pure question."""
