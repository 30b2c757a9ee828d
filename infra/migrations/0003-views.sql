-- The views' own schema: the engine creates one table per view generation here, and a view that names the live one.
CREATE SCHEMA views;

CREATE TABLE views.generation (
  view        text NOT NULL,
  generation  integer NOT NULL,
  fingerprint text NOT NULL,      -- of the definition that filled it
  checkpoint  bigint NOT NULL DEFAULT 0,
  status      text NOT NULL CHECK (status IN ('building', 'live', 'old')),
  PRIMARY KEY (view, generation)
);
CREATE UNIQUE INDEX one_live ON views.generation (view) WHERE status = 'live';

-- Streams that a view cannot fold: later events of the stream wait here in order until it can.
CREATE TABLE views.parked_stream (
  view       text NOT NULL,
  generation integer NOT NULL,
  stream     text NOT NULL,
  position   bigint NOT NULL,     -- of the event that could not be folded
  event_type text NOT NULL,
  error      text NOT NULL,
  parked_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (view, generation, stream),
  FOREIGN KEY (view, generation) REFERENCES views.generation ON DELETE CASCADE
);
