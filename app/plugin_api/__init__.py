"""THE surface a plugin may use; what isn't named here is private to the host (DESIGN 3)."""

from app.audit.labels import Part, describe, describe_actions
from app.audit.services import changes_of, record, removal_of
from app.clock import (
    EARLIEST,
    LATEST,
    NoSuchTime,
    end_of_day,
    local_instant,
    now,
    start_of_day,
    to_local,
    today,
)
from app.companies.numbering import next_number
from app.database import (
    BIGINT_MAX,
    Base,
    CompanyOwned,
    CreatedAt,
    Instant,
    Model,
    RowId,
    choice,
    company_fk,
    company_scope,
    db,
    find,
    get_or_404,
    own_key,
    reference,
    scope_cache,
    transaction,
)
from app.errors import BusinessError, ChangedMeanwhile, NotAvailable
from app.jobs import enqueue_after_commit
from app.keyset import Page, Place, keyset_page
from app.plugin_api.contract import MenuItem, Permission, Plugin, Schedule, Section
from app.plugin_api.hooks import Hook, prospect_converted, work_order_cancelled, work_order_opened
from app.plugin_api.parameters import CompanyParameters, Parameter, parameter
from app.portal import company_blueprint, may, requires
from app.registers.models import RegisterRow, register_constraints
from app.users.roles import Role

__all__ = [
    "BIGINT_MAX",
    "EARLIEST",
    "LATEST",
    "Base",
    "BusinessError",
    "ChangedMeanwhile",
    "CompanyOwned",
    "CompanyParameters",
    "CreatedAt",
    "Hook",
    "Instant",
    "MenuItem",
    "Model",
    "NoSuchTime",
    "NotAvailable",
    "Page",
    "Parameter",
    "Part",
    "Permission",
    "Place",
    "Plugin",
    "RegisterRow",
    "Role",
    "RowId",
    "Schedule",
    "Section",
    "changes_of",
    "choice",
    "company_blueprint",
    "company_fk",
    "company_scope",
    "db",
    "describe",
    "describe_actions",
    "end_of_day",
    "enqueue_after_commit",
    "find",
    "get_or_404",
    "keyset_page",
    "local_instant",
    "may",
    "next_number",
    "now",
    "own_key",
    "parameter",
    "prospect_converted",
    "record",
    "reference",
    "register_constraints",
    "removal_of",
    "requires",
    "scope_cache",
    "start_of_day",
    "to_local",
    "today",
    "transaction",
    "work_order_cancelled",
    "work_order_opened",
]
