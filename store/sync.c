/* SPDX-License-Identifier: MIT */
/* Who holds and who waits, of every kind of synchronisation. */
#include "sync.h"

#include "base/error.h"
#include "lock_line.h"

/* Where the parties are written, and how many came. */
struct list {
	struct pks_party *parties;
	size_t max, count;
};

struct pks_party sync_party(const struct owner *owner, uint64_t since_ns)
{
	return (struct pks_party){
		.pid = owner->proc.pid, .tid = owner->tid, .since_ns = since_ns, .alive = owner_alive(owner)};
}

static void add(struct list *list, const struct owner *owner, uint64_t since_ns)
{
	if (list->count < list->max)
		list->parties[list->count] = sync_party(owner, since_ns);
	list->count++;
}

static int add_records(struct list *list, struct txn *txn, const struct state *state, enum part part)
{
	struct party party;
	uint64_t from = 0;
	int r;

	while ((r = party_first(txn, state, part, from, UINT64_MAX, &party)) == 0) {
		add(list, &party.owner, party.since_ns);
		from = party.number + 1;
	}
	return r == PKS_NOT_FOUND ? 0 : r;
}

static int add_owner(struct list *list, struct pks_object *object)
{
	struct scope scope = {0};
	struct lock lock;
	int r = lock_begin(&scope, object, object->base, LOOK, &lock);

	if (r != 0)
		return r;
	if (!lock_is_free(&lock.now))
		add(list, &lock.now.owner, lock.now.since_ns);
	return scope_end(&scope, 0);
}

static int add_part(struct list *list, struct pks_object *object, enum part part)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_begin(&scope, object, object->base, LOOK, &state);

	return r != 0 ? r : scope_end(&scope, add_records(list, scope.txn, state, part));
}

static int check(const struct pks_object *object)
{
	int r = object_check(object, BASE_ANY);

	if (r < 0)
		return r;
	if (object->base >= BASE_PIPE && object->base <= BASE_BARRIER)
		return 0;
	return error_set(PKS_ERR_TYPE, "%s: is a %s, which nobody holds or waits for", object->path,
	                 state_type_title(object->type));
}

int pks_holders(struct pks_object *object, struct pks_party *parties, size_t max, size_t *count_out)
{
	struct list list = {.parties = parties, .max = max};
	int r = check(object);

	if (r == 0)
		r = object->base == BASE_LOCK || object->base == BASE_CONDITION ? add_owner(&list, object)
		                                                                : add_part(&list, object, PART_HELD);
	if (r == 0)
		*count_out = list.count;
	return r;
}

int pks_waiters(struct pks_object *object, struct pks_party *parties, size_t max, size_t *count_out)
{
	struct list list = {.parties = parties, .max = max};
	int r = check(object);

	if (r == 0)
		r = add_part(&list, object, PART_WAITING);
	if (r == 0)
		*count_out = list.count;
	return r;
}
