"""Checks a box, or a PC, and says in plain words what is wrong and what to do."""
