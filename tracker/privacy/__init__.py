"""Erasing a person everywhere we hold data."""
