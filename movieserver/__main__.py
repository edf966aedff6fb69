"""``python -m movieserver`` is the ``movieserver`` command."""

import sys

from movieserver.commands import main

if __name__ == "__main__":
    sys.exit(main())
