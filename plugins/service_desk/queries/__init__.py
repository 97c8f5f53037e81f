"""Reads of the service desk, by entity; the first argument is always the company."""

from plugins.service_desk.queries.documents import (
    forwardings_of,
    interactions_of,
    named_rows,
    reopenings_of,
)
from plugins.service_desk.queries.tickets import (
    Situation,
    Wanted,
    locked_ticket,
    open_tickets_of,
    ticket_by_request_key,
    ticket_counts,
    ticket_numbers,
    ticket_page,
    tickets_of_prospect,
    whole_ticket,
)

__all__ = [
    "Situation",
    "Wanted",
    "forwardings_of",
    "interactions_of",
    "locked_ticket",
    "named_rows",
    "open_tickets_of",
    "reopenings_of",
    "ticket_by_request_key",
    "ticket_counts",
    "ticket_numbers",
    "ticket_page",
    "tickets_of_prospect",
    "whole_ticket",
]
