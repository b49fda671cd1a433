"""Segments that people keep, version by version, and the limits of a store's life cycle that people set."""
