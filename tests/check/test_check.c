/* SPDX-License-Identifier: MIT */
/*
 * Damages a store in every way that FORMAT.md names, and expects each to be found, and told with its place; what is
 * derived is rebuilt, and then nothing is wrong any more and what the user stored is all there.
 */
#include "damage.h"

#include "lib/scratch.h"
#include "runtime/record.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct damage *const lists[] = {damages_rooms,   damages_settings, damages_object,     damages_dict,
                                             damages_log,     damages_process,  damages_attributes, damages_queue,
                                             damages_numbers, damages_sync};

static void damage_each(void (*expect)(const struct damage *damage))
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		for (const struct damage *damage = lists[i]; damage->name; damage++) {
			good_store();
			damage->do_it();
			expect(damage);
			pks_store_close(store);
		}
	}
}

static void damage(const char *name)
{
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		for (const struct damage *found = lists[i]; found->name; found++)
			if (strcmp(found->name, name) == 0)
				found->do_it();
}

/* ---- looking ---- */

/* Whether what the damage must be told as was told. */
struct expected {
	const struct damage *damage;
	bool told;
};

static int look(const struct pks_finding *finding, void *arg)
{
	struct expected *expected = arg;
	const struct damage *damage = expected->damage;

	if (!damage)
		fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	else if (finding->code == damage->code && (!damage->path || strcmp(finding->path, damage->path) == 0))
		expected->told = true;
	return 0;
}

static void expect_well(const char *after)
{
	struct pks_check_result result;
	int r = pks_check(store, NULL, look, &(struct expected){0}, &result);

	cr_expect_eq(r, 0, "%s: %s", after, pks_error_message());
	cr_expect_eq(result.wrong + result.notes, 0, "%s", after);
}

static void expect_found(const struct damage *damage)
{
	struct expected expected = {.damage = damage};
	int r = pks_check(store, NULL, look, &expected, NULL);

	cr_expect_eq(r, PKS_MISMATCH, "%s: %d %s", damage->name, r, pks_error_message());
	cr_expect(expected.told, "%s", damage->name);
}

static void expect_repair(const struct damage *damage)
{
	struct pks_check_options options = {.repair = true};
	struct pks_check_result result;
	int r = pks_check(store, &options, NULL, NULL, &result);

	cr_expect_geq(r, 0, "%s: %s", damage->name, pks_error_message());
	if (!damage->repaired)
		return;
	cr_expect_eq(r, 0, "%s", damage->name);
	cr_expect_eq(result.repaired, result.wrong, "%s", damage->name);
	expect_well(damage->name);
	good_expect();
}

Test(check, a_good_store_has_nothing_to_be_told)
{
	struct pks_check_result result;

	good_store();
	good_expect();
	cr_assert_eq(pks_check(store, NULL, look, &(struct expected){0}, &result), 0);
	cr_expect_eq(result.objects, 13);
	cr_expect_gt(result.records, 13 * 3);
	cr_expect_eq(result.wrong + result.notes + result.repaired, 0);
	pks_store_close(store);
}

static void expect_found_and_repaired(const struct damage *damage)
{
	expect_found(damage);
	expect_repair(damage);
}

Test(check, every_damage_is_found_and_what_is_derived_is_rebuilt)
{
	damage_each(expect_found_and_repaired);
}

static void expect_one_repair(const struct damage *damage)
{
	struct pks_check_options options = {.repair = true};
	struct pks_store_stat before, after;
	struct pks_check_result result;

	cr_expect_geq(pks_check(store, &options, NULL, NULL, NULL), 0, "%s", damage->name);
	pks_store_stat(store, &before);
	cr_expect_geq(pks_check(store, &options, NULL, NULL, &result), 0, "%s", damage->name);
	pks_store_stat(store, &after);
	cr_expect_eq(result.repaired, 0, "%s", damage->name);
	cr_expect_eq(before.last_commit, after.last_commit, "%s", damage->name);
}

/* What is left alone is left as it is: a second repair finds the same, and changes nothing. */
Test(check, a_repair_is_done_once)
{
	damage_each(expect_one_repair);
}

Test(check, looking_changes_nothing)
{
	struct pks_store_stat before, after;

	good_store();
	damage("wrong_count");
	pks_store_stat(store, &before);
	cr_expect_eq(pks_check(store, NULL, NULL, NULL, NULL), PKS_MISMATCH);
	pks_store_stat(store, &after);
	cr_expect_eq(before.last_commit, after.last_commit);
	pks_store_close(store);
}

static int note(const struct pks_finding *finding, void *arg)
{
	*(struct pks_finding *)arg = *finding;
	return 0;
}

Test(check, a_reference_to_nothing_is_a_note_with_its_place)
{
	struct pks_finding finding = {0};
	struct pks_check_result result;
	struct pks_object *log;

	good_store();
	log = pks_object_open(store, "a/log");
	cr_assert_eq(pks_object_drop(log), 0);
	cr_expect_eq(pks_check(store, NULL, note, &finding, &result), 0, "programs may leave it behind");
	cr_expect_eq(finding.code, PKS_CHECK_REFERENCE);
	cr_expect(finding.is_note && !finding.repair && finding.id == dict_id);
	cr_expect_eq(result.notes, 1);
	cr_expect_eq(result.wrong, 0);
	pks_store_close(store);
}

