/* SPDX-License-Identifier: MIT */
/*
 * Errors and conditions.
 *
 * A call returns 0 when it did what it says, a negative code when it failed, and a positive code for a condition that
 * its caller must look at, such as PKS_NOT_FOUND: nothing is wrong, but the answer is "no". A failed call changes
 * nothing and leaves its `*_out` arguments untouched. Calls that open or create return the handle, or NULL and the code
 * in pks_error_code().
 *
 * Either way pks_error_message() tells which path, key or the like it was about. A condition leaves the message alone
 * only where the answer says it all: PKS_END at the end of an iteration, and what value.h finds and compares in values.
 *
 *     struct pks_object *log = pks_log_open(store, "example/log", PKS_OPEN_OR_CREATE);
 *     if (!log)
 *             errx(1, "%s", pks_error_message());    // example/log: is a Dict, not a Log
 *
 * A NULL handle may be passed on: the call does nothing, answers the code of the thread's last error again (of a
 * condition, such as PKS_NOT_FOUND: PKS_ERR_USAGE) and leaves its message alone, so a short program may check only its
 * last call.
 */
#ifndef PKSTORE_ERROR_H
#define PKSTORE_ERROR_H

#include <pkstore/export.h>

PKS_BEGIN_DECLS

enum pks_code {
	PKS_OK = 0,

	/* Conditions. */
	PKS_NOT_FOUND = 1, /* no such object, key, index or attribute */
	PKS_EXISTS = 2,    /* there already is one */
	PKS_TIMED_OUT = 3, /* the timeout passed first */
	PKS_END = 4,       /* nothing more to iterate over */
	PKS_MISMATCH = 5,  /* a compare-and-set found another value or version */
	PKS_EMPTY = 6,     /* nothing in it */
	PKS_FULL = 7,      /* no room in it: a limit that was set for it is reached */
	PKS_OWNER_DIED = 8, /* acquired, but its last owner died holding it: look after what it guards */
	PKS_BROKEN = 9,    /* a Barrier that somebody broke, by its timeout, its death or a call */

	/* Errors. */
	PKS_ERR_MEMORY = -1,     /* out of memory */
	PKS_ERR_USAGE = -2,      /* a call that can never be right: an argument outside its domain, say */
	PKS_ERR_TYPE = -3,       /* an object or a value of another type */
	PKS_ERR_RANGE = -4,      /* a number that does not fit */
	PKS_ERR_LIMIT = -5,      /* longer, larger or deeper than a documented limit */
	PKS_ERR_PATH = -6,       /* not a valid path */
	PKS_ERR_SYNTAX = -7,     /* malformed input: CBOR, JSON, UTF-8, or a format string */
	PKS_ERR_CORRUPT = -8,    /* what is stored does not follow store/FORMAT.md */
	PKS_ERR_FORMAT = -9,     /* not a store, or one of a newer format */
	PKS_ERR_ACCESS = -10,    /* permission denied, or a directory that others may write */
	PKS_ERR_READ_ONLY = -11, /* a write in a snapshot or in a store opened read-only */
	PKS_ERR_FORKED = -12,    /* a handle that was opened before fork() */
	PKS_ERR_BUSY = -13,      /* another writer holds the store, or it cannot be closed now */
	PKS_ERR_NO_SPACE = -14,  /* the filesystem is full */
	PKS_ERR_MAP_FULL = -15,  /* the map is full; run the transaction again: it has grown, or could not grow now */
	PKS_ERR_READERS = -16,   /* every reader slot is taken by a living process */
	PKS_ERR_IO = -17,        /* the system failed to read or write */
	PKS_ERR_ABORTED = -18,   /* the transaction can only be aborted: something in it failed or aborted */
	PKS_ERR_GONE = -19,      /* the object of this handle was dropped */
	PKS_ERR_MODULE = -20,    /* no such module, or no such handler in it */
	PKS_ERR_STATE = -21,     /* what it is about is in a state that does not allow it: a process, a lock */
	PKS_ERR_FENCED = -22,    /* this attempt of the process was superseded: it may write nothing more */
	PKS_ERR_POOL = -23,      /* the pool could not be started or stopped */
	PKS_ERR_CONFLICT = -24,  /* lost against another transaction: run it again, as pks_atomically() does */
	PKS_ERR_QUOTA = -25,     /* the size limit of a namespace is reached; the message names it */
};

/*
 * What a code means, in a few words. A constant string; never NULL. Any thread.
 */
PKS_EXPORT const char *pks_strerror(int code);

/*
 * The particulars of the calling thread's last error or condition: which path, which file, which limit. Valid until the
 * thread's next pkstore call; "" before the first failure. A call that returns 0 may have changed it.
 */
PKS_EXPORT const char *pks_error_message(void);

/*
 * The code that goes with it; for calls that return a handle, why they gave none.
 */
PKS_EXPORT int pks_error_code(void);

PKS_END_DECLS
#endif
