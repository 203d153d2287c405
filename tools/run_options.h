/* SPDX-License-Identifier: MIT */
/* The options of `pkstore run`, and those of pkstore/process_options.h that they stand for. */
#ifndef TOOLS_RUN_OPTIONS_H
#define TOOLS_RUN_OPTIONS_H

#include <pkstore/process_options.h>

struct run_options {
	const char *path;   /* NULL: anonymous */
	const char *input;  /* what a command reads; NULL: nothing */
	const char *kwargs; /* JSON; NULL: none */
	bool no_wait, no_start;

	/* of the process; NULL, false and 0 are what it has without them */
	const char *pool;
	char *folder; /* absolute */
	char **env;   /* NAME=TEXT, to be added to ours */
	size_t env_count;
	enum pks_method method;
	int priority, level, grace_ms;
	uint64_t output_cap;
	bool has_grace, has_output_cap, daemon;
};

/* Reads the command line up to the first argument that is no option, which optind is left at. */
void run_options_read(struct run_options *options, int argc, char **argv);
/* What cannot be, before a store is created: ends the program. */
void run_options_check(const struct run_options *options, bool of_command);
/* What the command is to read: the text, or for `-` all that there is on our stdin; bytes if it is no text. */
void run_options_input(const struct run_options *options, struct pks_value *value_out);
/* Sets them, as a call of the library. */
int run_options_apply(const struct run_options *options, struct pks_object *process);
void run_options_release(struct run_options *options);

#endif
