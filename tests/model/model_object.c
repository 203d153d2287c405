/* SPDX-License-Identifier: MIT */
/* A plain Object, which is nothing but its attributes, its metadata and its class. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#define NAMES 12

enum { SET, DEL, GET, SET_CLASS, GET_CLASS, SET_METADATA, GET_METADATA, OPS };

static const char *const classes[] = {"", "counter", "sensor"};

#define CLASSES ((int64_t)(sizeof(classes) / sizeof(*classes)))

static struct {
	bool there[NAMES];
	int64_t values[NAMES];
	int64_t class_of, metadata; /* metadata 0: the empty map, as at first */
} object;

struct name_text {
	char text[16];
};

/* Two digits: the order of the bytes is that of the numbers. */
static struct name_text name_of(int64_t a)
{
	struct name_text name;

	snprintf(name.text, sizeof(name.text), "name-%02d", (int)(a % NAMES));
	return name;
}

static int class_index(const char *name)
{
	int i = 0;

	while (i < CLASSES && strcmp(classes[i], name) != 0)
		i++;
	return i;
}

static int get_class(struct pks_object *plain, struct step *step)
{
	struct pks_object_info info;
	int r = pks_object_info(plain, &info);

	if (r == 0)
		step->value = class_index(info.class_name);
	return answer(step, r);
}

static int set_metadata(struct pks_object *plain, int64_t number)
{
	struct pks_value map = {0};
	int r = number ? pks_value_pack(&map, "{s:I}", "number", number) : pks_value_pack(&map, "{}");

	if (r == 0)
		r = pks_object_set_metadata(plain, &map);
	pks_value_clear(&map);
	return r;
}

static int get_metadata(struct pks_object *plain, int64_t *number_out)
{
	struct pks_value map = {0};
	int r = pks_object_metadata(plain, &map);

	*number_out = 0;
	if (r == 0)
		r = pks_value_unpack(&map, "{s:?I}", "number", number_out);
	pks_value_clear(&map);
	return r;
}

static int act_on(struct pks_object *plain, struct step *step)
{
	struct name_text name = name_of(step->a);

	switch (step->op) {
	case SET:
		return answer(step, pks_attr_setf(plain, name.text, "I", step->b));
	case DEL:
		return answer(step, pks_attr_del(plain, name.text));
	case GET:
		return answer(step, pks_attr_getf(plain, name.text, "I", &step->value));
	case SET_CLASS:
		return answer(step, pks_object_set_class(plain, classes[step->b % CLASSES]));
	case GET_CLASS:
		return get_class(plain, step);
	case SET_METADATA:
		return answer(step, set_metadata(plain, step->b % 5));
	default:
		return answer(step, get_metadata(plain, &step->value));
	}
}

static int act(struct pks_store *store, struct step *step)
{
	struct pks_object *plain = pks_plain_open(store, "model/object", PKS_OPEN_OR_CREATE);
	int r = plain ? act_on(plain, step) : pks_error_code();

	pks_object_close(plain);
	return r;
}

/* ---- the model ---- */

static void replay(struct step *step)
{
	int name = (int)(step->a % NAMES);

	switch (step->op) {
	case SET:
		object.there[name] = true;
		object.values[name] = step->b;
		break;
	case DEL:
		step->code = object.there[name] ? 0 : PKS_NOT_FOUND;
		object.there[name] = false;
		break;
	case GET:
		step->code = object.there[name] ? 0 : PKS_NOT_FOUND;
		step->value = object.there[name] ? object.values[name] : 0;
		break;
	case SET_CLASS:
		object.class_of = step->b % CLASSES;
		break;
	case GET_CLASS:
		step->value = object.class_of;
		break;
	case SET_METADATA:
		object.metadata = step->b % 5;
		break;
	default:
		step->value = object.metadata;
	}
}

static void compare_attributes(struct pks_object *plain)
{
	struct pks_iter *iter = plain ? pks_attr_iter(plain) : NULL;
	struct pks_value value;
	const char *name;
	int64_t number;

	for (int i = 0; i < NAMES; i++) {
		if (!object.there[i])
			continue;
		cr_assert_eq(pks_iter_next(iter, &name, &value), 0, "a name is missing: %s", pks_error_message());
		cr_assert_str_eq(name, name_of(i).text);
		cr_assert_eq(pks_value_int(&value, &number), 0);
		cr_assert_eq(number, object.values[i], "%s is %lld", name, (long long)number);
	}
	cr_assert(!iter || pks_iter_next(iter, &name, &value) == PKS_END);
	pks_iter_close(iter);
}

static void compare(struct pks_store *store)
{
	struct pks_object *plain = pks_plain_open(store, "model/object", PKS_MUST_EXIST);
	int64_t metadata = 0;

	compare_attributes(plain);
	if (plain) {
		cr_assert_str_eq(pks_object_class(plain), classes[object.class_of]);
		cr_assert_eq(get_metadata(plain, &metadata), 0, "%s", pks_error_message());
	}
	cr_assert_eq(metadata, object.metadata);
	pks_object_close(plain);
}

const struct kind kind_object = {.name = "object", .ops = OPS, .act = act, .replay = replay, .compare = compare};
