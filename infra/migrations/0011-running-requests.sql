-- A request that is still under way under its key is known as such, until its process ends it or is lost.
ALTER TABLE views.request
  ADD COLUMN holder        text,
  ADD COLUMN running_until timestamptz NOT NULL DEFAULT '-infinity';
GRANT UPDATE ON views.request TO minutier_app;
