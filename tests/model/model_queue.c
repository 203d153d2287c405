/* SPDX-License-Identifier: MIT */
/*
 * A Queue, a LifoQueue and a PriorityQueue of numbers: put, got, reserved, buried and kicked.
 *
 * A process holds what it has reserved from one transaction to another, until it is killed. When somebody notices that
 * no model can know; so each step that may return what the dead held tells what it did return, and the model asks that
 * these were all that one held who never does anything later, and that nothing of the dead stays where a step found
 * nothing else.
 */
#include "model.h"

#define QUEUES 3
#define MAXSIZE 40
#define ITEMS_MAX (4 * MAXSIZE)
/* Of one queue by one process, and by all of them, the dead included. */
#define HELD_MAX 3
#define HELD_BY_ALL_MAX 32
#define LIVES_MAX 100000

enum { PUT, GET, PEEK, COUNT, CLEAR, KICK, RESERVE, RESERVE_TOO, END_ONE, OPS };

enum place { GONE, READY, BURIED, RESERVED };

/* What a step tells: a number, which of the reserved items have returned, and how often the item was reserved. */
#define TELL_RETURNED 16
#define TELL_DELIVERIES 48

static const char *const paths[QUEUES] = {"model/queue", "model/lifo", "model/priority"};

struct item {
	int64_t value, priority;
	uint64_t sequence;
	enum place place;
	uint64_t deliveries;
	int64_t holder; /* a life */
	uint64_t held_since;
};

/* In the order in which they would be had. */
static struct {
	struct item items[ITEMS_MAX];
	int count;
	uint64_t next, reservations;
	uint64_t unfinished;
} queues[QUEUES];

static bool dead[LIVES_MAX];

/* ---- in a process ---- */

/* What it holds, in the order of reserving; the values are cleared. And before the present transaction. */
static struct holding {
	struct pks_reservation held[QUEUES][HELD_MAX];
	int count[QUEUES];
} now, before_it;

static void ended(bool committed)
{
	if (committed)
		before_it = now;
	else
		now = before_it;
}

static struct pks_object *open_queue(struct pks_store *store, int which)
{
	if (which == 0)
		return pks_queue_open(store, paths[0], MAXSIZE, PKS_OPEN_OR_CREATE);
	if (which == 1)
		return pks_lifoqueue_open(store, paths[1], MAXSIZE, PKS_OPEN_OR_CREATE);
	return pks_priorityqueue_open(store, paths[2], MAXSIZE, PKS_OPEN_OR_CREATE);
}

static int take_int(struct step *step, struct pks_value *value, int r)
{
	if (r == 0)
		r = pks_value_int(value, &step->value);
	pks_value_clear(value);
	return answer(step, r);
}

static int put(struct pks_object *queue, int which, struct step *step)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "I", step->b);

	if (r == 0)
		r = which == 2 ? pks_queue_put_priority(queue, step->b % 7 - 3, &value, 0)
		               : pks_queue_put(queue, &value, 0);
	pks_value_clear(&value);
	return answer(step, r);
}

/* Reserves the next item and buries it, in the one transaction. */
static int bury(struct pks_object *queue, struct step *step)
{
	struct pks_reservation reservation = {0};
	int r = pks_queue_reserve(queue, 0, &reservation);

	if (r == 0)
		r = pks_value_int(&reservation.value, &step->value);
	if (r == 0)
		r = pks_queue_bury(queue, &reservation);
	pks_reservation_clear(&reservation);
	return answer(step, r);
}

static int reserve(struct pks_object *queue, int which, struct step *step)
{
	struct pks_reservation reservation = {0};
	int r = now.count[which] < HELD_MAX ? pks_queue_reserve(queue, 0, &reservation) : PKS_FULL;

	if (r == 0)
		r = pks_value_int(&reservation.value, &step->value);
	pks_value_clear(&reservation.value);
	if (r == 0) {
		step->value |= (int64_t)reservation.deliveries << TELL_DELIVERIES;
		now.held[which][now.count[which]++] = reservation;
	}
	return answer(step, r);
}

