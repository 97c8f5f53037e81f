from sqlalchemy import func, select

from app.database import company_scope, db
from app.parties.models import Customer
from plugins.service_desk.models import Ticket


def test_smoke(session, world):
    with company_scope(world.aurora):
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1
        assert db.session.scalar(select(func.count(Customer.id))) == 3
        assert len(db.session.scalars(select(Customer)).all()) == 3
