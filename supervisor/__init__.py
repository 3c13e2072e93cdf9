"""Those who watch: the figures, the live snapshot, and the views of it."""
