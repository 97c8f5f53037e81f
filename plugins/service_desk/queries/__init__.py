"""Reads of the service desk, by entity; the first argument is always the company."""

from plugins.service_desk.queries.tickets import (
    Situation,
    Wanted,
    locked_ticket,
    open_tickets_of,
    ticket_by_request_key,
    ticket_numbers,
    ticket_page,
    tickets_of_prospect,
    whole_ticket,
)

__all__ = [
    "Situation",
    "Wanted",
    "locked_ticket",
    "open_tickets_of",
    "ticket_by_request_key",
    "ticket_numbers",
    "ticket_page",
    "tickets_of_prospect",
    "whole_ticket",
]
