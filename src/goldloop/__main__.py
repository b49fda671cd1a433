"""`python -m goldloop` is the command `goldloop`."""

import sys

from goldloop.cli import main

sys.exit(main())
