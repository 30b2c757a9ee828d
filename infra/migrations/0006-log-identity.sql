-- What tells this log from another, and how it takes in the events of another as they are.
CREATE TABLE log.identity (
  single     boolean PRIMARY KEY DEFAULT true CHECK (single),
  id         uuid NOT NULL DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now(),
  copy_of    text,
  complete   boolean NOT NULL DEFAULT true
);
INSERT INTO log.identity DEFAULT VALUES;
GRANT SELECT ON log.identity TO minutier_app;

CREATE FUNCTION log.begin_copy(source text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(4902718133);
  UPDATE log.identity SET copy_of = source, complete = false
   WHERE (NOT complete AND copy_of = source) OR NOT EXISTS (SELECT FROM log.event);
  RETURN FOUND;
END $$;

CREATE FUNCTION log.restore(
  streams text[], revisions integer[], ids uuid[], types text[], versions integer[], datas text[], metadatas text[],
  recorded timestamptz[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_seqscan = off AS $$
DECLARE
  head   bigint;
  broken record;
BEGIN
  PERFORM pg_advisory_xact_lock(4902718133);
  IF (SELECT i.complete FROM log.identity i) THEN
    RAISE EXCEPTION 'log.restore is for an unfinished copy only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT coalesce(max(e.position), 0) INTO head FROM log.event e;
  INSERT INTO log.event
    SELECT head + g.n, g.stream, g.revision, g.id, g.type, g.version, g.data, g.metadata, g.recorded
      FROM unnest(streams, revisions, ids, types, versions, datas, metadatas, recorded)
           WITH ORDINALITY AS g (stream, revision, id, type, version, data, metadata, recorded, n);
  SELECT s.stream, s.revision INTO broken
    FROM unnest(streams, revisions) AS s (stream, revision)
   WHERE s.revision > 0
     AND NOT EXISTS (SELECT FROM log.event e WHERE e.stream = s.stream AND e.revision = s.revision - 1)
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'stream % would have a gap before revision %', broken.stream, broken.revision
      USING ERRCODE = 'data_exception';
  END IF;
END $$;

CREATE FUNCTION log.end_copy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE log.identity SET complete = true;
$$;

REVOKE ALL ON FUNCTION log.begin_copy, log.restore, log.end_copy FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.begin_copy, log.restore, log.end_copy TO minutier_app;

-- The log that the views were folded from.
CREATE TABLE views.source (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  log    text NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON views.source TO minutier_app;
