/* SPDX-License-Identifier: MIT */
/* Pipe: messages between processes, in order, up to the end. */
#include "lib/sync.h"

#include <stdlib.h>
#include <unistd.h>

static char *path;
static struct pks_store *store;
static struct pks_object *pipe_object;

static void open_pipe(void)
{
	store = pks_store_open(path, NULL);
	pipe_object = pks_pipe_open(store, "p", true, PKS_OPEN_OR_CREATE);
	cr_assert_not_null(pipe_object, "%s", pks_error_message());
}

static void begin(void)
{
	path = scratch_dir("pipe");
	open_pipe();
}

static void end(void)
{
	pks_store_close(store);
}

TestSuite(pipe, .init = begin, .fini = end, .timeout = 120);

static struct pks_connection *connect_to(int end)
{
	struct pks_connection *connection = pks_pipe_connect(pipe_object, end);

	cr_assert_not_null(connection, "%s", pks_error_message());
	return connection;
}

static struct pks_pipe_info info(void)
{
	struct pks_pipe_info found;

	cr_assert_eq(pks_pipe_info(pipe_object, &found), 0, "%s", pks_error_message());
	return found;
}

/* ---- one process with both ends ---- */

Test(pipe, messages_of_any_kind_go_both_ways_in_order)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	struct pks_value value;
	char *text;
	int64_t number;
	bool truth;

	cr_expect_eq(pks_connection_sendf(a, "[si]", "job", 4), 0);
	cr_expect_eq(pks_connection_sendf(a, "{s:n}", "nothing"), 0);
	cr_expect_eq(pks_connection_sendf(b, "b", true), 0);
	cr_expect_eq(info().unread[0], 1);
	cr_expect_eq(info().unread[1], 2);
	cr_expect_eq(pks_connection_recvf(b, 0, "[sI]", &text, &number), 0);
	cr_expect_str_eq(text, "job");
	cr_expect_eq(number, 4);
	free(text);
	cr_expect_eq(pks_connection_recv(b, 0, &value), 0);
	cr_expect_eq(pks_value_kind(&value), PKS_KIND_MAP);
	pks_value_clear(&value);
	cr_expect_eq(pks_connection_recv(b, 0, &value), PKS_TIMED_OUT);
	cr_expect_eq(pks_connection_recvf(a, 0, "b", &truth), 0);
	cr_expect(truth);
	cr_expect_eq(pks_connection_close(a), 0);
	cr_expect_eq(pks_connection_close(b), 0);
}

Test(pipe, after_the_last_message_comes_the_end)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	int number;

	cr_expect_eq(pks_connection_sendf(a, "i", 1), 0);
	cr_expect_eq(pks_connection_poll(b, 0), 0);
	cr_expect_eq(pks_connection_close(a), 0);
	cr_expect_eq(pks_connection_recvf(b, -1, "i", &number), 0);
	cr_expect_eq(number, 1);
	cr_expect_eq(pks_connection_recvf(b, -1, "i", &number), PKS_END);
	cr_expect_eq(pks_connection_poll(b, -1), 0, "there is something to be learned");
	cr_expect_eq(pks_connection_sendf(b, "i", 2), PKS_END);
	a = connect_to(0);
	cr_expect_eq(pks_connection_recvf(b, 0, "i", &number), PKS_TIMED_OUT, "it is open again");
	pks_connection_close(a);
	pks_connection_close(b);
	cr_expect_eq(sync_holders(pipe_object), 0);
}

Test(pipe, what_is_sent_before_anybody_reads_waits)
{
	struct pks_connection *a = connect_to(0), *b;
	int number;

	cr_expect_eq(pks_connection_sendf(a, "i", 7), 0);
	cr_expect_eq(pks_connection_close(a), 0);
	b = connect_to(1);
	cr_expect_eq(pks_connection_recvf(b, 0, "i", &number), 0);
	cr_expect_eq(number, 7);
	pks_connection_close(b);
}

