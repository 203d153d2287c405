/* SPDX-License-Identifier: MIT */
/*
 * Reads a JSON text by the letter of RFC 8259, which cJSON does not: it takes leading zeros, control characters and
 * broken UTF-8, and ends strings at \u0000. What comes out is safe to give to it.
 *
 *     VALUE ----scalar----> AFTER --','--> VALUE or KEY
 *       |'['                  ^|
 *       +----> ELEMENT --']'--+| ']' or '}': AFTER again, one level up
 *       |'{'        (else VALUE)
 *       +----> MEMBER ---'}'--+
 *                   (else KEY) --':'--> VALUE
 */
#include "json.h"

#include "base/error.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum scan_state {
	SCAN_VALUE,   /* a value must follow */
	SCAN_ELEMENT, /* a first value, or ']' */
	SCAN_MEMBER,  /* a first key, or '}' */
	SCAN_KEY,     /* a key must follow */
	SCAN_AFTER,   /* a value has ended */
};

struct scan {
	const char *start, *at, *end;
	struct json_source *source;
	enum scan_state state;
	unsigned depth;
	char closing[JSON_DEPTH_MAX]; /* what closes each open level */
};

static int scan_fail_at(const struct scan *scan, const char *at, int code, const char *why)
{
	return error_set(code, "JSON, byte %zu: %s", (size_t)(at - scan->start), why);
}

static int scan_fail(const struct scan *scan, const char *why)
{
	return scan_fail_at(scan, scan->at, PKS_ERR_SYNTAX, scan->at < scan->end ? why : "it ends too early");
}

/* The next character; '\0', which is nowhere allowed, at the end. */
static char scan_peek(const struct scan *scan)
{
	return scan->at < scan->end ? *scan->at : '\0';
}

static void scan_blanks(struct scan *scan)
{
	while (scan->at < scan->end && memchr(" \t\n\r", *scan->at, 4))
		scan->at++;
}

static void scan_emit(struct scan *scan, const char *text, size_t size)
{
	buffer_append(&scan->source->text, text, size);
}

/* Moves on to `to`, taking what is passed over. */
static void scan_take(struct scan *scan, const char *to)
{
	scan_emit(scan, scan->at, (size_t)(to - scan->at));
	scan->at = to;
}

static void scan_note_object(struct scan *scan)
{
	size_t offset = (size_t)(scan->at - scan->start);

	buffer_append(&scan->source->objects, &offset, sizeof(offset));
}

/* ---- strings ---- */

