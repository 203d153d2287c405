/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "escape.h"
#include "fail.h"
#include "print.h"

#include <pkstore/output.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void output_write(const void *bytes, size_t size, bool to_stderr)
{
	if (to_stderr)
		fwrite(bytes, 1, size, stderr); /* as with every complaint: who does not want it misses nothing */
	else
		print_bytes(bytes, size);
}

/* A terminal knows what to do with a tab. */
static void output_write_safe(const char *text, size_t size, bool to_stderr)
{
	while (size > 0) {
		const char *tab = memchr(text, '\t', size);
		size_t part = tab ? (size_t)(tab - text) : size;
		char *safe = escape(text, part, ESCAPE_TEXT);

		output_write(safe, strlen(safe), to_stderr);
		free(safe);
		if (tab)
			output_write("\t", 1, to_stderr);
		text += part + (tab ? 1 : 0);
		size -= part + (tab ? 1 : 0);
	}
}

static bool output_is_stderr(const struct pks_value *entry)
{
	struct pks_value stream = {0};
	const char *text;
	size_t size;

	return pks_value_find(entry, "stream", &stream) == 0 && pks_value_text(&stream, &text, &size) == 0 &&
	       size == strlen("stderr") && memcmp(text, "stderr", size) == 0;
}

void output_print(const struct pks_value *entry, bool apart)
{
	bool to_stderr = apart && output_is_stderr(entry), open = false;
	struct pks_value value = {0};
	const void *bytes = "";
	const char *text;
	size_t size = 0;

	if (pks_value_find(entry, "text", &value) == 0) {
		if (pks_value_text(&value, &text, &size) == 0)
			bytes = text;
		else
			pks_value_bytes(&value, &bytes, &size);
	}
	if (isatty(to_stderr ? STDERR_FILENO : STDOUT_FILENO))
		output_write_safe(bytes, size, to_stderr);
	else
		output_write(bytes, size, to_stderr);
	if (pks_value_find(entry, "open", &value) == 0)
		pks_value_bool(&value, &open);
	if (!open)
		output_write("\n", 1, to_stderr);
}

/* How long what was written may wait to be printed, in milliseconds. The end is noticed at once. */
#define OUTPUT_LOOK_MS 50

static void output_print_new(struct pks_object *log, uint64_t *position, const char *what)
{
	struct pks_value entry = {0};
	int r;

	while ((r = pks_log_follow(log, position, 0, &entry)) == 0) {
		output_print(&entry, true);
		pks_value_clear(&entry);
	}
	if (r != PKS_TIMED_OUT)
		fail_if(r, what);
	print_flush();
}

void output_follow(struct pks_object *process, const char *what)
{
	struct pks_object *log = NULL;
	uint64_t position = 0;
	int r;

	do {
		r = pks_process_join(process, OUTPUT_LOOK_MS);
		if (r != PKS_TIMED_OUT)
			fail_if(r, what);
		if (!log)
			log = pks_process_output(process);
		if (log)
			output_print_new(log, &position, what);
	} while (r == PKS_TIMED_OUT);
	pks_object_close(log);
}
