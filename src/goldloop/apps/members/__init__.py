"""People that somebody acted on: decisions about who is who, consents, notes."""
