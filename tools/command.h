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

extern const struct command cmd_append, cmd_array, cmd_check, cmd_clean, cmd_del, cmd_dump, cmd_get, cmd_handlers,
	cmd_help, cmd_join, cmd_kick, cmd_len, cmd_load, cmd_log, cmd_ls, cmd_mv, cmd_peek, cmd_pool, cmd_ps, cmd_put,
	cmd_rm, cmd_run, cmd_set, cmd_stat, cmd_take, cmd_terminate, cmd_version;

#endif
