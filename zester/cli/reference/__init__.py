"""``docs/cli.md``, written from the programs themselves."""
