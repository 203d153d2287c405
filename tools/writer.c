/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include "fail.h"
#include "print.h"

#include <assert.h>
#include <stdarg.h>

/* Blanks per level. */
#define WRITER_INDENT 2

void writer_init(struct writer *writer, struct pks_store *store, enum pks_json_style style)
{
	*writer = (struct writer){.store = store, .style = style};
}

static void writer_newline(const struct writer *writer)
{
	if (writer->style == PKS_JSON_INDENT)
		print_format("\n%*s", writer->depth * WRITER_INDENT, "");
}

/* What comes before an element or a key. */
static void writer_separate(struct writer *writer)
{
	if (writer->after_key || writer->depth == 0) {
		writer->after_key = false;
		return;
	}
	if (!writer->empty)
		print_string(",");
	writer_newline(writer);
	writer->empty = false;
}

static void writer_begin(struct writer *writer, const char *opening, char closing)
{
	assert(writer->depth < WRITER_DEPTH_MAX);
	writer_separate(writer);
	print_string(opening);
	writer->closing[writer->depth++] = closing;
	writer->empty = true;
}

void writer_map(struct writer *writer)
{
	writer_begin(writer, "{", '}');
}

void writer_list(struct writer *writer)
{
	writer_begin(writer, "[", ']');
}

void writer_end(struct writer *writer)
{
	writer->depth--;
	if (!writer->empty)
		writer_newline(writer);
	print_bytes(&writer->closing[writer->depth], 1);
	writer->empty = false;
	if (writer->depth == 0)
		print_string("\n");
}

void writer_key(struct writer *writer, const char *key)
{
	struct pks_value value = {0};

	writer_separate(writer);
	fail_if(pks_value_pack(&value, "s", key), key);
	print_value(&value, NULL, PKS_JSON_LINE, 0);
	pks_value_clear(&value);
	print_string(writer->style == PKS_JSON_INDENT ? ": " : ":");
	writer->after_key = true;
}

void writer_value(struct writer *writer, const struct pks_value *value)
{
	writer_separate(writer);
	if (writer->follow)
		follow_value(writer->follow, value);
	print_value(value, writer->store, writer->style, writer->depth * WRITER_INDENT);
}

void writer_pack(struct writer *writer, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(&value, format, args);
	va_end(args);
	fail_if(r, "the output");
	writer_value(writer, &value);
	pks_value_clear(&value);
}

void writer_items(struct writer *writer, struct pks_iter *iter, const char *path)
{
	struct pks_value value = {0};
	const char *key;
	int r;

	if (!iter)
		fail_handle(path);
	writer_map(writer);
	while ((r = pks_iter_next(iter, &key, &value)) == 0) {
		writer_key(writer, key);
		writer_value(writer, &value);
	}
	writer_end(writer);
	pks_iter_close(iter);
	if (r != PKS_END)
		fail_code(r, path);
}

void writer_pair_string(struct writer *writer, const char *key, const char *string)
{
	writer_key(writer, key);
	writer_pack(writer, "s", string);
}

void writer_pair_uint(struct writer *writer, const char *key, uint64_t number)
{
	writer_key(writer, key);
	writer_pack(writer, "U", number);
}

void writer_pair_time(struct writer *writer, const char *key, uint64_t ns)
{
	writer_key(writer, key);
	writer_pack(writer, ns ? "t" : "n", (int64_t)ns);
}
