/* SPDX-License-Identifier: MIT */
/* Reading the command line. What cannot be right ends the program with FAIL_MISUSE. */
#ifndef TOOLS_ARGS_H
#define TOOLS_ARGS_H

#include <pkstore/store.h>
#include <pkstore/value.h>

#include <getopt.h>
#include <stdbool.h>

/* The options of commands that have none of their own but --help, which args_next() adds to the letters of all. */
/* clang-format off */
#define ARGS_HELP {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}
/* clang-format on */
extern const struct option args_help_only[];

/*
 * The next option's letter, or -1; its value is in optarg. In getopt(3)'s way: letters that begin with '+' stop at the
 * first argument that is no option, so that keys and JSON behind it may begin with a dash; the first `--` among the
 * arguments is dropped all the same. --help prints the help and exits.
 */
int args_next(int argc, char **argv, const char *letters, const struct option *options);

/* Checks how many arguments are left behind the options; `most` negative: any number. Returns the first of them. */
char **args_rest(int argc, char **argv, int least, int most);
/* For commands without options: both in one. */
char **args_plain(int argc, char **argv, int least, int most);

/* Takes the slash away with which `ls` prints a namespace, and returns whether there was one. */
bool args_namespace(char *path);

/* Which of the names, the last one followed by NULL, is what a command that has several forms was told to do. */
size_t args_verb(const char *command, const char *verb, const char *const *verbs);

/* A whole number between `least` and `most`; `what` it is, for the message. */
int64_t args_integer(const char *text, const char *what, int64_t least, int64_t most);
/* `START:STOP`, either of which may be left out: 0 and INT64_MAX. False when there is no colon. */
bool args_slice(const char *text, const char *what, int64_t *start_out, int64_t *stop_out);
/* Seconds, with decimals, as milliseconds. */
int args_seconds(const char *text);
/* Statuses of processes as a set: `failed,crashed`. */
int args_statuses(const char *text);

/* A level of the system log: by the name that `pkstore log` prints, in any case, or any number from 1 on. */
int args_level(const char *text);

/* One JSON text. `store` NULL only checks it: before a store is created for what is nonsense. */
void args_json(const char *text, struct pks_store *store, struct pks_value *value_out);
void args_json_check(const char *text);
/* What -r takes as it is: text, or bytes where it is not UTF-8. */
void args_raw(const char *bytes, size_t size, struct pks_value *value_out);

#endif
