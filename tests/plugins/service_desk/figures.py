"""What tickets' rows come to, counted anew: SQL that returns the tickets whose kept figures differ."""

DRIFTED = """
    SELECT t.id FROM service_desk_ticket t
    LEFT JOIN LATERAL (
      SELECT count(*) AS contacts,
             coalesce(sum(floor(extract(epoch FROM ended_at - started_at) / 60)), 0) AS minutes
        FROM service_desk_interaction WHERE ticket_id = t.id
    ) i ON true
    LEFT JOIN LATERAL (
      SELECT count(*) AS sent, count(answered_at) AS answered,
             coalesce(sum(floor(extract(epoch FROM answered_at - forwarded_at) / 60)), 0) AS minutes
        FROM service_desk_forwarding WHERE ticket_id = t.id
    ) f ON true
    WHERE (contact_count, contact_minutes) IS DISTINCT FROM (i.contacts, i.minutes)
       OR (forwarding_count, waiting_count, answered_count, answer_minutes)
          IS DISTINCT FROM (f.sent, f.sent - f.answered, f.answered, f.minutes)
       OR reopening_count <> (SELECT count(*) FROM service_desk_reopening WHERE ticket_id = t.id)
"""
