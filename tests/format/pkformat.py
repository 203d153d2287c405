# SPDX-License-Identifier: MIT
"""A reader and writer of pkstore stores, from store/FORMAT.md alone: LMDB, CBOR, flock, and nothing of libpkstore."""

import fcntl
import io
import json
import os
import struct
import uuid

import cbor2
import lmdb

META, CATALOG, INDEX, OBJECT = (bytes([room]) for room in (1, 2, 3, 4))
HEADER, ATTRIBUTE, METADATA, ITEM, HELD, WAITING = (bytes([part]) for part in (0, 1, 2, 3, 4, 5))
NEXT, UNFINISHED, RESERVED, BURIED = range(4)
TYPE, UUID, PATH, CREATED, VERSION, COUNT, INDEX_KEY, PINNED, FIRST, CAP = range(10)
BYTES, LIMIT, LIMIT_BYTES, UNVERSIONED, CLASS, OWN = range(10, 16)
HEADER_DEFAULTS = [None, False, 0, 0, 0, 0, 0, False, None, None]
CHUNK_MAX = 4080
REFERENCE_TAG = 7367539
PARENT = 8  # of a process's state
STATUSES = {1: "created", 2: "submitted", 3: "running", 4: "finished", 5: "failed", 6: "crashed"}


def big(number):
    return struct.pack(">Q", number)


def anonymous(header):
    """The path of an object without a name of its own."""
    return "%s-%s" % (header[TYPE], uuid.UUID(bytes=header[UUID]))


def sequence(data):
    """The items of a CBOR sequence, each as its bytes."""
    stream = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(stream)
    entries = []
    while stream.tell() < len(data):
        start = stream.tell()
        decoder.decode()
        entries.append(data[start:stream.tell()])
    return entries


class Store:
    def __init__(self, path):
        with open(os.path.join(path, "pkstore.json")) as manifest:
            self.manifest = json.load(manifest)
        if self.manifest["pkstore"] != 1:
            raise ValueError("a store of a newer format")
        self.directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        durability = self.manifest["durability"]
        self.lock()
        try:
            self.env = lmdb.open(path, map_size=0, create=False, max_dbs=0, metasync=durability != "relaxed",
                                 sync=durability != "none")
        finally:
            self.unlock()

    def close(self):
        self.lock()
        self.env.close()
        self.unlock()
        os.close(self.directory)

    def lock(self):
        fcntl.flock(self.directory, fcntl.LOCK_EX)

    def unlock(self):
        fcntl.flock(self.directory, fcntl.LOCK_UN)

    def begin(self, write=False):
        try:
            return self.env.begin(write=write)
        except lmdb.MapResizedError:
            self.env.set_mapsize(0)
            return self.env.begin(write=write)


