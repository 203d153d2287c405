/* SPDX-License-Identifier: MIT */
/*
 * A value's encoding grows in a buffer. A list's or map's head is one byte until its end tells the count: more than 23
 * parts need a longer one, for which what came behind is moved once.
 */
#include "builder.h"
#include "value.h"
#include "value_keys.h"

#include "base/error.h"
#include "base/utf8.h"

#include <pkstore/object.h>

#include <endian.h>
#include <stdlib.h>
#include <string.h>

void builder_init(struct pks_builder *builder)
{
	builder->bytes = builder->keys = (struct buffer){0};
	builder->error = 0;
	builder->why = NULL;
	builder->depth = 0;
	builder->levels = builder->few;
	builder->levels[0] = (struct builder_level){0};
}

void builder_release(struct pks_builder *builder)
{
	if (builder->levels != builder->few)
		free(builder->levels);
	buffer_release(&builder->bytes);
	buffer_release(&builder->keys);
}

struct pks_builder *pks_builder_new(void)
{
	struct pks_builder *builder = malloc(sizeof(*builder));

	if (!builder) {
		error_set(PKS_ERR_MEMORY, "no memory for a builder");
		return NULL;
	}
	builder_init(builder);
	return builder;
}

void pks_builder_free(struct pks_builder *builder)
{
	if (!builder)
		return;
	builder_release(builder);
	free(builder);
}

/* ---- errors stick ---- */

static int builder_fail(struct pks_builder *builder, int code, const char *why)
{
	builder->error = code;
	builder->why = why;
	return why ? error_set(code, "%s", why) : code;
}

static int builder_fail_again(const struct pks_builder *builder)
{
	return builder->why ? error_set(builder->error, "%s", builder->why) : builder->error;
}

/* ---- what stands around every item ---- */

static bool builder_at_key(const struct builder_level *level)
{
	return level->map && level->items % 2 == 0;
}

/* `levels` is how deep the item itself nests, `size` how many bytes it has at least. */
static int builder_item_begin(struct pks_builder *builder, unsigned levels, size_t size)
{
	const struct builder_level *level;

	if (!builder)
		return error_again();
	if (builder->error)
		return builder_fail_again(builder);
	level = &builder->levels[builder->depth];
	if (builder->depth == 0 && level->items > 0)
		return builder_fail(builder, PKS_ERR_USAGE, "a second value");
	if (levels > PKS_VALUE_DEPTH_MAX - builder->depth)
		return builder_fail(builder, PKS_ERR_LIMIT, "a value nested too deeply");
	if (size > PKS_VALUE_SIZE_MAX - builder->bytes.size)
		return builder_fail(builder, PKS_ERR_LIMIT, "a value larger than 1 GiB");
	if (builder_at_key(level))
		value_keys_begin(&builder->keys, builder->bytes.size);
	return 0;
}

static int builder_item_end(struct pks_builder *builder)
{
	struct builder_level *level = &builder->levels[builder->depth];

	if (builder_at_key(level))
		value_keys_end(&builder->keys, builder->bytes.size);
	level->items++;
	if (builder->bytes.failed || builder->keys.failed)
		return builder_fail(builder, PKS_ERR_MEMORY, "no memory for a value");
	if (builder->bytes.size > PKS_VALUE_SIZE_MAX)
		return builder_fail(builder, PKS_ERR_LIMIT, "a value larger than 1 GiB");
	return 0;
}

/* ---- single values ---- */

int pks_build_null(struct pks_builder *builder)
{
	int r = builder_item_begin(builder, 0, 1);

	if (r < 0)
		return r;
	item_put_null(&builder->bytes);
	return builder_item_end(builder);
}

int pks_build_bool(struct pks_builder *builder, bool boolean)
{
	int r = builder_item_begin(builder, 0, 1);

	if (r < 0)
		return r;
	item_put_bool(&builder->bytes, boolean);
	return builder_item_end(builder);
}

