# SPDX-License-Identifier: MIT
"""Reads a store that a C program has open: objects, a Dict, Logs, processes, values of all kinds."""

import struct
import sys
import uuid

from driver import holder, same
from pkformat import COUNT, CREATED, FIRST, INDEX_KEY, PATH, PINNED, REFERENCE_TAG, TYPE, VERSION, Store, Transaction

with holder(sys.argv[1], "full") as held:
    store = Store(held.path)
    with Transaction(store) as txn:
        same(txn.meta("format"), 1)
        same(str(uuid.UUID(bytes=txn.meta("uuid"))), store.manifest["uuid"])
        paths = txn.paths()
        same(paths, ["example/array", "example/barrier", "example/condition", "example/config", "example/event",
                     "example/failed", "example/finished", "example/lock", "example/log", "example/pipe",
                     "example/priorities", "example/process", "example/queue", "example/semaphore", "example/value",
                     "many/capped", "many/dropped", "many/kinds", "many/numbers"])
        same(txn.meta("objects"), len(paths))
        for path in paths:
            number = txn.find(path)
            header = txn.header(number)
            same(header[PATH], path)
            assert 0 < number < txn.meta("next-id") and header[CREATED] > 0 and header[VERSION] > 0

        config = txn.find("example/config")
        same(txn.items(config), {"port": 8080, "ratio": 1.5})
        same(txn.header(config)[COUNT], 2)
        same(txn.metadata(config), {"owner": "me"})
        same(txn.attribute(config, "unit"), "ms")

        log = txn.find("example/log")
        same(txn.entries(log), [["iteration", 1], ["iteration", 2]])
        same(txn.header(log)[FIRST], 1)
        numbers = txn.find("many/numbers")
        assert len(txn.chunks(numbers)) > 1
        same(txn.entries(numbers), [["number", i] for i in range(500, 2000)])

        kinds = txn.find("many/kinds")
        items = txn.items(kinds)
        same(items.pop("second").timestamp(), 1700000000)
        same((items["moment"].tag, items.pop("moment").value), (1001, {1: 1700000000, -9: 1}))
        same((items["self"].tag, items.pop("self").value), (REFERENCE_TAG, kinds))
        same((items["array"].tag, struct.unpack("<3i", items.pop("array").value)), (78, (1, -2, 3)))
        same(items, {"": None, "largest": 2**64 - 1, "smallest": -2**63, "bytes": b"\0\xff", "schlüssel": "€",
                     "nested": [{"list": [True, False]}]})

        same(txn.value(txn.find("example/value")), 0.5)

        process = txn.find("example/process")
        same(txn.header(process)[TYPE], "process")
        same((txn.status(process), txn.attribute(process, "args")), ("created", ["hello"]))
        same(txn.items(process)["results"].value, log)

        finished = txn.find("example/finished")
        same(txn.status(finished), "finished")
        same(txn.attribute(finished, "result"), {"twice": 42})
        same(txn.items(finished), {"seen": True})
        status, attempt, priority, submitted, started, ended, exitcode = txn.attribute(finished, "state")[:7]
        same((status, attempt, priority, exitcode), (4, 1, 0, 0))
        assert 0 < submitted <= started <= ended

        failed = txn.find("example/failed")
        same(txn.status(failed), "failed")
        assert "refused" in txn.attribute(failed, "error")
        same(txn.attribute(failed, "state")[6], 1)

        index = {key[1:]: struct.unpack(">Q", number)[0] for key, number in txn.under(b"\x03")}
        same(index, {txn.header(number)[INDEX_KEY]: number for number in (process, finished, failed)})
        same(sorted(8 - key[0] for key in index), [1, 4, 5])
        assert not any(txn.header(number)[PINNED] for number in index.values())
    store.close()
