/* SPDX-License-Identifier: MIT */
/* All of pkstore. Read store.h, dict.h and process.h first. */
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
