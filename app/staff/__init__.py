"""Technicians and departments."""
