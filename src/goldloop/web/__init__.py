"""The web app: one view file per screen, the words and number formats of pages, and how it is served."""
