"""E-mail addresses, wherever one is typed: whether anybody reads it only a letter can tell."""

from __future__ import annotations

import re

LONGEST_EMAIL = 254
"""Characters, of which RFC 5321 lets an address have no more."""
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+\Z")
"""What one address looks like."""
