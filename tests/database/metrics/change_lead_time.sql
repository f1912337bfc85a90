-- First deployment of each change, by the changes that deployments list, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from c.deployed_at - c.first_commit_at) / 3600)
from (select distinct on (coalesce(pr_id, repo || sha)) * from fact_change where kind <> 'rollback' order by coalesce(pr_id, repo || sha), deployed_at, id) c
where c.deployed_at >= :from and c.deployed_at < :to and c.author_type is distinct from 'bot' and c.deployed_at >= c.first_commit_at
