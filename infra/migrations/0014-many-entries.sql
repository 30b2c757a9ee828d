-- An append of thousands of entries looked at all earlier ones for each: they are summed up in one pass now.
DO $$
DECLARE
  told     text := pg_get_functiondef('log.append'::regproc);
  declared text := E'  current    integer;\n';
  looked   text := E'      FOR i IN 1 .. entries LOOP\n        SELECT e.revision INTO current';
  summed   text := E'        FOR j IN 1 .. i - 1 LOOP\n'
                   '          IF streams[entry + j] = streams[entry + i] THEN current := current + event_counts[entry + j]; END IF;\n'
                   '        END LOOP;\n';
BEGIN
  IF position(declared IN told) = 0 OR position(looked IN told) = 0 OR position(summed IN told) = 0 THEN
    RAISE EXCEPTION 'log.append is not the one that was expected';
  END IF;
  told := replace(told, declared, declared || E'  earlier    integer[];\n');
  told := replace(told, looked,
    E'      IF entries > 16 THEN\n'
    '        SELECT array_agg(coalesce(s.before, 0) ORDER BY s.n) INTO earlier\n'
    '          FROM (SELECT u.n, sum(u.events) OVER (PARTITION BY u.stream ORDER BY u.n\n'
    '                                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before\n'
    '                  FROM unnest(streams[entry + 1 : entry + entries], event_counts[entry + 1 : entry + entries])\n'
    '                       WITH ORDINALITY AS u (stream, events, n)) s;\n'
    '      END IF;\n' || looked);
  told := replace(told, summed,
    E'        IF entries > 16 THEN\n          current := current + earlier[i];\n        ELSE\n' || summed || E'        END IF;\n');
  EXECUTE told;
END $$;
