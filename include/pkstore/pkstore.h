/* SPDX-License-Identifier: MIT */
/*
 * All of pkstore. Read store.h, dict.h and process.h first.
 *
 * Objects      dict.h: Dict. log.h: Log. queue.h: Queue, LifoQueue, PriorityQueue. cell.h: Value, one that is shared.
 *              array.h: Array of numbers. pipe.h: Pipe. class.h: plain Object, and kinds of objects of one's own.
 *              object.h: what all of them have: paths, attributes, metadata, limits; listing, copying, dropping
 * In step      sync.h; lock.h: Lock, RLock. semaphore.h: Semaphore, BoundedSemaphore. event.h, condition.h, barrier.h
 * Together     transaction.h: several changes in one commit, and snapshots. wait.h, watch.h: until something changes
 * What is in   value.h, builder.h: any value, by a format or step by step. json.h: as text
 * Processes    process.h, process_control.h, process_options.h, process_family.h; handler.h: what they run. method.h:
 *              where. pool.h: the workers. output.h, report.h, syslog.h: what is left of them
 * The store    store.h, namespace.h, check.h, error.h
 */
#ifndef PKSTORE_H
#define PKSTORE_H

#include <pkstore/array.h>
#include <pkstore/barrier.h>
#include <pkstore/builder.h>
#include <pkstore/cell.h>
#include <pkstore/check.h>
#include <pkstore/class.h>
#include <pkstore/condition.h>
#include <pkstore/dict.h>
#include <pkstore/error.h>
#include <pkstore/event.h>
#include <pkstore/handler.h>
#include <pkstore/json.h>
#include <pkstore/lock.h>
#include <pkstore/log.h>
#include <pkstore/method.h>
#include <pkstore/namespace.h>
#include <pkstore/object.h>
#include <pkstore/output.h>
#include <pkstore/pipe.h>
#include <pkstore/pool.h>
#include <pkstore/process.h>
#include <pkstore/process_control.h>
#include <pkstore/process_family.h>
#include <pkstore/process_options.h>
#include <pkstore/queue.h>
#include <pkstore/report.h>
#include <pkstore/semaphore.h>
#include <pkstore/store.h>
#include <pkstore/sync.h>
#include <pkstore/syslog.h>
#include <pkstore/transaction.h>
#include <pkstore/value.h>
#include <pkstore/version.h>
#include <pkstore/wait.h>
#include <pkstore/watch.h>

#endif
