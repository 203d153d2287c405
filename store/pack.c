/* SPDX-License-Identifier: MIT */
/* Values by format, the writing half. A format is a sequence of calls to a builder, which checks nearly everything. */
#include "builder.h"

#include "base/error.h"

#include <string.h>

struct pack {
	struct pks_builder builder;
	const char *format, *at;
	va_list args;
};

static int pack_syntax(const struct pack *pack, const char *why)
{
	return error_set(PKS_ERR_SYNTAX, "format \"%s\", character %zu: %s", pack->format,
	                 (size_t)(pack->at - pack->format), why);
}

/* ---- one letter each ---- */

static int pack_string(struct pack *pack)
{
	const char *string = va_arg(pack->args, const char *);

	return string ? pks_build_string(&pack->builder, string) : pks_build_null(&pack->builder);
}

static int pack_text(struct pack *pack)
{
	const char *text = va_arg(pack->args, const char *);
	size_t size = va_arg(pack->args, size_t);

	return text ? pks_build_text(&pack->builder, text, size) : pks_build_null(&pack->builder);
}

static int pack_bytes(struct pack *pack)
{
	const void *bytes = va_arg(pack->args, const void *);
	size_t size = va_arg(pack->args, size_t);

	return bytes ? pks_build_bytes(&pack->builder, bytes, size) : pks_build_null(&pack->builder);
}

static int pack_ref(struct pack *pack)
{
	return pks_build_ref(&pack->builder, va_arg(pack->args, struct pks_object *));
}

static int pack_value(struct pack *pack)
{
	const struct pks_value *value = va_arg(pack->args, const struct pks_value *);

	return value ? pks_build_value(&pack->builder, value) : pks_build_null(&pack->builder);
}

static int pack_end(struct pack *pack, bool map)
{
	const struct builder_level *open = builder_open(&pack->builder);

	if (!open || open->map != map)
		return pack_syntax(pack, "a closing bracket without its opening one");
	if (map && open->items % 2)
		return pack_syntax(pack, "a key without a value");
	return pks_build_end(&pack->builder);
}

static int pack_letter(struct pack *pack, char letter)
{
	struct pks_builder *builder = &pack->builder;

	switch (letter) {
	case 'n':
		return pks_build_null(builder);
	case 'b':
		return pks_build_bool(builder, va_arg(pack->args, int) != 0);
	case 'i':
		return pks_build_int(builder, va_arg(pack->args, int));
	case 'I':
		return pks_build_int(builder, va_arg(pack->args, int64_t));
	case 'U':
		return pks_build_uint(builder, va_arg(pack->args, uint64_t));
	case 'd':
		return pks_build_double(builder, va_arg(pack->args, double));
	case 's':
		return pack_string(pack);
	case 'S':
		return pack_text(pack);
	case 'y':
		return pack_bytes(pack);
	case 't':
		return pks_build_time(builder, va_arg(pack->args, int64_t));
	case 'o':
		return pack_ref(pack);
	case 'v':
		return pack_value(pack);
	case '[':
		return pks_build_list(builder);
	case '{':
		return pks_build_map(builder);
	case ']':
	case '}':
		return pack_end(pack, letter == '}');
	default:
		return pack_syntax(pack, "not a letter of a format");
	}
}

/* ---- the whole format ---- */

static bool pack_is_blank(char letter)
{
	return strchr(" \t\n:,", letter) != NULL;
}

/* The builder would call these misuse: here the format is what is wrong. */
static int pack_check_place(const struct pack *pack)
{
	if (pack->builder.depth == 0 && pack->builder.levels[0].items > 0)
		return pack_syntax(pack, "more than one value");
	return 0;
}

static int pack_all(struct pack *pack)
{
	int r = 0;

	for (pack->at = pack->format; r == 0 && *pack->at; pack->at++) {
		if (pack_is_blank(*pack->at))
			continue;
		r = pack_check_place(pack);
		if (r == 0)
			r = pack_letter(pack, *pack->at);
	}
	if (r < 0)
		return r;
	if (builder_open(&pack->builder))
		return pack_syntax(pack, "a bracket is open");
	return pack->builder.levels[0].items ? 0 : pack_syntax(pack, "no value");
}

int pks_value_vpack(struct pks_value *value_out, const char *format, va_list args)
{
	struct pack pack;
	int r;

	if (!format)
		return error_set(PKS_ERR_SYNTAX, "the format is missing");
	builder_init(&pack.builder);
	pack.format = format;
	va_copy(pack.args, args);
	r = pack_all(&pack);
	if (r == 0)
		r = pks_builder_finish(&pack.builder, value_out);
	builder_release(&pack.builder);
	va_end(pack.args);
	return r;
}

int pks_value_pack(struct pks_value *value_out, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = pks_value_vpack(value_out, format, args);
	va_end(args);
	return r;
}
