/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/event.h>

#include <stdbool.h>

static const struct option event_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

/* Only `set` makes one: a wait for a new one would hide that the path was mistyped. */
static struct pks_object *event_open(const char *path, bool set)
{
	struct pks_object *event;

	if (!set)
		return open_object(open_to_change(), path);
	event = pks_event_open(open_to_create_at(path), path, PKS_OPEN_OR_CREATE);
	if (!event)
		fail_handle(path);
	return event;
}

static int event_wait(struct pks_object *event, const char *path, int timeout_ms)
{
	int r = pks_event_wait(event, timeout_ms);

	if (r == PKS_TIMED_OUT)
		return FAIL_NO;
	fail_if(r, path);
	return FAIL_OK;
}

static int event_run(int argc, char **argv)
{
	enum { EVENT_SET, EVENT_CLEAR, EVENT_WAIT };
	static const char *const verbs[] = {"set", "clear", "wait", NULL};
	struct pks_object *event;
	size_t verb;
	int timeout_ms = -1;
	char **rest;

	while (args_next(argc, argv, "t:", event_options) != -1)
		timeout_ms = args_seconds(optarg);
	rest = args_rest(argc, argv, 2, 2);
	verb = args_verb("event", rest[0], verbs);
	event = event_open(rest[1], verb == EVENT_SET);
	if (verb == EVENT_WAIT)
		return event_wait(event, rest[1], timeout_ms);
	fail_if(verb == EVENT_SET ? pks_event_set(event) : pks_event_clear(event), rest[1]);
	return FAIL_OK;
}

const struct command cmd_event = {
	.name = "event",
	.usage = "event [-t SECONDS] set|clear|wait PATH",
	.brief = "sets an Event, or waits for one",
	.help = "Sets or clears the Event, or waits until it is set. `set` makes one that is not there; for who is to\n"
		"wait before that, there is `pkstore create event PATH`. A wait exits with 1 when the timeout passed\n"
		"first.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that; 0: only look\n",
	.run = event_run,
};
