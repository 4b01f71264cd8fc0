"""Recognises exercises and counts their repetitions."""
