"""The real servers that tests talk to: found or started, waited for, and ended."""
