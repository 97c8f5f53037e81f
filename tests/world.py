"""The small world of the tests, made once by the owner: who is who as in DESIGN 10, a few rows of everything.

Objects are detached: read their ids and codes, load the rest in the test's own session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from flask.testing import FlaskClient

from app.clock import now
from app.companies.models import (
    Company,
    CompanyParameter,
    CopyState,
    ParameterBatch,
    ParameterCopy,
    ParameterCopyTarget,
)
from app.companies.numbering import next_number
from app.database import company_scope, db, transaction
from app.parties.models import Customer, Prospect
from app.products.models import CustomerProduct, Product
from app.reports.models import FileStatus, ReportColumns, ReportFile, ReportPiece, SavedReport
from app.staff.models import Department, Technician
from app.users.models import Membership, User, UserSession
from app.users.queries import token_hash
from app.users.roles import Role
from app.work_orders.models import RequestStatus, WorkOrder, WorkOrderRequest
from plugins.service_desk.models import (
    Channel,
    Direction,
    Draft,
    Forwarding,
    ForwardingOutcome,
    Interaction,
    KnownProblem,
    KnownProblemProduct,
    ProblemCategory,
    Reopening,
    Ticket,
    Timer,
)
from tests.rows_report import RowsReport

PASSWORD = "balcao-test-2026"
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""In place of the portal's own, which takes a tenth of a second for each password."""
SECRET = "SEGREDO-DE-{}"
"""Stands in every text of a company's rows, so that a leak can be seen in any answer."""

MEMBERS = {
    "aurora": {"ana": Role.ADMIN, "bruno": Role.OPERATOR, "sofia": Role.SUPERVISOR, "vera": Role.VIEWER},
    "boreal": {"ana": Role.ADMIN, "carla": Role.OPERATOR},
    "cometa": {"dora": Role.ADMIN},
}
PARAMETERS = {
    "aurora": {
        ("host", "service_kind"): "technical_assistance",
        ("service_desk", "enabled"): True,
        ("service_desk", "customer_products"): True,
        ("service_desk", "auto_work_order"): True,
    },
    "boreal": {("service_desk", "enabled"): True},
    "cometa": {},
}


@dataclass
class World:
    """Companies and users by name, and per company its rows by kind (`world.rows["aurora"].customer`)."""

    companies: dict[str, Company] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    rows: dict[str, SimpleNamespace] = field(default_factory=dict)

    @property
    def aurora(self) -> Company:
        """Technical assistance: R1 to R3 on."""
        return self.companies["aurora"]

    @property
    def boreal(self) -> Company:
        """Other services: R1 on, R2 and R3 off."""
        return self.companies["boreal"]

    @property
    def cometa(self) -> Company:
        """Everything off."""
        return self.companies["cometa"]


def build_world() -> World:
    """Make and commit the world; the session must be the owner's."""
    world = World()
    hashed = QUICK_HASHER.hash(PASSWORD)
    with transaction():
        for login in ("ana", "bruno", "sofia", "carla", "dora", "vera"):
            world.users[login] = User(login=login, name=login.capitalize(), password_hash=hashed)
        for code in MEMBERS:
            world.companies[code] = Company(code=code, name=f"{code.capitalize()} Ltda")
        db.session.add_all([*world.users.values(), *world.companies.values()])
        db.session.flush()
        for code, members in MEMBERS.items():
            company = world.companies[code]
            memberships = [
                Membership(company_id=company.id, user_id=world.users[login].id, role=role, accepted_at=now())
                for login, role in members.items()
            ]
            db.session.add_all(memberships)
            db.session.flush()
            with company_scope(company):
                world.rows[code] = _rows(company, world)
                world.rows[code].member = memberships[-1]
                _add_copy(company, world)
                _add_in_hand(company, world)
                _add_reports(company, world)
    db.session.expunge_all()
    return world


