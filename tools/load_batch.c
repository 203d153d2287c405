/* SPDX-License-Identifier: MIT */
#include "load_batch.h"

#include "fail.h"

#include <pkstore/process.h>
#include <pkstore/transaction.h>

#include <stdlib.h>
#include <string.h>

/* What one transaction changes at most: enough to make the commit's own cost small, and far below the number of pages
 * beyond which a transaction slows down. A single value may be larger. */
#define LOAD_BATCH_CHANGES 4096
#define LOAD_BATCH_BYTES ((size_t)4 * 1024 * 1024)

static int load_create(struct pks_store *store, const struct load_change *change)
{
	struct pks_object *object = change->of->create(store, change->key, change->target);

	pks_object_close(object);
	return object ? 0 : pks_error_code();
}

/* Only what lies before a start is put back: the library alone moves a status, and what ran, ran in another store. */
static int load_state(const struct load_change *change)
{
	struct pks_value element = {0};
	int64_t priority = 0;

	if (pks_value_at(&change->value, 2, &element) == 0 && pks_value_int(&element, &priority) != 0)
		priority = 0;
	return pks_process_set_priority(change->object, (int)priority);
}

static int load_apply(struct pks_store *store, const struct load_change *change)
{
	switch (change->kind) {
	case LOAD_CREATE:
		return load_create(store, change);
	case LOAD_ATTRIBUTE:
		return pks_attr_set(change->object, change->key, &change->value);
	case LOAD_METADATA:
		return pks_object_set_metadata(change->object, &change->value);
	case LOAD_STATE:
		return load_state(change);
	case LOAD_MEMBER:
		return change->member->load(change->object, &change->value);
	case LOAD_ITEM:
		return change->of->load_item(change->object, change->key, &change->value);
	case LOAD_DONE:
		return 0;
	}
	return PKS_ERR_USAGE;
}

static int load_apply_all(struct pks_store *store, void *arg)
{
	struct load_batch *batch = arg;
	int r = 0;

	for (size_t i = 0; i < batch->count && r == 0; i++) {
		batch->failed = i;
		r = load_apply(store, &batch->changes[i]);
	}
	return r;
}

static void load_forget(struct load_change *change)
{
	if (change->kind == LOAD_DONE)
		pks_object_close(change->object);
	free(change->key);
	free(change->target);
	pks_value_clear(&change->value);
}

static _Noreturn void load_batch_fail(const struct load_batch *batch, int code)
{
	const struct load_change *change = &batch->changes[batch->failed];
	struct pks_object_info info = {0};

	if (change->kind == LOAD_CREATE)
		fail_code(code, change->key);
	/* The message of the first error, not of this look at the path. */
	char *reason = fail_no_memory(strdup(code < 0 ? pks_error_message() : pks_strerror(code)));
	pks_object_info(change->object, &info);
	fail(FAIL_STORE, "%s: %s", info.path, reason);
}

void load_batch_commit(struct load_batch *batch)
{
	int r = batch->count ? pks_atomically(batch->store, load_apply_all, batch) : 0;

	if (r != 0)
		load_batch_fail(batch, r);
	for (size_t i = 0; i < batch->count; i++)
		load_forget(&batch->changes[i]);
	batch->count = 0;
	batch->bytes = 0;
}

void load_batch_add(struct load_batch *batch, const struct load_change *change)
{
	if (batch->count == batch->capacity) {
		batch->capacity = batch->capacity ? batch->capacity * 2 : 64;
		batch->changes = fail_no_memory(realloc(batch->changes, batch->capacity * sizeof(*batch->changes)));
	}
	batch->changes[batch->count++] = *change;
	batch->bytes += change->value.size;
	if (batch->count >= LOAD_BATCH_CHANGES || batch->bytes >= LOAD_BATCH_BYTES)
		load_batch_commit(batch);
}

void load_batch_release(struct load_batch *batch)
{
	free(batch->changes);
	batch->changes = NULL;
}
