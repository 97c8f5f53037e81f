"""The tiny plugin's one table."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from app.plugin_api import CompanyOwned, Model, RowId, company_fk, own_key


class Note(CompanyOwned, Model):
    """A line about a work order."""

    __tablename__ = "tiny_note"
    __table_args__ = (own_key(), company_fk("work_order_id", "work_order"))

    id: Mapped[RowId]
    work_order_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(String(200))