class Transaction:
    """Objects by path within one LMDB transaction; what was changed gets its header at the commit."""

    def __init__(self, store, write=False):
        self.store, self.write = store, write

    def __enter__(self):
        self.txn = self.store.begin(self.write)
        self.changed = {}
        return self

    def __exit__(self, failure, *_):
        if failure or not self.write:
            self.txn.abort()
            return
        for number, header in self.changed.items():
            header[VERSION] += not header[UNVERSIONED]
            while len(header) > INDEX_KEY and header[-1] == HEADER_DEFAULTS[len(header) - 1 - INDEX_KEY]:
                header.pop()
            if header[PATH] == anonymous(header):
                header[PATH] = None
            self.txn.put(OBJECT + big(number) + HEADER, cbor2.dumps(header))
        self.txn.commit()

    def meta(self, name, otherwise=None):
        record = self.txn.get(META + name.encode())
        return otherwise if record is None else cbor2.loads(record)

    def paths(self):
        return [key[1:].decode() for key, _ in self.under(CATALOG)]

    def under(self, prefix):
        cursor = self.txn.cursor()
        found = cursor.set_range(prefix)
        while found and cursor.key().startswith(prefix):
            yield cursor.item()
            found = cursor.next()

    def find(self, path):
        record = self.txn.get(CATALOG + path.encode())
        return None if record is None else struct.unpack(">Q", record)[0]

    def header(self, number):
        if number in self.changed:
            return self.changed[number]
        header = cbor2.loads(self.txn.get(OBJECT + big(number) + HEADER))
        if header[PATH] is None:
            header[PATH] = anonymous(header)
        return header + HEADER_DEFAULTS[max(0, len(header) - INDEX_KEY):]

    def touch(self, number):
        return self.changed.setdefault(number, self.header(number))

    def create(self, path, kind, created):
        number = self.meta("next-id")
        assert self.find(path) is None
        self.txn.put(META + b"next-id", cbor2.dumps(number + 1))
        self.txn.put(META + b"objects", cbor2.dumps(self.meta("objects", 0) + 1))
        self.txn.put(CATALOG + path.encode(), big(number))
        self.changed[number] = [kind, uuid.uuid4().bytes, path, created, 0, 0] + HEADER_DEFAULTS
        return number

    def rename(self, number, path):
        header = self.touch(number)
        assert self.find(path) is None
        self.txn.delete(CATALOG + header[PATH].encode())
        self.txn.put(CATALOG + path.encode(), big(number))
        header[PATH] = path

    def drop(self, number):
        header = self.header(number)
        assert not header[PINNED]
        self.txn.delete(CATALOG + header[PATH].encode())
        if header[INDEX_KEY]:
            self.txn.delete(INDEX + header[INDEX_KEY])
        for key in [key for key, _ in self.under(OBJECT + big(number))]:
            self.txn.delete(key)
        self.txn.put(META + b"objects", cbor2.dumps(self.meta("objects") - 1))
        self.changed.pop(number, None)

    # An object's records but its header: the parts from 1 on, which `bytes` counts.

    def get_record(self, number, part, name):
        return self.txn.get(OBJECT + big(number) + part + name)

    def put_record(self, number, part, name, value):
        """Whether the record is new."""
        header, old = self.touch(number), self.get_record(number, part, name)
        header[BYTES] += len(value) + (len(name) if old is None else -len(old))
        self.txn.put(OBJECT + big(number) + part + name, value)
        return old is None

    def delete_record(self, number, part, name):
        """Whether there was such a record."""
        old = self.get_record(number, part, name)
        if old is not None:
            self.touch(number)[BYTES] -= len(name) + len(old)
            self.txn.delete(OBJECT + big(number) + part + name)
        return old is not None

    def attribute(self, number, name, otherwise=None):
        record = self.txn.get(OBJECT + big(number) + ATTRIBUTE + name.encode())
        return otherwise if record is None else cbor2.loads(record)

    def put_attribute(self, number, name, value):
        self.put_record(number, ATTRIBUTE, name.encode(), cbor2.dumps(value))

    def move_index(self, number, key):
        header = self.touch(number)
        if header[INDEX_KEY]:
            self.txn.delete(INDEX + header[INDEX_KEY])
        self.txn.put(INDEX + key, big(number))
        header[INDEX_KEY] = key

    def metadata(self, number):
        record = self.txn.get(OBJECT + big(number) + METADATA)
        return {} if record is None else cbor2.loads(record)

    def status(self, number):
        return STATUSES[self.attribute(number, "state")[0]]

    # Dict

    def items(self, number):
        prefix = OBJECT + big(number) + ITEM
        return {key[len(prefix):].decode(): cbor2.loads(value) for key, value in self.under(prefix)}

    def set(self, number, key, value):
        added = self.put_record(number, ITEM, key.encode(), cbor2.dumps(value))
        self.touch(number)[COUNT] += added

    def remove(self, number, key):
        if self.delete_record(number, ITEM, key.encode()):
            self.touch(number)[COUNT] -= 1

    # Log

    def chunks(self, number):
        prefix = OBJECT + big(number) + ITEM
        return [(struct.unpack(">Q", key[len(prefix):])[0], value) for key, value in self.under(prefix)]

    def entries(self, number):
        header = self.header(number)
        found = []
        for position, chunk in self.chunks(number):
            for entry in sequence(chunk):
                if position >= header[FIRST]:
                    found.append(cbor2.loads(entry))
                position += 1
        assert len(found) == header[COUNT]
        return found

    def last_chunk(self, number):
        """Its position and its bytes; None when there is none."""
        prefix, cursor = OBJECT + big(number) + ITEM, self.txn.cursor()
        found = cursor.prev() if cursor.set_range(OBJECT + big(number) + HELD) else cursor.last()
        if not found or not cursor.key().startswith(prefix):
            return None
        return struct.unpack(">Q", cursor.key()[len(prefix):])[0], cursor.value()

    def append(self, number, value):
        header = self.touch(number)
        entry = cbor2.dumps(value)
        position = header[FIRST] + header[COUNT]
        last = self.last_chunk(number)
        if last and len(last[1]) + len(entry) <= CHUNK_MAX:
            position, entry = last[0], last[1] + entry
        self.put_record(number, ITEM, big(position), entry)
        header[COUNT] += 1
        if header[CAP] and header[COUNT] > header[CAP]:
            self.trim(number, header[CAP])

    def trim(self, number, keep):
        header = self.touch(number)
        header[FIRST] += header[COUNT] - keep
        header[COUNT] = keep
        starts = [position for position, _ in self.chunks(number)]
        for start, end in zip(starts, starts[1:] + [header[FIRST] + keep]):
            if end <= header[FIRST]:
                self.delete_record(number, ITEM, big(start))

    # Queue

    def queue_own(self, number, changes=None):
        """The four counters of the header's own element; `changes` are added to them."""
        header = self.touch(number) if changes else self.header(number)
        own = (header[OWN] or []) + [0] * 4
        for element, by in (changes or {}).items():
            own[element] += by
        own = own[:4]
        while changes and own and own[-1] == 0:
            own.pop()
        if changes:
            header[OWN] = own or None
        return own + [0] * (4 - len(own))

    def queue_put(self, number, value):
        """Whether there was room."""
        header = self.header(number)
        if header[LIMIT] and header[COUNT] >= header[LIMIT]:
            return False
        self.put_record(number, ITEM, big(self.queue_own(number)[NEXT]), cbor2.dumps(value))
        self.queue_own(number, {NEXT: 1, UNFINISHED: 1})
        self.touch(number)[COUNT] += 1
        return True

    def queue_get(self, number):
        """The oldest item's value, done at once; None when there is no item."""
        prefix = OBJECT + big(number) + ITEM
        for key, record in self.under(prefix):
            value = cbor2.loads(sequence(record)[0])
            self.delete_record(number, ITEM, key[len(prefix):])
            self.queue_own(number, {UNFINISHED: -1})
            self.touch(number)[COUNT] -= 1
            return value
        return None

    # Value

    def set_value(self, number, value):
        self.put_record(number, ITEM, b"", cbor2.dumps(value))
        self.touch(number)[COUNT] = 1

    def value(self, number):
        record = self.get_record(number, ITEM, b"")
        return None if record is None else cbor2.loads(record)
