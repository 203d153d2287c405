/* SPDX-License-Identifier: MIT */
/* The commands of `pkstore`: main.c looks them up in a table, help.c prints what they say about themselves. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

struct command {
	const char *name;
	const char *usage; /* how it is called, behind "pkstore " */
	const char *brief; /* what it does, in a line of the list of commands */
	const char *help;  /* the whole story, behind the usage */
	/* getopt(3) has not touched the arguments; argv[0] is the command's name. Returns the exit code. */
	int (*run)(int argc, char **argv);
};

/* All of them, in the order of the help; ends with NULL. */
extern const struct command *const commands[];

/* NULL: there is none of that name. */
const struct command *command_find(const char *name);

/* Each in a file of its name, or with its nearest relation. */
extern const struct command cmd_add;
extern const struct command cmd_alter;
extern const struct command cmd_append;
extern const struct command cmd_attr;
extern const struct command cmd_barrier;
extern const struct command cmd_check;
extern const struct command cmd_clean;
extern const struct command cmd_clear;
extern const struct command cmd_condition;
extern const struct command cmd_cp;
extern const struct command cmd_create;
extern const struct command cmd_del;
extern const struct command cmd_done;
extern const struct command cmd_dump;
extern const struct command cmd_event;
extern const struct command cmd_get;
extern const struct command cmd_handlers;
extern const struct command cmd_help;
extern const struct command cmd_init;
extern const struct command cmd_join;
extern const struct command cmd_kick;
extern const struct command cmd_kill;
extern const struct command cmd_len;
extern const struct command cmd_limit;
extern const struct command cmd_load;
extern const struct command cmd_lock;
extern const struct command cmd_log;
extern const struct command cmd_logger;
extern const struct command cmd_ls;
extern const struct command cmd_meta;
extern const struct command cmd_mv;
extern const struct command cmd_peek;
extern const struct command cmd_pipe;
extern const struct command cmd_pool;
extern const struct command cmd_ps;
extern const struct command cmd_put;
extern const struct command cmd_restart;
extern const struct command cmd_rm;
extern const struct command cmd_run;
extern const struct command cmd_semaphore;
extern const struct command cmd_set;
extern const struct command cmd_start;
extern const struct command cmd_stat;
extern const struct command cmd_take;
extern const struct command cmd_terminate;
extern const struct command cmd_version;
extern const struct command cmd_watch;
extern const struct command cmd_work;

#endif
