/* SPDX-License-Identifier: MIT */
/* A Pipe: the process has end 0, the test end 1. Killed at each point of its operations: see points.h. */
#include "points.h"

static struct pks_object *pipe_object, *log_object;
static struct pks_connection *reader; /* the test's, at end 1 */

static void open_objects(struct pks_store *store)
{
	pipe_object = pks_pipe_open(store, "pipe", true, PKS_OPEN_OR_CREATE);
	log_object = pks_log_open(store, "log", PKS_OPEN_OR_CREATE);
	cr_assert_not_null(log_object, "%s", pks_error_message());
}

/* ---- opening, sending, closing ---- */

static struct pks_connection *mine;

static void prepare_reader(int number)
{
	if (number == 1)
		reader = NULL;
	if (!reader)
		reader = pks_pipe_connect(pipe_object, 1);
	cr_assert_not_null(reader, "%s", pks_error_message());
}

static int connect_end(int number)
{
	(void)number;
	mine = pks_pipe_connect(pipe_object, 0);
	return mine ? 0 : pks_error_code();
}

static int send_number(int number)
{
	return pks_connection_sendf(mine, "i", number);
}

static void expect_end(void)
{
	int number, r = pks_connection_recvf(reader, FAR_MS, "i", &number);

	cr_assert_eq(r, PKS_END, "%d %s", r, pks_error_message());
}

/* The message, and then the end of who has sent it. */
static void check_sent(int number, bool told)
{
	int got = 0, r = pks_connection_recvf(reader, FAR_MS, "i", &got);

	points_went_on();
	cr_assert((r == 0 && got == number) || (r == PKS_END && !told), "%d: %d", r, got);
	expect_end();
}

Test(points_pipe, send_through_a_pipe)
{
	points_run(&(struct operation){"pipe_send", .open = open_objects, .prepare = prepare_reader,
	                               .ready = connect_end, .act = send_number, .check = check_sent});
}

static int close_end(int number)
{
	(void)number;
	return pks_connection_close(mine);
}

static void check_end(int number, bool told)
{
	(void)number, (void)told;
	expect_end();
	points_went_on();
}

Test(points_pipe, close_a_pipe)
{
	points_run(&(struct operation){"pipe_close", .open = open_objects, .prepare = prepare_reader,
	                               .ready = connect_end, .act = close_end, .check = check_end});
}

static void check_connected(int number, bool told)
{
	struct pks_connection *next = pks_pipe_connect(pipe_object, 0);
	int got = 0;

	(void)told;
	cr_assert_not_null(next, "%s", pks_error_message());
	cr_assert_eq(pks_connection_sendf(next, "i", number), 0);
	points_went_on();
	cr_assert_eq(pks_connection_recvf(reader, FAR_MS, "i", &got), 0);
	cr_assert_eq(got, number);
	cr_assert_eq(pks_connection_close(next), 0);
	expect_end();
}

Test(points_pipe, connect_to_a_pipe)
{
	points_run(&(struct operation){"pipe_connect", .open = open_objects, .prepare = prepare_reader,
	                               .act = connect_end, .check = check_connected});
}

/* ---- receiving ---- */

static void prepare_message(int number)
{
	struct pks_value value = {0};

	cr_assert_eq(pks_value_pack(&value, "i", number), 0);
	cr_assert_eq(pks_pipe_put(pipe_object, 0, &value), 0, "%s", pks_error_message());
	pks_value_clear(&value);
}

static int receive_and_note(int number)
{
	int got = 0, r = pks_begin(points_store);

	(void)number;
	if (r == 0)
		r = pks_connection_recvf(mine, 0, "i", &got);
	if (r == 0)
		r = pks_log_appendf(log_object, "i", got);
	return r == 0 ? pks_commit(points_store) : r;
}

static int last_entry(void)
{
	int number = 0;

	cr_assert_geq(pks_log_getf(log_object, -1, "i", &number), 0, "%s", pks_error_message());
	return number;
}

static void check_received(int number, bool told)
{
	struct pks_connection *next = pks_pipe_connect(pipe_object, 0);
	int got = 0, r = pks_connection_recvf(next, 0, "i", &got);

	points_went_on();
	cr_assert(r == 0 || r == PKS_TIMED_OUT || r == PKS_END, "%d %s", r, pks_error_message());
	cr_assert_eq(r == 0 ? got : last_entry(), number);
	cr_assert(r != 0 || (!told && last_entry() != number));
	cr_assert_eq(pks_connection_close(next), 0);
}

Test(points_pipe, receive_from_a_pipe)
{
	points_run(&(struct operation){"pipe_receive", .open = open_objects, .prepare = prepare_message,
	                               .ready = connect_end, .act = receive_and_note, .check = check_received});
}

/* ---- messages without a connection ---- */

static int put_message(int number)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "i", number);

	if (r == 0)
		r = pks_pipe_put(pipe_object, 1, &value);
	pks_value_clear(&value);
	return r;
}

static void check_put(int number, bool told)
{
	struct pks_connection *end = pks_pipe_connect(pipe_object, 1);
	int got = 0, r;

	cr_assert_not_null(end, "%s", pks_error_message());
	r = pks_connection_recvf(end, 0, "i", &got);
	cr_assert((r == 0 && got == number) || (r == PKS_TIMED_OUT && !told), "%d %s", r, pks_error_message());
	cr_assert_eq(put_message(-number), 0, "%s", pks_error_message());
	points_went_on();
	cr_assert_eq(pks_connection_recvf(end, 0, "i", &got), 0, "%s", pks_error_message());
	cr_assert_eq(got, -number);
	cr_assert_eq(pks_connection_close(end), 0);
}

Test(points_pipe, put_into_a_pipe)
{
	points_run(&(struct operation){"pipe_put", .open = open_objects, .act = put_message, .check = check_put});
}
