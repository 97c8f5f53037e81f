"""Customers and prospects: the two kinds of party."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Model, company_fk
from app.registers.models import RegisterRow, register_constraints


class PartyColumns:
    """What customers and prospects share."""

    search_expression = "code || ' ' || name || ' ' || document"

    document: Mapped[str] = mapped_column(String(18), default="", server_default="")
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    address: Mapped[str] = mapped_column(String(300), default="", server_default="")


class Customer(PartyColumns, RegisterRow, Model):
    """Cliente: owns products, has tickets and work orders. `document` holds a CPF or CNPJ, bare."""

    __tablename__ = "customer"


class Prospect(PartyColumns, RegisterRow, Model):
    """Interessado: a party without products; can be turned into a customer, whose id it then keeps."""

    __tablename__ = "prospect"
    __table_args__ = register_constraints(company_fk("customer_id", "customer"))

    customer_id: Mapped[int | None] = mapped_column(BigInteger)
