/* SPDX-License-Identifier: MIT */
/*
 * Processes: work that the pool runs, with its state in the store.
 *
 *     struct pks_object *p = pks_process_new(store, NULL, "produce");    // a handler of this very program
 *     pks_dict_setf(p, "results", "o", log);
 *     pks_process_start(p);
 *     pks_process_join(p, -1);
 *
 * A Process is a Dict: the calls of dict.h work on its items, which are the user's own, and it outlives the program
 * that started it. Its status moves
 *
 *     created -> submitted -> running -> finished | failed | crashed
 *
 * finished: the handler succeeded, exitcode 0. failed: it returned or reported an error or exited non-zero, exitcode >
 * 0. crashed: it ended abnormally; killed by signal N, exitcode is -N. The last three are terminal: they never change,
 * but by an explicit restart (process_control.h), which is a new attempt.
 *
 * A worker claims up to 32 processes at once as long as those of their target are quick, and runs them one after the
 * other: they are running from then on, and the ends of those that return nothing are told together. Should one of them
 * take longer than some milliseconds, those before it are told, and those behind it are submitted again. As long as
 * more of them are started one after another the worker may put the telling off, by less than a millisecond, unless
 * somebody waits (pks_process_join(), the calls of wait.h and watch.h): who asks for a status again and again hears it
 * later.
 *
 * What else can be done with one: process_control.h (waiting for several, ending, restarting), process_family.h
 * (parents, children, daemons), process_options.h (where and how it runs).
 *
 * Its attributes `state`, `history`, `report` and `progress` are the runtime's: pks_attr_set() and pks_attr_del()
 * refuse them with PKS_ERR_USAGE.
 *
 * Beside what its comment says, each call may return PKS_ERR_TYPE (not a Process), PKS_ERR_GONE, PKS_ERR_CORRUPT,
 * PKS_ERR_FORKED, PKS_ERR_MEMORY, and what pks_begin() and pks_commit() return.
 */
#ifndef PKSTORE_PROCESS_H
#define PKSTORE_PROCESS_H

#include <pkstore/dict.h>

PKS_BEGIN_DECLS

/* Statuses, also as a set: PKS_FINISHED | PKS_FAILED. */
enum pks_status {
	PKS_CREATED = 1,
	PKS_SUBMITTED = 2,
	PKS_RUNNING = 4,
	PKS_FINISHED = 8,
	PKS_FAILED = 16,
	PKS_CRASHED = 32,
};
#define PKS_TERMINAL (PKS_FINISHED | PKS_FAILED | PKS_CRASHED)
#define PKS_ANY_STATUS 63

/* "created", ... A constant string; "unknown" for anything else. */
PKS_EXPORT const char *pks_status_name(int status);
/* The status of that name, or PKS_NOT_FOUND. */
PKS_EXPORT int pks_status_from_name(const char *name, enum pks_status *status_out);

/* What pks_process_info() tells. Times are nanoseconds since 1970, UTC; 0: not yet. */
struct pks_process_info {
	char name[PKS_PATH_MAX + 1]; /* its path */
	char uuid[PKS_UUID_SIZE];
	uint64_t id;
	enum pks_status status;
	bool has_exitcode; /* in a terminal status, unless nobody could learn it */
	int exitcode;
	int64_t pid;      /* the worker's; 0 unless it is running */
	uint32_t attempt; /* counts its runs; 0 before the first */
	uint64_t parent;  /* the id of the Process whose handler or command created it; 0: none */
	uint64_t created_ns, submitted_ns, started_ns, ended_ns;
	/* "MODULE:HANDLER", or a command and its arguments with blanks between, as far as they fit. */
	char target[PKS_STORE_PATH_SIZE];
};

/*
 * Creates a process; status created. `path` NULL makes an anonymous one, `process-<uuid>`. `target` is
 * "MODULE:HANDLER" with a module as in pks_module_find(), or the name of a handler in this very program.
 * A module that cannot be found now is kept as given, and looked for again by the worker.
 *
 * Returns the handle, to be given back with pks_object_close(), or NULL and PKS_EXISTS, PKS_ERR_PATH,
 * PKS_ERR_MODULE (this program has no handler of that name), PKS_ERR_LIMIT.
 */
PKS_EXPORT struct pks_object *pks_process_new(struct pks_store *store, const char *path, const char *target);

/*
 * Creates a process that runs a command: `argv` is the program and its arguments, and ends with NULL. A program without
 * a slash is looked for in the folders of $PATH. It is run in the caller's present working folder, with the caller's
 * present environment, which are recorded with it: pks_process_set_folder() and pks_process_set_env() change that, and
 * pks_process_set_stdin() what it reads. What it writes is kept as a handler's is (output.h). Its exit status is the
 * process's exitcode: 0 finished, another one failed, killed by signal N crashed with -N; one that is not found failed
 * with 127, one that cannot be executed, or whose folder cannot be entered, with 126. The SIGTERM of
 * pks_process_terminate() is for it and all that has come from it, not for the worker: it may end in its own way.
 * Programs that it runs find $PKSTORE_PROCESS in their environment, by which libpkstore knows whose they are: what they
 * create has this process for its parent, and while they wait for processes its place in the pool is another's.
 *
 * Returns as pks_process_new(); also NULL and PKS_ERR_USAGE (no name), PKS_ERR_IO (the working folder is gone).
 */
