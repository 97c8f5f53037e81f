"""Registers: one way to make a list, a form, a switch-off and a deletion of simple rows (R22b)."""
