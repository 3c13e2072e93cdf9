"""Where the picture goes: one small file a sink, behind one hook (`supervisor.sinks.hub`)."""
