/* SPDX-License-Identifier: MIT */
/* What the wake file knows of commits, and whom they wake: those who wait for what has changed. */
#include "layer.h"
#include "pipe.h"
#include "queue.h"
#include "wake_truth.h"

#include <pkstore/dict.h>
#include <pkstore/pipe.h>
#include <pkstore/queue.h>

/* ---- when commits were made ---- */

Test(wake_commit, how_long_ago_commits_were_is_known_well_enough)
{
	struct wake *wake;
	int64_t begun = clock_monotonic();
	uint64_t age;

	start("commits");
	wake = open_wake();
	for (uint64_t commit = 1; commit <= 1000; commit++)
		wake_commit_note(wake, commit);
	cr_expect_eq(wake_commit_age(wake, 1000), 0u, "none has been made since");
	/* All of them were before now: the clock moves every few milliseconds. */
	while ((age = wake_commit_age(wake, 999)) == 0)
		;
	cr_expect_leq((int64_t)wake_commit_age(wake, 0), clock_monotonic() - begun);
	cr_expect_geq(wake_commit_age(wake, 0), age);
	for (uint64_t commit = 1; commit < 1000; commit += 7)
		cr_expect_gt(wake_commit_age(wake, commit), 0u, "commit %d", (int)commit);
	/* The next one is known; so 1000 is that old. */
	wake_commit_note(wake, 1001);
	cr_expect_lt(wake_commit_age(wake, 1000), age + 1000000000u);
	wake_close(wake);
}

/* ---- strangers ---- */

Test(wake_commit, commits_that_nobody_told_of_are_told_of_by_the_next)
{
	uint64_t commit = 10;
	struct wake *wake;

	start("strangers");
	wake = open_wake();
	cr_expect(wake_commit_note(wake, 10), "nobody knows what was before");
	cr_expect_not(wake_commit_note(wake, 11));
	cr_expect_not(wake_commit_note(wake, 11), "an empty transaction has the next one's number");
	commit = 13;
	/* Alarms are some time apart; what a stranger did is not forgotten until then. */
	while (!wake_commit_note(wake, commit))
		commit++;
	cr_expect_not(wake_commit_note(wake, commit + 1));
	wake_close(wake);
}

Test(wake_commit, an_alarm_is_for_whatever_anybody_sleeps_for)
{
	uint64_t turn = wake_turn(7, 7);
	uint32_t word, channel, turn_word;
	struct wake *wake;

	start("alarm");
	wake = open_wake();
	word = wake_word(wake);
	channel = wake_channel_word(wake, 7);
	turn_word = wake_turn_word(wake, turn);
	wake_alarm(wake);
	cr_expect_neq(wake_word(wake), word);
	cr_expect_neq(wake_channel_word(wake, 7), channel);
	cr_expect_neq(wake_turn_word(wake, turn), turn_word);
	wake_close(wake);
}

/* Whether what the call does wakes those who have the turn: its word moves. */
#define WAKES(store, turn, call)                                                                                       \
	do {                                                                                                           \
		uint32_t word = wake_turn_word((store)->wake, turn);                                                   \
		cr_expect_eq(call, 0, "%s", pks_error_message());                                                      \
		cr_expect_neq(wake_turn_word((store)->wake, turn), word, #call);                                       \
	} while (0)

/* What a program without libpkstore does: it tells nobody. */
static int commit_as_a_stranger(struct pks_store *store)
{
	struct engine_txn *txn;
	int r = engine_begin(store->engine, true, &txn);

	if (r == 0)
		r = engine_put(txn, (struct bytes){"\0stranger", 9}, (struct bytes){"\1", 1}, NULL);
	return r == 0 ? engine_commit(txn) : r;
}

Test(wake_commit, a_commit_wakes_those_who_wait_for_what_a_stranger_did)
{
	struct pks_store *store = pks_store_open(scratch_dir("stranger"), NULL);
	struct pks_object *queue = pks_queue_open(store, "queue", 2, PKS_MUST_CREATE);
	struct pks_object *dict = pks_dict_open(store, "dict", PKS_MUST_CREATE);
	uint64_t turn = queue_turn_of_getters(pks_object_id(queue));

	cr_expect_eq(pks_dict_setf(dict, "k", "i", 1), 0);
	outlast_a_look();
	cr_expect_eq(commit_as_a_stranger(store), 0, "%s", pks_error_message());
	WAKES(store, turn, pks_dict_setf(dict, "k", "i", 2));
	pks_store_close(store);
}

/* ---- who waits for room ---- */

Test(wake_commit, more_room_wakes_those_who_wait_to_put)
{
	struct pks_store *store = pks_store_open(scratch_dir("more_room"), NULL);
	struct pks_object *queue = pks_queue_open(store, "queue", 2, PKS_MUST_CREATE);
	struct pks_reservation reservation = {0};
	uint64_t turn;

	cr_assert_not_null(queue, "%s", pks_error_message());
	turn = queue_turn_of_putters(pks_object_id(queue));
	WAKES(store, turn, pks_object_set_limit(queue, 3, 100));
	WAKES(store, turn, pks_object_set_limit(queue, 3, 200));
	WAKES(store, turn, pks_object_set_limit(queue, 0, 200));
	cr_expect_eq(pks_attr_setf(queue, "unit", "s", "ms"), 0);
	WAKES(store, turn, pks_attr_setf(queue, "unit", "s", "s"));
	WAKES(store, turn, pks_attr_del(queue, "unit"));
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 1), 0);
	cr_expect_eq(pks_queue_reserve(queue, 0, &reservation), 0);
	WAKES(store, turn, pks_queue_ack(queue, &reservation));
	pks_value_clear(&reservation.value);
	pks_store_close(store);
}

