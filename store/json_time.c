/* SPDX-License-Identifier: MIT */
/* Times as RFC 3339 has them, always in UTC. */
#include "json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Digits of a fraction that nanoseconds hold. */
#define TIME_DIGITS 9

void json_time_print(int64_t ns, char text_out[JSON_TIME_SIZE])
{
	int64_t rest = ns % VALUE_NS_PER_S;
	time_t seconds;
	struct tm tm;
	size_t size;

	if (rest < 0)
		rest += VALUE_NS_PER_S;
	/* Not (ns - rest), which may not fit. */
	seconds = ns / VALUE_NS_PER_S - (ns < 0 && rest > 0);
	gmtime_r(&seconds, &tm);
	size = strftime(text_out, JSON_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == 0)
		snprintf(text_out + size, JSON_TIME_SIZE - size, "Z");
	else
		snprintf(text_out + size, JSON_TIME_SIZE - size, ".%09dZ", (int)rest);
}

/* Reads digits where the form has '0', and the form's own characters elsewhere; the end, or NULL. */
static const char *time_match(const char *text, const char *form, int *numbers)
{
	for (; *form; form++, text++) {
		if (*form != '0') {
			if (*text != *form)
				return NULL;
			*++numbers = 0;
		} else if (isdigit((unsigned char)*text)) {
			*numbers = *numbers * 10 + (*text - '0');
		} else {
			return NULL;
		}
	}
	return text;
}

static const char *time_fraction(const char *text, int64_t *ns)
{
	int digits = 0;

	*ns = 0;
	if (*text != '.')
		return text;
	for (text++; isdigit((unsigned char)*text); text++, digits++) {
		if (digits == TIME_DIGITS)
			return NULL;
		*ns = *ns * 10 + (*text - '0');
	}
	if (digits == 0)
		return NULL;
	for (; digits < TIME_DIGITS; digits++)
		*ns *= 10;
	return text;
}

/* timegm() makes a date of anything: what it changes was none. */
static bool time_seconds(const int numbers[6], int64_t *seconds_out)
{
	struct tm tm = {.tm_year = numbers[0] - 1900, .tm_mon = numbers[1] - 1, .tm_mday = numbers[2],
	                .tm_hour = numbers[3], .tm_min = numbers[4], .tm_sec = numbers[5]};
	struct tm given = tm;

	*seconds_out = timegm(&tm);
	return tm.tm_mon == given.tm_mon && tm.tm_mday == given.tm_mday && tm.tm_hour == given.tm_hour &&
	       tm.tm_min == given.tm_min && tm.tm_sec == given.tm_sec;
}

int json_time_parse(const char *text, int64_t *ns_out)
{
	int numbers[6] = {0};
	int64_t seconds, rest;

	text = time_match(text, "0000-00-00T00:00:00", numbers);
	if (!text)
		return PKS_ERR_SYNTAX;
	text = time_fraction(text, &rest);
	if (!text || strcmp(text, "Z") != 0 || !time_seconds(numbers, &seconds))
		return PKS_ERR_SYNTAX;
	return value_time_join(seconds, rest, ns_out);
}