int pks_build_int(struct pks_builder *builder, int64_t number)
{
	int r = builder_item_begin(builder, 0, 1);

	if (r < 0)
		return r;
	item_put_int(&builder->bytes, number);
	return builder_item_end(builder);
}

int pks_build_uint(struct pks_builder *builder, uint64_t number)
{
	int r = builder_item_begin(builder, 0, 1);

	if (r < 0)
		return r;
	item_put_uint(&builder->bytes, number);
	return builder_item_end(builder);
}

int pks_build_double(struct pks_builder *builder, double number)
{
	int r = builder_item_begin(builder, 0, 1);

	if (r < 0)
		return r;
	item_put_double(&builder->bytes, number);
	return builder_item_end(builder);
}

int pks_build_string(struct pks_builder *builder, const char *string)
{
	return pks_build_text(builder, string, strlen(string));
}

int pks_build_text(struct pks_builder *builder, const char *text, size_t size)
{
	int r = builder_item_begin(builder, 0, size);

	if (r < 0)
		return r;
	if (!utf8_valid(text, size))
		return builder_fail(builder, PKS_ERR_SYNTAX, "text that is not UTF-8");
	item_put_text(&builder->bytes, text, size);
	return builder_item_end(builder);
}

int pks_build_bytes(struct pks_builder *builder, const void *bytes, size_t size)
{
	int r = builder_item_begin(builder, 0, size);

	if (r < 0)
		return r;
	item_put_bytes(&builder->bytes, bytes, size);
	return builder_item_end(builder);
}

int pks_build_time(struct pks_builder *builder, int64_t ns)
{
	int r = builder_item_begin(builder, value_time_levels(ns), 1);

	if (r < 0)
		return r;
	value_time_put(&builder->bytes, ns);
	return builder_item_end(builder);
}

int pks_build_ref(struct pks_builder *builder, const struct pks_object *object)
{
	uint64_t id = pks_object_id(object);

	if (id)
		return pks_build_ref_id(builder, id);
	if (!builder || builder->error)
		return builder_item_begin(builder, 0, 0);
	if (!object)
		return builder_fail(builder, error_again(), NULL);
	return builder_fail(builder, PKS_ERR_USAGE, "a reference to a closed object");
}

int pks_build_ref_id(struct pks_builder *builder, uint64_t id)
{
	int r = builder_item_begin(builder, 1, 1);

	if (r < 0)
		return r;
	item_put_tag(&builder->bytes, VALUE_TAG_REF);
	item_put_uint(&builder->bytes, id);
	return builder_item_end(builder);
}

int pks_build_array(struct pks_builder *builder, enum pks_number number, const void *numbers, size_t count)
{
	size_t size = pks_number_size(number), bytes;
	uint8_t *room;
	int r;

	if (__builtin_mul_overflow(count, size, &bytes))
		bytes = SIZE_MAX;
	r = builder_item_begin(builder, 1, bytes);
	if (r < 0)
		return r;
	if (size == 0)
		return builder_fail(builder, PKS_ERR_USAGE, "an array of no known numbers");
	item_put_tag(&builder->bytes, value_array_tag(number));
	room = item_put_bytes_room(&builder->bytes, bytes);
	if (room)
		value_array_move(room, numbers, count, size, BYTE_ORDER == BIG_ENDIAN);
	return builder_item_end(builder);
}

/* A value from elsewhere may be anything: it must at least have an end, and fit below the levels that are open. */
int pks_build_value(struct pks_builder *builder, const struct pks_value *value)
{
	int r = builder_item_begin(builder, 0, value ? value->size : 0);
	const uint8_t *end;

	if (r < 0)
		return r;
	if (!value || value->size == 0)
		return builder_fail(builder, PKS_ERR_USAGE, "the empty value");
	r = item_skip(value->data, value_end(value), PKS_VALUE_DEPTH_MAX - builder->depth, &end);
	if (r == PKS_ERR_LIMIT)
		return builder_fail(builder, PKS_ERR_LIMIT, "a value nested too deeply");
	if (r < 0 || end != value_end(value))
		return builder_fail(builder, PKS_ERR_CORRUPT, "a value that is not well-formed CBOR");
	buffer_append(&builder->bytes, value->data, value->size);
	return builder_item_end(builder);
}

