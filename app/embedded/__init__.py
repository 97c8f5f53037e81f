"""Servers and processes of our own: what ``./dev up`` and the tests run on (DESIGN 9).

Nothing in this package needs Flask or the rest of the application, so that it starts in no time.
"""

from .process import ManagedProcess, ProcessFailed
from .servers import EmbeddedServers

__all__ = ["EmbeddedServers", "ManagedProcess", "ProcessFailed"]
