/* SPDX-License-Identifier: MIT */
/* The model of queues, see model_queue.h. */
#include "model_queue.h"

#define ITEMS_MAX (4 * MAXSIZE)
#define LIVES_MAX 100000

enum place { GONE, READY, BURIED, RESERVED };

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
	struct item item = {.value = step->b,
	                    .priority = which == 2 ? step->b % 7 - 3 : 0,
	                    .sequence = queues[which].next,
	                    .place = READY};

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
		          "%s: not all of %lld has returned", queue_paths[which], (long long)items[i].holder);
}

static void expect_nothing_of_the_dead(int which)
{
	for (int i = 0; i < queues[which].count; i++)
		cr_assert(queues[which].items[i].place != RESERVED ||
		                  queues[which].items[i].holder > model_dead_lives(),
		          "%s: nothing was found, and a dead one holds %lld", queue_paths[which],
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
	if (!queue_may_return(step)) {
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

		cr_assert_eq(pks_queue_next(iter, &item), 0, "%s: an item is missing: %s", queue_paths[which],
		             pks_error_message());
		cr_assert_eq(pks_value_int(&item.value, &value), 0);
		cr_assert(value == expected->value && item.priority == expected->priority, "%s: %lld",
		          queue_paths[which], (long long)value);
		cr_assert_eq(item.place, place_of[expected->place], "%s", queue_paths[which]);
		cr_assert_eq(item.deliveries, expected->deliveries, "%s", queue_paths[which]);
	}
	cr_assert_eq(pks_queue_stats(queue, &stats), 0, "%s", pks_error_message());
	cr_assert_eq(stats.unfinished, queues[which].unfinished, "%s", queue_paths[which]);
	cr_assert_eq(pks_queue_next(iter, &item), PKS_END, "%s has more", queue_paths[which]);
	pks_queue_iter_close(iter);
}

static void compare(struct pks_store *store)
{
	for (int which = 0; which < QUEUES; which++) {
		struct pks_object *queue = pks_object_open(store, queue_paths[which]);

		if (queue)
			compare_one(queue, which);
		pks_object_close(queue);
	}
}

const struct kind kind_queue = {
	.name = "queue", .ops = OPS, .act = queue_act, .replay = replay, .compare = compare, .ended = queue_ended};
