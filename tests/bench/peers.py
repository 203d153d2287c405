# SPDX-License-Identifier: MIT
"""What Python's standard library takes for the same work: prints nanoseconds per operation.

peers.py MEASUREMENT WORKERS COUNT
"""

import concurrent.futures
import multiprocessing
import os
import sys
import time

KEYS = 1000
VALUE = "sixteen bytes ok"
ITEM = b"x" * 100


def nothing(_=None):
    pass


def timed(count, work):
    start = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start) / count


def with_pool(workers, count, work):
    with multiprocessing.Pool(workers) as pool:
        pool.map(nothing, range(100 * workers), chunksize=1)
        return timed(count, lambda: work(pool))


def apply(workers, count):
    def work(pool):
        for _ in range(count):
            pool.apply(nothing)
    return with_pool(workers, count, work)


def apply_async(workers, count):
    def work(pool):
        for result in [pool.apply_async(nothing) for _ in range(count)]:
            result.get()
    return with_pool(workers, count, work)


def map_one(workers, count):
    return with_pool(workers, count, lambda pool: pool.map(nothing, range(count), chunksize=1))


def executor(workers, count):
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        list(pool.map(nothing, range(100 * workers)))
        def work():
            for future in [pool.submit(nothing) for _ in range(count)]:
                future.result()
        return timed(count, work)


def fork_wait(_, count):
    def work():
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
    return timed(count, work)


def with_dict(count, operation):
    with multiprocessing.Manager() as manager:
        shared = manager.dict({"key-%07d" % i: VALUE for i in range(KEYS)})
        def work():
            for i in range(count):
                operation(shared, "key-%07d" % (i % KEYS))
        return timed(count, work)


def manager_get(_, count):
    return with_dict(count, lambda shared, key: shared[key])


def manager_set(_, count):
    return with_dict(count, lambda shared, key: shared.__setitem__(key, VALUE))


def echo(there, back):
    while (item := there.get()) is not None:
        back.put(item)


def queue_round_trip(_, count):
    there, back = multiprocessing.Queue(), multiprocessing.Queue()
    other = multiprocessing.Process(target=echo, args=(there, back))
    other.start()
    def work():
        for _ in range(count):
            there.put(ITEM)
            back.get()
    there.put(ITEM)
    back.get()
    result = timed(count, work)
    there.put(None)
    other.join()
    return result


def produce(queue, begin, count):
    begin.wait()
    for _ in range(count):
        queue.put(ITEM)


def consume(queue, begin, count):
    begin.wait()
    for _ in range(count):
        queue.get()


def queue_throughput(workers, count):
    """As many producers and as many consumers as there are workers."""
    queue, begin = multiprocessing.Queue(), multiprocessing.Barrier(2 * workers + 1)
    each = count // workers
    processes = [multiprocessing.Process(target=target, args=(queue, begin, each))
                 for target in (produce, consume) for _ in range(workers)]
    for process in processes:
        process.start()
    begin.wait()
    return timed(each * workers, lambda: [process.join() for process in processes])


MEASUREMENTS = {name: thing for name, thing in globals().items() if callable(thing)}

if __name__ == "__main__":
    print(MEASUREMENTS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3])))
