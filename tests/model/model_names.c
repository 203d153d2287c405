/* SPDX-License-Identifier: MIT */
/* Objects that are created, renamed and dropped: Dicts with one item, under a few paths. */
#include "model.h"

#include <stdio.h>

#define PATHS 12

enum { CREATE, DROP, RENAME, READ, COUNT, OPS };

static struct {
	bool there[PATHS];
	int64_t values[PATHS];
} names;

struct path_text {
	char text[32];
};

static struct path_text path_of(int64_t a)
{
	struct path_text path;

	snprintf(path.text, sizeof(path.text), "model/names/%s%02d", a % 2 ? "below/" : "", (int)(a % PATHS));
	return path;
}

static int create(struct pks_store *store, struct step *step)
{
	struct pks_object *object = pks_dict_open(store, path_of(step->a).text, PKS_MUST_CREATE);
	int r = object ? pks_dict_setf(object, "value", "I", step->b) : pks_error_code();

	pks_object_close(object);
	return answer(step, r);
}

static int on_object(struct pks_store *store, struct step *step)
{
	struct pks_object *object = pks_object_open(store, path_of(step->a).text);
	int r;

	if (!object)
		r = pks_error_code();
	else if (step->op == DROP)
		r = pks_object_drop(object);
	else if (step->op == RENAME)
		r = pks_object_rename(object, path_of(step->b).text);
	else
		r = pks_dict_getf(object, "value", "I", &step->value);
	pks_object_close(object);
	return answer(step, r);
}

static int count(struct pks_store *store, int64_t *count_out)
{
	struct pks_list_options options = {.in = "model/names", .recursive = true};
	struct pks_list *list = pks_list_open(store, &options);
	struct pks_list_entry entry;
	int r;

	*count_out = 0;
	while ((r = pks_list_next(list, &entry)) == 0)
		++*count_out;
	pks_list_close(list);
	return r == PKS_END ? 0 : r;
}

static int act(struct pks_store *store, struct step *step)
{
	if (step->op == CREATE)
		return create(store, step);
	if (step->op == COUNT)
		return answer(step, count(store, &step->value));
	return on_object(store, step);
}

/* ---- the model ---- */

static void rename_to(struct step *step, int from, int to)
{
	if (names.there[to]) {
		step->code = PKS_EXISTS;
		return;
	}
	names.there[from] = false;
	names.there[to] = true;
	names.values[to] = names.values[from];
}

static void replay_on(struct step *step, int path)
{
	if (!names.there[path])
		step->code = PKS_NOT_FOUND;
	else if (step->op == DROP)
		names.there[path] = false;
	else if (step->op == RENAME)
		rename_to(step, path, (int)(step->b % PATHS));
	else
		step->value = names.values[path];
}

static int64_t count_paths(void)
{
	int64_t found = 0;

	for (int i = 0; i < PATHS; i++)
		found += names.there[i];
	return found;
}

static void replay(struct step *step)
{
	int path = (int)(step->a % PATHS);

	if (step->op == COUNT) {
		step->value = count_paths();
	} else if (step->op != CREATE) {
		replay_on(step, path);
	} else if (names.there[path]) {
		step->code = PKS_EXISTS;
	} else {
		names.there[path] = true;
		names.values[path] = step->b;
	}
}

static void compare(struct pks_store *store)
{
	int64_t found;

	for (int i = 0; i < PATHS; i++) {
		struct step step = {.op = READ, .a = i};

		cr_assert_eq(on_object(store, &step), 0, "%s", pks_error_message());
		cr_assert_eq(step.code, names.there[i] ? 0 : PKS_NOT_FOUND, "%s", path_of(i).text);
		if (names.there[i])
			cr_assert_eq(step.value, names.values[i]);
	}
	cr_assert_eq(count(store, &found), 0);
	cr_assert_eq(found, count_paths());
}

const struct kind kind_names = {.name = "names", .ops = OPS, .act = act, .replay = replay, .compare = compare};
