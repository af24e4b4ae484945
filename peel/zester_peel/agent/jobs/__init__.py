"""Jobs on the peel: hear them, judge them, run them once, tell what became of them."""
