"""People, the organisation tree, stores and their settings, exclusion rules, and who may see what."""
