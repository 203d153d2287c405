/* SPDX-License-Identifier: MIT */
/*
 * Queues: iteration. The items of the three parts are merged by their places: of each part the next item is known, and
 * the first of these is given. One cursor serves all; while it stands at the item that was given, the part's next one
 * is a step away, else a seek.
 */
#include "base/error.h"
#include "queue.h"
#include "view.h"

#include <stdlib.h>

static const struct {
	enum pks_queue_place place;
	enum part part;
} places[] = {
	{PKS_QUEUE_READY, PART_ITEM},
	{PKS_QUEUE_RESERVED, PART_HELD},
	{PKS_QUEUE_BURIED, PART_BURIED},
};

#define PLACES (sizeof(places) / sizeof(*places))

/* What comes next of one place. */
struct next {
	bool known, ended;
	struct key key;
	struct bytes bytes;
};

struct pks_queue_iter {
	struct view view;
	struct state state; /* the queue, when the iterator was opened */
	int places;
	bool backwards; /* in the order of the keys */
	struct next next[PLACES];
	struct next *stands; /* the cursor stands at its key; NULL: elsewhere */
	struct key at;       /* the key given last, in any part; size 0: none yet */
};

struct pks_queue_iter *pks_queue_iter(struct pks_object *queue, int which, bool reverse)
{
	int r = object_check(queue, BASE_QUEUE);
	struct pks_queue_iter *iter = NULL;

	if (r == 0 && (which & ~PKS_QUEUE_ALL || !which))
		r = error_set(PKS_ERR_USAGE, "%s: %d is no set of places of items", queue->path, which);
	if (r < 0)
		return NULL;
	iter = calloc(1, sizeof(*iter));
	if (!iter) {
		error_set(PKS_ERR_MEMORY, "out of memory");
		return NULL;
	}
	if (view_open_object(&iter->view, queue, BASE_QUEUE, &iter->state) < 0) {
		free(iter);
		return NULL;
	}
	iter->places = which;
	iter->backwards = reverse != queue_is_lifo(&iter->state);
	return iter;
}

/* Anew: to the first key of the part, or the first one behind what was given last. */
static int seek(struct pks_queue_iter *iter, enum part part, struct bytes *key, struct bytes *bytes)
{
	struct key from = iter->at;
	int r;

	if (from.size == 0)
		key_part(&from, iter->state.id, iter->backwards ? part + 1 : part);
	else
		queue_key_move(&from, part);
	if (iter->backwards)
		return engine_seek_before(iter->view.cursor, key_bytes(&from), key, bytes);
	r = engine_seek(iter->view.cursor, key_bytes(&from), key, bytes);
	if (r == 0 && iter->at.size > 0 && key_compare(*key, key_bytes(&from)) == 0)
		r = engine_next(iter->view.cursor, key, bytes);
	return r;
}

static int find_next(struct pks_queue_iter *iter, struct next *next, enum part part)
{
	struct bytes key, bytes;
	struct key prefix;
	int r;

	if (iter->stands != next)
		r = seek(iter, part, &key, &bytes);
	else
		r = iter->backwards ? engine_prev(iter->view.cursor, &key, &bytes)
		                    : engine_next(iter->view.cursor, &key, &bytes);
	iter->stands = NULL;
	if (r < 0)
		return r;
	key_part(&prefix, iter->state.id, part);
	next->ended = r == PKS_NOT_FOUND || !key_begins(key, key_bytes(&prefix));
	if (next->ended)
		return 0;
	key_take(&next->key, key);
	next->bytes = bytes;
	next->known = true;
	iter->stands = next;
	return 0;
}

/* By their places: what stands behind the part. */
static bool is_before(const struct pks_queue_iter *iter, const struct next *a, const struct next *b)
{
	struct bytes left = {a->key.data + KEY_OBJECT_SIZE, a->key.size - KEY_OBJECT_SIZE};
	struct bytes right = {b->key.data + KEY_OBJECT_SIZE, b->key.size - KEY_OBJECT_SIZE};

	return iter->backwards ? key_compare(left, right) > 0 : key_compare(left, right) < 0;
}

/* The place whose next item is the first; PKS_END. */
static int choose(struct pks_queue_iter *iter, size_t *chosen_out)
{
	size_t chosen = PLACES;

	for (size_t i = 0; i < PLACES; i++) {
		struct next *next = &iter->next[i];
		int r = 0;

		if (!(iter->places & places[i].place))
			continue;
		if (!next->known && !next->ended)
			r = find_next(iter, next, places[i].part);
		if (r < 0)
			return r;
		if (next->known && (chosen == PLACES || is_before(iter, next, &iter->next[chosen])))
			chosen = i;
	}
	*chosen_out = chosen;
	return chosen == PLACES ? PKS_END : 0;
}

/* The thread's own transaction has changed something: what was known of it may be wrong. */
static void forget(struct pks_queue_iter *iter)
{
	for (size_t i = 0; i < PLACES; i++)
		iter->next[i].known = iter->next[i].ended = false;
	iter->stands = NULL;
}

static int lend(const struct pks_queue_iter *iter, size_t chosen, struct pks_queue_item *item_out)
{
	const struct next *next = &iter->next[chosen];
	struct pks_queue_item item = {.place = places[chosen].place};
	struct queue_record record;

	if (queue_record_read(next->bytes, places[chosen].part, &record) < 0 ||
	    !queue_key_read(&iter->state, key_bytes(&next->key), &item.priority, &item.sequence))
		return queue_damaged(&iter->state);
	item.value = (struct pks_value){.data = record.value.data, .size = record.value.size};
	item.deliveries = record.deliveries;
	item.pid = record.owner.pid;
	item.since_ns = record.since_ns;
	*item_out = item;
	return 0;
}

int pks_queue_next(struct pks_queue_iter *iter, struct pks_queue_item *item_out)
{
	int r = iter ? view_check(&iter->view) : error_again();
	size_t chosen = 0;

	if (r < 0)
		return r;
	if (view_moved(&iter->view))
		forget(iter);
	r = choose(iter, &chosen);
	if (r == 0)
		r = lend(iter, chosen, item_out);
	if (r == 0) {
		iter->at = iter->next[chosen].key;
		iter->next[chosen].known = false;
	}
	return r;
}

void pks_queue_iter_close(struct pks_queue_iter *iter)
{
	if (iter && view_close(&iter->view))
		free(iter);
}
