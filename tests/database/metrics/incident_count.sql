-- Incidents that began in the window, without duplicates.
select count(*)::float8 from incident n where not n.duplicate and n.started_at >= :from and n.started_at < :to
