"""One file a revision, append-only: what is wrong in a released one is put right by the next."""
