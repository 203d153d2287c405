/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <ctype.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the program's locale may write 1,5: ours must not ---- */

struct json_locale {
	locale_t c, before;
};

static struct json_locale number_locale_enter(void)
{
	struct json_locale locale;

	locale.c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale.before = uselocale(locale.c);
	return locale;
}

static void number_locale_leave(struct json_locale locale)
{
	uselocale(locale.before);
	freelocale(locale.c);
}

/* ---- form ---- */

static const char *number_digits(const char *at, const char *end)
{
	while (at < end && isdigit((unsigned char)*at))
		at++;
	return at;
}

/* Behind the digits that must follow `at`; NULL without any. */
static const char *number_digits_after(const char *at, const char *end)
{
	const char *next = number_digits(at, end);

	return next > at ? next : NULL;
}

const char *json_number_end(const char *at, const char *end, bool *real_out, size_t *digits_out)
{
	const char *first = at + (at < end && *at == '-');
	const char *next = number_digits_after(first, end), *fraction;

	if (!next || (*first == '0' && next > first + 1))
		return NULL;
	*digits_out = (size_t)(next - first);
	fraction = next;
	if (next < end && *next == '.')
		next = number_digits_after(next + 1, end);
	if (next && next < end && (*next == 'e' || *next == 'E')) {
		next++;
		next = number_digits_after(next + (next < end && (*next == '-' || *next == '+')), end);
	}
	*real_out = next != fraction;
	return next;
}

static bool number_has_form(const char *text, bool *real_out)
{
	const char *end = text + strlen(text);
	size_t digits;

	return json_number_end(text, end, real_out, &digits) == end;
}

/* ---- doubles ---- */

static bool number_reads_back(const char *text, double number, bool is_float)
{
	return is_float ? strtof(text, NULL) == (float)number : strtod(text, NULL) == number;
}

void json_number_print(double number, bool is_float, char text_out[JSON_NUMBER_SIZE])
{
	int digits = is_float ? FLT_DIG : DBL_DIG, most = is_float ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	struct json_locale locale = number_locale_enter();

	do
		snprintf(text_out, JSON_NUMBER_SIZE, "%.*g", digits, number);
	while (digits++ < most && !number_reads_back(text_out, number, is_float));
	number_locale_leave(locale);
	if (!strpbrk(text_out, ".e"))
		strcat(text_out, ".0");
}

static bool number_special(const char *text, double *number_out)
{
	double number;

	if (strcmp(text, "nan") == 0)
		number = (double)NAN;
	else if (strcmp(text, "inf") == 0)
		number = (double)INFINITY;
	else if (strcmp(text, "-inf") == 0)
		number = -(double)INFINITY;
	else
		return false;
	*number_out = number;
	return true;
}

int json_real_parse(const char *text, struct json_number *number_out)
{
	struct json_locale locale;
	double number;
	bool real;

	if (!number_special(text, &number)) {
		if (!number_has_form(text, &real))
			return PKS_ERR_SYNTAX;
		locale = number_locale_enter();
		number = strtod(text, NULL);
		number_locale_leave(locale);
		if (isinf(number))
			return PKS_ERR_RANGE;
	}
	*number_out = (struct json_number){.is_real = true, .real = number};
	return 0;
}

/* ---- integers ---- */

int json_integer_parse(const char *text, struct json_number *number_out)
{
	bool negative = text[0] == '-', real;
	uint64_t magnitude = 0;

	if (!number_has_form(text, &real) || real)
		return PKS_ERR_SYNTAX;
	for (const char *at = text + negative; *at; at++) {
		if (__builtin_mul_overflow(magnitude, 10, &magnitude) ||
		    __builtin_add_overflow(magnitude, (uint64_t)(*at - '0'), &magnitude))
			return PKS_ERR_RANGE;
	}
	if (negative && magnitude > (uint64_t)INT64_MAX + 1)
		return PKS_ERR_RANGE;
	*number_out = (struct json_number){.negative = negative, .magnitude = magnitude};
	return 0;
}