/* Releases, buries or acknowledges one that it holds. */
static int end_one(struct pks_object *queue, int which, struct step *step)
{
	struct pks_reservation *held = now.held[which], one;
	int count = now.count[which], at = count ? (int)(step->b % count) : 0;

	if (count == 0)
		return answer(step, PKS_NOT_FOUND);
	one = held[at];
	for (int i = at; i + 1 < count; i++)
		held[i] = held[i + 1];
	now.count[which]--;
	switch (step->b / HELD_MAX % 4) {
	case 0:
		return answer(step, pks_queue_release(queue, &one));
	case 1:
		return answer(step, pks_queue_bury(queue, &one));
	default:
		return answer(step, pks_queue_ack(queue, &one));
	}
}

static int act_on(struct pks_object *queue, int which, struct step *step)
{
	struct pks_value value = {0};
	uint64_t count = 0;
	int r;

	switch (step->op) {
	case PUT:
		return put(queue, which, step);
	case GET:
		r = pks_queue_get(queue, 0, &value);
		return take_int(step, &value, r);
	case PEEK:
		r = pks_queue_peek(queue, &value);
		return take_int(step, &value, r);
	case COUNT:
		if (step->b % 4 == 0)
			return bury(queue, step);
		r = pks_queue_count(queue, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	case CLEAR:
		return answer(step, step->b % 16 == 0 ? pks_queue_clear(queue) : 0);
	case RESERVE:
	case RESERVE_TOO:
		return reserve(queue, which, step);
	case END_ONE:
		return end_one(queue, which, step);
	default:
		r = pks_queue_kick(queue, 1, &count);
		step->value = (int64_t)count;
		return answer(step, r);
	}
}

/* The reserved items, in their order. */
struct reserved {
	struct pks_queue_item items[HELD_BY_ALL_MAX];
	int count;
};

static int find_reserved(struct pks_object *queue, struct reserved *reserved)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_RESERVED, false);
	int r = iter ? 0 : pks_error_code();

	reserved->count = 0;
	while (r == 0 && reserved->count < HELD_BY_ALL_MAX) {
		r = pks_queue_next(iter, &reserved->items[reserved->count]);
		reserved->count += r == 0;
	}
	pks_queue_iter_close(iter);
	return r == PKS_END ? 0 : r < 0 ? r : PKS_ERR_LIMIT;
}

static bool is_in(const struct pks_queue_item *item, const struct reserved *reserved)
{
	for (int i = 0; i < reserved->count; i++)
		if (reserved->items[i].sequence == item->sequence && reserved->items[i].deliveries == item->deliveries)
			return true;
	return false;
}

/* Does what may return items of the dead, and tells which. */
static int act_and_tell(struct pks_object *queue, int which, struct step *step)
{
	struct reserved before, after;
	int r = find_reserved(queue, &before);

	if (r == 0)
		r = act_on(queue, which, step);
	if (r == 0)
		r = find_reserved(queue, &after);
	for (int i = 0; r == 0 && i < before.count; i++)
		if (!is_in(&before.items[i], &after))
			step->value |= INT64_C(1) << (TELL_RETURNED + i);
	return r;
}

static bool may_return(const struct step *step)
{
	return step->op == GET || step->op == RESERVE || step->op == RESERVE_TOO ||
	       (step->op == COUNT && step->b % 4 == 0);
}

static int act(struct pks_store *store, struct step *step)
{
	int which = (int)(step->a % QUEUES);
	struct pks_object *queue = open_queue(store, which);
	int r = may_return(step) ? act_and_tell(queue, which, step) : act_on(queue, which, step);

	pks_object_close(queue);
	return r;
}

/* ---- the model ---- */

static bool before(int which, const struct item *a, const struct item *b)
{
	if (which == 2 && a->priority != b->priority)
		return a->priority < b->priority;
	return which == 1 ? a->sequence > b->sequence : a->sequence < b->sequence;
}

static void add(int which, struct item item)
{
	struct item *items = queues[which].items;
	int at = queues[which].count++;

	cr_assert_lt(at, ITEMS_MAX);
	while (at > 0 && before(which, &item, &items[at - 1])) {
		items[at] = items[at - 1];
		at--;
	}
	items[at] = item;
}

