/* SPDX-License-Identifier: MIT */
/*
 * Locks, Semaphores, Events, Conditions and Barriers: who holds and who waits are records under tickets, none greater
 * than the last one given out, and the header counts who waits. Owners that are dead are no fault: whoever comes next
 * sees to them.
 */
#include "check.h"

#include "base/cbor.h"
#include "value.h"

#include <inttypes.h>

/* The forms of the own elements, see check_list(); and where in each the last ticket is. */
#define LOCK_FORM "tuuub"
#define SEMAPHORE_FORM "uuu"
#define EVENT_FORM "bu"
#define BARRIER_FORM "uuuub"

enum { LOCK_OWNER, LOCK_SINCE, LOCK_DEPTH, LOCK_TICKET, LOCK_INHERITED, LOCK_ELEMENTS };
enum { SEMAPHORE_VALUE, SEMAPHORE_INITIAL, SEMAPHORE_TICKET, SEMAPHORE_ELEMENTS };
enum { EVENT_SET, EVENT_TICKET, EVENT_ELEMENTS };
enum { BARRIER_PARTIES, BARRIER_GENERATION, BARRIER_ARRIVED, BARRIER_TICKET, BARRIER_BROKEN, BARRIER_ELEMENTS };

/* Of a Condition, who waits for a notification stands behind who waits for its lock. */
#define NOTIFIED_FROM (UINT64_C(1) << 63)

/* [owner, since], and of a Barrier the generation; of a lock or a Condition the depth, and the Condition left. */
enum { HOLDER_OWNER, HOLDER_SINCE, HOLDER_GENERATION, HOLDER_MORE, HOLDER_ELEMENTS };
#define HOLDER_DEPTH HOLDER_GENERATION

static const char *holder_form(const struct check_object *object)
{
	switch (object->type->base) {
	case BASE_LOCK:
	case BASE_CONDITION:
		return "Ouuu";
	case BASE_BARRIER:
		return "Ouu";
	default:
		return "Ou";
	}
}

static void wrong(struct check_object *object, const char *why)
{
	check_find(object->check, PKS_CHECK_STATE, NULL, "%s", why);
}

/* Someone who holds or waits; numbers_out is what the record says. */
static bool take_holder(struct check_object *object, struct bytes name, struct bytes value,
                        uint64_t numbers_out[HOLDER_ELEMENTS])
{
	struct check_sync *sync = &object->seen.sync;
	uint64_t ticket;

	if (check_numbered(object, name, &ticket)) {
		ticket &= ~NOTIFIED_FROM;
		sync->ticket = ticket > sync->ticket ? ticket : sync->ticket;
	}
	if (!check_value(object->check, value))
		return false;
	memset(numbers_out, 0, HOLDER_ELEMENTS * sizeof(*numbers_out));
	if (check_list(value, holder_form(object), numbers_out) && numbers_out[HOLDER_OWNER])
		return true;
	check_find(object->check, PKS_CHECK_VALUE, NULL, "the record is not [owner, since, ...] as it should be");
	return false;
}

static void sync_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	uint64_t numbers[HOLDER_ELEMENTS];

	take_holder(object, name, value, numbers);
	if (part == PART_WAITING && object->type->parts & 1u << PART_HELD)
		check_once(object, PART_HELD, name);
}

static void check_tickets(struct check_object *object, uint64_t last)
{
	object->right.count = object->records[PART_WAITING];
	if (object->seen.sync.ticket > last)
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the last ticket is %" PRIu64 ", but somebody has %" PRIu64, last, object->seen.sync.ticket);
}

/* ---- Lock, Condition ---- */

