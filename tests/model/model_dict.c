/* SPDX-License-Identifier: MIT */
/* A Dict of numbers. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS 24

enum { SET, DEL, ADD, POP, COMPARE_SET, SETDEFAULT, POPITEM, COUNT, CLEAR, OPS };

static struct {
	bool there[KEYS];
	int64_t values[KEYS];
} dict;

struct key_text {
	char text[16];
};

/* Two digits: the order of the bytes is that of the numbers. */
static struct key_text key_of(int64_t a)
{
	struct key_text key;

	snprintf(key.text, sizeof(key.text), "key-%02d", (int)(a % KEYS));
	return key;
}

static int take_int(struct step *step, struct pks_value *value, int r)
{
	if (r == 0)
		r = pks_value_int(value, &step->value);
	pks_value_clear(value);
	return answer(step, r);
}

static int compare_set(struct pks_object *object, const char *key, struct step *step)
{
	struct pks_value expected = {0}, value = {0};
	int r = pks_value_pack(&expected, "I", step->b % 4);

	if (r == 0)
		r = pks_value_pack(&value, "I", step->b);
	if (r == 0)
		r = pks_dict_compare_set(object, key, &expected, &value);
	pks_value_clear(&expected);
	pks_value_clear(&value);
	return answer(step, r);
}

static int set_default(struct pks_object *object, const char *key, struct step *step)
{
	struct pks_value otherwise = {0}, value = {0};
	int r = pks_value_pack(&otherwise, "I", step->b);

	if (r == 0)
		r = pks_dict_setdefault(object, key, &otherwise, &value);
	pks_value_clear(&otherwise);
	return take_int(step, &value, r);
}

static int pop_item(struct pks_object *object, struct step *step)
{
	struct pks_value value = {0};
	char *key = NULL;
	int r = pks_dict_popitem(object, &key, &value);

	free(key);
	return take_int(step, &value, r);
}

static int act_on(struct pks_object *object, struct step *step)
{
	struct key_text key = key_of(step->a);
	struct pks_value value = {0};
	uint64_t count = 0;
	int r;

	switch (step->op) {
	case SET:
		return answer(step, pks_dict_setf(object, key.text, "I", step->b % 4));
	case DEL:
		return answer(step, pks_dict_del(object, key.text));
	case ADD:
		return answer(step, pks_dict_add(object, key.text, step->b, &step->value));
	case POP:
		r = pks_dict_pop(object, key.text, &value);
		return take_int(step, &value, r);
	case COMPARE_SET:
		return compare_set(object, key.text, step);
	case SETDEFAULT:
		return set_default(object, key.text, step);
	case POPITEM:
		return pop_item(object, step);
	case COUNT:
		r = pks_dict_count(object, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	default: /* not too often: an empty Dict is a dull one */
		return answer(step, step->b % 8 == 0 ? pks_dict_clear(object) : 0);
	}
}

static int act(struct pks_store *store, struct step *step)
{
	struct pks_object *object = pks_dict_open(store, "model/dict", PKS_OPEN_OR_CREATE);
	int r = act_on(object, step);

	pks_object_close(object);
	return r;
}

/* ---- the model ---- */

static void put(int key, int64_t value)
{
	dict.there[key] = true;
	dict.values[key] = value;
}

static void take(struct step *step, int key)
{
	step->code = dict.there[key] ? 0 : PKS_NOT_FOUND;
	step->value = dict.there[key] ? dict.values[key] : 0;
	dict.there[key] = false;
}

static int last_key(void)
{
	int key = KEYS - 1;

	while (key >= 0 && !dict.there[key])
		key--;
	return key;
}

static int64_t count_keys(void)
{
	int64_t count = 0;

	for (int key = 0; key < KEYS; key++)
		count += dict.there[key];
	return count;
}

static void replay(struct step *step)
{
	int key = (int)(step->a % KEYS);

	switch (step->op) {
	case SET:
		put(key, step->b % 4);
		break;
	case DEL:
		take(step, key);
		step->value = 0;
		break;
	case ADD:
		put(key, (dict.there[key] ? dict.values[key] : 0) + step->b);
		step->value = dict.values[key];
		break;
	case POP:
		take(step, key);
		break;
	case COMPARE_SET:
		if (dict.there[key] && dict.values[key] == step->b % 4)
			put(key, step->b);
		else
			step->code = PKS_MISMATCH;
		break;
	case SETDEFAULT:
		if (!dict.there[key])
			put(key, step->b);
		step->value = dict.values[key];
		break;
	case POPITEM:
		if (last_key() >= 0)
			take(step, last_key());
		else
			step->code = PKS_EMPTY;
		break;
	case COUNT:
		step->value = count_keys();
		break;
	default:
		for (key = 0; key < KEYS && step->b % 8 == 0; key++)
			dict.there[key] = false;
	}
}

static void compare(struct pks_store *store)
{
	struct pks_object *object = pks_dict_open(store, "model/dict", PKS_MUST_EXIST);
	struct pks_iter *iter = object ? pks_dict_iter(object, NULL) : NULL;
	struct pks_value value;
	const char *key;
	int64_t number;

	for (int i = 0; i < KEYS; i++) {
		if (!dict.there[i])
			continue;
		cr_assert_eq(pks_iter_next(iter, &key, &value), 0, "a key is missing: %s", pks_error_message());
		cr_assert_str_eq(key, key_of(i).text);
		cr_assert_eq(pks_value_int(&value, &number), 0);
		cr_assert_eq(number, dict.values[i], "%s is %lld", key, (long long)number);
	}
	cr_assert(!iter || pks_iter_next(iter, &key, &value) == PKS_END);
	pks_iter_close(iter);
	pks_object_close(object);
}

const struct kind kind_dict = {.name = "dict", .ops = OPS, .act = act, .replay = replay, .compare = compare};
