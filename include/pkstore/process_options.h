/* SPDX-License-Identifier: MIT */
/*
 * How and where a process is run: its options. Each is set before the start, and belongs to the process from then on.
 *
 *     struct pks_object *p = pks_process_new(store, NULL, "serve");
 *     pks_process_set_method(p, PKS_METHOD_DEDICATED);
 *     pks_process_set_folder(p, "/srv/data");
 *     pks_process_start(p);
 *
 * Options join the calling thread's open transaction, as the arguments do. Every setter returns 0, PKS_ERR_STATE when
 * the process was started already, what its comment says, and what the calls of process.h return.
 */
#ifndef PKSTORE_PROCESS_OPTIONS_H
#define PKSTORE_PROCESS_OPTIONS_H

#include <pkstore/method.h>
#include <pkstore/process.h>

PKS_BEGIN_DECLS

/* Where it runs: see method.h. PKS_ERR_USAGE for what is no method. */
PKS_EXPORT int pks_process_set_method(struct pks_object *process, enum pks_method method);

/*
 * The pool in which it runs, by its name (pool.h); NULL: `default`. One that is not there is made when the process is
 * started. PKS_ERR_PATH for what is no name.
 */
PKS_EXPORT int pks_process_set_pool(struct pks_object *process, const char *pool);

/* The working folder, an absolute path; NULL: the worker's again. PKS_ERR_USAGE for a relative one, PKS_ERR_LIMIT. */
PKS_EXPORT int pks_process_set_folder(struct pks_object *process, const char *folder);

/*
 * The whole environment, a map of texts (bytes, where they are not UTF-8); NULL: the worker's again. PKS_ERR_TYPE for
 * anything else, PKS_ERR_USAGE for a name that is empty or has a '=' in it, and for a NUL in any of them.
 */
PKS_EXPORT int pks_process_set_env(struct pks_object *process, const struct pks_value *map);

/* What a command reads from its stdin: text or bytes; NULL: nothing, /dev/null. Else PKS_ERR_TYPE. */
PKS_EXPORT int pks_process_set_stdin(struct pks_object *process, const struct pks_value *input);

/* The lowest level that the handler writes to the system log (syslog.h), from 1 on; 0: what its program has set. */
PKS_EXPORT int pks_process_set_level(struct pks_object *process, int level);

/* How many lines of output are kept before the process has an opinion of its own. */
#define PKS_OUTPUT_CAP 10000
/* How many lines of its stdout and stderr are kept, the newest ones; 0: none, the output goes to /dev/null. */
PKS_EXPORT int pks_process_set_output_cap(struct pks_object *process, uint64_t lines);

PKS_END_DECLS
#endif