static void lock_end(struct check_object *object)
{
	uint64_t own[LOCK_ELEMENTS];

	check_tickets(object, UINT64_MAX);
	if (!check_own(object, LOCK_FORM, own))
		return;
	check_tickets(object, own[LOCK_TICKET]);
	if (!own[LOCK_OWNER] != !own[LOCK_DEPTH])
		wrong(object, "the lock has an owner or a depth, but not both");
	else if (!own[LOCK_OWNER] && (own[LOCK_SINCE] || own[LOCK_INHERITED]))
		wrong(object, "the lock is free, and held since some time or inherited");
	else if (own[LOCK_DEPTH] > 1 && strcmp(object->state.type, "lock") == 0)
		wrong(object, "the lock is held more than once by its owner");
}

/* The object that is a Condition's lock; 0: it has one of its own. */
static uint64_t lock_of(const struct state *condition)
{
	struct pks_value own = {.data = condition->own, .size = condition->own_size};
	uint64_t lock;

	return condition->own_size > 0 && pks_value_ref(&own, &lock) == 0 ? lock : 0;
}

/* Who is notified moves from the one line into the other. */
static void check_moved(struct check_object *object, uint64_t ticket)
{
	uint64_t lock = lock_of(&object->state);
	uint8_t number[sizeof(ticket)];
	struct bytes value;
	struct key key;

	key_put_u64(number, ticket & ~NOTIFIED_FROM);
	key_named(&key, lock ? lock : object->id, PART_WAITING, number, sizeof(number));
	if (check_get(object->check, &key, &value))
		check_find(object->check, PKS_CHECK_CONTENT, NULL,
		           "who waits for a notification is in the lock's line, too");
}

/* Behind 2^63 are those who wait for a notification, with the depth they are to have again; before, for the lock. */
static void line_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	bool notified = name.size == sizeof(uint64_t) && key_get_u64(name.data) >= NOTIFIED_FROM;
	uint64_t numbers[HOLDER_ELEMENTS];
	struct state other = {0};

	if (notified && object->type->base == BASE_LOCK)
		check_find(object->check, PKS_CHECK_KEY, NULL, "nobody waits for a notification at a lock");
	else if (notified)
		check_moved(object, key_get_u64(name.data));
	if (!notified && object->type->base == BASE_CONDITION && lock_of(&object->state))
		check_find(object->check, PKS_CHECK_KEY, NULL, "who waits for the lock of another object waits there");
	if (!take_holder(object, name, value, numbers))
		return;
	if (notified && numbers[HOLDER_DEPTH] == 0)
		wrong(object, "somebody waits for a notification who had not acquired the lock");
	if (numbers[HOLDER_MORE] && check_header(object->check, numbers[HOLDER_MORE], &other) == CHECK_HEADER_GOOD &&
	    other.base != BASE_CONDITION)
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "somebody was notified by object %" PRIu64 ", which is no Condition", numbers[HOLDER_MORE]);
}

/* The lock of a Condition that has none of its own gives out the tickets. UINT64_MAX: it cannot be told. */
static uint64_t last_ticket_of(struct check_object *object, uint64_t lock)
{
	uint64_t own[LOCK_ELEMENTS];
	struct state state = {0};

	if (check_header(object->check, lock, &state) != CHECK_HEADER_GOOD)
		return UINT64_MAX;
	if (state.base != BASE_LOCK) {
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "the Condition's lock is object %" PRIu64 ", which is none", lock);
		return UINT64_MAX;
	}
	return check_list((struct bytes){state.own, state.own_size}, LOCK_FORM, own) ? own[LOCK_TICKET] : UINT64_MAX;
}

/* Its lock is its own, or another object, which gives out the tickets. */
static void condition_end(struct check_object *object)
{
	uint64_t lock = lock_of(&object->state);

	if (lock)
		check_tickets(object, last_ticket_of(object, lock));
	else
		lock_end(object);
}

const struct check_type check_lock = {
	.base = BASE_LOCK,
	.keeps = true,
	.new_keeps_nothing = true,
	.parts = 1u << PART_WAITING,
	.record = line_record,
	.end = lock_end,
};

