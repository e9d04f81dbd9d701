"""The views of all clips at once: predictions, and listeners compared."""
