"""How the product is put together: settings, addresses, background work, and what `make run` starts."""
