"""Plans of a period: versions that three owners propose, counter, accept and sign."""
