"""The management API of soft asks and redirect rules."""
