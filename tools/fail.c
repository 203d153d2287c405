/* SPDX-License-Identifier: MIT */
#include "fail.h"

#include "escape.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *fail_command;

void fail_set_command(const struct command *command)
{
	fail_command = command;
}

static void fail_usage(void)
{
	if (fail_command)
		fprintf(stderr, "usage: pkstore %s\n", fail_command->usage);
	else
		fputs("usage: pkstore [-s STORE] COMMAND [ARGUMENT...]\n`pkstore help` lists the commands.\n", stderr);
}

static void fail_line(const char *format, va_list args)
{
	char *line, *safe;

	if (vasprintf(&line, format, args) < 0)
		exit(FAIL_STORE);
	safe = escape(line, strlen(line), ESCAPE_TEXT);
	fprintf(stderr, "pkstore: %s\n", safe);
	free(safe);
	free(line);
}

static int fail_print(int exit_code, const char *format, va_list args)
{
	fail_line(format, args);
	if (exit_code == FAIL_MISUSE)
		fail_usage();
	return exit_code;
}

int fail_warn(int exit_code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_print(exit_code, format, args);
	va_end(args);
	return exit_code;
}

void fail(int exit_code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_print(exit_code, format, args);
	va_end(args);
	exit(exit_code);
}

int fail_warn_data(int exit_code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_line(format, args);
	va_end(args);
	return exit_code;
}

void fail_data(int exit_code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_line(format, args);
	va_end(args);
	exit(exit_code);
}

int fail_exit_of(int code)
{
	switch (code) {
	case PKS_ERR_USAGE:
	case PKS_ERR_TYPE:
	case PKS_ERR_PATH:
	case PKS_ERR_SYNTAX:
	case PKS_ERR_RANGE:
	case PKS_ERR_LIMIT:
		return FAIL_MISUSE;
	case PKS_ERR_STATE:
	case PKS_ERR_QUOTA:
		return FAIL_NO;
	default:
		return code > 0 ? FAIL_NO : FAIL_STORE;
	}
}

/* Whether the message names it: as a word, not as a part of one. */
static bool fail_names(const char *message, const char *what)
{
	size_t size = strlen(what);

	for (const char *at = message; size > 0 && (at = strstr(at, what)); at++)
		if ((at == message || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[size]))
			return true;
	return false;
}

static int fail_warn_message(int code, const char *what, const char *message)
{
	/* The library's messages begin with the path that they are about, but not all are about one. */
	if (!*message)
		message = pks_strerror(code);
	if (fail_names(message, what))
		return fail_warn_data(fail_exit_of(code), "%s", message);
	return fail_warn_data(fail_exit_of(code), "%s: %s", what, message);
}

int fail_warn_code(int code, const char *what)
{
	/* Of a condition there is nothing more to be told, but what is missing, or which limit was reached. */
	bool tells = code < 0 || code == PKS_FULL || code == PKS_NOT_FOUND;

	return fail_warn_message(code, what, tells ? pks_error_message() : "");
}

void fail_code(int code, const char *what)
{
	exit(fail_warn_code(code, what));
}

void fail_if(int code, const char *what)
{
	if (code != 0)
		fail_code(code, what);
}

void fail_handle(const char *what)
{
	exit(fail_warn_message(pks_error_code(), what, pks_error_message()));
}

void *fail_no_memory(void *memory)
{
	if (!memory)
		fail(FAIL_STORE, "%s", pks_strerror(PKS_ERR_MEMORY));
	return memory;
}
