"""The service desk's part of the demo: what `flask demo load` and `flask demo seed` call (`Plugin.demo`)."""

from plugins.service_desk.demo.loading import load
from plugins.service_desk.demo.seeding import seed

__all__ = ["load", "seed"]
