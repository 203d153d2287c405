# SPDX-License-Identifier: MIT
"""Changes a store while C programs do: beside_writer.py STORE ROUNDS; see beside.c."""

import sys
import time

from pkformat import Store, Transaction

store = Store(sys.argv[1])
for i in range(int(sys.argv[2])):
    with Transaction(store, write=True) as txn:
        totals, queue = txn.find("shared/totals"), txn.find("shared/queue")
        add = lambda key: txn.set(totals, key, txn.items(totals)[key] + 1)
        txn.append(txn.find("shared/log"), ["python", i])
        add("sum")
        if txn.queue_put(queue, i):
            add("put")
        if i % 2 and txn.queue_get(queue) is not None:
            add("got")
    with Transaction(store, write=True) as txn:
        for name, change in (("log", txn.append), ("queue", txn.queue_put), ("value", txn.set_value)):
            change(txn.find("python/" + name), [i, time.monotonic_ns()])
        txn.set(txn.find("python/dict"), "now", [i, time.monotonic_ns()])
store.close()
