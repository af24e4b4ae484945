"""``python -m zester_peel.main``."""

from zester_peel.main import main

main()
