"""The budgets of the design, measured here and now: ``python -m bench [NAME…]``."""
