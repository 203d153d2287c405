/* SPDX-License-Identifier: MIT */
/* Walking through a store, unit by unit, and what is found on the way. */
#include "check.h"

#include "base/error.h"
#include "value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *pks_check_name(enum pks_check_code code)
{
	static const char *const names[] = {
		[PKS_CHECK_ROOM] = "room",   [PKS_CHECK_META] = "meta",           [PKS_CHECK_CATALOG] = "catalog",
		[PKS_CHECK_INDEX] = "index", [PKS_CHECK_HEADER] = "header",       [PKS_CHECK_COUNT] = "count",
		[PKS_CHECK_KEY] = "key",     [PKS_CHECK_VALUE] = "value",         [PKS_CHECK_CONTENT] = "content",
		[PKS_CHECK_STATE] = "state", [PKS_CHECK_REFERENCE] = "reference",
	};
	size_t index = (size_t)code;

	return index < sizeof(names) / sizeof(*names) && names[index] ? names[index] : "unknown";
}

/* ---- findings ---- */

/* What a message may quote: a path, a key in hex. */
#define CHECK_TEXT_MAX 2048

static void report(struct check *check, const struct pks_finding *finding)
{
	struct pks_check_result *result = &check->result;
	int r;

	*(finding->is_note ? &result->notes : &result->wrong) += 1;
	if (finding->repair) {
		check->unit_repairs++;
		result->repaired += check->repair;
	}
	r = check->report ? check->report(finding, check->arg) : 0;
	if (r != 0)
		check->failed = r;
}

void check_find(struct check *check, enum pks_check_code code, const char *repair, const char *format, ...)
{
	char what[CHECK_TEXT_MAX];
	va_list args;

	check->faults += code != PKS_CHECK_REFERENCE;
	if (check->failed || check->txn || check->mute)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	report(check, &(struct pks_finding){.code = code,
	                                    .is_note = code == PKS_CHECK_REFERENCE,
	                                    .path = check->path ? check->path : "",
	                                    .id = check->id,
	                                    .key = check->key.data,
	                                    .key_size = check->key.size,
	                                    .what = what,
	                                    .repair = repair});
}

void check_fail(struct check *check, int r)
{
	if (r < 0 && check->failed == 0)
		check->failed = r;
}

/* ---- records ---- */

bool check_get(struct check *check, const struct key *key, struct bytes *value_out)
{
	int r = check->failed ? check->failed : engine_get(check->engine, key_bytes(key), value_out);

	check_fail(check, r);
	return r == 0;
}

void check_put(struct check *check, const struct key *key, const void *value, size_t size)
{
	if (check->txn && !check->failed)
		check_fail(check, txn_put(check->txn, key, (struct bytes){value, size}));
}

void check_del(struct check *check, const struct key *key)
{
	if (check->txn && !check->failed)
		check_fail(check, txn_del(check->txn, key));
}

enum check_header check_header(struct check *check, uint64_t id, struct state *state_out)
{
	struct bytes record;
	struct key key;

	key_part(&key, id, PART_HEADER);
	if (!check_get(check, &key, &record))
		return CHECK_HEADER_MISSING;
	return state_decode(record, state_out) == 0 ? CHECK_HEADER_GOOD : CHECK_HEADER_BROKEN;
}

/* The tag of references, in any form of CBOR: most values have none, and need not be taken apart to know that. */
static const uint8_t reference_mark[] = {0x00, 0x70, 0x6b, 0x73};

static void look_up_reference(struct check *check, uint64_t id)
{
	struct bytes header;
	struct key key;

	key_part(&key, id, PART_HEADER);
	if (!check_get(check, &key, &header) && !check->failed)
		check_find(check, PKS_CHECK_REFERENCE, NULL, "refers to object %llu, which is not there",
		           (unsigned long long)id);
}

/* Items follow each other in a good value however they are nested, so that none needs to be remembered. */
static void check_references(struct check *check, struct bytes value)
{
	const uint8_t *at = value.data, *end = at + value.size;
	bool referring = false;
	struct item item;

	for (; at < end && item_read(at, end, &item) == 0; at = item.next) {
		if (referring && item.type == ITEM_UINT)
			look_up_reference(check, item.number);
		referring = item.type == ITEM_TAG && item.number == VALUE_TAG_REF;
	}
}

