/* SPDX-License-Identifier: MIT */
/* The supervisor's loop. */
#include "supervisor.h"

#include "base/clock.h"
#include "layer.h"
#include "lock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool store_is_there(const struct supervisor *supervisor)
{
	struct stat now;

	return stat(supervisor->path, &now) == 0 && now.st_dev == supervisor->directory.st_dev &&
	       now.st_ino == supervisor->directory.st_ino;
}

/*
 * Without its lock file a supervisor is none: another one may be up already. With the store gone there is nothing left
 * to be kept; with only the file gone the workers finish what they run, as after any supervisor's death.
 */
static void check_ground(struct supervisor *supervisor)
{
	if (!lock_is_gone(supervisor->lock_fd))
		return;
	if (!store_is_there(supervisor))
		supervisor_stop(supervisor, false);
	_exit(EXIT_SUCCESS);
}

static void tick(struct supervisor *supervisor)
{
	check_ground(supervisor);
	oom_tick(&supervisor->oom);
	layer_check_readers(supervisor->store); /* dead readers pin pages */
	supervisor_watch_all(supervisor);
	supervisor_forkservers_tick(supervisor);
	supervisor_lots_look_slowly(supervisor);
	supervisor_output_look(supervisor);
}

/* Signals that arrive while one is handled are merged, so each is taken as "look at everything of this kind". */
static void take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			supervisor_stop(supervisor, true);
	supervisor_reap(supervisor);
}

/*
 * Before the watches' descriptors: the signals', the output's, the keepers', the forkservers' and the lingering trees'.
 */
#define POLL_SIGNALS 0
#define POLL_OUTPUT 1
#define POLL_KEEPERS 2
#define POLL_FORKSERVERS 3
#define POLL_LINGERS 4
#define POLL_WATCHES 5

static struct pollfd *make_polls(const struct supervisor *supervisor)
{
	struct pollfd *polls = calloc(supervisor->watch_count + POLL_WATCHES, sizeof(*polls));

	if (!polls)
		_exit(EXIT_FAILURE); /* the workers start another one */
	polls[POLL_SIGNALS] = (struct pollfd){.fd = supervisor->signal_fd, .events = POLLIN};
	polls[POLL_KEEPERS] = (struct pollfd){.fd = supervisor->keepers_fd, .events = POLLIN};
	polls[POLL_FORKSERVERS] = (struct pollfd){.fd = supervisor->forkservers_fd, .events = POLLIN};
	polls[POLL_LINGERS] = (struct pollfd){.fd = supervisor->lingers_fd, .events = POLLIN};
	polls[POLL_OUTPUT] = (struct pollfd){.fd = supervisor_output_fd(supervisor), .events = POLLIN};
	for (size_t i = 0; i < supervisor->watch_count; i++)
		polls[i + POLL_WATCHES] = (struct pollfd){.fd = supervisor->watches[i].pidfd, .events = POLLIN};
	return polls;
}

static int ms_until(int64_t when)
{
	int64_t left = when - clock_monotonic();

	return left <= 0 ? 0 : (int)((left + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS);
}

static int sleep_ms(const struct supervisor *supervisor, int64_t next_tick)
{
	int64_t next = supervisor_places_next(supervisor), output = supervisor_output_next(supervisor);

	next = output < next ? output : next;
	if (supervisor->next_deadline < next)
		next = supervisor->next_deadline;
	return ms_until(next < next_tick ? next : next_tick);
}

/* Looks at lots meanwhile, for which it need not see to anything else. */
static int sleep_in(struct supervisor *supervisor, struct pollfd *polls, nfds_t count, int64_t next_tick)
{
	int r = 0;

	while (r == 0) {
		int ms = sleep_ms(supervisor, next_tick), lots = ms;

		if (supervisor->lots_next)
			lots = ms_until(supervisor->lots_next);
		r = poll(polls, count, lots < ms ? lots : ms);
		if (lots >= ms)
			break;
		if (r == 0)
			supervisor_lots_tick(supervisor);
	}
	return r;
}

static void sleep_once(struct supervisor *supervisor, int64_t next_tick)
{
	size_t watches = supervisor->watch_count;
	struct pollfd *polls = make_polls(supervisor);

	if (sleep_in(supervisor, polls, watches + POLL_WATCHES, next_tick) > 0) {
		if (polls[POLL_SIGNALS].revents)
			take_signals(supervisor);
		if (polls[POLL_FORKSERVERS].revents)
			supervisor_forkservers_hear(supervisor);
		/* Backwards: an ended one is replaced by the last. */
		for (size_t i = watches; i-- > 0;)
			if (polls[i + POLL_WATCHES].revents)
				supervisor_watch_ended(supervisor, i);
		if (polls[POLL_OUTPUT].revents)
			supervisor_output_look(supervisor);
	}
	free(polls);
}

void supervisor_run(struct supervisor *supervisor)
{
	int64_t next_tick = 0;

	supervisor_output_begin(supervisor);
	supervisor_daemons_begin(supervisor);
	supervisor_forkservers_begin(supervisor);
	supervisor_lingers_begin(supervisor);
	oom_begin(&supervisor->oom);
	for (;;) {
		if (clock_monotonic() >= next_tick) {
			tick(supervisor);
			next_tick = clock_monotonic() + SUPERVISOR_TICK_MS * CLOCK_NS_PER_MS;
		}
		supervisor_places_settle(supervisor);
		supervisor_pools_look(supervisor);
		supervisor_places_fill(supervisor);
		supervisor_dedicated_look(supervisor);
		supervisor_daemons_look(supervisor);
		supervisor_deadlines(supervisor);
		supervisor_lots_look(supervisor);
		sleep_once(supervisor, next_tick);
	}
}
