"""Verbs of the service desk, by entity: they flush and never commit."""
