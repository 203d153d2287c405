/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include "fail.h"

#include <pkstore/json.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void scan_release(struct scan *scan)
{
	free(scan->text);
	free(scan->key);
	scan->text = scan->key = NULL;
	scan->size = scan->capacity = 0;
}

void scan_rewind(struct scan *scan)
{
	if (fseeko(scan->in, 0, SEEK_SET) != 0)
		fail(FAIL_STORE, "%s: %s", scan->name, strerror(errno));
	scan->line = 1;
}

void scan_fail(const struct scan *scan, const char *format, ...)
{
	va_list args;
	char *reason;

	va_start(args, format);
	if (vasprintf(&reason, format, args) < 0)
		reason = fail_no_memory(NULL);
	va_end(args);
	fail_data(FAIL_MISUSE, "%s: line %llu: %s", scan->name, scan->line, reason);
}

static int scan_byte(struct scan *scan)
{
	int byte = getc_unlocked(scan->in);

	if (byte == '\n')
		scan->line++;
	if (byte == EOF && ferror(scan->in))
		fail(FAIL_STORE, "%s: %s", scan->name, strerror(errno));
	return byte;
}

int scan_peek(struct scan *scan)
{
	int byte;

	do
		byte = scan_byte(scan);
	while (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n');
	if (byte != EOF)
		ungetc(byte, scan->in);
	return byte;
}

void scan_expect(struct scan *scan, char expected)
{
	int byte = scan_peek(scan);

	if (byte == EOF)
		scan_fail(scan, "'%c' expected, but this is the end", expected);
	if (byte != expected)
		scan_fail(scan, "'%c' expected, not '%c'", expected, byte);
	scan_byte(scan);
}

static void scan_keep(struct scan *scan, int byte)
{
	if (scan->size + 1 >= scan->capacity) {
		scan->capacity = scan->capacity ? scan->capacity * 2 : 256;
		scan->text = fail_no_memory(realloc(scan->text, scan->capacity));
	}
	scan->text[scan->size++] = (char)byte;
	scan->text[scan->size] = '\0';
}

static int scan_keep_byte(struct scan *scan)
{
	int byte = scan_byte(scan);

	if (byte == EOF)
		scan_fail(scan, "a value ends too early");
	scan_keep(scan, byte);
	return byte;
}

/* Behind the opening quote. */
static void scan_keep_string(struct scan *scan)
{
	int byte;

	while ((byte = scan_keep_byte(scan)) != '"')
		if (byte == '\\')
			scan_keep_byte(scan);
}

static void scan_keep_container(struct scan *scan)
{
	unsigned depth = 0;
	int byte;

	do {
		byte = scan_keep_byte(scan);
		if (byte == '"')
			scan_keep_string(scan);
		else if (byte == '{' || byte == '[')
			depth++;
		else if (byte == '}' || byte == ']')
			depth--;
	} while (depth > 0);
}

/* A number or a word ends before what cannot be part of it. */
static void scan_keep_plain(struct scan *scan)
{
	int byte;

	while ((byte = scan_byte(scan)) != EOF && !strchr(",]} \t\r\n:", byte))
		scan_keep(scan, byte);
	if (byte == '\n')
		scan->line--;
	if (byte != EOF)
		ungetc(byte, scan->in);
}

void scan_value(struct scan *scan)
{
	int byte = scan_peek(scan);

	scan->size = 0;
	if (byte == EOF || strchr(",]}:", byte))
		scan_fail(scan, "a value is missing");
	if (byte == '{' || byte == '[') {
		scan_keep_container(scan);
	} else if (byte == '"') {
		scan_keep_byte(scan);
		scan_keep_string(scan);
	} else {
		scan_keep_plain(scan);
	}
}

void scan_parse(struct scan *scan, struct pks_store *store, struct pks_value *value_out)
{
	int r;

	scan_value(scan);
	r = pks_value_from_json(scan->text, scan->size, store, value_out);
	if (r != 0)
		scan_fail(scan, "%s", pks_error_message());
}

char *scan_string(struct scan *scan)
{
	struct pks_value value = {0};
	char *string;

	scan_parse(scan, NULL, &value);
	if (pks_value_string(&value, &string) != 0)
		scan_fail(scan, "%.200s: not a string", scan->text);
	pks_value_clear(&value);
	return string;
}

void scan_begin(struct scan *scan, char opening)
{
	scan_expect(scan, opening);
}

bool scan_more(struct scan *scan, char closing, bool *first)
{
	if (scan_peek(scan) == closing) {
		scan_byte(scan);
		return false;
	}
	if (!*first)
		scan_expect(scan, ',');
	*first = false;
	return true;
}

const char *scan_key(struct scan *scan)
{
	free(scan->key);
	scan->key = NULL;
	scan->key = scan_string(scan);
	scan_expect(scan, ':');
	return scan->key;
}
