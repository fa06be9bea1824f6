"""The story that `make demo` tells: the only place that knows both the program and the sandbox."""
