-- How far the chained digest of a log was made: the next one goes on from there.
CREATE TABLE projection.empreinte (
  log      text NOT NULL,
  position bigint NOT NULL,
  sha256   text NOT NULL,
  PRIMARY KEY (log, position)
);
GRANT SELECT, INSERT ON projection.empreinte TO minutier_app;
