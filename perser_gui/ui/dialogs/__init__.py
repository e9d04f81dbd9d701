"""The questions that the desk asks; none of them does anything by itself."""
