"""Telephone numbers: what is one, of which kind and country, and where it may be."""
