"""The demo: an embedded broker, the daemon, and a subscriber that prints what arrives."""
