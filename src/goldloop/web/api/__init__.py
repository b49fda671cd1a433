"""The JSON API: the same questions and the same answers as the command line's `--json`, over HTTP."""