bool check_value(struct check *check, struct bytes value)
{
	if (value_check(value.data, value.size) < 0) {
		if (pks_error_code() == PKS_ERR_MEMORY)
			check_fail(check, PKS_ERR_MEMORY);
		else
			check_find(check, PKS_CHECK_VALUE, NULL, "%s", pks_error_message());
		return false;
	}
	/* A repair does nothing about references. */
	if (!check->txn && memmem(value.data, value.size, reference_mark, sizeof(reference_mark)))
		check_references(check, value);
	return true;
}

/* ---- units ---- */

/* Makes the record's unit the present one. */
static void enter_unit(struct check *check, struct bytes key)
{
	size_t size = key.size;

	if (*(const uint8_t *)key.data == ROOM_OBJECT && size > KEY_OBJECT_SIZE - 1)
		size = KEY_OBJECT_SIZE - 1;
	memcpy(check->unit.data, key.data, size);
	check->unit.size = size;
	check->key = key_bytes(&check->unit);
	check->id = 0;
	check->path = NULL;
}

static bool is_object(const struct check *check)
{
	return check->unit.data[0] == ROOM_OBJECT && check->unit.size == KEY_OBJECT_SIZE - 1;
}

static void look_at_unit(struct check *check, struct bytes value)
{
	const struct key *unit = &check->unit;

	switch (unit->data[0]) {
	case ROOM_META:
		check_meta(check, value);
		break;
	case ROOM_CATALOG:
		check_catalog(check, value);
		break;
	case ROOM_INDEX:
		check_index(check, value);
		break;
	case ROOM_OBJECT:
		if (is_object(check))
			check_object(check, key_get_u64(unit->data + 1), NULL);
		else
			check_foreign(check);
		break;
	default:
		check_foreign(check);
	}
}

/* The first key behind a unit. */
static void behind_unit(const struct check *check, struct key *next_out)
{
	bool record = !is_object(check) && check->unit.size < ENGINE_KEY_MAX;

	*next_out = check->unit;
	if (record)
		next_out->data[next_out->size++] = 0;
	else
		key_successor(next_out);
}

/* ---- repairing one ---- */

static bool is_counters(const struct check *check)
{
	return check->unit.size == 0;
}

/* Finds the unit again, where others may have removed it, and looks at it: in a transaction, so that this repairs it.
 */
static void look_again(struct check *check)
{
	struct bytes key, value;
	int r;

	if (is_counters(check) || check->twin) {
		(check->twin ? check_twin : check_counters)(check);
		return;
	}
	r = engine_seek(check->cursor, key_bytes(&check->unit), &key, &value);
	check_fail(check, r);
	if (r != 0 || !key_begins(key, key_bytes(&check->unit)))
		return;
	if (is_object(check) || key.size == check->unit.size)
		look_at_unit(check, value);
}

static int repair_in(struct check *check, struct txn *txn)
{
	struct engine_txn *snapshot = check->engine;
	struct engine_cursor *cursor = check->cursor;
	int r = engine_cursor_open(txn->engine, &check->cursor);

	if (r == 0) {
		check->engine = txn->engine;
		check->txn = txn;
		look_again(check);
		engine_cursor_close(check->cursor);
		r = check->failed;
		check->failed = 0;
	}
	check->engine = snapshot;
	check->cursor = cursor;
	check->txn = NULL;
	return r;
}

static int open_snapshot(struct check *check)
{
	int r = engine_begin(check->store->engine, false, &check->engine);

	if (r == 0) {
		r = engine_cursor_open(check->engine, &check->cursor);
		if (r < 0)
			engine_abort(check->engine);
	}
	if (r < 0)
		check->engine = NULL;
	return r;
}

static void close_snapshot(struct check *check)
{
	if (!check->engine)
		return;
	engine_cursor_close(check->cursor);
	engine_abort(check->engine);
	check->engine = NULL;
}

