/* SPDX-License-Identifier: MIT */
/*
 * Items whose holder has died return to their places.
 *
 * Who looks: nobody watches the holders. Whoever takes from a queue that has reserved items looks whether their owners
 * live (queue_get.c says when), in a snapshot, as that reads /proc; only when one is dead does it write. Between the
 * two anything may happen, so the write looks at the records again, and returns those that name one of the dead: a
 * process that was dead once stays so, as its identity is never given to another, and what it held cannot have been
 * acknowledged by it since. So no item returns that a living process holds, and several who find the same death return
 * it once.
 */
#include "base/error.h"
#include "layer.h"
#include "queue.h"

static bool is_among(const struct queue_dead *procs, const struct proc *proc)
{
	for (size_t i = 0; i < procs->count; i++)
		if (proc_equal(&procs->owners[i], proc))
			return true;
	return false;
}

/* The held record under a key, in the cursor's hands; PKS_NOT_FOUND behind the last one. */
static int read_held(const struct state *state, struct bytes key, struct bytes bytes, struct queue_record *record_out)
{
	struct key part;

	key_part(&part, state->id, PART_HELD);
	if (!key_begins(key, key_bytes(&part)))
		return PKS_NOT_FOUND;
	return queue_record_read(bytes, PART_HELD, record_out) < 0 ? queue_damaged(state) : 0;
}

/* A process is asked after once, however many items it holds; with very many holders some are asked after again. */
struct asked {
	struct queue_dead dead, alive;
};

static void ask(struct asked *asked, const struct proc *owner)
{
	struct queue_dead *group;

	if (is_among(&asked->dead, owner) || is_among(&asked->alive, owner))
		return;
	group = proc_alive(owner) ? &asked->alive : &asked->dead;
	if (group->count == QUEUE_DEAD_MAX)
		group->count = 0; /* of the dead it cannot be: the search has ended before */
	group->owners[group->count++] = *owner;
}

int queue_dead_find(struct txn *txn, const struct state *state, struct queue_dead *dead_out)
{
	struct engine_cursor *cursor;
	struct bytes key, bytes;
	struct queue_record record;
	struct asked asked = {0};
	struct key from;
	int r = engine_cursor_open(txn->engine, &cursor);

	if (r < 0)
		return r;
	key_part(&from, state->id, PART_HELD);
	r = engine_seek(cursor, key_bytes(&from), &key, &bytes);
	while (r == 0 && asked.dead.count < QUEUE_DEAD_MAX) {
		r = read_held(state, key, bytes, &record);
		if (r != 0)
			break;
		ask(&asked, &record.owner);
		r = engine_next(cursor, &key, &bytes);
	}
	engine_cursor_close(cursor);
	if (r < 0)
		return r;
	*dead_out = asked.dead;
	return 0;
}

/* The next record from `from` on that one of the dead holds, and its key. PKS_NOT_FOUND. */
static int next_of_dead(struct engine_cursor *cursor, const struct state *state, const struct queue_dead *dead,
                        const struct key *from, struct key *key_out, struct queue_record *record_out)
{
	struct bytes key, bytes;
	int r = engine_seek(cursor, key_bytes(from), &key, &bytes);

	while (r == 0) {
		r = read_held(state, key, bytes, record_out);
		if (r != 0)
			return r;
		if (is_among(dead, &record_out->owner)) {
			key_take(key_out, key);
			return 0;
		}
		r = engine_next(cursor, &key, &bytes);
	}
	return r;
}

static int return_all(struct txn *txn, struct state *state, const struct queue_dead *dead, struct engine_cursor *cursor,
                      uint64_t *count_out)
{
	struct queue_record record;
	struct key from, key;
	uint64_t count = 0;
	int r;

	key_part(&from, state->id, PART_HELD);
	while ((r = next_of_dead(cursor, state, dead, &from, &key, &record)) == 0) {
		from = key;
		r = queue_move(txn, state, &key, PART_ITEM, &record);
		if (r < 0)
			return r;
		count++;
	}
	*count_out = count;
	return r < 0 ? r : 0;
}

int queue_dead_return(struct txn *txn, struct state *state, const struct queue_dead *dead)
{
	struct engine_cursor *cursor;
	struct queue_own own;
	uint64_t count = 0;
	int r = queue_own_read(state, &own);

	if (r == 0)
		r = engine_cursor_open(txn->engine, &cursor);
	if (r < 0)
		return r;
	r = return_all(txn, state, dead, cursor, &count);
	engine_cursor_close(cursor);
	if (r < 0 || count == 0)
		return r;
	txn_touch(txn, state);
	own.reserved -= count < own.reserved ? count : own.reserved;
	state->count += count;
	queue_wake_getters(txn, state, count);
	return queue_own_write(state, &own);
}

static int find_dead(struct txn *txn, const struct state *state, struct queue_dead *dead_out)
{
	struct queue_own own;
	int r = queue_own_read(state, &own);

	return r == 0 && state->count == 0 && own.reserved > 0 ? queue_dead_find(txn, state, dead_out) : r;
}

int layer_queue_care(struct pks_object *queue)
{
	struct scope look = {0}, scope = {0};
	struct queue_dead dead = {0};
	struct state *state;
	int r = object_begin(&look, queue, BASE_QUEUE, LOOK, &state);

	if (r == 0)
		r = scope_end(&look, find_dead(look.txn, state, &dead));
	if (r != 0 || dead.count == 0)
		return r;
	do {
		r = object_begin(&scope, queue, BASE_QUEUE, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, queue_dead_return(scope.txn, state, &dead));
	} while (scope_again(&scope, r));
	return r;
}
