"""Export files in the platforms' own forms, one module per source; `cells` holds the file containers."""
