-- Each append has an instant of its own, later than the one before, also while the clock stands still or goes
-- back: what was known at an instant would change otherwise with what is recorded after it.
DO $$
DECLARE
  told    text := pg_get_functiondef('log.append'::regproc);
  former  text := 'greatest(date_trunc(''milliseconds'', clock_timestamp()), clock)';
  clocked text := 'greatest(date_trunc(''milliseconds'', clock_timestamp()), clock + interval ''1 millisecond'')';
BEGIN
  IF position(former IN told) = 0 THEN RAISE EXCEPTION 'log.append is not the one that was expected'; END IF;
  EXECUTE replace(told, former, clocked);
END $$;
