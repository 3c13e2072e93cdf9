"""Whom to call, and when: lists, contacts, outcomes, windows, retry, judge."""
