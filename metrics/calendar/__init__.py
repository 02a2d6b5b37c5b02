"""One calendar: periods dated, working days, like for like."""
