"""Delivery and reliability: how fast and how safely changes reach production."""