def _rows(company: Company, world: World) -> SimpleNamespace:
    own = {"company_id": company.id}
    secret = SECRET.format(company.code)
    for (module, name), value in PARAMETERS[company.code].items():
        db.session.add(CompanyParameter(**own, module=module, name=name, value=value))
    rows = SimpleNamespace(
        customer=Customer(**own, code="C1", name=f"Padaria Ávila {secret}", document="11222333000181"),
        other_customer=Customer(**own, code="C2", name=f"Zeta Comércio {secret}"),
        inactive_customer=Customer(**own, code="C3", name=f"Inativa {secret}", is_active=False),
        prospect=Prospect(**own, code="I1", name=f"Interessado {secret}"),
        product=Product(**own, code="P1", name=f"Bomba {secret}"),
        department=Department(**own, code="D1", name=f"Engenharia {secret}"),
        channel=Channel(**own, code="TEL", name=f"Telefone {secret}"),
        inactive_channel=Channel(**own, code="FAX", name=f"Fax {secret}", is_active=False),
        forwarding_outcome=ForwardingOutcome(**own, code="OK", name=f"Resolvido {secret}"),
        problem_category=ProblemCategory(**own, code="K1", name=f"Pressão {secret}"),
        # First by name, and below nothing: whoever tries the first that is offered makes no circle.
        other_category=ProblemCategory(**own, code="K2", name=f"Elétrica {secret}"),
        technician=Technician(**own, code="T1", name=f"Técnico {secret}", is_controller=True),
        inactive_technician=Technician(**own, code="T2", name=f"Saiu {secret}", is_active=False),
    )
    if company.code == "aurora":
        rows.technician.user_id = world.users["bruno"].id
    db.session.add_all(vars(rows).values())
    db.session.flush()
    rows.customer_product = CustomerProduct(
        **own,
        code="CP1",
        name=f"Bomba da padaria {secret}",
        customer_id=rows.customer.id,
        product_id=rows.product.id,
        serial_number="SN-1",
    )
    rows.known_problem = KnownProblem(
        **own,
        code="S1",
        name=f"Bomba sem pressão {secret}",
        category_id=rows.problem_category.id,
        keywords=f"vazão {secret}",
        solution=f"Abrir o registro. {secret}",
    )
    db.session.add(rows.known_problem)
    db.session.flush()
    link = KnownProblemProduct(**own, known_problem_id=rows.known_problem.id, product_id=rows.product.id)
    db.session.add(link)
    rows.ticket = Ticket(
        **own,
        number=next_number(company, "service_desk.ticket"),
        opened_at=datetime(2026, 11, 2, 12, tzinfo=UTC),
        direction=Direction.INBOUND,
        customer_id=rows.customer.id,
        technician_id=rows.technician.id,
        channel_id=rows.channel.id,
        problem=f"Não liga {secret}",
        request_key=UUID(int=company.id),
    )
    rows.work_order = WorkOrder(
        **own,
        number=next_number(company, "work_orders.work_order"),
        opened_at=datetime(2026, 11, 2, 13, tzinfo=UTC),
        customer_id=rows.customer.id,
        technician_id=rows.technician.id,
        problem=f"Trocar a bomba {secret}",
    )
    rows.work_order_request = WorkOrderRequest(
        **own,
        source="tests.document",
        source_id=1,
        sequence=1,
        status=RequestStatus.DEAD,
        last_error=f"Falhou {secret}",
        customer_id=rows.customer.id,
        problem=f"Pedido {secret}",
    )
    db.session.add_all([rows.customer_product, rows.ticket, rows.work_order, rows.work_order_request])
    db.session.flush()
    return rows


def add_documents(company: Company, rows: SimpleNamespace) -> list[Any]:
    """A closed ticket, and for the open one a row in each of its tabs and a reopening; return all of them.

    Not in every test's world: whoever counts tickets or their rows would count these, too.
    """
    own = {"company_id": company.id}
    secret = SECRET.format(company.code)
    rows.closed_ticket = Ticket(
        **own,
        number=1_000_000,  # out of the counter's way
        opened_at=datetime(2026, 10, 2, 12, tzinfo=UTC),
        closed_at=datetime(2026, 10, 3, 12, tzinfo=UTC),
        closed_by_id=rows.technician.id,
        direction=Direction.INBOUND,
        customer_id=rows.other_customer.id,
        technician_id=rows.technician.id,
        channel_id=rows.channel.id,
        problem=f"Já não liga {secret}",
        request_key=UUID(int=3_000 + company.id),
    )
    of_ticket = {**own, "ticket_id": rows.ticket.id}
    rows.interaction = Interaction(
        **of_ticket,
        key=UUID(int=company.id),
        started_at=datetime(2026, 11, 2, 12, 5, tzinfo=UTC),
        ended_at=datetime(2026, 11, 2, 12, 15, tzinfo=UTC),
        channel_id=rows.channel.id,
        direction=Direction.INBOUND,
        contact_name=f"Dona {secret}",
        finding=f"Sem pressão {secret}",
        guidance=f"Abrir o registro {secret}",
    )
    rows.forwarding = Forwarding(
        **of_ticket,
        key=UUID(int=company.id),
        department_id=rows.department.id,
        forwarded_at=datetime(2026, 11, 2, 14, tzinfo=UTC),
        answered_at=datetime(2026, 11, 3, 14, tzinfo=UTC),
        answered_by_id=rows.technician.id,
        outcome_id=rows.forwarding_outcome.id,
        answer=f"Bomba trocada {secret}",
    )
    rows.reopening = Reopening(
        **of_ticket,
        closed_at=datetime(2026, 11, 4, 14, tzinfo=UTC),
        closed_by_id=rows.technician.id,
        reopened_at=datetime(2026, 11, 5, 14, tzinfo=UTC),
        reason=f"Voltou a falhar {secret}",
    )
    made = [rows.closed_ticket, rows.interaction, rows.forwarding, rows.reopening]
    db.session.add_all(made)
    db.session.flush()
    return made


