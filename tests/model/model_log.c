/* SPDX-License-Identifier: MIT */
/* A Log of numbers with something behind them: entries of all sizes, so that chunks are filled, sealed and trimmed. */
#include "model.h"

#include <string.h>

/* The longest entry is larger than a chunk. */
#define TAIL_MAX 4500

enum { APPEND, APPEND_LONG, EXTEND, GET, TRIM, SET_CAP, CLEAR, POSITIONS, OPS };

/* More than a round adds to what a trim or a cap leaves. */
#define ENTRIES_MAX 100000

static struct {
	int64_t entries[ENTRIES_MAX]; /* by position modulo ENTRIES_MAX */
	uint64_t first, next, cap;
} model;

static size_t tail_of(int64_t number)
{
	return number % 100 == 99 ? TAIL_MAX : (size_t)(number % 100);
}

static int append(struct pks_object *log, int64_t number)
{
	static const char tail[TAIL_MAX];

	return pks_log_appendf(log, "[Iy]", number, tail, tail_of(number));
}

static int get(struct pks_object *log, int64_t index, int64_t *number_out)
{
	struct pks_value entry = {0}, tail;
	const void *bytes;
	size_t size;
	int r = pks_log_get(log, index, &entry);

	if (r == 0)
		r = pks_value_unpack(&entry, "[Iv]", number_out, &tail);
	if (r == 0)
		r = pks_value_bytes(&tail, &bytes, &size);
	if (r == 0 && size != tail_of(*number_out))
		r = PKS_ERR_CORRUPT;
	pks_value_clear(&entry);
	return r;
}

static int extend(struct pks_object *log, int64_t number)
{
	int r = 0;

	for (int i = 0; i < 20 && r == 0; i++)
		r = append(log, number % 99);
	return r;
}

static int act_on(struct pks_object *log, struct step *step)
{
	uint64_t first = 0, next = 0;
	int r;

	switch (step->op) {
	case APPEND:
		return answer(step, append(log, step->a));
	case APPEND_LONG:
		return answer(step, append(log, step->a * 100 + 99));
	case EXTEND:
		return answer(step, extend(log, step->a));
	case GET:
		return answer(step, get(log, step->a % 60 - 30, &step->value));
	case TRIM:
		return answer(step, pks_log_trim(log, (uint64_t)step->a % 200));
	case SET_CAP:
		return answer(step, pks_log_set_cap(log, step->b % 2 ? 0 : (uint64_t)step->a % 300));
	case CLEAR:
		return answer(step, step->b % 16 == 0 ? pks_log_clear(log) : 0);
	default:
		r = pks_log_positions(log, &first, &next);
		step->value = (int64_t)(first * 1000003 + next);
		return answer(step, r);
	}
}

static int act(struct pks_store *store, struct step *step)
{
	struct pks_object *log = pks_log_open(store, "model/log", PKS_OPEN_OR_CREATE);
	int r = act_on(log, step);

	pks_object_close(log);
	return r;
}

/* ---- the model ---- */

static void keep(uint64_t count)
{
	if (model.next - model.first > count)
		model.first = model.next - count;
}

static void add(int64_t number)
{
	model.entries[model.next++ % ENTRIES_MAX] = number;
	cr_assert_lt(model.next - model.first, ENTRIES_MAX);
	if (model.cap)
		keep(model.cap);
}

static void look(struct step *step)
{
	int64_t index = step->a % 60 - 30, count = (int64_t)(model.next - model.first);

	if (index < 0)
		index += count;
	if (index < 0 || index >= count)
		step->code = PKS_NOT_FOUND;
	else
		step->value = model.entries[(model.first + (uint64_t)index) % ENTRIES_MAX];
}

static void replay(struct step *step)
{
	switch (step->op) {
	case APPEND:
		add(step->a);
		break;
	case APPEND_LONG:
		add(step->a * 100 + 99);
		break;
	case EXTEND:
		for (int i = 0; i < 20; i++)
			add(step->a % 99);
		break;
	case GET:
		look(step);
		break;
	case TRIM:
		keep((uint64_t)step->a % 200);
		break;
	case SET_CAP:
		model.cap = step->b % 2 ? 0 : (uint64_t)step->a % 300;
		if (model.cap)
			keep(model.cap);
		break;
	case CLEAR:
		if (step->b % 16 == 0)
			model.first = model.next;
		break;
	default:
		step->value = (int64_t)(model.first * 1000003 + model.next);
	}
}

static void compare(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, "model/log", PKS_MUST_EXIST);
	uint64_t first = 0, next = 0;
	int64_t number;

	if (log)
		cr_assert_eq(pks_log_positions(log, &first, &next), 0);
	cr_assert(first == model.first && next == model.next, "from %llu to %llu", (unsigned long long)first,
	          (unsigned long long)next);
	for (uint64_t position = first; position < next; position++) {
		cr_assert_eq(get(log, (int64_t)(position - first), &number), 0, "%s", pks_error_message());
		cr_assert_eq(number, model.entries[position % ENTRIES_MAX]);
	}
	pks_object_close(log);
}

const struct kind kind_log = {.name = "log", .ops = OPS, .act = act, .replay = replay, .compare = compare};
