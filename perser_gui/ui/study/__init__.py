"""Studies: their page, and the task that a listener sees."""
