"""Turns into another command that the kernel signals when its parent dies.

``process.py`` runs this file by its path with ``python -I -S``, so it may import nothing of ours::

    launch.py PARENT_PID DEATH_SIGNAL USER_ID COMMAND [ARGUMENT...]

A separate program rather than ``preexec_fn``, which may deadlock when the parent has threads (pytest, a
browser driver). USER_ID is -1 to stay who we are.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Becomes the command, as the user asked for; ends with 1 if the parent is gone already."""
    parent, death_signal, user = (int(argument) for argument in arguments[:3])
    command = arguments[3:]
    if user >= 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        # After setuid, which clears it. It survives exec, and the making of a user namespace too.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            sys.exit(1)
    # Python ignores SIGPIPE, and an ignored signal would stay ignored after exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # A whole path, looked up by the parent: another user may not be able to read Python's own library.
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
