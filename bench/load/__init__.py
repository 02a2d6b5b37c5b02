"""Load on the whole way of a question: people in a local workspace ask a running bot, and every reply is checked.

`python -m bench.load` (or `make load`); the bot runs in a process of its own (`bench.load.served`).
"""
