/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "object.h"

#include <pkstore/builder.h>
#include <pkstore/json.h>
#include <pkstore/log.h>
#include <pkstore/syslog.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *pks_level_name(int level)
{
	if (level >= PKS_LEVEL_CRITICAL)
		return "CRITICAL";
	if (level >= PKS_LEVEL_ERROR)
		return "ERROR";
	if (level >= PKS_LEVEL_WARNING)
		return "WARNING";
	return level >= PKS_LEVEL_INFO ? "INFO" : "DEBUG";
}

int pks_syslog_set_level(struct pks_store *store, int level)
{
	int r = store_check(store);

	if (r == 0)
		store->syslog_level = level;
	return r;
}

int pks_syslog_level(struct pks_store *store)
{
	int r = store_check(store);

	return r < 0 ? r : store->syslog_level;
}

int pks_syslog_set_stderr(struct pks_store *store, bool to_stderr)
{
	int r = store_check(store);

	if (r == 0)
		store->syslog_stderr = to_stderr;
	return r;
}

/* ---- writing ---- */

void layer_set_syslog_process(struct pks_store *store, const struct pks_object *process)
{
	pthread_mutex_lock(&store->syslog_lock);
	store->syslog_name = process ? process->path : NULL;
	pthread_mutex_unlock(&store->syslog_lock);
}

/* In place of what is not UTF-8: `\xff`, as in C. */
static char *escape(char *text)
{
	size_t size = strlen(text), at = 0;
	char *escaped;

	if (utf8_valid(text, size))
		return text;
	escaped = malloc(4 * size + 1);
	for (size_t i = 0; escaped && i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte < 0x80)
			escaped[at++] = text[i];
		else
			at += (size_t)sprintf(escaped + at, "\\x%02x", byte);
	}
	if (escaped)
		escaped[at] = 0;
	free(text);
	return escaped;
}

static int pack_entry(struct pks_store *store, int level, const char *text, struct pks_value *entry_out)
{
	const char *name;
	int r;

	pthread_mutex_lock(&store->syslog_lock);
	name = store->syslog_name ? store->syslog_name : program_invocation_short_name;
	r = pks_value_pack(entry_out, "{s:t, s:s, s:s, s:I, s:s}", "time", (int64_t)clock_wall(), "level",
	                   pks_level_name(level), "name", utf8_valid(name, strlen(name)) ? name : "?", "pid",
	                   (int64_t)getpid(), "text", text);
	pthread_mutex_unlock(&store->syslog_lock);
	return r;
}

/* Created with its cap in one transaction, so that nobody ever sees it without. */
static struct pks_object *open_log(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);

	if (log || pks_error_code() != PKS_NOT_FOUND)
		return log;
	log = pks_log_open(store, PKS_SYSLOG_PATH, PKS_OPEN_OR_CREATE);
	if (log && pks_log_set_cap(log, PKS_SYSLOG_CAP) == 0)
		return log;
	pks_object_close(log);
	return NULL;
}

static int append_entry(struct pks_store *store, const struct pks_value *entry)
{
	struct scope scope = {0};
	struct pks_object *log;
	int r;

	do {
		r = scope_begin(&scope, store, WRITE);
		if (r != 0)
			return r;
		log = open_log(store);
		r = scope_end(&scope, pks_log_append(log, entry));
		pks_object_close(log);
	} while (scope_again(&scope, r));
	return r;
}

static int write_stderr(const struct pks_value *entry)
{
	char *line;
	int r = pks_syslog_format(entry, &line);

	if (r < 0)
		return r;
	fprintf(stderr, "%s\n", line);
	free(line);
	return 0;
}

static int write_text(struct pks_store *store, int level, const char *text)
{
	struct pks_value entry = {0};
	int r = pack_entry(store, level, text, &entry);

	if (r == 0)
		r = append_entry(store, &entry);
	if (r == 0 && store->syslog_stderr)
		r = write_stderr(&entry);
	pks_value_clear(&entry);
	return r;
}

int pks_vsyslog(struct pks_store *store, int level, const char *format, va_list args)
{
	char *text;
	int r = store_check(store);

	if (r < 0 || level < store->syslog_level)
		return r;
	if (vasprintf(&text, format, args) < 0)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	text = escape(text);
	r = text ? write_text(store, level, text) : error_set(PKS_ERR_MEMORY, "out of memory");
	free(text);
	return r;
}

int pks_syslog(struct pks_store *store, int level, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = pks_vsyslog(store, level, format, args);
	va_end(args);
	return r;
}

/* ---- reading ---- */

static int format_line(int64_t ns, const char *level, const char *name, int64_t pid, const char *text, char **line_out)
{
	time_t seconds = (time_t)(ns / CLOCK_NS_PER_S);
	char date[sizeof("2026-11-23 05:30:00") + 16];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	if (asprintf(line_out, "%s,%03d %s %s[%" PRId64 "]: %s", date, (int)(ns % CLOCK_NS_PER_S / CLOCK_NS_PER_MS),
	             level, name, pid, text) < 0)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	return 0;
}

int pks_syslog_format(const struct pks_value *entry, char **line_out)
{
	char *level, *name, *text;
	int64_t ns, pid;
	int r = pks_value_unpack(entry, "{s:t, s:s, s:s, s:I, s:s}", "time", &ns, "level", &level, "name", &name, "pid",
	                         &pid, "text", &text);

	if (r != 0 || ns < 0) {
		if (r == 0) {
			free(level);
			free(name);
			free(text);
		}
		return pks_value_to_json(entry, NULL, PKS_JSON_LINE, line_out);
	}
	r = format_line(ns, level, name, pid, text, line_out);
	free(level);
	free(name);
	free(text);
	return r;
}
