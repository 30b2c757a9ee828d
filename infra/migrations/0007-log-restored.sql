-- A log that was restored from several writers' clocks holds instants that go back. Up to where they do is kept:
-- only there must an instant be looked for event by event.
ALTER TABLE log.identity ADD COLUMN out_of_order_until bigint NOT NULL DEFAULT 0;

CREATE FUNCTION log.last_out_of_order() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(e.position), 0)
    FROM (SELECT position, recorded_at, lag(recorded_at) OVER (ORDER BY position) AS former FROM log.event) e
   WHERE e.recorded_at < e.former;
$$;
UPDATE log.identity SET out_of_order_until = log.last_out_of_order();

CREATE OR REPLACE FUNCTION log.end_copy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE log.identity SET complete = true, out_of_order_until = log.last_out_of_order();
$$;

-- The last position before the first event recorded after an instant. Positions are contiguous here, and past
-- what was restored instants never decrease with them: a search by halves, which needs no index.
CREATE OR REPLACE FUNCTION log.position_at(instant timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low    bigint := (SELECT i.out_of_order_until FROM log.identity i);
  high   bigint := coalesce((SELECT max(e.position) FROM log.event e), 0);
  middle bigint;
  after  bigint;
BEGIN
  IF low > 0 THEN
    SELECT e.position INTO after FROM log.event e
     WHERE e.position <= low AND e.recorded_at > instant ORDER BY e.position LIMIT 1;
    IF FOUND THEN RETURN after - 1; END IF;
  END IF;
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    IF (SELECT e.recorded_at FROM log.event e WHERE e.position = middle) <= instant
      THEN low := middle;
      ELSE high := middle - 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;

-- As before, but nothing is appended to an unfinished copy: it would be no copy any more.
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
  IF NOT (SELECT i.complete FROM log.identity i) THEN
    RAISE EXCEPTION 'the log is an unfinished copy' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
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
