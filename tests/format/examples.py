# SPDX-License-Identifier: MIT
"""Compares the examples of FORMAT.md with a real store, byte for byte; with --print, prints them instead.

What differs from store to store is made the same first: uuids, times of creation, and the number of the Unix process
that created a process, which have the same length in all; and who holds and who waits, whose length is not: by as much
as it differs, the object's bytes and those of the limited namespace are made to differ, too.
"""

import re
import sys

import cbor2

from driver import holder, same
from pkformat import ATTRIBUTE, BYTES, CREATED, HEADER, HELD, META, OBJECT, PARENT, UUID, WAITING, Store, Transaction
from pkformat import sequence

CREATED_EXAMPLE = 1700000000000000000
PARENT_EXAMPLE = -1700000000
BOOT_EXAMPLE = bytes.fromhex("b0" * 16)
PROCESS_EXAMPLE, THREAD_EXAMPLE = [4711, 123456], [4712, 123457]
LIMIT = META + b"limit/example"
USED_BYTES = 3


def example_uuid(number):
    return bytes.fromhex("00112233445546778899aabbccddee%02x" % number)


def example_element(element):
    """Of a record of one who holds or waits: owners and times are made up, all else stays."""
    if isinstance(element, list) and len(element) >= 3 and isinstance(element[2], bytes):
        thread = PROCESS_EXAMPLE if element[3:] == element[:2] else THREAD_EXAMPLE
        return (PROCESS_EXAMPLE + [BOOT_EXAMPLE] + thread)[:len(element)]
    if isinstance(element, list):
        return [example_element(each) for each in element]
    return CREATED_EXAMPLE if isinstance(element, int) and element > 10**18 else element


def with_example_owners(found):
    """The records with made-up owners, and the bytes of all that counts them."""
    grown, result = {}, []
    for key, value in found:
        if key[:1] == OBJECT and key[9:10] in (HELD, WAITING):
            example = b"".join(cbor2.dumps(example_element(cbor2.loads(item))) for item in sequence(value))
            grown[key[1:9]] = grown.get(key[1:9], 0) + len(example) - len(value)
            value = example
        result.append((key, value))
    for i, (key, value) in enumerate(result):
        if key[:1] == OBJECT and key[9:] == HEADER and grown.get(key[1:9]):
            header = cbor2.loads(value)
            header[BYTES] += grown[key[1:9]]
            result[i] = key, cbor2.dumps(header)
        if key == LIMIT:
            limit = cbor2.loads(value)
            limit[USED_BYTES] += sum(grown.values())
            result[i] = key, cbor2.dumps(limit)
    return result


def records(path):
    """Every record of the store, in order, with the examples' uuids and times."""
    store = Store(path)
    with Transaction(store) as txn:
        found = [(bytes(key), bytes(value)) for key, value in txn.under(b"")]
        store_uuid = txn.meta("uuid")
    store.close()
    found = with_example_owners(found)
    made_up = [(store_uuid, example_uuid(0))]
    for key, value in found:
        if key[:1] == OBJECT and key[9:] == HEADER:
            header = cbor2.loads(value)
            made_up.append((header[UUID], example_uuid(key[8])))
            made_up.append((cbor2.dumps(header[CREATED]), cbor2.dumps(CREATED_EXAMPLE)))
        if key[:1] == OBJECT and key[9:] == ATTRIBUTE + b"state":
            made_up.append((cbor2.dumps(cbor2.loads(value)[PARENT]), cbor2.dumps(PARENT_EXAMPLE)))
    for real, example in made_up:
        assert len(real) == len(example)
        found = [(key, value.replace(real, example)) for key, value in found]
    return found


def repeated(match):
    return match[2] * int(match[1])


def written(page):
    """The records of the page: `KEY = VALUE` in indented lines, in hex; a value goes on in lines without `=`. `7 x 00`
    is 7 bytes of 00."""
    with open(page) as text:
        section = text.read().split("\n## Examples\n")[1]
    section = re.sub(r"\b([0-9]+) x ([0-9a-f]{2})\b", repeated, section)
    pairs = []
    for line in re.findall(r"^    ([0-9a-f =]+)$", section, re.MULTILINE):
        key, equals, value = line.rpartition("=")
        if equals:
            pairs.append([key, value])
        else:
            pairs[-1][1] += value
    return [(bytes.fromhex(key), bytes.fromhex(value)) for key, value in pairs]


def grouped(key):
    """The key in hex, its parts apart."""
    cuts = [1, 9, 10] if key[:1] == OBJECT else [1]
    return " ".join(key[start:end].hex() for start, end in zip([0] + cuts, cuts + [len(key)]) if start < len(key))


with holder(sys.argv[1], "examples") as held:
    found = records(held.path)
    if sys.argv[2] == "--print":
        for key, value in found:
            line = re.sub("(00){64,}", lambda zeros: " %d x 00 " % (len(zeros[0]) // 2), value.hex()).strip()
            print("    %s = %s" % (grouped(key), line))
    else:
        assert len(found) > 10
        same([(key.hex(), value.hex()) for key, value in written(sys.argv[2])],
             [(key.hex(), value.hex()) for key, value in found])
