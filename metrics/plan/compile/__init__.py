"""What every statement is made of: nodes of a syntax tree, expressions of the dictionary, rows of a dataset."""