Test(check, lost_objects_come_back_below_lost_and_found)
{
	struct pks_check_options options = {.repair = true};
	struct pks_object *found;
	int one = 0;

	good_store();
	damage("no_header_of_dict");
	damage("no_catalog");
	cr_expect_eq(pks_check(store, &options, NULL, NULL, NULL), 0);
	found = pks_dict_open(store, "lost+found/1", PKS_MUST_EXIST);
	cr_assert_not_null(found, "%s", pks_error_message());
	cr_expect_eq(pks_dict_getf(found, "one", "i", &one), 0);
	cr_expect_eq(one, 1);
	cr_expect_eq(pks_object_drop(found), 0);
	expect_well("the drop");
	pks_store_close(store);
}

static int note_what(const struct pks_finding *finding, void *arg)
{
	snprintf(arg, 200, "%s: %s", finding->path, finding->what);
	return 0;
}

/* As a careless program's that makes up no uuids: all have that of the first one, which keeps it. */
Test(check, all_but_the_oldest_get_a_uuid_of_their_own)
{
	struct pks_check_options options = {.repair = true};
	struct state before, anonymous;
	struct pks_check_result result;
	struct pks_object *log;
	char what[200] = "";
	uint64_t id;

	good_store();
	log = pks_log_open(store, NULL, PKS_OPEN_OR_CREATE);
	id = pks_object_id(log);
	pks_object_close(log);
	before = header_of(dict_id);
	for (uint64_t other = dict_id + 1; other <= id; other++) {
		struct state state = header_of(other);

		memcpy(state.uuid, before.uuid, sizeof(state.uuid));
		put_header(other, &state);
	}
	anonymous = header_of(id);
	cr_expect_eq(pks_check(store, NULL, note_what, what, &result), PKS_MISMATCH);
	cr_expect_eq(result.wrong, result.objects - 1);
	cr_expect(strstr(what, ": object 1, 'a/dict', has the same uuid"), "%s", what);
	cr_expect_eq(pks_check(store, &options, NULL, NULL, &result), 0);
	cr_expect_eq(result.repaired, result.objects - 1);
	expect_well("the repair");
	cr_expect_eq(memcmp(header_of(dict_id).uuid, before.uuid, sizeof(before.uuid)), 0);
	cr_expect_neq(memcmp(header_of(id).uuid, before.uuid, sizeof(before.uuid)), 0);
	cr_expect_str_eq(header_of(id).path, anonymous.path, "an anonymous one keeps its path");
	good_expect();
	pks_store_close(store);
}

/* Submitted to another pool than the default one. */
static uint64_t submit_elsewhere(void)
{
	struct pks_object *process = pks_process_new(store, "a/mail", "/no/module.so:handler");
	uint64_t id = pks_object_id(process);
	struct process_state state;

	cr_assert_eq(pks_process_set_pool(process, "mail"), 0, "%s", pks_error_message());
	cr_assert_eq(pks_begin(store), 0);
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(record_move(process, &state, EVENT_SUBMIT), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(store), 0);
	pks_object_close(process);
	return id;
}

static void expect_place_kept(const char *attribute, const char *value, size_t size)
{
	struct pks_check_options options = {.repair = true};
	struct state before, after;
	struct key key;
	uint64_t id;

	good_store();
	id = submit_elsewhere();
	before = header_of(id);
	key = item_key(id, PART_ATTRIBUTE, attribute, strlen(attribute));
	put(&key, value, size);
	cr_expect_eq(pks_check(store, &options, NULL, NULL, NULL), PKS_MISMATCH);
	after = header_of(id);
	cr_expect(after.pinned && before.index_size == after.index_size &&
	                  memcmp(before.index, after.index, after.index_size) == 0,
	          "%s", attribute);
	pks_store_close(store);
}

/* What tells the pool and the priority cannot be read: the process is put nowhere else. */
Test(check, a_repair_does_not_guess_where_a_process_belongs)
{
	expect_place_kept("state", "\x83\2\0\x18\x65", 5); /* of the priority 101 */
	expect_place_kept("options", "\xa1\x64pool\1", 7);
	expect_place_kept("options", "\x80", 1);
}

static int stop(const struct pks_finding *finding, void *arg)
{
	++*(int *)arg;
	return 42;
}

Test(check, a_report_may_end_it)
{
	int calls = 0;

	good_store();
	damage("wrong_count");
	damage("wrong_place");
	cr_expect_eq(pks_check(store, NULL, stop, &calls, NULL), 42);
	cr_expect_eq(calls, 1);
	pks_store_close(store);
}

Test(check, what_is_open_in_the_thread_decides_what_is_looked_at)
{
	struct pks_check_options options = {.repair = true};

	good_store();
	cr_assert_eq(pks_snapshot_begin(store), 0);
	damage("wrong_count");
	cr_expect_eq(pks_check(store, NULL, look, &(struct expected){0}, NULL), 0, "the snapshot is older");
	cr_expect_eq(pks_check(store, &options, NULL, NULL, NULL), PKS_ERR_USAGE);
	cr_assert_eq(pks_snapshot_end(store), 0);
	cr_expect_eq(pks_check(store, NULL, NULL, NULL, NULL), PKS_MISMATCH);
	cr_assert_eq(pks_begin(store), 0);
	cr_expect_eq(pks_check(store, NULL, NULL, NULL, NULL), PKS_ERR_USAGE);
	cr_assert_eq(pks_abort(store), 0);
	pks_store_close(store);
}

Test(check, kinds_of_findings_have_names)
{
	cr_expect_str_eq(pks_check_name(PKS_CHECK_ROOM), "room");
	cr_expect_str_eq(pks_check_name(PKS_CHECK_REFERENCE), "reference");
	cr_expect_str_eq(pks_check_name((enum pks_check_code)99), "unknown");
	cr_expect_eq(pks_check(NULL, NULL, NULL, NULL, NULL), PKS_ERR_USAGE);
}