Test(pipe, a_one_way_pipe_goes_from_1_to_0)
{
	struct pks_connection *reads, *sends;
	struct pks_value value;

	pipe_object = pks_pipe_open(store, "one-way", false, PKS_MUST_CREATE);
	reads = connect_to(0);
	sends = connect_to(1);
	cr_expect_eq(pks_connection_sendf(reads, "i", 1), PKS_ERR_USAGE);
	cr_expect_eq(pks_connection_recv(sends, 0, &value), PKS_ERR_USAGE);
	cr_expect_eq(pks_connection_poll(sends, 0), PKS_ERR_USAGE);
	cr_expect_eq(pks_connection_sendf(sends, "i", 1), 0);
	cr_expect_eq(pks_connection_recv(reads, 0, &value), 0);
	pks_value_clear(&value);
	cr_expect_null(pks_pipe_connect(pipe_object, 2));
	cr_expect_eq(pks_error_code(), PKS_ERR_USAGE);
	pks_connection_close(reads);
	pks_connection_close(sends);
}

Test(pipe, a_limit_is_for_each_direction)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	struct pks_value value, large;
	static const char text[1000];

	cr_assert_eq(pks_object_set_limit(pipe_object, 2, sizeof(text)), 0);
	cr_assert_eq(pks_value_pack(&value, "i", 1), 0);
	cr_expect_eq(pks_connection_send(a, &value, 0), 0);
	cr_expect_eq(pks_connection_send(a, &value, 0), 0);
	cr_expect_eq(pks_connection_send(a, &value, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_connection_send(a, &value, 120), PKS_TIMED_OUT);
	cr_expect_eq(pks_connection_send(b, &value, 0), 0, "the other way is free");
	cr_assert_eq(pks_value_pack(&large, "y", text, sizeof(text)), 0);
	cr_expect_eq(pks_connection_send(b, &large, 0), PKS_ERR_LIMIT, "it never fits");
	pks_begin(store);
	cr_expect_eq(pks_connection_send(a, &value, -1), PKS_ERR_USAGE);
	pks_abort(store);
	pks_value_clear(&large);
	pks_value_clear(&value);
	pks_connection_close(a);
	pks_connection_close(b);
}

/* A byte for the direction and eight for the place in it belong to each message. */
Test(pipe, a_limit_of_bytes_makes_it_full_but_not_before_the_first_message)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	struct pks_value small, half, whole, large;
	static const char text[1000];

	/* The connections' records are more than this already. */
	cr_assert_eq(pks_object_set_limit(pipe_object, 0, 100), 0);
	cr_assert_eq(pks_value_pack(&small, "i", 1), 0);
	cr_assert_eq(pks_value_pack(&half, "y", text, (size_t)40), 0);
	cr_assert_eq(pks_value_pack(&whole, "y", text, (size_t)89), 0);
	cr_assert_eq(pks_value_pack(&large, "y", text, (size_t)90), 0);
	cr_expect_eq(whole.size, 91);
	cr_expect_eq(pks_connection_send(a, &large, 0), PKS_ERR_LIMIT);
	cr_expect_eq(pks_connection_send(a, &whole, 0), 0, "%s", pks_error_message());
	cr_expect_eq(pks_connection_send(a, &small, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_pipe_put(pipe_object, 1, &small), PKS_TIMED_OUT);
	cr_expect_eq(pks_pipe_put(pipe_object, 0, &half), 0, "the other way is free");
	cr_expect_eq(pks_connection_send(b, &half, 0), PKS_TIMED_OUT, "and has the same limit");
	cr_expect_eq(pks_connection_send(b, &small, 0), 0);
	cr_expect_eq(pks_connection_recvf(b, 0, "i", NULL), PKS_ERR_TYPE, "it has been received all the same");
	cr_expect_eq(pks_connection_send(a, &half, 0), 0, "%s", pks_error_message());
	cr_expect_eq(pks_connection_send(a, &half, 0), PKS_TIMED_OUT);
	cr_expect_eq(pks_connection_send(a, &small, 0), 0);
	pks_value_clear(&small);
	pks_value_clear(&half);
	pks_value_clear(&whole);
	pks_value_clear(&large);
	pks_connection_close(a);
	pks_connection_close(b);
}

static uint64_t version(void)
{
	uint64_t found = 0;

	cr_assert_eq(pks_object_version(pipe_object, &found), 0, "%s", pks_error_message());
	return found;
}

