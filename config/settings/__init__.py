"""Settings: `base` is what all share; `dev`, `test` and `prod` say only what differs."""
