/* SPDX-License-Identifier: MIT */
/*
 * Who created whom: the process whose handler runs here, its parent, its children; and processes that live no longer
 * than who created them, or longer than its program.
 *
 *     PKS_PROCESS(crawl)
 *     {
 *             struct pks_object *helper = pks_process_new(pks_object_store(self), NULL, "fetch");
 *
 *             pks_process_set_daemon(helper, true);      // ends with this attempt of crawl, however that ends
 *             pks_process_start(helper);
 *             ...
 *
 * A process's parent is the Process whose handler, or any program that its command runs, created it. One that another
 * program created has none; the program knows it for one of its own all the same. What else each call may return
 * stands in process.h.
 */
#ifndef PKSTORE_PROCESS_FAMILY_H
#define PKSTORE_PROCESS_FAMILY_H

#include <pkstore/process.h>

PKS_BEGIN_DECLS

/*
 * The process whose handler runs in this Unix process; any thread of it. Borrowed, and not to be closed; valid until
 * the handler returns. NULL outside a handler: PKS_NOT_FOUND.
 */
PKS_EXPORT struct pks_object *pks_process_current(void);

/*
 * Opens a process's parent; pks_process_parent(pks_process_current()) is the parent of what runs here. Returns the
 * handle, to be given back with pks_object_close(), or NULL and PKS_NOT_FOUND (it has none), PKS_ERR_GONE (dropped).
 */
PKS_EXPORT struct pks_object *pks_process_parent(struct pks_object *process);

/*
 * Iterates over a process's children that have one of the `statuses`, as pks_process_table_open() does; only processes
 * of these statuses are looked at. To be closed with pks_process_table_close().
 */
PKS_EXPORT struct pks_process_table *pks_process_children(struct pks_object *process, int statuses);

/*
 * The same over those that who runs here has created, the handler's or the command's process or else this program, and
 * that are submitted or running. What has ended is not looked at, however much it is.
 */
PKS_EXPORT struct pks_process_table *pks_process_active_children(struct pks_store *store);

/* How many CPUs the calling process may use; at least 1. */
PKS_EXPORT int pks_cpu_count(void);

/* ---- lives that depend on each other ---- */

/*
 * Ties the process to the life of who calls this: when the calling program has ended in any way, or inside a handler
 * the running attempt of its process, the process is terminated as by pks_process_terminate(), at once. One that has
 * not run by then never does. A restart later does not free it. `daemon` false: it lives on, as it does by default. An
 * option, to be set before the start: PKS_ERR_STATE.
 */
PKS_EXPORT int pks_process_set_daemon(struct pks_object *process, bool daemon);
/* 0 when it is tied to somebody's life, PKS_NOT_FOUND when not. */
PKS_EXPORT int pks_process_is_daemon(struct pks_object *process);

/*
 * Has this program wait at its exit, by exit(3) or the return of main(), until its active children in this store have
 * ended, those of pks_process_active_children(), but for daemons, which end with it. Does not ask for
 * the store to stay open until then. Any number of times, any thread. Returns 0, PKS_ERR_USAGE (inside a handler: a
 * worker does not exit), PKS_ERR_FORKED, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_process_wait_at_exit(struct pks_store *store);

PKS_END_DECLS
#endif
