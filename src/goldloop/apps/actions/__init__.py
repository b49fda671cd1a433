"""What is proposed to be done, of all systems: with predicted money before, and what came of it beside it for ever."""
