"""One module per command: `NAME_HELP`, `add_arguments(parser)` and `run(args, console, env) -> exit code`."""
