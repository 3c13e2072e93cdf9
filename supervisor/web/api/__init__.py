"""The HTTP API, version 1: what the command line does, for programs."""
