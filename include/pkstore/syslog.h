/* SPDX-License-Identifier: MIT */
/*
 * The system log: the capped Log `system/log` that programs and handlers write to.
 *
 *     pks_syslog(store, PKS_LEVEL_INFO, "called with %s", word);
 *
 * An entry is a map: "time" (a timestamp), "level" ("INFO"), "name" (the process's path in a handler, else the
 * program's name), "pid" and "text". `pkstore log` shows it.
 */
#ifndef PKSTORE_SYSLOG_H
#define PKSTORE_SYSLOG_H

#include <pkstore/store.h>
#include <pkstore/value.h>

PKS_BEGIN_DECLS

#define PKS_SYSLOG_PATH "system/log"

/* How many entries the system log keeps: pks_log_set_cap() changes it. */
#define PKS_SYSLOG_CAP 10000

/* Python's levels: anything between and beyond may be used, too. */
enum pks_level {
	PKS_LEVEL_DEBUG = 10,
	PKS_LEVEL_INFO = 20,
	PKS_LEVEL_WARNING = 30,
	PKS_LEVEL_ERROR = 40,
	PKS_LEVEL_CRITICAL = 50,
};

/* The level's name: "INFO"; that of the next lower one for a number between. A constant string. */
PKS_EXPORT const char *pks_level_name(int level);

/*
 * Writes a line at a level; does nothing below the program's level. Text that is not UTF-8 is escaped, never refused.
 * Joins the thread's open transaction, if it has one: then the line is there if that commits.
 * Any thread. Returns 0, and what pks_log_append() returns.
 */
PKS_EXPORT int pks_syslog(struct pks_store *store, int level, const char *format, ...) PKS_PRINTF(3, 4);
PKS_EXPORT int pks_vsyslog(struct pks_store *store, int level, const char *format, va_list args);

/* The lowest level that this program writes to the store's log; PKS_LEVEL_INFO at first. Returns 0, PKS_ERR_FORKED. */
PKS_EXPORT int pks_syslog_set_level(struct pks_store *store, int level);
PKS_EXPORT int pks_syslog_level(struct pks_store *store);
/* Whether this program also writes its lines to stderr; not at first. Returns 0, PKS_ERR_FORKED. */
PKS_EXPORT int pks_syslog_set_stderr(struct pks_store *store, bool to_stderr);

/*
 * Writes an entry of the system log as one line without a newline: `2026-11-23 05:30:00,024 INFO
 * example/myprocess[4711]: called with hello`, in local time; any other value as JSON. To be freed with free(). Returns
 * 0, PKS_ERR_CORRUPT, PKS_ERR_MEMORY.
 */
PKS_EXPORT int pks_syslog_format(const struct pks_value *entry, char **line_out);

PKS_END_DECLS
#endif