static struct item *first(int which, enum place place)
{
	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place == place)
			return &queues[which].items[i];
	return NULL;
}

/* What is kicked first: as the keys are ordered, which in a LifoQueue is not the order of having. */
static struct item *first_buried(int which)
{
	struct item *found = NULL;

	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place == BURIED && (!found || which == 1))
			found = &queues[which].items[i];
	return found;
}

static int64_t count_at(int which, enum place place)
{
	int64_t count = 0;

	for (int i = 0; i < queues[which].count; i++)
		count += queues[which].items[i].place == place;
	return count;
}

static void forget_gone(int which)
{
	int kept = 0;

	for (int i = 0; i < queues[which].count; i++)
		if (queues[which].items[i].place != GONE)
			queues[which].items[kept++] = queues[which].items[i];
	queues[which].count = kept;
}

static void replay_put(struct step *step, int which)
{
	struct item item = {.value = step->b, .priority = which == 2 ? step->b % 7 - 3 : 0,
	                    .sequence = queues[which].next, .place = READY};

	if (count_at(which, READY) >= MAXSIZE) {
		step->code = PKS_FULL;
		return;
	}
	queues[which].next++;
	queues[which].unfinished++;
	add(which, item);
}

/* The next one goes to a place, or stays. */
static void replay_take(struct step *step, int which, enum place to)
{
	struct item *item = first(which, READY);

	step->code = item ? 0 : PKS_EMPTY;
	step->value = item ? item->value : 0;
	if (item && to == BURIED)
		item->deliveries++;
	if (item)
		item->place = to;
	forget_gone(which);
}

static void replay_clear(int which)
{
	for (int i = 0; i < queues[which].count; i++) {
		if (queues[which].items[i].place == RESERVED)
			continue;
		queues[which].items[i].place = GONE;
		queues[which].unfinished--;
	}
	forget_gone(which);
}

/* ---- who holds what ---- */

static bool holds(const struct item *item, int64_t life)
{
	return item->place == RESERVED && item->holder == life;
}

static int count_held(int which, int64_t life)
{
	int count = 0;

	for (int i = 0; i < queues[which].count; i++)
		count += holds(&queues[which].items[i], life);
	return count;
}

/* The one that `life` has held for longest but `skip`. */
static struct item *held_by(int which, int64_t life, int skip)
{
	struct item *items = queues[which].items;

	for (int i = 0; i < queues[which].count; i++) {
		int older = 0;

		for (int j = 0; j < queues[which].count; j++)
			older += holds(&items[j], life) && items[j].held_since < items[i].held_since;
		if (holds(&items[i], life) && older == skip)
			return &items[i];
	}
	return NULL;
}

static void replay_reserve(struct step *step, int which)
{
	struct item *item = first(which, READY);

	if (count_held(which, step->life) == HELD_MAX) {
		step->code = PKS_FULL;
		return;
	}
	step->code = item ? 0 : PKS_EMPTY;
	if (!item)
		return;
	item->place = RESERVED;
	item->holder = step->life;
	item->held_since = ++queues[which].reservations;
	step->value = item->value | (int64_t)++item->deliveries << TELL_DELIVERIES;
}

static void replay_end(struct step *step, int which)
{
	int count = count_held(which, step->life);
	struct item *item = count ? held_by(which, step->life, (int)(step->b % count)) : NULL;
	int how = (int)(step->b / HELD_MAX % 4);

	step->code = item ? 0 : PKS_NOT_FOUND;
	if (!item)
		return;
	item->place = how == 0 ? READY : how == 1 ? BURIED : GONE;
	queues[which].unfinished -= item->place == GONE;
	forget_gone(which);
}

