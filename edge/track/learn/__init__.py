"""Learns how a body moves between two looks, from rendered people."""
