# SPDX-License-Identifier: MIT
"""Python and Perl change a store at the same time, beside a C program, which sees and checks all of it.

beside.py PROGRAM [quiet]: the program is under load, or it only waits; see beside.c.
"""

import os
import subprocess
import sys

from driver import holder

QUIET = "quiet" in sys.argv
ROUNDS = 40 if QUIET else 400

here = os.path.dirname(__file__)
with holder(sys.argv[1], "%d%s" % (ROUNDS, " quiet" if QUIET else "")) as held:
    writers = [subprocess.Popen(["/usr/bin/perl", os.path.join(here, "beside_writer.pl"), held.path, str(ROUNDS)]),
               subprocess.Popen([sys.executable, os.path.join(here, "beside_writer.py"), held.path, str(ROUNDS)])]
    ends = [writer.wait() for writer in writers]
    if any(ends):
        sys.exit("the writers end with %r" % ends)
    held.ask("check", "good")
