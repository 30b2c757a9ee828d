-- What the application may do. It reads the log and appends through log.append; it never changes an event.
GRANT USAGE ON SCHEMA log TO minutier_app;
GRANT SELECT ON log.event TO minutier_app;
GRANT EXECUTE ON FUNCTION log.append TO minutier_app;
GRANT USAGE, CREATE ON SCHEMA views TO minutier_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON views.generation, views.parked_stream TO minutier_app;
