"""Briefings: what changed beyond noise, said only when something did, with what was checked."""
