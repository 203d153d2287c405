/* SPDX-License-Identifier: MIT */
/* A handler that is quick, unless its process says that it is to do something else: so those come in lots, too. */
#include <pkstore/pkstore.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int told(void *arg)
{
	return pks_dict_contains(arg, "go") == 0;
}

static int hold(struct pks_object *self)
{
	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return pks_wait_until(&self, 1, told, self, -1);
}

static volatile sig_atomic_t caught;

static void note(int number)
{
	caught = number;
}

/* Ends well on SIGTERM. */
static int hold_softly(struct pks_object *self)
{
	caught = 0;
	signal(SIGTERM, note);
	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	while (!caught)
		pks_wait_until(&self, 1, told, self, 20);
	return 0;
}

static int wait_for_event(struct pks_object *self)
{
	struct pks_object *event = pks_dict_object(self, "event");

	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return pks_event_wait(event, -1);
}

static int join_other(struct pks_object *self)
{
	struct pks_object *other = pks_dict_object(self, "other");

	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return pks_process_join(other, -1);
}

/* What anybody may do without the store. */
static int sleep_a_while(struct pks_object *self)
{
	int ms = 0;

	pks_dict_getf(self, "ms", "i", &ms);
	usleep((useconds_t)ms * 1000);
	return 0;
}

static int act(struct pks_object *self, const char *what)
{
	if (strcmp(what, "hold") == 0)
		return hold(self);
	if (strcmp(what, "hold softly") == 0)
		return hold_softly(self);
	if (strcmp(what, "event") == 0)
		return wait_for_event(self);
	if (strcmp(what, "join") == 0)
		return join_other(self);
	if (strcmp(what, "sleep") == 0)
		return sleep_a_while(self);
	if (strcmp(what, "fall") == 0)
		raise(SIGSEGV);
	if (strcmp(what, "exit") == 0)
		exit(3);
	if (strcmp(what, "say") == 0)
		return puts("said") < 0;
	if (strcmp(what, "return") == 0)
		return pks_return(self, "i", 7);
	return pks_fail(self, "%s", what);
}

/* Notes that it runs in the item `log`, if it has one, and what it is to do, if anything. */
PKS_PROCESS(lot)
{
	struct pks_object *log = NULL;
	char *what = NULL;
	int r = 0;

	if (pks_dict_contains(self, "log") == 0) {
		struct pks_object_info info;

		log = pks_dict_object(self, "log");
		pks_object_info(self, &info);
		r = pks_log_appendf(log, "s", info.path);
	}
	if (r == 0 && pks_dict_getf(self, "act", "s", &what) == 0)
		r = act(self, what);
	free(what);
	return r;
}
