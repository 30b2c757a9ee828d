-- As before, but the events come through a cursor. A slice of an array parameter copies the whole array each
-- time: most of an append of 32 went into allocating those copies.
CREATE OR REPLACE FUNCTION log.append(
  entry_counts integer[],    -- per request
  streams      text[],       -- per entry
  expecteds    integer[],
  event_counts integer[],
  ids          uuid[],       -- per event
  types        text[],
  versions     integer[],
  datas        text[],
  metadatas    text[],
  digests      text[]
) RETURNS TABLE (status text, last_position bigint, revisions integer[], failed_entry integer, actual integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- A session that plans these statements on an empty log would keep its sequential scans.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  head       bigint;
  clock      timestamptz;
  entry      integer := 0;   -- last entry of the requests done
  event      integer := 0;   -- last event of the requests done
  entries    integer;
  events     integer;
  present    integer;
  agreeing   integer;
  current    integer;
  wanted     integer;
  incoming   CURSOR FOR SELECT * FROM unnest(ids, types, versions, datas, metadatas);
  given_id   uuid;
  given_type text;
  given_version integer;
  given_data text;
  given_metadata text;
BEGIN
  -- First of all: positions are given out in the order in which transactions commit.
  PERFORM pg_advisory_xact_lock(4902718133);
  SELECT e.position, e.recorded_at INTO head, clock FROM log.event e ORDER BY e.position DESC LIMIT 1;
  head := coalesce(head, 0);
  clock := greatest(date_trunc('milliseconds', clock_timestamp()), clock);

  OPEN incoming;
  FOREACH entries IN ARRAY entry_counts LOOP
    events := 0;
    FOR i IN 1 .. entries LOOP events := events + event_counts[entry + i]; END LOOP;
    status := 'written'; failed_entry := NULL; actual := NULL; revisions := '{}';

    SELECT count(*), count(*) FILTER (WHERE (e.metadata::json ->> 'commandDigest') = given.digest), max(e.position)
      INTO present, agreeing, last_position
      FROM unnest(ids[event + 1 : event + events], digests[event + 1 : event + events]) AS given (id, digest),
           LATERAL (SELECT o.position, o.metadata FROM log.event o WHERE o.id = given.id LIMIT 1) e;

    IF present > 0 THEN
      status := CASE WHEN agreeing = events THEN 'duplicate' ELSE 'mismatch' END;
      SELECT array_agg((SELECT max(e.revision) FROM log.event e
                         WHERE e.stream = s.stream AND e.id = ANY (ids[event + 1 : event + events]))
                       ORDER BY s.n)
        INTO revisions
        FROM unnest(streams[entry + 1 : entry + entries]) WITH ORDINALITY AS s (stream, n);
    ELSE
      FOR i IN 1 .. entries LOOP
        SELECT e.revision INTO current FROM log.event e
          WHERE e.stream = streams[entry + i] ORDER BY e.revision DESC LIMIT 1;
        current := coalesce(current, -1);
        FOR j IN 1 .. i - 1 LOOP
          IF streams[entry + j] = streams[entry + i] THEN current := current + event_counts[entry + j]; END IF;
        END LOOP;
        wanted := expecteds[entry + i];
        IF wanted <> -2 AND NOT (wanted = -3 AND current >= 0) AND wanted <> current THEN
          status := 'conflict'; failed_entry := i; actual := current; last_position := NULL;
          EXIT;
        END IF;
        revisions := revisions || (current + event_counts[entry + i]);
      END LOOP;

      IF status = 'written' THEN
        FOR i IN 1 .. entries LOOP
          FOR n IN 1 .. event_counts[entry + i] LOOP
            FETCH incoming INTO given_id, given_type, given_version, given_data, given_metadata;
            head := head + 1;
            INSERT INTO log.event
            VALUES (head, streams[entry + i], revisions[i] - event_counts[entry + i] + n,
                    given_id, given_type, given_version, given_data, given_metadata, clock);
          END LOOP;
        END LOOP;
        last_position := head;
      END IF;
    END IF;

    IF status <> 'written' THEN MOVE FORWARD events IN incoming; END IF;
    RETURN NEXT;
    entry := entry + entries;
    event := event + events;
  END LOOP;

  PERFORM pg_notify('log_appended', head::text);
END $$;
