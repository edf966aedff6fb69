"""How many files, including sockets, the process may have open."""

import resource


def raise_file_limit(wanted: int) -> int:
    """Raise the limit to ``wanted``, or as far as the system allows; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited or soft >= wanted:
        return wanted if soft == unlimited else soft
    higher = wanted if hard == unlimited else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (higher, hard))
    except (ValueError, OSError):  # a sandbox may forbid it, or the kernel allow less
        return soft
    return higher