const struct check_type check_condition = {
	.base = BASE_CONDITION,
	.keeps = true,
	.new_keeps_nothing = true,
	.parts = 1u << PART_WAITING,
	.record = line_record,
	.end = condition_end,
};

/* ---- Semaphore ---- */

/* Those that are held are records, of a Semaphore of signals (initial 0) none are. */
static void check_permits(struct check_object *object, uint64_t value, uint64_t initial)
{
	uint64_t held = object->records[PART_HELD];
	bool bounded = strcmp(object->state.type, "boundedsemaphore") == 0;

	if (initial == 0 && held > 0)
		wrong(object, "a semaphore of signals has holders");
	else if (value + held < initial || (bounded && value + held > initial))
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "%" PRIu64 " permits can be had and %" PRIu64 " are held, of %" PRIu64, value, held,
		           initial);
}

static void semaphore_end(struct check_object *object)
{
	uint64_t own[SEMAPHORE_ELEMENTS];

	check_tickets(object, UINT64_MAX);
	if (!check_own(object, SEMAPHORE_FORM, own))
		return;
	check_tickets(object, own[SEMAPHORE_TICKET]);
	check_permits(object, own[SEMAPHORE_VALUE], own[SEMAPHORE_INITIAL]);
}

const struct check_type check_semaphore = {
	.base = BASE_SEMAPHORE,
	.keeps = true,
	.parts = 1u << PART_HELD | 1u << PART_WAITING,
	.record = sync_record,
	.end = semaphore_end,
};

/* ---- Event ---- */

static void event_end(struct check_object *object)
{
	uint64_t own[EVENT_ELEMENTS];

	check_tickets(object, UINT64_MAX);
	if (!check_own(object, EVENT_FORM, own))
		return;
	check_tickets(object, own[EVENT_TICKET]);
	if (own[EVENT_SET] && object->records[PART_WAITING] > 0)
		wrong(object, "somebody waits for an event that is set");
}

const struct check_type check_event = {
	.base = BASE_EVENT,
	.keeps = true,
	.new_keeps_nothing = true,
	.parts = 1u << PART_WAITING,
	.record = sync_record,
	.end = event_end,
};

/* ---- Barrier ---- */

static void barrier_record(struct check_object *object, enum part part, struct bytes name, struct bytes value)
{
	struct bytes stored = {object->state.own, object->state.own_size};
	uint64_t numbers[HOLDER_ELEMENTS], own[BARRIER_ELEMENTS];

	if (!take_holder(object, name, value, numbers) || !check_list(stored, BARRIER_FORM, own))
		return;
	object->seen.sync.of_generation += numbers[HOLDER_GENERATION] == own[BARRIER_GENERATION];
	if (numbers[HOLDER_GENERATION] > own[BARRIER_GENERATION])
		wrong(object, "somebody waits at the barrier in a generation to come");
}

static void barrier_end(struct check_object *object)
{
	uint64_t own[BARRIER_ELEMENTS];

	check_tickets(object, UINT64_MAX);
	if (!check_own(object, BARRIER_FORM, own))
		return;
	check_tickets(object, own[BARRIER_TICKET]);
	if (own[BARRIER_PARTIES] == 0)
		wrong(object, "nobody is to come to the barrier");
	else if (own[BARRIER_ARRIVED] >= own[BARRIER_PARTIES] || (own[BARRIER_BROKEN] && own[BARRIER_ARRIVED]))
		wrong(object, "more have come to the barrier than can wait at it");
	else if (own[BARRIER_ARRIVED] != object->seen.sync.of_generation)
		check_find(object->check, PKS_CHECK_STATE, NULL,
		           "%" PRIu64 " have come to the barrier, but %" PRIu64 " wait at it", own[BARRIER_ARRIVED],
		           object->seen.sync.of_generation);
}

const struct check_type check_barrier = {
	.base = BASE_BARRIER,
	.keeps = true,
	.parts = 1u << PART_WAITING,
	.record = barrier_record,
	.end = barrier_end,
};
