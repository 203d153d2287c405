/* SPDX-License-Identifier: MIT */
/* Processes that are created, terminated before they were started, and dropped; none is started: there is no pool. */
#include "model.h"

#include <signal.h>
#include <stdio.h>

#define PROCESSES 8

enum { NEW, DROP, TERMINATE, STATUS, PRIORITY, CLEAN, OPS };

static int statuses[PROCESSES]; /* 0: not there */

struct path_text {
	char text[32];
};

static struct path_text path_of(int64_t a)
{
	struct path_text path;

	snprintf(path.text, sizeof(path.text), "model/process/%d", (int)(a % PROCESSES));
	return path;
}

static int status(struct pks_object *process, struct step *step)
{
	enum pks_status found = 0;
	int r = pks_process_status(process, &found);

	step->value = found;
	return r;
}

static int on_process(struct pks_store *store, struct step *step)
{
	struct pks_object *process = step->op == NEW
	                                     ? pks_process_new(store, path_of(step->a).text, "/no/module.so:handler")
	                                     : pks_process_open(store, path_of(step->a).text);
	int r = process ? 0 : pks_error_code();

	if (r == 0 && step->op == DROP)
		r = pks_object_drop(process);
	else if (r == 0 && step->op == TERMINATE)
		r = pks_process_terminate(process, 0);
	else if (r == 0 && step->op == STATUS)
		r = status(process, step);
	else if (r == 0 && step->op == PRIORITY)
		r = pks_process_set_priority(process, (int)(step->b % 100));
	pks_object_close(process);
	/* A priority is set before the start: what has ended refuses, and nothing has changed. */
	return answer(step, r == PKS_ERR_STATE ? PKS_MISMATCH : r);
}

static int act(struct pks_store *store, struct step *step)
{
	uint64_t count = 0;
	int r;

	if (step->op != CLEAN)
		return on_process(store, step);
	r = pks_process_clean(store, PKS_CRASHED, &count);
	step->value = (int64_t)count;
	return answer(step, r);
}

/* ---- the model ---- */

static void clean(struct step *step)
{
	for (int i = 0; i < PROCESSES; i++) {
		if (statuses[i] != PKS_CRASHED)
			continue;
		statuses[i] = 0;
		step->value++;
	}
}

static void replay(struct step *step)
{
	int *at = &statuses[step->a % PROCESSES];

	if (step->op == CLEAN) {
		clean(step);
	} else if (step->op == NEW) {
		step->code = *at ? PKS_EXISTS : 0;
		*at = *at ? *at : PKS_CREATED;
	} else if (!*at) {
		step->code = PKS_NOT_FOUND;
	} else if (step->op == DROP) {
		*at = 0;
	} else if (step->op == TERMINATE) {
		*at = PKS_CRASHED;
	} else if (step->op == STATUS) {
		step->value = *at;
	} else if (*at == PKS_CRASHED) {
		step->code = PKS_MISMATCH;
	}
}

static void compare(struct pks_store *store)
{
	for (int i = 0; i < PROCESSES; i++) {
		struct step step = {.op = STATUS, .a = i};

		cr_assert_eq(on_process(store, &step), 0, "%s", pks_error_message());
		cr_assert_eq(step.code, statuses[i] ? 0 : PKS_NOT_FOUND);
		cr_assert_eq(step.value, statuses[i]);
	}
}

const struct kind kind_process = {.name = "process", .ops = OPS, .act = act, .replay = replay, .compare = compare};
