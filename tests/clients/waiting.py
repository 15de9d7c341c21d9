"""What is changed is in force on every replica within a second (RELIABILITY, S10)."""

import time

IN_FORCE = 1


def within_a_second(is_in_force):
    """Whether it is, by then."""
    end = time.monotonic() + IN_FORCE
    while not is_in_force():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
