/* SPDX-License-Identifier: MIT */
/*
 * Times. Whole seconds are tag 1 around an integer; others tag 1001 around {1: seconds, -9: nanoseconds}, with the
 * nanoseconds from 0 to 999,999,999 and counted forward from the second, before 1970 too.
 */
#include "value.h"

#define TIME_KEY_SECONDS 1
#define TIME_KEY_NANOSECONDS (-9)

/* Beyond it, in seconds, int64_t nanoseconds end (in 2262); a round number above, as a double holds it exactly. */
#define TIME_SECONDS_BOUND 1e10

static int64_t time_seconds(int64_t ns, uint32_t *rest_out)
{
	int64_t seconds = ns / VALUE_NS_PER_S, rest = ns % VALUE_NS_PER_S;

	if (rest < 0) {
		rest += VALUE_NS_PER_S;
		seconds--;
	}
	*rest_out = (uint32_t)rest;
	return seconds;
}

unsigned value_time_levels(int64_t ns)
{
	return ns % VALUE_NS_PER_S == 0 ? 1 : 2;
}

void value_time_put(struct buffer *buffer, int64_t ns)
{
	uint32_t rest;
	int64_t seconds = time_seconds(ns, &rest);

	if (rest == 0) {
		item_put_tag(buffer, VALUE_TAG_TIME);
		item_put_int(buffer, seconds);
		return;
	}
	item_put_tag(buffer, VALUE_TAG_TIME_EXTENDED);
	item_put_map(buffer, 2);
	item_put_int(buffer, TIME_KEY_SECONDS);
	item_put_int(buffer, seconds);
	item_put_int(buffer, TIME_KEY_NANOSECONDS);
	item_put_uint(buffer, rest);
}

/* A time as it was read: whole seconds as an item of their own kind, since they may not fit anything yet. */
struct time_parts {
	struct item seconds; /* ITEM_UINT, ITEM_NEGINT or ITEM_FLOAT */
	uint32_t ns;
};

static bool time_is_integer(const struct item *item)
{
	return item->type == ITEM_UINT || item->type == ITEM_NEGINT;
}

static bool time_pair(struct item *key, const struct item *value, struct time_parts *parts, unsigned *seen)
{
	if (key->type == ITEM_UINT && key->number == TIME_KEY_SECONDS && time_is_integer(value)) {
		parts->seconds = *value;
		*seen |= 1;
		return true;
	}
	if (key->type == ITEM_NEGINT && key->number == -1 - TIME_KEY_NANOSECONDS && value->type == ITEM_UINT &&
	    value->number < VALUE_NS_PER_S) {
		parts->ns = (uint32_t)value->number;
		*seen |= 2;
		return true;
	}
	return false;
}

/* The extended form: any key but the two that we write makes it a time that we do not know. */
static bool time_parse_map(const struct item *map, const uint8_t *end, struct time_parts *parts)
{
	const uint8_t *at = map->next;
	unsigned seen = 0;

	for (uint64_t i = 0; i < map->number; i++) {
		struct item key, value;

		if (item_read(at, end, &key) < 0 || item_read(key.next, end, &value) < 0)
			return false;
		if (!time_pair(&key, &value, parts, &seen))
			return false;
		at = value.next;
	}
	return (seen & 1) && map->number <= 2 && at == end;
}

static bool time_parse(uint64_t tag, const uint8_t *at, const uint8_t *end, struct time_parts *parts)
{
	struct item content;

	if (item_read(at, end, &content) < 0)
		return false;
	*parts = (struct time_parts){.seconds = content};
	if (tag == VALUE_TAG_TIME)
		return time_is_integer(&content) || content.type == ITEM_FLOAT;
	return tag == VALUE_TAG_TIME_EXTENDED && content.type == ITEM_MAP && time_parse_map(&content, end, parts);
}

bool value_time_is(uint64_t tag, const uint8_t *at, const uint8_t *end)
{
	struct time_parts parts;

	return time_parse(tag, at, end, &parts);
}

/* With both parts on the same side of 0, so that the product overflows only when the time does. */
int value_time_join(int64_t seconds, int64_t rest, int64_t *ns_out)
{
	int64_t ns;

	if (seconds < 0 && rest > 0) {
		seconds++;
		rest -= VALUE_NS_PER_S;
	}
	if (__builtin_mul_overflow(seconds, VALUE_NS_PER_S, &ns) || __builtin_add_overflow(ns, rest, &ns))
		return PKS_ERR_RANGE;
	*ns_out = ns;
	return 0;
}

/* The whole and the rest one by one: together they have more digits than a double. */
static int time_from_real(double real, int64_t *ns_out)
{
	int64_t whole;

	if (!(real > -TIME_SECONDS_BOUND && real < TIME_SECONDS_BOUND))
		return PKS_ERR_RANGE;
	whole = (int64_t)real;
	if (real < (double)whole)
		whole--;
	return value_time_join(whole, (int64_t)((real - (double)whole) * VALUE_NS_PER_S + 0.5), ns_out);
}

static int time_from_integer(const struct time_parts *parts, int64_t *ns_out)
{
	int64_t seconds;

	if (parts->seconds.number > INT64_MAX)
		return PKS_ERR_RANGE;
	seconds = (int64_t)parts->seconds.number;
	return value_time_join(parts->seconds.type == ITEM_NEGINT ? -1 - seconds : seconds, parts->ns, ns_out);
}

int value_time_get(uint64_t tag, const uint8_t *at, const uint8_t *end, int64_t *ns_out)
{
	struct time_parts parts;

	if (!time_parse(tag, at, end, &parts))
		return PKS_ERR_RANGE;
	if (parts.seconds.type == ITEM_FLOAT)
		return time_from_real(parts.seconds.real, ns_out);
	return time_from_integer(&parts, ns_out);
}

int pks_value_time(const struct pks_value *value, int64_t *ns_out)
{
	struct value_face face;
	struct item tag;
	int r = value_expect(value, PKS_KIND_TIME, &face);

	if (r < 0)
		return r;
	r = item_read(value->data, value_end(value), &tag);
	if (r == 0)
		r = value_time_get(face.tag, tag.next, value_end(value), ns_out);
	return r < 0 ? value_out_of_range(PKS_KIND_TIME, "int64_t nanoseconds") : 0;
}
