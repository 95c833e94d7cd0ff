"""Pages of segments: the list, one of them, the builder, and the files."""
