"""The commands about lists, contacts and campaigns, and their words."""
