"""Many boxes seen from their broker: what `pose-edge fleet` shows, and what a rollout asks before it goes on."""
