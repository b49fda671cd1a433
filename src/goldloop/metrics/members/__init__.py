"""Members: RFM groups, life cycle, the way to the second purchase, and who will buy again, by store or over all of them."""
