"""A private Asterisk with simulated people, for the demo and the tests."""
