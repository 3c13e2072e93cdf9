"""What the operator sets: settings, campaign files, texts."""
