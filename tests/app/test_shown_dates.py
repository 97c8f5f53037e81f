"""R26: what is only shown reads dd/mm/aaaa, whatever the browser's own way."""

from __future__ import annotations

from tests.world import log_in


def test_a_viewers_form_shows_days_and_hours_as_text(client, world) -> None:
    log_in(client, world, "vera")
    page = client.get(f"/c/aurora/service-desk/tickets/{world.rows['aurora'].ticket.id}").text
    assert 'value="02/11/2026"' in page
    assert 'value="09:00"' in page
    assert 'type="date"' not in page
    assert 'type="time"' not in page


def test_whoever_may_edit_has_inputs_for_them(client, world) -> None:
    log_in(client, world, "bruno")
    page = client.get(f"/c/aurora/service-desk/tickets/{world.rows['aurora'].ticket.id}").text
    assert 'value="2026-11-02"' in page
    assert 'type="date"' in page
    assert 'type="time"' in page