def _add_copy(company: Company, world: World) -> None:
    """A copy of another company's parameters that has made the last of PARAMETERS what it is."""
    own, rows = {"company_id": company.id}, world.rows[company.code]
    source = world.boreal if company is world.aurora else world.aurora
    (module, name), value = [*PARAMETERS[company.code].items(), (("host", "service_kind"), "")][-2:][0]
    key, secret = f"{module}.{name}", SECRET.format(company.code)
    rows.parameter_copy = ParameterCopy(
        **own,
        key=UUID(int=company.id),
        user_id=world.users["ana"].id,
        source_company_id=source.id,
        values={key: value},
    )
    rows.parameter_batch = ParameterBatch(
        **own,
        user_id=world.users["ana"].id,
        source_company_id=source.id,
        copy_key=rows.parameter_copy.key,
        before={key: {"value": False, "version": 0}},
        after={key: {"value": value, "version": 1}},
    )
    db.session.add_all([rows.parameter_copy, rows.parameter_batch])
    db.session.flush()
    rows.parameter_copy_target = ParameterCopyTarget(
        **own,
        copy_id=rows.parameter_copy.id,
        target_company_id=company.id,
        seen="",
        state=CopyState.DONE,
        reason=secret,
    )
    db.session.add(rows.parameter_copy_target)
    db.session.flush()


def _add_in_hand(company: Company, world: World) -> None:
    """A timer that runs since an evening, and a draft: of the company's admin."""
    rows, secret = world.rows[company.code], SECRET.format(company.code)
    admin = next(login for login, role in MEMBERS[company.code].items() if role is Role.ADMIN)
    own = {"company_id": company.id, "user_id": world.users[admin].id}
    rows.timer = Timer(
        **own,
        ticket_id=rows.ticket.id,
        row_key=UUID(int=1_000 + company.id),
        # So late that midnight is a possible end.
        started_at=datetime(2026, 11, 3, 1, tzinfo=UTC),
    )
    rows.draft = Draft(
        **own,
        request_key=UUID(int=2_000 + company.id),
        inputs=[("problem", f"Rascunho {secret}")],
        saved_at=datetime(2026, 11, 2, 14, tzinfo=UTC),
    )
    db.session.add_all([rows.timer, rows.draft])
    db.session.flush()


def _add_reports(company: Company, world: World) -> None:
    """Of the company's admin: a report's file, another that waits, a saved report, and a shared one."""
    rows, secret = world.rows[company.code], SECRET.format(company.code)
    admin = next(login for login, role in MEMBERS[company.code].items() if role is Role.ADMIN)
    own = {"company_id": company.id, "user_id": world.users[admin].id, "report_key": RowsReport.key}
    content = f"Nome\r\n{secret}\r\n".encode()
    asked = {"title": f"Linhas {secret}", "format": "csv", "query": "", "language": "pt_BR", "rows_total": 1}
    rows.report_file = ReportFile(
        **own,
        **asked,
        company_ids=[company.id],
        request_key=UUID(int=4_000 + company.id),
        status=FileStatus.DONE,
        rows_done=1,
        file_name=f"Linhas {secret}.csv",
        size=len(content),
        done_at=now(),
        expires_at=now() + timedelta(days=7),
    )
    rows.other_report_file = ReportFile(
        **own,
        **asked,
        company_ids=[company.id],
        request_key=UUID(int=5_000 + company.id),
        # No sweep finds it.
        available_at=datetime(2199, 1, 1, tzinfo=UTC),
    )
    rows.saved_report = SavedReport(**own, name=f"Meu {secret}", query="rows=1")
    rows.other_saved_report = SavedReport(**own, name=f"Nosso {secret}", query="rows=2", is_shared=True)
    rows.report_columns = ReportColumns(**own, kind="synthetic", columns=[secret])
    made = [rows.report_file, rows.other_report_file, rows.saved_report, rows.other_saved_report]
    db.session.add_all([*made, rows.report_columns])
    db.session.flush()
    rows.report_piece = ReportPiece(
        company_id=company.id, file_id=rows.report_file.id, position=0, content=content
    )
    db.session.add(rows.report_piece)
    db.session.flush()


def log_in(client: FlaskClient, world: World, login: str) -> None:
    """Give the client a session of this user, without the (slow) password."""
    token = f"test-{login}-{id(client)}"
    with transaction():
        db.session.add(UserSession(token_hash=token_hash(token), user_id=world.users[login].id))
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True
