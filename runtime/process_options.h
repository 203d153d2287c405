/* SPDX-License-Identifier: MIT */
/*
 * How a process is to be run: its attribute `options`, a map, read and written here alone. A process without any has no
 * such attribute, and a name that is not in the map has its default.
 *
 * To add an option: a member of the struct, and a line with its name and its reader in the table of process_options.c;
 * setters are in process_options_set.c.
 */
#ifndef RUNTIME_PROCESS_OPTIONS_H
#define RUNTIME_PROCESS_OPTIONS_H

#include "pool_name.h"

#include <pkstore/process_options.h>

#include <stdbool.h>

#define OPTIONS_ATTR "options"

/* All zero but `pool`, `output_cap` and `grace_ms` is what a process has that has no options. */
struct process_options {
	struct pks_value map;   /* as it is stored, or {0}; what is borrowed here is a part of it */
	enum pks_method method; /* PKS_METHOD_DEFAULT: none was set */
	char pool[POOL_NAME_SIZE];
	char *cwd;              /* NULL: the worker's */
	struct pks_value env;   /* borrowed, a map of texts; {0}: the worker's */
	struct pks_value input; /* borrowed, text or bytes; {0}: nothing */
	int level;              /* the lowest that its handler writes to the system log; 0: the program's */
	uint64_t output_cap;    /* how many lines of output are kept; 0: none */
	struct pks_value daemon; /* borrowed, to whose life it is tied (daemon.h); {0}: nobody's */
	char *kind;              /* whose defaults it has got; NULL: nobody's */
	bool on_exit;            /* its kind has a word to say at its end */
	uint64_t exit_of;        /* it is to say that of the process with this id; 0: it is one as any other */
	bool function;           /* what it runs is a function of the program that forked it */
	int grace_ms;           /* between a termination's SIGTERM and SIGKILL; -1: it never comes */
};

/* Returns 0, PKS_ERR_CORRUPT with a message that names the option, or as a read. Release it, also after a failure. */
int process_options_read(struct pks_object *process, struct process_options *options_out);
void process_options_release(struct process_options *options);
/* Those of a process that has none. */
void process_options_init(struct process_options *options);
/* Whether it has any. Codes as a read. */
int process_options_any(struct pks_object *process, bool *any_out);

/*
 * The pool alone, for those who ask each time: no copy, and next to nothing where there are no options. And whether it
 * has the option DAEMON_OPTION; tied_out may be NULL.
 */
int process_options_pool(struct pks_object *process, char pool_out[POOL_NAME_SIZE], bool *tied_out);

/* The method alone; PKS_METHOD_DEFAULT when none was set. Codes likewise. */
int process_options_method(struct pks_object *process, enum pks_method *method_out);

/*
 * Sets one option, or takes it away where `value` is NULL. The value must be what the option's reader takes. Returns 0,
 * PKS_ERR_STATE after the start, PKS_ERR_TYPE (not a Process), or as a write.
 */
int process_options_set(struct pks_object *process, const char *name, const struct pks_value *value);
/* Sets one whatever the status: inside a transaction, for options that are the runtime's own. */
int process_options_write(struct pks_object *process, const char *name, const struct pks_value *value);
/* The same with a value by format. */
int process_options_setf(struct pks_object *process, const char *name, const char *format, ...);
int process_options_writef(struct pks_object *process, const char *name, const char *format, ...);

#endif
