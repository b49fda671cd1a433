"""Jobs: with the command line and the web the only place that joins contexts, connectors and the lake."""
