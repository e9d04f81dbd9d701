"""The view of what the microphone hears."""
