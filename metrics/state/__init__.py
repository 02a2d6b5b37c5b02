"""The state database: what must not be forgotten. Its mechanism and the audit log; each room keeps its own tables
beside its code."""
