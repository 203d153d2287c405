/* SPDX-License-Identifier: MIT */
/*
 * The records of an object but its header: attributes, metadata and contents. All changes of them go through these,
 * which keep the header's `bytes`: the sum of what stands behind the part in each key and of each value.
 */
#ifndef STORE_ITEMS_H
#define STORE_ITEMS_H

#include "keys.h"
#include "txn.h"

/* Puts or replaces a record; *added_out, which may be NULL: whether it is new. */
int items_put(struct txn *txn, struct state *state, const struct key *key, struct bytes value, bool *added_out);
int items_del(struct txn *txn, struct state *state, const struct key *key); /* PKS_NOT_FOUND */
/* From `from` up to but not including `to`. */
int items_del_range(struct txn *txn, struct state *state, const struct key *from, const struct key *to);
/* All records of the parts from `first` on, up to but not including `end`. */
int items_del_parts(struct txn *txn, struct state *state, enum part first, enum part end);

/*
 * Whether the object may grow by as much: 0, or PKS_FULL with a message. Each type asks before it changes anything: a
 * call that answers a condition has changed nothing.
 */
int items_room(const struct state *state, uint64_t entries, uint64_t bytes);
/*
 * The same for a record that is put under the key: one that is there already gives its room back first, and is no new
 * entry. `entry`: whether it is one at all.
 */
int items_room_at(struct txn *txn, const struct state *state, const struct key *key, size_t size, bool entry);
static inline bool items_limited(const struct state *state)
{
	return state->limit || state->limit_bytes;
}

#endif
