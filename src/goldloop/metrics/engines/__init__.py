"""Engines that run the SQL of figures over a version of the lake; every engine folder or file has the same functions."""
