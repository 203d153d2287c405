/* SPDX-License-Identifier: MIT */
/*
 * Handlers: the functions that processes run. A module, that is a shared object or an executable that links libpkstore,
 * holds any number of them.
 *
 *     PKS_PROCESS(produce)                          // int produce(struct pks_object *self)
 *     {
 *             struct pks_object *results = pks_dict_object(self, "results");
 *
 *             for (int i = 0; i < 5; i++)
 *                     pks_log_appendf(results, "[si]", "iteration", i);
 *             return pks_return(self, "b", true);
 *     }
 *
 * `self` is the Process, which is a Dict; it is borrowed, and not to be closed. A handler returns 0 when it succeeded.
 * What else it returns fails the process: 1 to 255 is its exitcode, and what is above counts as 255; a negative pkstore
 * code stands for exitcode 1 and that code's message. It runs alone in its worker, in that one's main thread; handles
 * that it opened and left open are closed when it returns, and a transaction that it left open is aborted and fails the
 * process. What it writes carries the attempt's fence: once the process was settled by others, every write of the
 * handler returns PKS_ERR_FENCED.
 *
 * Around it: the working folder is / and the environment that of whoever started the pool, which need not be who
 * started the process, unless the process has options of its own (process_options.h). stdin is /dev/null; what is
 * written to stdout, which is flushed at each line, and stderr is kept with the process (output.h). pks_syslog() writes
 * lines with a level and the process's name to the system log, from the process's own level on. Children that it leaves
 * behind are waited for when they have ended, and end with the worker at the latest.
 */
#ifndef PKSTORE_HANDLER_H
#define PKSTORE_HANDLER_H

#include <pkstore/object.h>

PKS_BEGIN_DECLS

typedef int (*pks_handler_fn)(struct pks_object *self);

/* One entry of a module's handler table; PKS_PROCESS() makes and registers it. */
struct pks_handler {
	const char *name;
	pks_handler_fn run;
	struct pks_handler *next; /* the library's */
	/* of a kind, see PKS_PROCESS_KIND(); NULL: none */
	const char *defaults;
	void (*on_exit)(struct pks_object *self);
};

/*
 * Adds a handler to the program's table, for good: the struct must live as long as the program. PKS_PROCESS() calls it
 * before main(). Two of one name in one module: the first one wins.
 */
PKS_EXPORT void pks_handler_register(struct pks_handler *handler);

#define PKS_PROCESS(handler_name)                                                                                      \
	static int handler_name(struct pks_object *self);                                                              \
	static struct pks_handler pks_handler_##handler_name = {#handler_name, handler_name, 0, 0, 0};                 \
	__attribute__((constructor)) static void pks_register_##handler_name(void)                                     \
	{                                                                                                              \
		pks_handler_register(&pks_handler_##handler_name);                                                     \
	}                                                                                                              \
	static int handler_name(struct pks_object *self)

/*
 * A kind of processes of the program's own: a handler with attributes that its processes begin with, and a word at
 * their end. It is a target as any other: pks_process_new(store, NULL, "crawler").
 *
 *     static int crawl(struct pks_object *self);
 *     static void forget(struct pks_object *self);
 *
 *     PKS_PROCESS_KIND(crawler, .run = crawl, .on_exit = forget, .defaults = "{\"depth\": 3, \"agent\": \"me\"}");
 *
 * `defaults`, a JSON object, become attributes of a new process; those that it has when its kind gets to see it stay as
 * they are. They are set by pks_process_new() where that is called in the program, or with the shared object loaded,
 * that holds the kind, else before the first attempt runs; a kind whose defaults are no JSON object, or name an
 * attribute that is the runtime's, makes pks_process_new() fail with PKS_ERR_USAGE, or the process.
 *
 * on_exit(self) runs after the end of an attempt that has run is recorded, once at most: self tells status, exitcode,
 * result and error, and may be written to. When `run` has returned it runs in that worker. When the worker has died
 * with the attempt, by a signal or exit(3), another one of the process's pool calls it: the commit that records the end
 * submits an anonymous process for that, which is dropped when it is done. That may be later: after a restart the
 * process has another status by then, and in a store whose pools are down it waits for them. It does not run for what
 * never ran, nor when the worker dies after the end is recorded and before it is through. What it prints goes nowhere.
 */
#define PKS_PROCESS_KIND(kind_name, ...)                                                                              \
	static struct pks_handler pks_handler_##kind_name = {.name = #kind_name, __VA_ARGS__};                         \
	__attribute__((constructor)) static void pks_register_##kind_name(void)                                        \
	{                                                                                                              \
		pks_handler_register(&pks_handler_##kind_name);                                                        \
	}                                                                                                              \
	_Static_assert(1, "takes the semicolon")

/*
 * To be called first thing in main() by every program that holds handlers of its own. When the pool started the
 * program to run them, it does so and exits; else it returns at once, having done nothing. A program that
 * was so started and does not call it cannot open the store (PKS_ERR_USAGE), so that it never starts its work anew.
 */
PKS_EXPORT void pks_worker_main(void);

/* ---- inside a handler ---- */

/*
 * Sets the process's result (formats as in value.h); it is stored when the handler returns 0. To be used as
 * `return pks_return(self, "i", 42);`. Returns 0, or what pks_value_pack() returns; PKS_ERR_USAGE outside a handler.
 */
PKS_EXPORT int pks_return(struct pks_object *self, const char *format, ...);
PKS_EXPORT int pks_return_value(struct pks_object *self, const struct pks_value *value);

/*
 * Sets the error text of the process. To be used as `return pks_fail(self, "no file %s", name);`.
 * Returns 1: the exitcode.
 */
PKS_EXPORT int pks_fail(struct pks_object *self, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * A handler that joins other processes, one, all or any of them, gives its place in the pool up as long as it waits:
 * the pool has one worker more meanwhile, so that what it waits for can run however small the pool is. So do programs
 * that a command runs. What else it may
 * wait for, a Queue, an Event, a change, need not come from a process of its pool: those calls keep the place. Where
 * it does, say so around the wait; the two calls nest, are for any thread of the handler, and cost a commit each.
 * Return 0, PKS_ERR_USAGE (outside the process's own handler; inside a transaction; an end without a beginning), and
 * what a read returns.
 */
PKS_EXPORT int pks_waiting_begin(struct pks_object *self);
PKS_EXPORT int pks_waiting_end(struct pks_object *self);

/* ---- modules ---- */

/*
 * Finds a module: an absolute path as it is, one with a slash from the working folder, a bare name in the folders of
 * $PKSTORE_MODULE_PATH (separated by ':'), as it is and with ".so" added. The absolute path is written to `path_out`.
 * Returns 0, PKS_ERR_MODULE (the message names where it looked), PKS_ERR_LIMIT.
 */
PKS_EXPORT int pks_module_find(const char *module, char path_out[PKS_STORE_PATH_SIZE]);

/*
 * Calls each(name, arg) for every handler of the module, in the order of their names; stops when that returns
 * another value than 0 and forwards it. The module is loaded by a child process, never by the caller's; an
 * executable is run as a worker is. Returns 0, PKS_ERR_MODULE, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_module_handlers(const char *module, int (*each)(const char *name, void *arg), void *arg);

PKS_END_DECLS
#endif
