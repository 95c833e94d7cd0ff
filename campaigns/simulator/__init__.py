"""Invented people who use an app through its public API, and an independent count of what they did."""
