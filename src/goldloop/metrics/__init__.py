"""The one place where a figure is defined and asked for."""
