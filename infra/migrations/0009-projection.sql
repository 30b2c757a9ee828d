-- The bookkeeping of the views moves to a schema of its own, with rules that the releases before did not know:
-- each release folds only the generations of its own definitions, and readers name their tables themselves.
-- A release from before finds nothing here, and says so, rather than folding by other rules.
CREATE SCHEMA projection;

CREATE SEQUENCE projection.generation_number;
SELECT setval('projection.generation_number', coalesce(max(generation), 0) + 1) FROM views.generation;

CREATE TABLE projection.generation (
  view        text NOT NULL,
  generation  bigint PRIMARY KEY,
  fingerprint text NOT NULL,      -- of the definition that fills it, and of the engine
  log         text NOT NULL,      -- the identity of the log that it came from
  checkpoint  bigint NOT NULL,
  status      text NOT NULL CHECK (status IN ('live', 'old', 'doomed')),
  built_at    timestamptz NOT NULL DEFAULT now()
);
-- Each release has its own live one.
CREATE UNIQUE INDEX one_live ON projection.generation (view, fingerprint) WHERE status = 'live';

-- Streams that a view cannot fold: later events of the stream wait here in order until it can.
CREATE TABLE projection.parked_stream (
  generation bigint NOT NULL REFERENCES projection.generation ON DELETE CASCADE,
  stream     text NOT NULL,
  position   bigint NOT NULL,     -- of the event that could not be folded
  event_type text NOT NULL,
  error      text NOT NULL,
  parked_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (generation, stream)
);

-- What stands in a log among our events and is none of ours, and streams that are no longer whole.
CREATE TABLE projection.stray (
  log      text NOT NULL,
  position bigint NOT NULL,
  stream   text NOT NULL,
  revision bigint NOT NULL,
  type     text NOT NULL,
  fault    text NOT NULL,
  seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (log, position)
);

-- Who folds for a release, so that others do not fold the same. It is a courtesy: what holds is the checkpoint.
CREATE TABLE projection.lease (
  name   text PRIMARY KEY,
  holder text NOT NULL,
  until  timestamptz NOT NULL
);

-- The log that the views were folded from.
CREATE TABLE projection.source (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  log    text NOT NULL
);
INSERT INTO projection.source (log) SELECT log FROM views.source;

GRANT USAGE ON SCHEMA projection TO minutier_app;
GRANT USAGE ON SEQUENCE projection.generation_number TO minutier_app;
GRANT SELECT, INSERT, UPDATE, DELETE
   ON projection.generation, projection.parked_stream, projection.stray, projection.lease, projection.source
   TO minutier_app;

-- The tables belong to the application, which made them.
SET LOCAL lock_timeout = '20s';
SET LOCAL ROLE minutier_app;
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT view, generation FROM views.generation LOOP
    EXECUTE format('DROP VIEW IF EXISTS views.%I', one.view);
  END LOOP;
  FOR one IN SELECT view, generation FROM views.generation LOOP
    EXECUTE format('DROP TABLE IF EXISTS views.%I', one.view || '_' || one.generation);
  END LOOP;
END $$;
RESET ROLE;
DROP TABLE views.parked_stream, views.generation, views.source;
