-- Three counts, each by its own time.
select ((select count(*) from issue i where i.level = 'item' and i.deleted_at is null and i.created_at >= :from and i.created_at < :to)
  - (select count(*) from fact_issue f where f.level = 'item' and f.done_at >= :from and f.done_at < :to and not f.cancelled)
  - (select count(*) from fact_issue f where f.level = 'item' and f.cancelled and f.cancelled_at >= :from and f.cancelled_at < :to))::float8
