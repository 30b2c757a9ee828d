-- An application that does not own its database looks whether the owner has migrated it.
GRANT SELECT ON public.migration TO minutier_app;
