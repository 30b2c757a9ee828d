-- The number that a new thing is given under a key, before it is recorded: a repeat finds it there.
ALTER TABLE views.request ADD COLUMN reference text;
