"""Virtual boxes against a real broker, to find out how many it carries: what `pose-edge simulate` runs."""
