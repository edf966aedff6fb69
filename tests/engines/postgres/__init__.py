"""What only a real PostgreSQL shows: its failures, its versions, its locks and its plans."""
