"""Points and tiers: programs over stores, and a ledger of what people earned, spent, lost and were given."""
