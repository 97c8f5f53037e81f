"""The demo half of the surface: what a plugin's demo module is handed (`Plugin.demo`).

Apart from the package itself, because nothing of it is needed where the portal serves.
"""

from app.demo.company import DemoCompany
from app.demo.seeding import SeededCompany, SeededWorkOrder
from app.work_orders.models import WorkOrderStatus

__all__ = ["DemoCompany", "SeededCompany", "SeededWorkOrder", "WorkOrderStatus"]
