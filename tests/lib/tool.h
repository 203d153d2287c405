/* SPDX-License-Identifier: MIT */
/*
 * Runs the `pkstore` command, as a person or a script would, and looks at what it says. The tool is $PKSTORE_TOOL; it
 * works on the store that tool_begin() named.
 */
#ifndef TESTS_LIB_TOOL_H
#define TESTS_LIB_TOOL_H

#include <criterion/criterion.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* What the test passes as $PKSTORE_PATH is a folder of its own, not yet a store. For a TestSuite's .init and .fini. */
void tool_begin(void);
/* Stops the pool if there is a store, and removes the folder. */
void tool_end(void);

/* The folder's path with a name behind it; valid until the next call but four. */
const char *tool_path(const char *name);

struct tool_result {
	int exit_code; /* -N: killed by signal N */
	char *out, *err;
	size_t out_size, err_size;
};

/* What is unusual about a run. All zero is nothing. */
struct tool_setting {
	const char *in;       /* what is on stdin; NULL: nothing */
	size_t in_size;       /* 0: up to the NUL */
	const char *out_path; /* where stdout goes instead; "" closes it */
};

/* Runs it to its end. The result's texts are NUL-terminated, and to be given back. */
struct tool_result tool_run(const struct tool_setting *setting, const char *const *arguments);
void tool_release(struct tool_result *result);

static inline bool tool_begins(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

#define TOOL_ARGUMENTS(...)                                                                                            \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}
#define tool(...) tool_run(NULL, TOOL_ARGUMENTS(__VA_ARGS__))
#define tool_reading(text, ...) tool_run(&(struct tool_setting){.in = (text)}, TOOL_ARGUMENTS(__VA_ARGS__))

/* It exits with 0, prints just that, and has no complaints. */
#define tool_says(expected, ...)                                                                                       \
	do {                                                                                                           \
		struct tool_result tool_result_ = tool(__VA_ARGS__);                                                   \
		cr_assert(tool_result_.exit_code == 0, "exit code %d: %s", tool_result_.exit_code, tool_result_.err);  \
		cr_assert(!strcmp(tool_result_.out, expected), "it says: %s", tool_result_.out);                       \
		cr_assert(!*tool_result_.err, "it complains: %s", tool_result_.err);                                   \
		tool_release(&tool_result_);                                                                           \
	} while (0)

/* It exits with that code, prints nothing, and what it complains about begins so. */
#define tool_refuses(code, complaint, ...)                                                                             \
	do {                                                                                                           \
		struct tool_result tool_result_ = tool(__VA_ARGS__);                                                   \
		cr_assert(tool_result_.exit_code == (code), "exit code %d: %s", tool_result_.exit_code,                \
		          tool_result_.err);                                                                           \
		cr_assert(tool_begins(tool_result_.err, complaint), "it complains: %s", tool_result_.err);             \
		cr_assert(!*tool_result_.out, "it says: %s", tool_result_.out);                                        \
		tool_release(&tool_result_);                                                                           \
	} while (0)

/* A run that goes on while the test does other things. */
struct tool_child {
	pid_t pid;
	FILE *in, *out; /* the other ends of its stdin and stdout; NULL once closed */
};

struct tool_child tool_start(const char *const *arguments);
/* Waits for the next line that it prints; without its newline, NULL at the end. Valid until the next call. */
const char *tool_next_line(struct tool_child *child);
/* Sends the signal unless it is 0, waits until it has ended, and returns the exit code as in struct tool_result. */
int tool_finish(struct tool_child *child, int signal_number);

#endif
