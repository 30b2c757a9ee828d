-- How far a log on a server that others share was searched, past what is theirs: no process searches it twice.
CREATE TABLE projection.bookmark (
  log     text PRIMARY KEY,
  last    bigint NOT NULL,       -- of the last event of ours
  scanned bigint NOT NULL        -- nothing else of ours up to there
);
GRANT SELECT, INSERT, UPDATE, DELETE ON projection.bookmark TO minutier_app;
