"""Who is who, and what they may: keys, tokens, signed documents, sealed values, tiers."""
