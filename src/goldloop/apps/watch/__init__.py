"""What is watched and what rang: rules as data, judgements day by day, alarms that open once and clear."""