static int scan_hex(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* The UTF-16 unit of the \uXXXX at `at`; -1 when it is none. */
static int scan_unit(const char *at, const char *end)
{
	int unit = 0;

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = scan_hex(at[i]);

		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	return unit;
}

static bool scan_is_high(int unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool scan_is_low(int unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static int scan_unicode(const struct scan *scan, const char **at)
{
	int unit = scan_unit(*at, scan->end);

	if (unit < 0)
		return scan_fail_at(scan, *at, PKS_ERR_SYNTAX, "a bad escape");
	if (unit == 0)
		return scan_fail_at(scan, *at, PKS_ERR_SYNTAX,
		                    "\\u0000: text with a NUL is written {\"$text\": base64}");
	if (scan_is_low(unit) || (scan_is_high(unit) && !scan_is_low(scan_unit(*at + 6, scan->end))))
		return scan_fail_at(scan, *at, PKS_ERR_SYNTAX, "half a surrogate pair");
	*at += scan_is_high(unit) ? 12 : 6;
	return 0;
}

static int scan_escape(const struct scan *scan, const char **at)
{
	if (scan->end - *at < 2)
		return scan_fail_at(scan, scan->end, PKS_ERR_SYNTAX, "it ends too early");
	if ((*at)[1] == 'u')
		return scan_unicode(scan, at);
	if (!memchr("\"\\/bfnrt", (*at)[1], 8))
		return scan_fail_at(scan, *at, PKS_ERR_SYNTAX, "a bad escape");
	*at += 2;
	return 0;
}

static int scan_string(struct scan *scan)
{
	const char *at = scan->at + 1;
	int r = 0;

	while (r == 0) {
		if (at == scan->end)
			return scan_fail_at(scan, at, PKS_ERR_SYNTAX, "it ends too early");
		if (*at == '"')
			break;
		if ((unsigned char)*at < ' ')
			return scan_fail_at(scan, at, PKS_ERR_SYNTAX, "a control character in a string");
		if (*at == '\\')
			r = scan_escape(scan, &at);
		else
			at++;
	}
	if (r < 0)
		return r;
	if (!utf8_valid(scan->at, (size_t)(at - scan->at)))
		return scan_fail(scan, "a string that is not UTF-8");
	scan_take(scan, at + 1);
	return 0;
}

/* ---- scalars ---- */

static int scan_number(struct scan *scan)
{
	size_t digits;
	bool real;
	const char *next = json_number_end(scan->at, scan->end, &real, &digits), *wrap;

	if (!next)
		return scan_fail_at(scan, scan->at, PKS_ERR_SYNTAX, "a bad number");
	if (!real && digits <= JSON_DIGITS_EXACT) {
		scan_take(scan, next);
		return 0;
	}
	scan_note_object(scan);
	wrap = real ? "{\"$float\":\"" : "{\"$int\":\"";
	scan_emit(scan, wrap, strlen(wrap));
	scan_take(scan, next);
	scan_emit(scan, "\"}", 2);
	return 0;
}

static int scan_literal(struct scan *scan)
{
	static const char *const literals[] = {"null", "true", "false"};

	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		size_t size = strlen(literals[i]);

		if ((size_t)(scan->end - scan->at) >= size && memcmp(scan->at, literals[i], size) == 0) {
			scan_take(scan, scan->at + size);
			return 0;
		}
	}
	return scan_fail(scan, "not a value");
}

/* ---- structure ---- */

static int scan_enter(struct scan *scan, bool object)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return scan_fail_at(scan, scan->at, PKS_ERR_LIMIT, "nested too deeply");
	scan->closing[scan->depth++] = object ? '}' : ']';
	if (object)
		scan_note_object(scan);
	scan_take(scan, scan->at + 1);
	scan->state = object ? SCAN_MEMBER : SCAN_ELEMENT;
	return 0;
}

static int scan_leave(struct scan *scan)
{
	scan_take(scan, scan->at + 1);
	scan->depth--;
	scan->state = SCAN_AFTER;
	return 0;
}

static int scan_value(struct scan *scan)
{
	char first = scan_peek(scan);

	if (first == '{' || first == '[')
		return scan_enter(scan, first == '{');
	scan->state = SCAN_AFTER;
	if (first == '"')
		return scan_string(scan);
	if (first == '-' || (first >= '0' && first <= '9'))
		return scan_number(scan);
	return scan_literal(scan);
}

static int scan_key(struct scan *scan)
{
	int r;

	if (scan_peek(scan) != '"')
		return scan_fail(scan, "a key must follow");
	r = scan_string(scan);
	if (r < 0)
		return r;
	scan_blanks(scan);
	if (scan_peek(scan) != ':')
		return scan_fail(scan, "a ':' must follow the key");
	scan_take(scan, scan->at + 1);
	scan->state = SCAN_VALUE;
	return 0;
}

static int scan_after(struct scan *scan)
{
	char closing = scan->closing[scan->depth - 1];

	if (scan_peek(scan) == closing)
		return scan_leave(scan);
	if (scan_peek(scan) != ',')
		return scan_fail(scan, closing == '}' ? "a ',' or '}' must follow" : "a ',' or ']' must follow");
	scan_take(scan, scan->at + 1);
	scan->state = closing == '}' ? SCAN_KEY : SCAN_VALUE;
	return 0;
}

static int scan_step(struct scan *scan)
{
	switch (scan->state) {
	case SCAN_ELEMENT:
		return scan_peek(scan) == ']' ? scan_leave(scan) : scan_value(scan);
	case SCAN_MEMBER:
		return scan_peek(scan) == '}' ? scan_leave(scan) : scan_key(scan);
	case SCAN_KEY:
		return scan_key(scan);
	case SCAN_AFTER:
		return scan_after(scan);
	default:
		return scan_value(scan);
	}
}

int json_scan(const char *json, size_t size, struct json_source *source)
{
	struct scan scan = {.start = json, .at = json, .end = json + size, .source = source, .state = SCAN_VALUE};
	int r = 0;

	while (r == 0 && (scan.state != SCAN_AFTER || scan.depth > 0)) {
		scan_blanks(&scan);
		r = scan_step(&scan);
	}
	if (r < 0)
		return r;
	scan_blanks(&scan);
	if (scan.at < scan.end)
		return scan_fail(&scan, "something behind the value");
	if (source->text.failed || source->objects.failed)
		return error_set(PKS_ERR_MEMORY, "no memory to read JSON");
	return 0;
}