/* The map cannot be made larger while the snapshot is open. Another one does for what is still to be looked at. */
static bool grow(struct check *check, struct scope *scope, int r)
{
	bool again;

	if (r != PKS_ERR_MAP_FULL)
		return false;
	close_snapshot(check);
	again = scope_again(scope, r);
	r = open_snapshot(check);
	check_fail(check, r);
	return again && r == 0;
}

static void repair_unit(struct check *check)
{
	struct scope scope = {0};
	int r;

	do {
		r = scope_begin(&scope, check->store, WRITE);
		if (r == 0) {
			txn_bypass_states(scope.txn);
			r = scope_end(&scope, repair_in(check, scope.txn));
		}
	} while (grow(check, &scope, r));
	check_fail(check, r);
}

/* ---- the whole ---- */

static void finish_unit(struct check *check)
{
	if (check->repair && check->unit_repairs > 0 && !check->failed)
		repair_unit(check);
	check->unit_repairs = 0;
}

/* All units whose keys begin so. */
static void walk_units(struct check *check, const struct key *prefix)
{
	struct bytes key, value;
	struct key next = *prefix;

	if (next.size == 0)
		next = (struct key){.size = 1};
	while (!check->failed) {
		int r = engine_seek(check->cursor, key_bytes(&next), &key, &value);

		check_fail(check, r);
		if (r != 0 || !key_begins(key, key_bytes(prefix)))
			break;
		enter_unit(check, key);
		check->result.records += !is_object(check) && !check->closing;
		look_at_unit(check, value);
		finish_unit(check);
		behind_unit(check, &next);
	}
}

/* What is counted over the whole store. A repair has changed what that is, which the snapshot does not see yet. */
static void close_walk(struct check *check)
{
	struct key limits;

	check->closing = true;
	if (check->repair && !check->failed) {
		close_snapshot(check);
		check_fail(check, open_snapshot(check));
	}
	check_uuids(check, finish_unit);
	key_room(&limits, ROOM_META, CHECK_LIMIT, strlen(CHECK_LIMIT));
	walk_units(check, &limits);
	check->unit.size = 0;
	check->key = (struct bytes){0};
	check->path = NULL;
	check->id = 0;
	check->result.objects = check->headers;
	check_counters(check);
	finish_unit(check);
}

static void walk(struct check *check)
{
	walk_units(check, &(struct key){.size = 0});
	close_walk(check);
}

/* A snapshot that the thread has open is the one to look at; anything else that it has open is in the way. */
static int begin(struct check *check)
{
	struct txn *txn = txn_current(check->store);

	if (txn && (txn->write || check->repair))
		return error_set(PKS_ERR_USAGE, "%s: the thread has a %s open, in which nothing can be %s",
		                 check->store->path, txn->write ? "transaction" : "snapshot",
		                 txn->write ? "checked" : "repaired");
	if (!txn)
		return open_snapshot(check);
	check->engine = txn->engine;
	return engine_cursor_open(check->engine, &check->cursor);
}

static void end(struct check *check)
{
	if (!check->engine)
		return;
	if (!txn_current(check->store))
		close_snapshot(check);
	else
		engine_cursor_close(check->cursor);
}

int pks_check(struct pks_store *store, const struct pks_check_options *options,
              int (*report_to)(const struct pks_finding *finding, void *arg), void *arg,
              struct pks_check_result *result_out)
{
	struct check check = {.store = store, .report = report_to, .arg = arg, .repair = options && options->repair};
	int r = store_check(store);

	if (r == 0 && check.repair && store->read_only)
		r = error_set(PKS_ERR_READ_ONLY, "%s: the store is open read-only", store->path);
	if (r == 0)
		r = begin(&check);
	if (r < 0)
		return r;
	walk(&check);
	end(&check);
	free(check.uuids);
	if (check.failed)
		return check.failed;
	if (result_out)
		*result_out = check.result;
	if (check.result.wrong == check.result.repaired)
		return 0;
	return error_set(PKS_MISMATCH, "%s: %llu things are wrong", store->path,
	                 (unsigned long long)(check.result.wrong - check.result.repaired));
}