Test(wake_commit, more_room_wakes_those_who_wait_to_send)
{
	struct pks_store *store = pks_store_open(scratch_dir("more_room_to_send"), NULL);
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);

	cr_assert_not_null(pipe, "%s", pks_error_message());
	cr_expect_eq(pks_object_set_limit(pipe, 1, 0), 0);
	for (unsigned way = 0; way < PIPE_ENDS; way++)
		WAKES(store, pipe_turn(pks_object_id(pipe), way, true), pks_object_set_limit(pipe, 2 + way, 0));
	pks_store_close(store);
}

Test(wake_commit, a_message_and_its_receipt_wake_those_who_wait_at_the_other_end)
{
	struct pks_store *store = pks_store_open(scratch_dir("messages"), NULL);
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);
	struct pks_connection *ends[PIPE_ENDS];
	struct pks_value value = {0};

	cr_assert_not_null(pipe, "%s", pks_error_message());
	cr_expect_eq(pks_object_set_limit(pipe, 1, 0), 0);
	for (int end = 0; end < PIPE_ENDS; end++)
		cr_assert_not_null(ends[end] = pks_pipe_connect(pipe, end), "%s", pks_error_message());
	for (unsigned end = 0; end < PIPE_ENDS; end++) {
		WAKES(store, pipe_turn(pks_object_id(pipe), end, false), pks_connection_sendf(ends[end], "i", 1));
		WAKES(store, pipe_turn(pks_object_id(pipe), end, true), pks_connection_recv(ends[!end], 0, &value));
		pks_value_clear(&value);
	}
	for (int end = 0; end < PIPE_ENDS; end++)
		pks_connection_close(ends[end]);
	pks_store_close(store);
}

/* It is the end for those who wait for a message of the one who goes, and for those who wait until it has read some. */
Test(wake_commit, to_close_an_end_wakes_those_who_wait_at_the_other)
{
	struct pks_store *store = pks_store_open(scratch_dir("closed_end"), NULL);
	struct pks_object *pipe = pks_pipe_open(store, "pipe", true, PKS_MUST_CREATE);

	cr_assert_not_null(pipe, "%s", pks_error_message());
	for (unsigned end = 0; end < PIPE_ENDS; end++) {
		uint64_t messages = pipe_turn(pks_object_id(pipe), end, false);
		uint64_t room = pipe_turn(pks_object_id(pipe), !end, true);

		WAKES(store, messages, pks_connection_close(pks_pipe_connect(pipe, (int)end)));
		WAKES(store, room, pks_connection_close(pks_pipe_connect(pipe, (int)end)));
	}
	pks_store_close(store);
}

/* ---- what the dead have held ---- */

static int reserve_and_die(void *path)
{
	struct pks_object *queue = pks_queue_open(pks_store_open(path, NULL), "queue", 0, PKS_MUST_EXIST);
	struct pks_reservation held = {0};

	return pks_queue_reserve(queue, 0, &held);
}

Test(wake_commit, an_item_of_the_dead_that_returns_wakes_those_who_get_and_is_a_change)
{
	char *path = scratch_dir("of_the_dead");
	struct pks_store *store = pks_store_open(path, NULL);
	struct pks_object *queue = pks_queue_open(store, "queue", 0, PKS_MUST_CREATE);
	uint64_t before = 0, after = 0;

	cr_assert_not_null(queue, "%s", pks_error_message());
	cr_expect_eq(pks_queue_putf(queue, 0, "i", 1), 0);
	cr_assert_eq(child_wait(child_start(reserve_and_die, path)), 0);
	cr_expect_eq(pks_object_version(queue, &before), 0);
	WAKES(store, queue_turn_of_getters(pks_object_id(queue)), layer_queue_care(queue));
	cr_expect_eq(pks_object_version(queue, &after), 0);
	cr_expect_eq(after, before + 1);
	pks_store_close(store);
}
