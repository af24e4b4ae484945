"""Join tokens: words that let machines in without anybody's further say."""
