"""Kvarter: segregation and access to services, measured before a decision is made."""

__version__ = "0.1.0"
