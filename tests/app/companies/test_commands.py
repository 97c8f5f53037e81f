"""`flask company …`, `flask db-roles`, `flask translations compile`: by the owner, outside the web."""

import re

import pytest
from sqlalchemy import select, text

from app.audit.models import AuditEntry
from app.audit.presentation import present
from app.companies.models import Company
from app.database import bound_to, company_scope, db
from app.formats import in_language
from app.safety import UnsafeConfiguration
from app.users.models import Membership, User
from app.users.passwords import is_right
from tests.world import PASSWORD


@pytest.fixture
def run(app, world, owner_engine):
    """`run("company", "create", …)`: what it made is committed, and gone after the test."""
    yield lambda *args: app.test_cli_runner().invoke(args=args)
    with owner_engine.begin() as connection:
        for table in ("audit_entry", "membership"):
            connection.execute(
                text(
                    f"DELETE FROM {table} WHERE company_id IN (SELECT id FROM company WHERE code LIKE 'new%')"
                )
            )
        connection.execute(text("DELETE FROM company WHERE code LIKE 'new%'"))
        connection.execute(text("DELETE FROM user_account WHERE login LIKE 'first%'"))


@pytest.fixture
def as_stored(app, owner_engine):
    """The owner's session, to look at what a command has committed."""
    with app.app_context(), bound_to(owner_engine):
        yield


def create(run, code="newco", admin="First", **options):
    more = [part for key, value in options.items() for part in (f"--{key.replace('_', '-')}", value)]
    return run("company", "create", code, "--name", "Nova Ltda", "--admin", admin, *more)


def company(code="newco"):
    return db.session.scalar(select(Company).where(Company.code == code))


def test_company_is_made_with_an_administrator_and_a_one_time_password(run, as_stored):
    result = create(run, document="11222333000181", timezone="America/Manaus", admin_name="Primeira Pessoa")
    assert result.exit_code == 0, result.output
    made = company()
    assert (made.name, made.document, made.timezone) == ("Nova Ltda", "11222333000181", "America/Manaus")
    user = db.session.scalars(select(User).where(User.login == "first")).one()
    password = re.search(r"administrator first: one-time password (\S+)", result.output)[1]
    assert is_right(password, user.password_hash)
    assert (user.name, user.must_change_password) == ("Primeira Pessoa", True)
    member = db.session.scalars(select(Membership).where(Membership.company_id == made.id)).one()
    assert (member.role, member.user_id) == ("admin", user.id)
    assert member.accepted_at is not None
    with company_scope(made):
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(e.entity, e.action, e.user_id) for e in entries] == [
            ("company", "created", None),
            ("user_account", "invited", None),
        ]


def test_first_administrator_who_exists_keeps_the_password(run, as_stored):
    result = create(run, admin="Dora")
    assert "dora: exists already, keeps the present password" in result.output
    user = db.session.scalars(select(User).where(User.login == "dora")).one()
    assert is_right(PASSWORD, user.password_hash)
    assert db.session.scalars(select(Membership).where(Membership.user_id == user.id)).all()[-1].accepted_at


@pytest.mark.parametrize("code", ["N", "New", "1new", "new company", "new_co", "new" * 11, "ñew", "new\n"])
def test_code_that_can_not_stand_in_an_address_is_refused(run, code, as_stored):
    result = create(run, code=code)
    assert result.exit_code == 1
    assert "2 a 30 letras" in result.output
    assert company(code) is None


def test_code_is_unique(run, as_stored):
    create(run)
    result = create(run)
    assert result.exit_code == 1
    assert "Já existe uma empresa com este código." in result.output
    assert create(run, code="aurora").exit_code == 1


def test_unknown_time_zone_is_refused(run, as_stored):
    assert "Este fuso horário não existe" in create(run, timezone="Brasil/Leste").output
    create(run)
    result = run("company", "update", "newco", "--timezone", "Mars/Olympus")
    assert result.exit_code == 1
    assert company().timezone == "America/Sao_Paulo"


def test_company_is_changed_and_the_trail_knows(run, as_stored):
    create(run)
    result = run("company", "update", "newco", "--name", "Outro Nome", "--document", "1", "--inactive")
    assert result.exit_code == 0, result.output
    made = company()
    assert (made.code, made.name, made.document, made.is_active) == ("newco", "Outro Nome", "1", False)
    with company_scope(made):
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "changed")).one()
        assert entry.changes == {
            "name": ["Nova Ltda", "Outro Nome"],
            "document": ["", "1"],
            "is_active": [True, False],
        }
    run("company", "update", "newco", "--active")
    db.session.expire_all()
    assert company().is_active


CONTACT = {
    "address": "Rua do Teste, 1 – Centro – Campinas – SP",
    "phone": "(19) 5550-0100",
    "email": "contato@nova.example",
}


def contact_of(one):
    return {name: getattr(one, name) for name in CONTACT}