/* ---- lists and maps ---- */

/* Room for one more level. */
static bool builder_nest(struct pks_builder *builder)
{
	struct builder_level *levels;

	if (builder->levels != builder->few || builder->depth + 1 < BUILDER_FEW)
		return true;
	levels = malloc((PKS_VALUE_DEPTH_MAX + 1) * sizeof(*levels));
	if (!levels)
		return false;
	memcpy(levels, builder->few, sizeof(builder->few));
	builder->levels = levels;
	return true;
}

static int builder_begin(struct pks_builder *builder, bool map)
{
	int r = builder_item_begin(builder, 1, 1);
	struct builder_level level = {.map = map};

	if (r < 0)
		return r;
	if (!builder_nest(builder))
		return builder_fail(builder, PKS_ERR_MEMORY, "no memory for a value");
	level.head = builder->bytes.size;
	level.keys = builder->keys.size;
	buffer_add(&builder->bytes, 1);
	builder->levels[++builder->depth] = level;
	return 0;
}

int pks_build_list(struct pks_builder *builder)
{
	return builder_begin(builder, false);
}

int pks_build_map(struct pks_builder *builder)
{
	return builder_begin(builder, true);
}

/* Writes the head behind everything, where there is room, and then moves both to their places. */
static void builder_put_head(struct buffer *bytes, const struct builder_level *level)
{
	uint8_t head[ITEM_HEAD_MAX];
	size_t end = bytes->size, size;

	if (level->map)
		item_put_map(bytes, level->items / 2);
	else
		item_put_array(bytes, level->items);
	if (bytes->failed)
		return;
	size = bytes->size - end;
	memcpy(head, bytes->data + end, size);
	memmove(bytes->data + level->head + size, bytes->data + level->head + 1, end - level->head - 1);
	memcpy(bytes->data + level->head, head, size);
	bytes->size = end - 1 + size;
}

int pks_build_end(struct pks_builder *builder)
{
	const struct builder_level *level;
	size_t offset;

	if (!builder)
		return error_again();
	if (builder->error)
		return builder_fail_again(builder);
	level = builder_open(builder);
	if (!level)
		return builder_fail(builder, PKS_ERR_USAGE, "an end without a beginning");
	if (level->map && level->items % 2)
		return builder_fail(builder, PKS_ERR_USAGE, "a key without a value");
	if (builder->bytes.failed || builder->keys.failed)
		return builder_fail(builder, PKS_ERR_MEMORY, "no memory for a value");
	if (value_keys_twice(&builder->keys, level->keys, builder->bytes.data, &offset))
		return builder_fail(builder, PKS_ERR_USAGE, "a key twice in a map");
	builder_put_head(&builder->bytes, level);
	builder->depth--;
	return builder_item_end(builder);
}

int pks_builder_finish(struct pks_builder *builder, struct pks_value *value_out)
{
	int r;

	if (!builder)
		return error_again();
	if (!builder->error && (builder->depth > 0 || builder->levels[0].items == 0))
		builder_fail(builder, PKS_ERR_USAGE, builder->depth ? "a list or map without an end" : "no value");
	r = builder->error ? builder_fail_again(builder) : 0;
	if (r == 0) {
		*value_out = (struct pks_value){
		        .data = builder->bytes.data, .size = builder->bytes.size, .owned = builder->bytes.data};
		builder->bytes = (struct buffer){0};
	}
	builder_release(builder);
	builder_init(builder);
	return r;
}
