/* SPDX-License-Identifier: MIT */
/* Pipes: this program has one of the two ends as long as it runs. */
#include "args.h"
#include "child.h"
#include "command.h"
#include "fail.h"
#include "feed.h"
#include "get.h"
#include "open.h"
#include "print.h"

#include <pkstore/pipe.h>
#include <pkstore/transaction.h>

#include <stdlib.h>

struct pipe {
	const char *path;
	int end;
	char **arguments; /* behind the end */
	size_t count;     /* of these */
	int timeout_ms;
	uint64_t messages; /* to be received */
	bool all;          /* until there are no more */
	struct get get;
};

static const struct option pipe_options[] = {
	{"all", no_argument, NULL, 'a'}, {"count", required_argument, NULL, 'n'},   {"indent", no_argument, NULL, 'i'},
	{"raw", no_argument, NULL, 'r'}, {"timeout", required_argument, NULL, 't'}, ARGS_HELP,
};

static struct pks_connection *pipe_connection;

/* Also when the program ends early, before open.h closes the store: the other end is to see it at once. */
static void pipe_close(void)
{
	pks_connection_close(pipe_connection);
}

/* Before the end is opened: a call that is refused would close it, and the other end would be told so. */
static void pipe_check_way(const struct pipe *pipe, struct pks_object *object, bool sends)
{
	struct pks_pipe_info info;

	fail_if(pks_pipe_info(object, &info), pipe->path);
	if (!info.duplex && sends != (pipe->end == 1))
		fail_data(FAIL_MISUSE, "%s: end %d of a one-way Pipe only %s", pipe->path, pipe->end,
		          sends ? "receives" : "sends");
}

static void pipe_connect(const struct pipe *pipe, struct pks_object *object)
{
	pipe_connection = pks_pipe_connect(object, pipe->end);
	if (!pipe_connection)
		fail_handle(pipe->path);
	atexit(pipe_close);
}

/* For who sends or holds, a Pipe that is not there is made. */
static struct pks_object *pipe_open(struct pipe *pipe)
{
	struct pks_object *object;

	pipe->get.store = open_to_create_at(pipe->path);
	object = pks_pipe_open(pipe->get.store, pipe->path, true, PKS_OPEN_OR_CREATE);
	if (!object)
		fail_handle(pipe->path);
	return object;
}

/* In a new one nothing would ever come, and nobody would see that the path was mistyped. */
static void pipe_open_to_receive(struct pipe *pipe)
{
	struct pks_object *object;

	pipe->get.store = open_to_change();
	object = open_object(pipe->get.store, pipe->path);
	pipe_check_way(pipe, object, false);
	pipe_connect(pipe, object);
	pks_object_close(object);
}

/* ---- send ---- */

static struct pks_object *pipe_feed_open(const struct feed *feed, struct pks_store *store, enum pks_mode mode)
{
	const struct pipe *pipe = feed->arg;
	struct pks_object *object = pks_pipe_open(store, feed->path, true, mode);

	if (!object)
		return NULL;
	pipe_check_way(pipe, object, true);
	return object;
}

/* What will never have room is refused before the end is opened, too: it is put in, and that is undone. */
static int pipe_check_room(const struct pipe *pipe, struct pks_object *object, const struct pks_value *values,
                           size_t count)
{
	int r = pks_begin(pks_object_store(object));

	if (r != 0)
		return r;
	for (size_t i = 0; i < count && r >= 0; i++)
		r = pks_pipe_put(object, !pipe->end, &values[i]);
	if (r < 0)
		fail_code(r, pipe->path);
	return pks_abort(pks_object_store(object));
}

/* One by one, as each may have to wait for room. */
static int pipe_feed_put(const struct feed *feed, struct pks_object *object, const struct pks_value *values,
                         size_t count)
{
	const struct pipe *pipe = feed->arg;
	int r = 0;

	if (!pipe_connection) {
		r = pipe_check_room(pipe, object, values, count);
		pipe_connect(pipe, object);
	}
	for (size_t i = 0; i < count && r == 0; i++)
		r = pks_connection_send(pipe_connection, &values[i], pipe->timeout_ms);
	if (r == PKS_END)
		fail(FAIL_NO, "%s: the other end is closed", pipe->path);
	if (r == PKS_TIMED_OUT)
		fail(FAIL_NO, "%s: timed out: there is no room", pipe->path);
	return r;
}

static int pipe_send(struct pipe *pipe)
{
	const struct feed feed = {.path = pipe->path,
	                          .open = pipe_feed_open,
	                          .put = pipe_feed_put,
	                          .raw = pipe->get.raw,
	                          .arg = pipe};

	if (pipe->count == 0)
		fail(FAIL_MISUSE, "pipe: send what?");
	feed_run(&feed, pipe->arguments, pipe->count);
	/* Input without a line sends nothing, but the other end is to be told that this is all. */
	if (!pipe_connection)
		pipe_connect(pipe, pipe_open(pipe));
	return FAIL_OK;
}

/* ---- receive ---- */

static int pipe_recv_one(struct pipe *pipe)
{
	struct pks_value message = {0};
	int r = pks_connection_recv(pipe_connection, pipe->timeout_ms, &message);

	if (r == PKS_END || r == PKS_TIMED_OUT)
		return r;
	fail_if(r, pipe->path);
	get_print(&pipe->get, &message);
	print_flush();
	pks_value_clear(&message);
	return 0;
}