PKS_EXPORT struct pks_object *pks_process_new_command(struct pks_store *store, const char *path,
                                                      const char *const argv[]);

/* Opens an existing one. NULL and PKS_NOT_FOUND, PKS_ERR_TYPE, PKS_ERR_PATH. */
PKS_EXPORT struct pks_object *pks_process_open(struct pks_store *store, const char *path);

/*
 * The handler's arguments: a list, and a map with text keys. Set them before the start: PKS_ERR_STATE after it.
 * The `f` forms take formats of value.h that make a list and a map; else PKS_ERR_TYPE.
 */
PKS_EXPORT int pks_process_set_args(struct pks_object *process, const struct pks_value *list);
PKS_EXPORT int pks_process_set_argsf(struct pks_object *process, const char *format, ...);
PKS_EXPORT int pks_process_set_kwargs(struct pks_object *process, const struct pks_value *map);
PKS_EXPORT int pks_process_set_kwargsf(struct pks_object *process, const char *format, ...);

/* Reading them; an empty list or map when none were set. Clear *_out when done. The `f` forms unpack. */
PKS_EXPORT int pks_process_args(struct pks_object *process, struct pks_value *list_out);
PKS_EXPORT int pks_process_argsf(struct pks_object *process, const char *format, ...);
PKS_EXPORT int pks_process_kwargs(struct pks_object *process, struct pks_value *map_out);
PKS_EXPORT int pks_process_kwargsf(struct pks_object *process, const char *format, ...);

/* Which of the submitted runs first: the higher one, 0 at first. Before the start, as the arguments. -100 to 100. */
PKS_EXPORT int pks_process_set_priority(struct pks_object *process, int priority);

/*
 * Submits the process to the pool, and starts the pool if it is not up. Joins the thread's open transaction, if it has
 * one: then the process runs if and when that commits. Does not wait for it to run.
 * Returns 0, PKS_ERR_STATE (it was started before), PKS_ERR_POOL (the pool cannot be started: outside a transaction
 * the process is then not submitted).
 */
PKS_EXPORT int pks_process_start(struct pks_object *process);

/*
 * Waits until the process has ended. Blocks without using the CPU, at most `timeout_ms` milliseconds; 0 only looks,
 * a negative one waits for ever. Starting a pool that is found down is not cut short by that: it takes milliseconds,
 * and is given up after 15 s. A process whose worker died is settled as crashed by whoever waits, if nobody else does.
 *
 * Returns 0, PKS_TIMED_OUT, PKS_ERR_STATE (never started: it would wait for ever), PKS_ERR_USAGE (the thread has
 * a transaction open), PKS_ERR_POOL (the pool is not up and cannot be started).
 */
PKS_EXPORT int pks_process_join(struct pks_object *process, int timeout_ms);

/* 0 while it is submitted or running, PKS_NOT_FOUND when not. */
PKS_EXPORT int pks_process_is_alive(struct pks_object *process);

PKS_EXPORT int pks_process_info(struct pks_object *process, struct pks_process_info *info_out);
PKS_EXPORT int pks_process_status(struct pks_object *process, enum pks_status *status_out);
/* PKS_NOT_FOUND while it has none. */
PKS_EXPORT int pks_process_exitcode(struct pks_object *process, int *exitcode_out);
/* What the handler returned. PKS_NOT_FOUND while there is none. Clear it when done. */
PKS_EXPORT int pks_process_result(struct pks_object *process, struct pks_value *value_out);
PKS_EXPORT int pks_process_resultf(struct pks_object *process, const char *format, ...);
/* Why it failed or crashed, to be freed with free(). PKS_NOT_FOUND when it did not. */
PKS_EXPORT int pks_process_error(struct pks_object *process, char **text_out);

/* ---- the process table ---- */

struct pks_process_table;

/*
 * Iterates over the processes that have one of the `statuses`, in the order of their creation, over one snapshot.
 * Returns an iterator as pks_dict_iter() does, to be closed with pks_process_table_close(), or NULL and the code.
 */
PKS_EXPORT struct pks_process_table *pks_process_table_open(struct pks_store *store, int statuses);
/*
 * The next one. `result_out`, which may be NULL, gets its result, or {0}; borrowed until the next call on the table.
 * Returns 0, PKS_END, PKS_ERR_CORRUPT, PKS_ERR_USAGE.
 */
PKS_EXPORT int pks_process_table_next(struct pks_process_table *table, struct pks_process_info *info_out,
                                      struct pks_value *result_out);
PKS_EXPORT void pks_process_table_close(struct pks_process_table *table);

/*
 * Drops the processes that have one of the `statuses`; 0 stands for PKS_TERMINAL. A submitted or running one is never
 * dropped: PKS_ERR_USAGE if asked to. In transactions of bounded size. `count_out`, how many, may be NULL.
 */
PKS_EXPORT int pks_process_clean(struct pks_store *store, int statuses, uint64_t *count_out);

PKS_END_DECLS
#endif