static uint64_t count(void)
{
	struct pks_object_info found = {0};

	cr_assert_eq(pks_object_info(pipe_object, &found), 0, "%s", pks_error_message());
	return found.count;
}

Test(pipe, each_message_is_counted_and_each_step_of_it_is_a_change)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	uint64_t before = version();

	cr_expect_eq(pks_connection_sendf(a, "i", 1), 0);
	cr_expect_eq(version(), before + 1);
	cr_expect_eq(pks_connection_sendf(b, "i", 2), 0);
	cr_expect_eq(count(), 2);
	cr_expect_eq(pks_connection_recvf(b, 0, "i", NULL), 0);
	cr_expect_eq(version(), before + 3);
	cr_expect_eq(count(), 1);
	cr_expect_eq(pks_pipe_set_duplex(pipe_object, true), 0);
	cr_expect_eq(version(), before + 3, "it was duplex before");
	cr_expect_eq(pks_pipe_set_duplex(pipe_object, false), 0);
	cr_expect_eq(version(), before + 4);
	pks_connection_close(a);
	pks_connection_close(b);
}

Test(pipe, it_is_known_which_ends_were_ever_open)
{
	cr_expect_not(info().was_open[0]);
	pks_connection_close(connect_to(1));
	cr_expect(info().was_open[1]);
	cr_expect_not(info().is_open[1]);
	cr_expect_not(info().was_open[0]);
}

Test(pipe, what_is_received_in_a_transaction_that_aborts_is_still_there)
{
	struct pks_connection *a = connect_to(0), *b = connect_to(1);
	int number;

	cr_expect_eq(pks_connection_sendf(a, "i", 5), 0);
	pks_begin(store);
	cr_expect_eq(pks_connection_recvf(b, -1, "i", &number), 0);
	cr_expect_eq(pks_connection_recvf(b, -1, "i", &number), PKS_ERR_USAGE);
	pks_abort(store);
	cr_expect_eq(pks_connection_recvf(b, 0, "i", &number), 0);
	cr_expect_eq(number, 5);
	pks_connection_close(a);
	pks_connection_close(b);
}

Test(pipe, messages_are_looked_at_and_put_without_a_connection)
{
	struct pks_value value;
	int64_t number;

	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pks_value_pack(&value, "i", i), 0);
		cr_expect_eq(pks_pipe_put(pipe_object, 1, &value), 0);
		pks_value_clear(&value);
	}
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(pks_pipe_peek(pipe_object, 1, (uint64_t)i, &value), 0);
		cr_expect_eq(pks_value_int(&value, &number), 0);
		cr_expect_eq(number, i);
		pks_value_clear(&value);
	}
	cr_expect_eq(pks_pipe_peek(pipe_object, 1, 2, &value), PKS_NOT_FOUND);
	cr_expect_eq(pks_pipe_peek(pipe_object, 0, 0, &value), PKS_NOT_FOUND);
	cr_expect_eq(pks_pipe_peek(pipe_object, 2, 0, &value), PKS_ERR_USAGE);
	cr_expect_eq(pks_pipe_put(pipe_object, 0, NULL), PKS_ERR_USAGE);
	cr_assert_eq(pks_value_pack(&value, "n"), 0);
	cr_expect_eq(pks_pipe_put(pipe_object, 2, &value), PKS_ERR_USAGE);
	pks_value_clear(&value);
	cr_expect_eq(info().unread[1], 2);
	cr_expect_eq(pks_pipe_set_duplex(pipe_object, false), 0);
	cr_assert_eq(pks_value_pack(&value, "n"), 0);
	cr_expect_eq(pks_pipe_put(pipe_object, 1, &value), PKS_ERR_USAGE, "nobody could read it there");
	cr_expect_eq(pks_pipe_put(pipe_object, 0, &value), 0);
	pks_value_clear(&value);
}

/* ---- two processes ---- */

#define ROUNDS 500

static int answer(void *unused)
{
	struct pks_connection *b;
	int64_t number;
	int r;

	(void)unused;
	open_pipe();
	b = connect_to(1);
	while ((r = pks_connection_recvf(b, SYNC_FAR_MS, "I", &number)) == 0)
		if (pks_connection_sendf(b, "I", number + 1) != 0)
			return 1;
	pks_connection_close(b);
	return r == PKS_END ? 0 : 2;
}

