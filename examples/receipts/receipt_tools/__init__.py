"""Checks and small repairs for text read from receipts."""

from .amounts import parse_amount
from .totals import check_total

__all__ = ["check_total", "parse_amount"]
