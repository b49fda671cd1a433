"""Pure mathematics and vocabulary: numbers in, numbers out (standard library, numpy, scipy only)."""
