"""Everything that turns a fresh checkout into a running product on one machine."""
