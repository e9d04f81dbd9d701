"""What leaves the desk for other programs: predictions as CSV, JSON or audformat."""

from perser_gui.exchange.predictions import (
    FORMATS,
    prediction_document,
    prediction_rows,
    prediction_text,
    write_audformat,
    write_predictions,
)

__all__ = [
    "FORMATS",
    "prediction_document",
    "prediction_rows",
    "prediction_text",
    "write_audformat",
    "write_predictions",
]
