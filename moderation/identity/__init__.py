"""Who is speaking: signing in at a provider, guests, and moderators."""
