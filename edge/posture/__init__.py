"""Pure functions of tracks and time to states and events. No I/O, no clock, no threads."""
