"""Following a log within a process and across processes."""
