"""The printed half of the surface: what a document is made of, and how the host's own rows stand in one."""

from app.parties.printing import party_section
from app.products.printing import product_section
from app.reports.documents import Document, Entry, Field, LongText, Section, Signature, answer_with

__all__ = [
    "Document",
    "Entry",
    "Field",
    "LongText",
    "Section",
    "Signature",
    "answer_with",
    "party_section",
    "product_section",
]
