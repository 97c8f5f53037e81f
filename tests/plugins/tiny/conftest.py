"""The application of these checks loads the tiny plugin, too."""

from __future__ import annotations

import pytest

from config import PLUGINS


@pytest.fixture(scope="session")
def plugins() -> tuple[str, ...]:
    """As configured, and the tiny one."""
    return (*PLUGINS, "tests.plugins.tiny")
