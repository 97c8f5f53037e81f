"""What the tests of Empresa › Usuários share."""

import re

from sqlalchemy import select

from app.database import db
from app.users.models import User

URL = "/c/aurora/users"
NEW = "girassol amarelo 73"


def add(client, login="novo", name="Novo Usuário", role="operator", url=URL):
    return client.post(f"{url}/new", data={"login": login, "name": name, "role": role})


def one_time(answer):
    return re.search(r'id="one-time-password">([^<]+)<', answer.text)[1]


def user(login):
    return db.session.scalar(
        select(User).where(User.login == login).execution_options(populate_existing=True)
    )
