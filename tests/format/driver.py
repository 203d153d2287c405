# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: a fresh store that a C program has open meanwhile."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile


class Holder:
    def __init__(self, program, path, content):
        self.path = path
        self.process = subprocess.Popen([program, path, content], text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.expect("ready")

    def expect(self, line):
        answer = self.process.stdout.readline()
        if answer != line + "\n":
            sys.exit("the holder says %r instead of %r" % (answer, line))

    def ask(self, question, answer):
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        self.expect(answer)

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit("the holder ends with %d" % self.process.returncode)


@contextlib.contextmanager
def holder(program, content):
    folder = tempfile.mkdtemp(prefix="pkstore-format-", dir=os.environ.get("PKS_TEST_DIR", "/dev/shm"))
    # The programs' own stores must never be the user's.
    os.environ["PKSTORE_PATH"] = os.path.join(folder, "default")
    held = None
    try:
        held = Holder(program, os.path.join(folder, "store"), content)
        yield held
        held.end()
    finally:
        if held:
            held.process.kill()
        shutil.rmtree(folder)


def same(found, expected):
    if found != expected:
        sys.exit("found    %r\nexpected %r" % (found, expected))
