"""The reader: text becomes a question of the algebra."""
