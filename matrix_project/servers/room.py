"""The room a run works in: one private folder and the processes started in it.

Whatever happens, Ctrl-C and SIGKILL included, nothing of the room survives the run: a guard
process (`guard.py`) holds the other end of a pipe and clears the room when the pipe closes.
"""
