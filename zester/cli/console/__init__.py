"""What all verbs share: which server, how to show data and errors."""
