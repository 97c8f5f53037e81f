"""Verbs that write users, their sessions and their memberships; they flush and never commit."""
