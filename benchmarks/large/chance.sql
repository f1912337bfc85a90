-- Chance that comes out the same every time: a hash of a number and a salt instead of random().
create or replace function pg_temp.u(n bigint, salt int) returns float8 language sql immutable parallel safe
  as $$ select (hashint8extended(n, salt) & 9007199254740991)::float8 / 9007199254740992.0 $$;
-- Normal enough: mean 0, deviation 1.
create or replace function pg_temp.z(n bigint, salt int) returns float8 language sql immutable parallel safe
  as $$ select 2 * (pg_temp.u(n, salt) + pg_temp.u(n, salt + 1000) + pg_temp.u(n, salt + 2000) - 1.5) $$;
-- A span with this median in hours and a long tail.
create or replace function pg_temp.hours(n bigint, salt int, median float8, spread float8) returns interval language sql immutable parallel safe
  as $$ select date_trunc('second', median * exp(spread * pg_temp.z(n, salt)) * interval '1 hour') $$;
-- An instant of the three years: more of them lately, one in twenty at a weekend, one in twelve at any hour.
create or replace function pg_temp.moment(n bigint, salt int, since timestamptz, until timestamptz) returns timestamptz language sql immutable parallel safe
  as $$ select case when t < until - interval '1 minute' then t else t - interval '14 days' end from (
    select since + floor(157 * power(pg_temp.u(n, salt), 0.85)) * interval '7 days'
      + case when pg_temp.u(n, salt + 1) < 0.95 then floor(pg_temp.u(n, salt + 2) * 5) else 5 + floor(pg_temp.u(n, salt + 2) * 2) end * interval '1 day'
      + date_trunc('second', case when pg_temp.u(n, salt + 3) < 0.92 then 8 + 5 * (pg_temp.u(n, salt + 4) + pg_temp.u(n, salt + 5))
        else 24 * pg_temp.u(n, salt + 4) end * interval '1 hour') as t) made $$;
-- What falls into the night or a weekend waits for the next morning, nine times of ten.
create or replace function pg_temp.awake(t timestamptz, n bigint, salt int) returns timestamptz language sql immutable parallel safe
  as $$ select case when pg_temp.u(n, salt) < 0.1 or (extract(isodow from t at time zone 'UTC') < 6 and extract(hour from t at time zone 'UTC') between 7 and 19)
    then t else date_trunc('day', t, 'UTC') + (case extract(isodow from t at time zone 'UTC') when 5 then 3 when 6 then 2 else 1 end) * interval '1 day'
      + date_trunc('second', (8 + 2 * pg_temp.u(n, salt + 1)) * interval '1 hour') end $$;
create or replace function pg_temp.sha(name text) returns text language sql immutable parallel safe
  as $$ select left(encode(sha224(name::bytea), 'hex'), 40) $$;
