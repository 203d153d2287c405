# SPDX-License-Identifier: MIT
"""Writes to a store that a C program has open; that program then checks what it finds (holder.c)."""

import sys
import time

from driver import holder
from pkformat import Store, Transaction, big

ENTRIES = 2000

with holder(sys.argv[1], "full") as held:
    store = Store(held.path)
    with Transaction(store, write=True) as txn:
        config = txn.find("example/config")
        txn.set(config, "host", "localhost")
        txn.set(config, "port", 8081)
        txn.remove(config, "ratio")

    # Several transactions, so that the last chunk is found again by its key, and filled up.
    for start in range(ENTRIES, 2 * ENTRIES, 250):
        with Transaction(store, write=True) as txn:
            numbers = txn.find("many/numbers")
            for i in range(start, start + 250):
                txn.append(numbers, ["number", i])

    with Transaction(store, write=True) as txn:
        for i in range(10):
            txn.append(txn.find("many/capped"), "x" * 2000)

    with Transaction(store, write=True) as txn:
        txn.drop(txn.find("many/dropped"))
        txn.rename(txn.find("many/kinds"), "many/renamed")
        created = txn.create("python/dict", "dict", time.time_ns())
        txn.set(created, "made by", "python")
        process = txn.create("python/process", "process", time.time_ns())
        txn.put_attribute(process, "target", "/opt/module.so:produce")
        txn.put_attribute(process, "state", [1])
        txn.move_index(process, b"\x07" + big(process))
    held.ask("check", "good")

    # And back again: what the program appended meanwhile.
    with Transaction(store) as txn:
        entries = txn.entries(txn.find("many/numbers"))
        assert entries[-1] == ["number", 2 * ENTRIES], entries[-1]
    store.close()
