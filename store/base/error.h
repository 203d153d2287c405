/* SPDX-License-Identifier: MIT */
/* The calling thread's last error: its code and its message. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <pkstore/error.h>

#include <stddef.h>

/*
 * Remembers a code and a message for pks_error_code() and pks_error_message(), and returns the code, so that one line
 * does both: `return error_set(PKS_ERR_LIMIT, "%s: longer than %d bytes", path, PKS_PATH_MAX);`. The arguments may
 * point into the present message.
 */
int error_set(int code, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * Puts what it was about, and ": ", before the present message; for a caller that knows, where what failed did not.
 * Returns the code.
 */
int error_about(int code, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * As error_set(), with ": " and what errno says behind it. Maps ENOSPC and EDQUOT to PKS_ERR_NO_SPACE, EACCES, EPERM
 * and EROFS to PKS_ERR_ACCESS, ENOMEM to PKS_ERR_MEMORY, anything else to PKS_ERR_IO.
 */
int error_errno(int errnum, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * As error_set(code, "%s: %s '%.*s'", where, what, size, name), ten times as fast: for what is no surprise to who asks,
 * such as a key that is not there. The arguments may not point into the present message.
 */
int error_quote(int code, const char *where, const char *what, const void *name, size_t size);

/* As error_set(code, "%s: %s", where, what), and as fast: for answers such as that a queue is empty. */
int error_tell(int code, const char *where, const char *what);

/*
 * For a NULL handle: the thread's last error once more; PKS_ERR_USAGE for a condition, whose message stays, or when
 * there was none.
 */
int error_again(void);

#endif
