"""Lists as files: how they are read, checked in a second process, loaded, watched and written."""