/* Those that it says have returned: the holder of each must be dead, and has nothing left. */
static void replay_return(int which, uint64_t returned)
{
	struct item *items = queues[which].items;

	for (int i = 0, reserved = 0; i < queues[which].count; i++)
		if (items[i].place == RESERVED && returned >> reserved++ & 1) {
			dead[items[i].holder] = true;
			items[i].place = READY;
		}
	for (int i = 0; returned && i < queues[which].count; i++)
		cr_assert(items[i].place != READY || !dead[items[i].holder] || !count_held(which, items[i].holder),
		          "%s: not all of %lld has returned", paths[which], (long long)items[i].holder);
}

static void expect_nothing_of_the_dead(int which)
{
	for (int i = 0; i < queues[which].count; i++)
		cr_assert(queues[which].items[i].place != RESERVED ||
		          queues[which].items[i].holder > model_dead_lives(),
		          "%s: nothing was found, and a dead one holds %lld", paths[which],
		          (long long)queues[which].items[i].value);
}

static void replay_op(struct step *step, int which)
{
	struct item *item;

	switch (step->op) {
	case PUT:
		replay_put(step, which);
		break;
	case GET:
		replay_take(step, which, GONE);
		break;
	case PEEK:
		replay_take(step, which, READY);
		break;
	case COUNT:
		if (step->b % 4 == 0)
			replay_take(step, which, BURIED);
		else
			step->value = count_at(which, READY);
		break;
	case CLEAR:
		if (step->b % 16 == 0)
			replay_clear(which);
		break;
	case RESERVE:
	case RESERVE_TOO:
		replay_reserve(step, which);
		break;
	case END_ONE:
		replay_end(step, which);
		break;
	default:
		item = first_buried(which);
		step->value = item != NULL;
		if (item)
			item->place = READY;
	}
}

static void replay(struct step *step)
{
	int which = (int)(step->a % QUEUES);
	uint64_t returned = (uint64_t)step->told_value >> TELL_RETURNED & UINT32_MAX;

	cr_assert_lt(step->life, LIVES_MAX);
	cr_assert(!dead[step->life], "what %lld held was returned, and it lives", (long long)step->life);
	if (!may_return(step)) {
		replay_op(step, which);
		return;
	}
	replay_return(which, returned);
	replay_op(step, which);
	if (step->code == PKS_EMPTY)
		expect_nothing_of_the_dead(which);
	step->value |= (int64_t)returned << TELL_RETURNED;
}

static void compare_one(struct pks_object *queue, int which)
{
	struct pks_queue_iter *iter = pks_queue_iter(queue, PKS_QUEUE_ALL, false);
	static const enum pks_queue_place place_of[] = {
		[READY] = PKS_QUEUE_READY, [BURIED] = PKS_QUEUE_BURIED, [RESERVED] = PKS_QUEUE_RESERVED};
	struct pks_queue_stats stats;
	struct pks_queue_item item;
	int64_t value;

	for (int i = 0; i < queues[which].count; i++) {
		const struct item *expected = &queues[which].items[i];

		cr_assert_eq(pks_queue_next(iter, &item), 0, "%s: an item is missing: %s", paths[which],
		             pks_error_message());
		cr_assert_eq(pks_value_int(&item.value, &value), 0);
		cr_assert(value == expected->value && item.priority == expected->priority, "%s: %lld", paths[which],
		          (long long)value);
		cr_assert_eq(item.place, place_of[expected->place], "%s", paths[which]);
		cr_assert_eq(item.deliveries, expected->deliveries, "%s", paths[which]);
	}
	cr_assert_eq(pks_queue_stats(queue, &stats), 0, "%s", pks_error_message());
	cr_assert_eq(stats.unfinished, queues[which].unfinished, "%s", paths[which]);
	cr_assert_eq(pks_queue_next(iter, &item), PKS_END, "%s has more", paths[which]);
	pks_queue_iter_close(iter);
}

static void compare(struct pks_store *store)
{
	for (int which = 0; which < QUEUES; which++) {
		struct pks_object *queue = pks_object_open(store, paths[which]);

		if (queue)
			compare_one(queue, which);
		pks_object_close(queue);
	}
}

const struct kind kind_queue = {
	.name = "queue", .ops = OPS, .act = act, .replay = replay, .compare = compare, .ended = ended};
