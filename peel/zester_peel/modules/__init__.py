"""Execution functions: verbs that are run when somebody asks; one file = one family."""
