"""Waves: whom a coupon or message goes to, who is held out, what may be spent, which file went out, and what came of it."""
