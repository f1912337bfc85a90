"""What mentions an account: facts of these rows follow when the account, whose it is, or the person's team changes."""

ANY = "select exists (select from d_touched where kind = 'account')"

# All accounts of a person: the time zone of one tells of the deeds of the others.
_ACCOUNTS = """
with told as (select distinct key as id from d_touched where kind = 'account'),
account as (
  select id from told union select o.id from told t join identity i using (id) join identity o on o.person_id = i.person_id)
"""

ISSUES = f"""
insert into d_touched
{_ACCOUNTS},
named as (select id as name from account union select i.external_id from account join identity i using (id)),
found as (
  select i.id from account a join issue i on i.assignee_id = a.id
  union select i.id from account a join issue i on i.reporter_id = a.id
  union select c.issue_id from named n join issue_field_change c on coalesce(c.new_id, c.new) = n.name where lower(c.field) = 'assignee'
  union select c.issue_id from named n join issue_field_change c on coalesce(c.old_id, c.old) = n.name where lower(c.field) = 'assignee')
select 'issue', id, null from found
"""

PULLS = f"""
insert into d_scope
{_ACCOUNTS},
written as (
  select c.repo_id, c.sha, c.on_default_branch from account a join commit c on c.author_id = a.id),
found as (
  select p.id from account a join pull_request p on p.author_id = a.id
  union select p.id from account a join pull_request p on p.merged_by_id = a.id
  union select p.id from pull_request p where p.assignee_ids && array(select id from account)
  union select r.pr_id from account a join review r on r.reviewer_id = a.id
  union select e.pr_id from account a join pr_event e on e.actor_id = a.id
  union select p.id from written w join pr_commit c on c.sha = w.sha join pull_request p on p.id = c.pr_id and p.repo_id = w.repo_id)
select 'pull', id, null from found
union all select 'commit', repo_id, sha from written where on_default_branch
union all select distinct 'place', w.repo_id, null from written w join fact_change c on c.pr_id is null and c.sha = w.sha
"""
"""Commits without a pull request show in what their repository deploys."""

NUMBER = "select (select count(*) from d_touched) + (select count(*) from d_scope)"
