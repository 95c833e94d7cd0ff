"""The pages where a team learns what its asks do: one module a page, all of them read rollups."""
