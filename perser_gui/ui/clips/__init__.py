"""The room on the left: the list of clips."""