def test_letterhead_is_given_changed_and_emptied_and_the_trail_names_it(run, app, as_stored):
    assert create(run, **CONTACT).exit_code == 0
    assert contact_of(company()) == CONTACT
    other = {"address": "Rua Nova, 2", "phone": "", "email": "novo@nova.example"}
    options = [part for name, value in other.items() for part in (f"--{name}", value)]
    assert run("company", "update", "newco", *options).exit_code == 0
    db.session.expire_all()
    made = company()
    assert contact_of(made) == other
    with company_scope(made), app.test_request_context(), in_language("pt_BR"):
        entries = db.session.scalars(
            select(AuditEntry).where(AuditEntry.entity == "company").order_by(AuditEntry.id)
        )
        created, changed = present(made, entries.all())
    labels = {"address": "Endereço", "phone": "Telefone", "email": "E-mail"}
    assert {(labels[name], None, value) for name, value in CONTACT.items()} <= set(created.changes)
    # In the order in which a letterhead says it.
    assert changed.changes == [(labels[name], CONTACT[name], value or None) for name, value in other.items()]


def test_company_without_a_letterhead_has_none_and_its_trail_says_nothing_of_it(run, as_stored):
    create(run)
    made = company()
    assert contact_of(made) == dict.fromkeys(CONTACT, "")
    with company_scope(made):
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "created")).one()
    assert not CONTACT.keys() & entry.changes.keys()


def test_blanks_alone_are_no_line_and_a_line_has_no_end_within(run, as_stored):
    create(run, address=" Rua do Teste, 1\n\tCentro ", phone=" \n ", email=" contato@nova.example ")
    stored = {"address": "Rua do Teste, 1 Centro", "phone": "", "email": "contato@nova.example"}
    assert contact_of(company()) == stored


REFUSED = [
    *(
        ("email", email, "Este não é um endereço de e-mail válido.")
        for email in ("nova", "a@b", "a b@c.d", "a@b@c.d")
    ),
    *(
        (name, text, f"“{label}” tem no máximo {most} caracteres.")
        for name, label, most, text in (
            ("name", "Nome", 120, "N" * 121),
            ("document", "CPF/CNPJ", 20, "1" * 21),
            ("address", "Endereço", 300, "R" * 301),
            ("phone", "Telefone", 40, "5" * 41),
            ("email", "E-mail", 254, "a" * 246 + "@b.exampl"),
        )
    ),
]


@pytest.mark.parametrize(("name", "value", "said"), REFUSED)
def test_what_can_not_stand_in_a_letterhead_is_refused_and_nothing_is_written(
    run, as_stored, name, value, said
):
    if name != "name":
        result = create(run, **{name: value})
        assert (result.exit_code, said in result.output) == (1, True), result.output
        assert company() is None
    create(run, **CONTACT)
    result = run("company", "update", "newco", "--document", "2", f"--{name}", value)
    assert (result.exit_code, said in result.output) == (1, True), result.output
    assert (company().name, company().document, contact_of(company())) == ("Nova Ltda", "", CONTACT)


def test_the_longest_of_everything_is_taken(run, as_stored):
    longest = {"address": "R" * 300, "phone": "5" * 40, "email": "a" * 244 + "@b.example"}
    assert create(run, **longest).exit_code == 0
    assert contact_of(company()) == longest


def test_update_without_a_change_tells_the_trail_nothing(run, as_stored):
    create(run)
    assert run("company", "update", "newco", "--name", "Nova Ltda").exit_code == 0
    with company_scope(company()):
        assert len(db.session.scalars(select(AuditEntry)).all()) == 2


def test_update_of_an_unknown_company_says_so(run):
    result = run("company", "update", "nowhere", "--name", "X")
    assert (result.exit_code, "there is no company 'nowhere'" in result.output) == (1, True)


def test_commands_need_the_owners_address(app, run, monkeypatch):
    monkeypatch.setitem(app.config, "DATABASE_OWNER_URL", "")
    assert isinstance(create(run).exception, UnsafeConfiguration)


def test_db_roles_prints_what_psql_needs(run):
    result = run("db-roles", "--owner", "o", "--serving", "s", "--database", 'd"x')
    assert result.exit_code == 0
    for line in ('\\connect "d""x"', 'GRANT CONNECT ON DATABASE "d""x" TO "s";'):
        assert line in result.output
    assert "NOBYPASSRLS" in result.output


def test_db_roles_refuses_names_that_can_be_none(run):
    assert run("db-roles", "--owner", "").exit_code == 1


def test_translations_are_compiled_once(run, monkeypatch, tmp_path, app):
    folder = tmp_path / "app" / "translations" / "pt_BR" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n')
    monkeypatch.setattr(app, "root_path", str(tmp_path / "app"))
    assert "messages.po" in run("translations", "compile").output
    assert (folder / "messages.mo").exists()
    assert run("translations", "compile").output == ""
