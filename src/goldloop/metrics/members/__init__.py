"""Members by store or over all: RFM groups, life cycle, second purchases, who will buy again, pairs of goods, coupon calendar."""
