"""What one can do at the desk, and what it knows: no module here knows a widget."""
