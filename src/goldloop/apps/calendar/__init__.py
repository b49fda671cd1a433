"""What a shop group writes into its calendar: annotations of days, shown on every chart."""
