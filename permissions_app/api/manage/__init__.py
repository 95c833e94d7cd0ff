"""The management API: the same services as the pages, for scripts, with a secret key."""
