"""Customers and prospects: the two kinds of party."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Model, company_fk, reference
from app.parties.documents import is_document
from app.parties.errors import AlreadyCustomer, DocumentMissing, InvalidDocument
from app.registers.models import RegisterRow, register_constraints


class PartyColumns:
    """What customers and prospects share. `document` holds a CPF or CNPJ, bare, or nothing."""

    search_expression = "code || ' ' || name || ' ' || document"

    document: Mapped[str] = mapped_column(String(18), default="", server_default="")
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    address: Mapped[str] = mapped_column(String(300), default="", server_default="")

    def check(self) -> None:
        """Refuse a document with wrong check digits (R22b)."""
        if self.document and not is_document(self.document):
            raise InvalidDocument


def _party_constraints(*more: Any) -> tuple[Any, ...]:
    # Whoever saves a document is told who has it already.
    by_document = Index(None, "company_id", "document", postgresql_where=text("document <> ''"))
    return register_constraints(by_document, *more)


class Customer(PartyColumns, RegisterRow, Model):
    """Cliente: owns products, has tickets and work orders."""

    __tablename__ = "customer"
    __table_args__ = _party_constraints()

    def check(self) -> None:
        """Refuse a customer without a valid document; only a prospect's is optional (R22b)."""
        if not self.document:
            raise DocumentMissing
        super().check()


class Prospect(PartyColumns, RegisterRow, Model):
    """Interessado: a party without products; can be turned into a customer, whose id it then keeps."""

    __tablename__ = "prospect"
    __table_args__ = _party_constraints(company_fk("customer_id", "customer"))

    customer_id: Mapped[int | None] = mapped_column(BigInteger)

    customer: Mapped[Customer | None] = reference("Customer", "Prospect.customer_id == Customer.id")

    def check(self) -> None:
        """Refuse to bring back who has become a customer (R22b)."""
        if self.customer_id is not None and self.is_active:
            raise AlreadyCustomer
        super().check()
