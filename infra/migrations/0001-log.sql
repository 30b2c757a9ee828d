-- The log: append-only, in one order. Only log.append writes it.
CREATE SCHEMA log;

CREATE TABLE log.event (
  position    bigint PRIMARY KEY,
  stream      text COLLATE "C" NOT NULL,
  revision    integer NOT NULL,
  id          uuid NOT NULL UNIQUE,
  type        text NOT NULL,
  version     integer NOT NULL,
  data        text NOT NULL,
  metadata    text NOT NULL,
  recorded_at timestamptz(3) NOT NULL,
  UNIQUE (stream, revision)
);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'log.event is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.event
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- The last position recorded at or before an instant. Positions are contiguous here and instants never
-- decrease with them, so this is a search by halves and needs no index.
CREATE FUNCTION log.position_at(instant timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low    bigint := 0;   -- recorded at or before the instant, or nothing
  high   bigint := coalesce((SELECT max(e.position) FROM log.event e), 0);
  middle bigint;
BEGIN
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    IF (SELECT e.recorded_at FROM log.event e WHERE e.position = middle) <= instant
      THEN low := middle;
      ELSE high := middle - 1;
    END IF;
  END LOOP;
  RETURN low;
END $$;
