/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/event.h>

static const struct option event_options[] = {
	{"timeout", required_argument, NULL, 't'},
	ARGS_HELP,
};

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
	event = pks_event_open(open_to_create_at(rest[1]), rest[1], PKS_OPEN_OR_CREATE);
	if (!event)
		fail_handle(rest[1]);
	if (verb == EVENT_WAIT)
		return event_wait(event, rest[1], timeout_ms);
	fail_if(verb == EVENT_SET ? pks_event_set(event) : pks_event_clear(event), rest[1]);
	return FAIL_OK;
}

const struct command cmd_event = {
	.name = "event",
	.usage = "event [-t SECONDS] set|clear|wait PATH",
	.brief = "sets an Event, or waits for one",
	.help = "Sets or clears the Event, or waits until it is set; it is made if it is not there. A wait exits with\n"
		"1 when the timeout passed first.\n"
		"\n"
		"  -t, --timeout SECONDS  wait no longer than that; 0: only look\n",
	.run = event_run,
};