static int pipe_recv(struct pipe *pipe)
{
	int r = 0;

	pipe_open_to_receive(pipe);
	while (r == 0 && (pipe->all || pipe->messages-- > 0))
		r = pipe_recv_one(pipe);
	if (r == 0 || (r == PKS_END && pipe->all))
		return FAIL_OK;
	return fail_warn(FAIL_NO, "%s: %s", pipe->path, r == PKS_END ? "the other end is closed" : "timed out");
}

static int pipe_poll(struct pipe *pipe)
{
	int r;

	pipe_open_to_receive(pipe);
	r = pks_connection_poll(pipe_connection, pipe->timeout_ms);
	if (r == PKS_TIMED_OUT)
		return FAIL_NO;
	fail_if(r, pipe->path);
	return FAIL_OK;
}

/* Without an end: looking is not to open one. */
static int pipe_peek(struct pipe *pipe)
{
	struct pks_value message = {0};
	int r;

	pipe->get.store = open_to_read();
	r = pks_pipe_peek(open_object(pipe->get.store, pipe->path), pipe->end, 0, &message);
	if (r == PKS_NOT_FOUND)
		return fail_warn(FAIL_NO, "%s: nothing is to be read at end %d", pipe->path, pipe->end);
	fail_if(r, pipe->path);
	get_print(&pipe->get, &message);
	pks_value_clear(&message);
	return FAIL_OK;
}

/* ---- hold ---- */

static int pipe_hold(struct pipe *pipe)
{
	struct pks_object *object;
	int exit_code;

	if (pipe->count == 0)
		fail(FAIL_MISUSE, "pipe: hold it for which command?");
	exit_code = child_check(pipe->arguments);
	if (exit_code != 0)
		return exit_code;
	object = pipe_open(pipe);
	pipe_connect(pipe, object);
	pks_object_close(object);
	return child_run(pipe->arguments);
}

static const char *const pipe_verbs[] = {"send", "recv", "poll", "peek", "hold", NULL};

static const struct {
	int most; /* arguments behind the end; negative: any number */
	int (*run)(struct pipe *pipe);
} pipe_calls[] = {{-1, pipe_send}, {0, pipe_recv}, {0, pipe_poll}, {0, pipe_peek}, {-1, pipe_hold}};

static void pipe_option(struct pipe *pipe, int letter)
{
	if (letter == 'a')
		pipe->all = true;
	else if (letter == 'n')
		pipe->messages = (uint64_t)args_integer(optarg, "a number of messages", 1, INT64_MAX);
	else if (letter == 'i')
		pipe->get.style = PKS_JSON_INDENT;
	else if (letter == 'r')
		pipe->get.raw = true;
	else
		pipe->timeout_ms = args_seconds(optarg);
}

static int pipe_run(int argc, char **argv)
{
	struct pipe pipe = {.timeout_ms = -1, .messages = 1};
	char **rest;
	size_t verb;

	for (int found; (found = args_next(argc, argv, "+an:irt:", pipe_options)) != -1;)
		pipe_option(&pipe, found);
	rest = args_rest(argc, argv, 3, -1);
	verb = args_verb("pipe", rest[0], pipe_verbs);
	pipe.path = rest[1];
	pipe.end = (int)args_integer(rest[2], "an end: 0 or 1", 0, 1);
	pipe.arguments = rest + 3;
	pipe.count = (size_t)(argc - optind) - 3;
	if (pipe_calls[verb].most == 0)
		args_rest(argc, argv, 3, 3);
	return pipe_calls[verb].run(&pipe);
}

const struct command cmd_pipe = {
	.name = "pipe",
	.usage = "pipe [OPTION...] send PATH END JSON...|recv PATH END|poll PATH END|peek PATH END|\n"
		 "                    hold PATH END [--] COMMAND [ARGUMENT...]",
	.brief = "sends and receives messages at an end of a Pipe",
	.help = "A Pipe has the ends 0 and 1; what is sent at one is received at the other. send and hold make one\n"
		"that is not there; for who is to receive before that, there is `pkstore create pipe`.\n"
		"\n"
		"  send  sends the JSON values; a single - sends one JSON value per line of standard input\n"
		"  recv  receives the next message, and prints it\n"
		"  poll  waits until there is a message, or the other end is closed, and takes nothing\n"
		"  peek  prints the next message, which stays there\n"
		"  hold  keeps the END open while the command runs\n"
		"\n"
		"This program has opened the END, but for peek, as long as it runs, and for `send -` from the first\n"
		"line on; when nobody has it open any more, the other end receives what is left, and then is told\n"
		"that this one is closed. What is sent to an end that nobody ever opened waits there. `hold` is for\n"
		"scripts that send or receive more than once. A message is received before it is printed: what\n"
		"cannot be printed is lost.\n"
		"\n"
		"    pkstore create pipe jobs\n"
		"    pkstore pipe --all recv jobs 0 | while read -r job; do ...; done\n"
		"    produce | pkstore pipe send jobs 1 -\n"
		"\n"
		"Exits with 1 when the other end is closed, or the timeout passed first; hold as COMMAND does.\n"
		"\n"
		"  -a, --all              recv: all messages, until the other end is closed, and exits with 0 then\n"
		"  -n, --count N          recv: N messages; exits with 1 when there are less\n"
		"  -t, --timeout SECONDS  wait no longer than that: for each message, for each to have room; 0: not\n"
		"                         at all\n"
		"  -i, --indent           over several lines, for people\n"
		"  -r, --raw              text without quotes and bytes as they are, without a newline; send: not\n"
		"                         JSON, each is a text as it is, and so is each line; see append\n"
		"\n"
		"Options stand before send, recv and so on; what follows is never taken for one.\n",
	.run = pipe_run,
};
