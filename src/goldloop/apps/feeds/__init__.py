"""What came in: receipts of imports, the versions of the lake they made, and the rows that need a person."""
