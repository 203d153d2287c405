/* SPDX-License-Identifier: MIT */
#include "check_form.h"

#include "base/proc.h"
#include "value.h"

#include <string.h>

static struct pks_value view(struct bytes item)
{
	return (struct pks_value){.data = item.data, .size = item.size};
}

struct item form_head(struct bytes item)
{
	struct item head = {.type = ITEM_OTHER};

	item_read(item.data, (const uint8_t *)item.data + item.size, &head);
	return head;
}

static bool has_type(struct bytes item, enum item_type type)
{
	return form_head(item).type == type;
}

bool form_is_name(struct bytes name, const char *text)
{
	return name.size == strlen(text) && memcmp(name.data, text, name.size) == 0;
}

bool form_is_null(struct bytes item)
{
	return has_type(item, ITEM_NULL);
}

bool form_is_text(struct bytes item, const char *text)
{
	struct item head = form_head(item);

	return head.type == ITEM_TEXT && form_is_name((struct bytes){head.data, head.number}, text);
}

bool form_is_one_of(struct bytes item, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (form_is_text(item, texts[i]))
			return true;
	return false;
}

bool form_within(struct bytes item, int64_t least, int64_t most)
{
	struct pks_value value = view(item);
	int64_t number;

	return pks_value_kind(&value) == PKS_KIND_INT && pks_value_int(&value, &number) == 0 && number >= least &&
	       number <= most;
}

/* ---- single items ---- */

bool form_any(struct form *form, struct bytes item)
{
	(void)form, (void)item;
	return true;
}

bool form_bool(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_BOOL);
}

bool form_true(struct form *form, struct bytes item)
{
	return form_bool(form, item) && form_head(item).number;
}

bool form_unsigned(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_UINT);
}

bool form_positive(struct form *form, struct bytes item)
{
	return form_unsigned(form, item) && form_head(item).number > 0;
}

bool form_integer(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, INT64_MIN, INT64_MAX);
}

bool form_float(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_FLOAT);
}

bool form_time(struct form *form, struct bytes item)
{
	struct pks_value value = view(item);

	(void)form;
	return pks_value_kind(&value) == PKS_KIND_TIME;
}

bool form_reference(struct form *form, struct bytes item)
{
	struct pks_value value = view(item);

	(void)form;
	return pks_value_kind(&value) == PKS_KIND_REF;
}

bool form_text(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_TEXT);
}

/* Text, or bytes where it is not UTF-8. */
bool form_string(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_TEXT) || has_type(item, ITEM_BYTES);
}

bool form_folder(struct form *form, struct bytes item)
{
	struct item head = form_head(item);

	(void)form;
	return head.type == ITEM_TEXT && head.number > 0 && *head.data == '/';
}

bool form_list(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_ARRAY);
}

bool form_map(struct form *form, struct bytes item)
{
	(void)form;
	return has_type(item, ITEM_MAP);
}

/* ---- lists and maps ---- */

struct form_walk form_walk(struct bytes item)
{
	const uint8_t *end = (const uint8_t *)item.data + item.size;
	struct item head = form_head(item);
	uint64_t left = 0;

	if (head.type == ITEM_OTHER || !item_nests(&head, &left))
		return (struct form_walk){0};
	return (struct form_walk){{head.next, (size_t)(end - head.next)}, left};
}

bool form_next(struct form_walk *walk, struct bytes *item_out)
{
	const uint8_t *at = walk->rest.data, *end = at + walk->rest.size;
	const uint8_t *behind = walk->left > 0 ? item_end(at, end) : NULL;

	if (!behind)
		return false;
	walk->left--;
	walk->rest = (struct bytes){behind, (size_t)(end - behind)};
	*item_out = (struct bytes){at, (size_t)(behind - at)};
	return true;
}

bool form_each(struct form *form, struct bytes list, form_is *element)
{
	struct form_walk walk = form_walk(list);
	struct bytes item;

	if (!form_list(form, list))
		return false;
	while (form_next(&walk, &item))
		if (!element(form, item))
			return false;
	return true;
}

bool form_elements(struct form *form, struct bytes list, form_is *const *elements, uint64_t least)
{
	struct form_walk walk = form_walk(list);
	struct bytes item;

	if (!form_list(form, list) || walk.left < least)
		return false;
	while (*elements && form_next(&walk, &item))
		if (!(*elements++)(form, item))
			return false;
	return true;
}

static const struct form_field *find(const struct form_field *fields, struct bytes name)
{
	while (fields->name && !form_is_name(name, fields->name))
		fields++;
	return fields->name ? fields : NULL;
}

form_is *form_field(const struct form_field *fields, struct bytes name)
{
	const struct form_field *field = find(fields, name);

	return field ? field->is : NULL;
}

/* Names deeper inside have been told already. */
static bool wrong(struct form *form, const char *name)
{
	if (!form->where)
		form->where = name;
	return false;
}

static bool has_field(struct bytes map, const char *name)
{
	struct pks_value value, all = view(map);

	return pks_value_find(&all, name, &value) == 0;
}

bool form_fields(struct form *form, struct bytes map, const struct form_field *fields)
{
	struct form_walk walk = form_walk(map);
	struct bytes key, value;

	if (!form_map(form, map))
		return false;
	while (form_next(&walk, &key) && form_next(&walk, &value)) {
		struct item name = form_head(key);
		const struct form_field *field =
			name.type == ITEM_TEXT ? find(fields, (struct bytes){name.data, name.number}) : NULL;

		if (field && !field->is(form, value))
			return wrong(form, field->name);
	}
	for (; fields->name; fields++)
		if (fields->needed && !has_field(map, fields->name))
			return wrong(form, fields->name);
	return true;
}

bool form_pairs(struct form *form, struct bytes map, form_is *key_is, form_is *value_is)
{
	struct form_walk walk = form_walk(map);
	struct bytes key, value;

	if (!form_map(form, map))
		return false;
	while (form_next(&walk, &key) && form_next(&walk, &value))
		if (!key_is(form, key) || !value_is(form, value))
			return false;
	return true;
}

bool form_strings(struct form *form, struct bytes item)
{
	return form_each(form, item, form_string);
}

bool form_texts(struct form *form, struct bytes item)
{
	return form_each(form, item, form_text);
}

/* ---- identities ---- */

#define KEEPER_ELEMENTS 5
#define PROCESS_ELEMENTS 3

bool form_pid(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 1, INT32_MAX);
}

bool form_boot(struct form *form, struct bytes item)
{
	struct item head = form_head(item);

	(void)form;
	return head.type == ITEM_BYTES && head.number == PROC_BOOT_SIZE;
}

static bool is_attempt(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 0, UINT32_MAX);
}

static form_is *const keeper[] = {form_pid, form_unsigned, form_boot, form_positive, is_attempt, NULL};

bool form_process(struct form *form, struct bytes item)
{
	return form_elements(form, item, keeper, PROCESS_ELEMENTS) && form_head(item).number == PROCESS_ELEMENTS;
}

bool form_keeper(struct form *form, struct bytes item)
{
	return form_process(form, item) ||
	       (form_elements(form, item, keeper, KEEPER_ELEMENTS) && form_head(item).number == KEEPER_ELEMENTS);
}
