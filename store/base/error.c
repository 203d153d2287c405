/* SPDX-License-Identifier: MIT */
#include "error.h"

#include "base/thread_local.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest message, in bytes with the final NUL: the longest path (PKS_STORE_PATH_SIZE) and a sentence about it. */
#define ERROR_MESSAGE_SIZE 4608

/* The text is too long for a thread-local variable (thread_local.h); a thread has it from its first message on. */
HOT_THREAD_LOCAL int last_code;
HOT_THREAD_LOCAL char *last_message;

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;
static bool exit_key_made;

/* What other variables do when the thread ends may fail yet: then there is another text, and this is called again. */
static void thread_exits(void *message)
{
	last_message = NULL;
	free(message);
}

static void make_exit_key(void)
{
	exit_key_made = pthread_key_create(&exit_key, thread_exits) == 0;
}

static bool make_message(void)
{
	char *message = malloc(ERROR_MESSAGE_SIZE);

	pthread_once(&exit_once, make_exit_key);
	if (!message || !exit_key_made || pthread_setspecific(exit_key, message) != 0) {
		free(message);
		return false;
	}
	message[0] = '\0';
	last_message = message;
	return true;
}

/* Whether there is room for a text; without memory there is the code alone. */
static inline bool has_message(void)
{
	return last_message || make_message();
}

static void error_format(char message[ERROR_MESSAGE_SIZE], const char *format, va_list args)
{
	if (vsnprintf(message, ERROR_MESSAGE_SIZE, format, args) < 0)
		message[0] = '\0';
}

int error_set(int code, const char *format, ...)
{
	char message[ERROR_MESSAGE_SIZE]; /* apart from last_message, which the arguments may point into */
	va_list args;

	last_code = code;
	if (!has_message())
		return code;
	va_start(args, format);
	error_format(message, format, args);
	va_end(args);
	strcpy(last_message, message);
	return code;
}

int error_about(int code, const char *format, ...)
{
	char about[ERROR_MESSAGE_SIZE];
	va_list args;

	va_start(args, format);
	error_format(about, format, args);
	va_end(args);
	return error_set(code, "%s: %s", about, pks_error_message());
}

/* Appends at `end`, as much as there is room for; returns the new end. */
static char *append(char *end, const void *text, size_t size)
{
	size_t room = (size_t)(last_message + ERROR_MESSAGE_SIZE - 1 - end);

	if (size > room)
		size = room;
	memcpy(end, text, size);
	return end + size;
}

int error_quote(int code, const char *where, const char *what, const void *name, size_t size)
{
	char *end;

	last_code = code;
	if (!has_message())
		return code;
	end = append(last_message, where, strlen(where));
	end = append(end, ": ", 2);
	end = append(end, what, strlen(what));
	end = append(end, " '", 2);
	end = append(end, name, size);
	end = append(end, "'", 1);
	*end = '\0';
	return code;
}

int error_tell(int code, const char *where, const char *what)
{
	char *end;

	last_code = code;
	if (!has_message())
		return code;
	end = append(last_message, where, strlen(where));
	end = append(end, ": ", 2);
	end = append(end, what, strlen(what));
	*end = '\0';
	return code;
}

static int error_code_of(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
		return PKS_ERR_NO_SPACE;
	case EACCES:
	case EPERM:
	case EROFS:
		return PKS_ERR_ACCESS;
	case ENOMEM:
		return PKS_ERR_MEMORY;
	default:
		return PKS_ERR_IO;
	}
}

int error_errno(int errnum, const char *format, ...)
{
	char message[ERROR_MESSAGE_SIZE];
	const char *what = strerrordesc_np(errnum);
	va_list args;

	va_start(args, format);
	error_format(message, format, args);
	va_end(args);
	return error_set(error_code_of(errnum), "%s: %s", message, what ? what : "unknown error");
}

int error_again(void)
{
	if (last_code == PKS_OK)
		return error_set(PKS_ERR_USAGE, "a NULL handle");
	/*
	 * A call on a NULL handle did not do what it says, so its answer must not be taken for a condition of its own.
	 */
	if (last_code > 0)
		last_code = PKS_ERR_USAGE;
	return last_code;
}

const char *pks_error_message(void)
{
	if (last_message)
		return last_message;
	return last_code == PKS_OK ? "" : pks_strerror(last_code);
}

int pks_error_code(void)
{
	return last_code;
}

/* Conditions count up from 0 and errors down from -1: two tables by the code's size. */
static const char *const conditions[] = {
	[PKS_OK] = "done",
	[PKS_NOT_FOUND] = "there is no such thing",
	[PKS_EXISTS] = "exists already",
	[PKS_TIMED_OUT] = "timed out",
	[PKS_END] = "nothing more",
	[PKS_MISMATCH] = "not as expected",
	[PKS_EMPTY] = "empty",
	[PKS_FULL] = "full",
	[PKS_OWNER_DIED] = "acquired, but its last owner died",
	[PKS_BROKEN] = "broken",
};

static const char *const errors[] = {
	[-PKS_ERR_MEMORY] = "out of memory",
	[-PKS_ERR_USAGE] = "wrong use of a call",
	[-PKS_ERR_TYPE] = "wrong type",
	[-PKS_ERR_RANGE] = "number out of range",
	[-PKS_ERR_LIMIT] = "over a limit",
	[-PKS_ERR_PATH] = "not a valid path",
	[-PKS_ERR_SYNTAX] = "malformed input",
	[-PKS_ERR_CORRUPT] = "the store is damaged",
	[-PKS_ERR_FORMAT] = "not a store, or one of another format",
	[-PKS_ERR_ACCESS] = "access refused",
	[-PKS_ERR_READ_ONLY] = "read-only",
	[-PKS_ERR_FORKED] = "opened before fork()",
	[-PKS_ERR_BUSY] = "busy",
	[-PKS_ERR_NO_SPACE] = "no space left",
	[-PKS_ERR_MAP_FULL] = "the map is full",
	[-PKS_ERR_READERS] = "too many readers",
	[-PKS_ERR_IO] = "input/output error",
	[-PKS_ERR_ABORTED] = "the transaction can only be aborted",
	[-PKS_ERR_GONE] = "the object was dropped",
	[-PKS_ERR_MODULE] = "there is no such module or handler",
	[-PKS_ERR_STATE] = "its state does not allow it",
	[-PKS_ERR_FENCED] = "the attempt was superseded",
	[-PKS_ERR_POOL] = "the pool could not be started or stopped",
	[-PKS_ERR_CONFLICT] = "lost against another transaction",
	[-PKS_ERR_QUOTA] = "the size limit of a namespace is reached",
};

const char *pks_strerror(int code)
{
	const char *const *table = code < 0 ? errors : conditions;
	size_t count = code < 0 ? sizeof(errors) / sizeof(*errors) : sizeof(conditions) / sizeof(*conditions);
	size_t at = code < 0 ? -(size_t)code : (size_t)code;

	return at < count && table[at] ? table[at] : "unknown code";
}
