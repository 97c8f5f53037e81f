"""gunicorn's settings, here and in production (``deploy/``): bind, workers and threads come from outside."""

from __future__ import annotations

import gc
from typing import Any

worker_class = "gthread"
# The application is loaded once and forked, so that the workers share its memory.
preload_app = True
# Shorter than the supervisor's patience, so that a slow request doesn't make it kill the server.
graceful_timeout = 10
# A report's question is in its address, and may name very many companies. gunicorn takes no more.
limit_request_line = 8190
# It would be a file in the home directory, one for all instances.
control_socket_disable = True


def pre_fork(_server: Any, _worker: Any) -> None:
    """Keeps the collector off what was loaded before the fork: touching it would copy the pages."""
    gc.collect()
    gc.freeze()
