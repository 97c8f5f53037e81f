"""HTTP of technicians and departments."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.formats import day
from app.lookups import add_lookup
from app.portal import company_blueprint
from app.registers.views import ListColumn, Register, add_register
from app.staff.forms import DepartmentForm, TechnicianForm
from app.staff.lookups import CONTROLLERS, DEPARTMENTS, TECHNICIANS
from app.staff.models import Department, Technician
from app.staff.permissions import STAFF_EDIT, STAFF_VIEW

bp = company_blueprint("staff", __name__)

for _lookup in (TECHNICIANS, CONTROLLERS, DEPARTMENTS):
    add_lookup(bp, _lookup)

add_register(
    bp,
    Register(
        name="technician",
        path="technicians",
        model=Technician,
        form=TechnicianForm,
        view=STAFF_VIEW,
        edit=STAFF_EDIT,
        label=_l("Technician"),
        title=_l("Technicians"),
        new_label=_l("New technician"),
        name_label=_l("Name"),
        columns=(
            ListColumn(_l("Department"), lambda row: row.department.name if row.department else ""),
            ListColumn(_l("Shift"), lambda row: row.shift, style="hide-narrow"),
            ListColumn(_l("Controller"), lambda row: _("Yes") if row.is_controller else ""),
            ListColumn(_l("Dismissal date"), lambda row: day(row.dismissed_on), style="num hide-narrow"),
        ),
        joined=(Technician.department,),
        template="registers/technician.html",
    ),
)
add_register(
    bp,
    Register(
        name="department",
        path="departments",
        model=Department,
        form=DepartmentForm,
        view=STAFF_VIEW,
        edit=STAFF_EDIT,
        label=_l("Department"),
        title=_l("Departments"),
        new_label=_l("New department"),
        name_label=_l("Name"),
        columns=(
            ListColumn(_l("Supervisor"), lambda row: row.supervisor.name if row.supervisor else ""),
            ListColumn(_l("E-mail"), lambda row: row.email, style="hide-narrow"),
        ),
        joined=(Department.supervisor,),
        template="registers/department.html",
    ),
)
