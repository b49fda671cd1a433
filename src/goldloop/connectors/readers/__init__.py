"""From a file on disk to its sheets: CSV, TSV, TXT, ZIP and GZ of these, workbooks, Parquet and JSON, told apart by their content."""

from goldloop.connectors.readers.sheet import Limits, RawSheet, clean_name, column_names, shown
from goldloop.connectors.readers.source import content_hash, sheets

__all__ = ["Limits", "RawSheet", "clean_name", "column_names", "content_hash", "sheets", "shown"]