Test(pipe, two_processes_talk_and_the_end_is_seen)
{
	struct pks_connection *a = connect_to(0);
	pid_t child = child_start(answer, NULL);
	int64_t number;

	for (int64_t i = 0; i < ROUNDS; i++) {
		cr_assert_eq(pks_connection_sendf(a, "I", i), 0);
		cr_assert_eq(pks_connection_recvf(a, SYNC_FAR_MS, "I", &number), 0, "%s", pks_error_message());
		cr_assert_eq(number, i + 1);
	}
	cr_expect_eq(pks_connection_close(a), 0);
	cr_expect_eq(child_wait(child), 0);
}

static int fill(void *unused)
{
	struct pks_connection *b;
	struct pks_value value;
	int r = 0;

	(void)unused;
	open_pipe();
	b = connect_to(1);
	for (int i = 0; i < ROUNDS && r == 0; i++) {
		pks_value_pack(&value, "i", i);
		r = pks_connection_send(b, &value, SYNC_FAR_MS);
		pks_value_clear(&value);
	}
	return r;
}

Test(pipe, a_sender_waits_for_room)
{
	struct pks_connection *a = connect_to(0);
	pid_t child;
	int number, r;

	cr_assert_eq(pks_object_set_limit(pipe_object, 3, 0), 0);
	child = child_start(fill, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		cr_expect_leq(info().unread[0], 3);
		cr_assert_eq(pks_connection_recvf(a, SYNC_FAR_MS, "i", &number), 0, "%s", pks_error_message());
		cr_assert_eq(number, i);
	}
	cr_expect_eq(child_wait(child), 0);
	/* It has ended without closing its end. */
	r = pks_connection_recvf(a, SYNC_FAR_MS, "i", &number);
	cr_expect_eq(r, PKS_END);
	pks_connection_close(a);
}

static int send_one_and_wait(void *flag)
{
	struct pks_connection *b;

	open_pipe();
	b = connect_to(1);
	pks_connection_sendf(b, "i", 1);
	child_flag_raise(flag);
	while (pause() < 0)
		continue;
	return 1;
}

Test(pipe, the_death_of_the_other_end_is_the_end)
{
	struct child_flag flag = child_flag();
	struct pks_connection *a = connect_to(0);
	pid_t child = child_start(send_one_and_wait, &flag);
	struct pks_value value;
	int number;

	cr_assert_eq(child_flag_wait(&flag), 0);
	cr_expect_eq(info().is_open[1], true);
	child_kill(child);
	cr_expect_eq(info().is_open[1], false);
	cr_expect_eq(pks_connection_recvf(a, SYNC_FAR_MS, "i", &number), 0, "what it has sent is there");
	cr_expect_eq(pks_connection_recv(a, SYNC_FAR_MS, &value), PKS_END);
	cr_expect_eq(pks_connection_sendf(a, "i", 2), PKS_END);
	pks_connection_close(a);
}

/* Who holds the ends is in the store, where the dead cannot take it away. */
Test(pipe, what_the_dead_have_left_at_an_end_goes_when_it_is_opened_again)
{
	struct child_flag flag = child_flag();
	struct pks_connection *a = connect_to(0), *b;
	pid_t child = child_start(send_one_and_wait, &flag);

	cr_assert_eq(child_flag_wait(&flag), 0);
	child_kill(child);
	cr_expect_eq(sync_holders(pipe_object), 2);
	b = connect_to(1);
	cr_expect_eq(sync_holders(pipe_object), 2, "the two of this process");
	pks_connection_close(b);
	pks_connection_close(a);
	cr_expect_eq(sync_holders(pipe_object), 0);
}

static int receive_nothing(void *connection)
{
	struct pks_value value;

	return pks_connection_recv(connection, 0, &value) == PKS_ERR_FORKED ? 0 : 1;
}

Test(pipe, a_forked_child_is_refused)
{
	struct pks_connection *a = connect_to(0);

	cr_expect_eq(child_wait(child_start(receive_nothing, a)), 0);
	pks_connection_close(a);
}
