/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "escape.h"
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Blanks per level of indentation. */
#define PRINT_INDENT 2

/* What is left in the buffer must not be tried again by exit(3). */
static _Noreturn void print_failed(void)
{
	int errnum = errno;

	if (errnum != EPIPE)
		fail_warn(FAIL_STORE, "standard output: %s", strerror(errnum));
	fclose(stdout);
	exit(errnum == EPIPE ? FAIL_OK : FAIL_STORE);
}

void print_flush(void)
{
	if (fflush(stdout) != 0)
		print_failed();
}

void print_bytes(const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, stdout) != size)
		print_failed();
}

void print_string(const char *string)
{
	print_bytes(string, strlen(string));
}

void print_format(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vprintf(format, args) < 0)
		print_failed();
	va_end(args);
}

void print_text(const char *text)
{
	struct escape_pieces pieces = {.text = text, .size = strlen(text), .style = ESCAPE_TEXT};
	size_t size;

	for (const char *piece; (piece = escape_next(&pieces, &size)) != NULL;)
		print_bytes(piece, size);
}

static void print_json_piece(const char *json, size_t piece_size)
{
	struct escape_pieces pieces = {.text = json, .size = piece_size, .style = ESCAPE_JSON};
	size_t size;

	for (const char *piece; (piece = escape_next(&pieces, &size)) != NULL;)
		print_bytes(piece, size);
}

/* Tabs stand only between JSON's tokens: the library indents with them, and we align. */
void print_json(const char *json, int indent)
{
	bool at_line = false;

	while (*json) {
		size_t size = strcspn(json, "\n\t");

		print_json_piece(json, size);
		json += size;
		if (*json == '\n')
			print_format("\n%*s", indent, "");
		else if (*json == '\t')
			print_format("%*s", at_line && size == 0 ? PRINT_INDENT : 1, "");
		at_line = *json == '\n' || (*json == '\t' && at_line && size == 0);
		json += *json != '\0';
	}
}

void print_value(const struct pks_value *value, struct pks_store *store, enum pks_json_style style, int indent)
{
	char *json;

	fail_if(pks_value_to_json(value, store, style, &json), "a value");
	print_json(json, indent);
	free(json);
}
