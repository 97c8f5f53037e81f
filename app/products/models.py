"""Catalogue products, and the installed products that customers own."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Model, company_fk, reference
from app.parties.models import Customer
from app.products.errors import SerialNumberTaken
from app.registers.models import RegisterRow, register_constraints


class Product(RegisterRow, Model):
    """Produto: an entry of the catalogue."""

    __tablename__ = "product"

    unit: Mapped[str] = mapped_column(String(10), default="UN", server_default="UN")


class CustomerProduct(RegisterRow, Model):
    """Produto do Cliente: one product that one customer owns; the serial is unique per product."""

    __tablename__ = "customer_product"
    __table_args__ = register_constraints(
        company_fk("customer_id", "customer"),
        company_fk("product_id", "product"),
        Index(
            "uq_customer_product_serial_number",
            "company_id",
            "product_id",
            "serial_number",
            unique=True,
            postgresql_where=text("serial_number <> ''"),
        ),
        Index(None, "company_id", "customer_id", "name_key"),
    )
    search_expression = "code || ' ' || name || ' ' || serial_number"
    refusals = {"uq_customer_product_serial_number": SerialNumberTaken}

    customer_id: Mapped[int] = mapped_column(BigInteger)
    product_id: Mapped[int] = mapped_column(BigInteger)
    serial_number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    purchased_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    location: Mapped[str] = mapped_column(String(200), default="", server_default="")

    customer: Mapped[Customer] = reference("Customer", "CustomerProduct.customer_id == Customer.id")
    product: Mapped[Product] = reference("Product", "CustomerProduct.product_id == Product.id")

    def is_under_warranty(self, day: date) -> bool | None:
        """Whether the warranty covers `day`; None when no warranty date is known (R22b)."""
        return None if self.warranty_until is None else day <= self.warranty_until
