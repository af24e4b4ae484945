"""What a server would refuse, or take and never use, of a definition; found without a server."""
