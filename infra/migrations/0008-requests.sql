-- What was asked under each idempotency key, whichever store the log is in: a key means one request.
CREATE TABLE views.request (
  command  uuid PRIMARY KEY,
  digest   text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON views.request TO minutier_app;
