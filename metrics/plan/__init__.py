"""The way from a Query to rows: names bound, periods dated, the tree compiled, rows shaped into an Answer."""
