/* SPDX-License-Identifier: MIT */
/*
 * The table of workers.
 *
 *      empty --not_before has come, wanted--> alive --reaped--> dead --settled--> empty
 *
 * A worker that dies young without having run anything may do so again and again: after a few such in a row its place
 * is refilled after a pause that doubles each time. One that was running something is replaced at once, as its death is
 * that process's doing.
 */
#include "supervisor.h"

#include "base/clock.h"
#include "order.h"
#include "running.h"
#include "settle.h"
#include "spawn.h"

#include <pkstore/syslog.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Younger than this when it dies, a worker has not come far. */
#define YOUNG_NS CLOCK_NS_PER_S

/* So many in a row may be somebody's doing, or chance, and are replaced at once. */
#define FUTILE_FREE 4

/*
 * The pauses: the first is too short to be noticed; the last costs little, and is the longest that work may have to
 * wait for a pool whose workers can run again.
 */
#define PAUSE_FIRST_NS (100 * CLOCK_NS_PER_MS)
#define PAUSE_LAST_NS (5 * CLOCK_NS_PER_S)

/* How soon a settling that failed is tried again. */
#define SETTLE_AGAIN_NS (100 * CLOCK_NS_PER_MS)

struct place *supervisor_places_find(struct supervisor *supervisor, pid_t pid)
{
	for (size_t i = 0; i < supervisor->place_count; i++)
		if (supervisor->places[i].pid == pid)
			return &supervisor->places[i];
	return NULL;
}

bool supervisor_places_hold(const struct supervisor *supervisor, const struct proc *worker)
{
	for (size_t i = 0; i < supervisor->place_count; i++)
		if ((supervisor->places[i].pid || supervisor->places[i].dead) &&
		    proc_equal(&supervisor->places[i].worker, worker))
			return true;
	return false;
}

/* ---- starting ---- */

static bool grow(struct supervisor *supervisor, size_t wanted)
{
	struct place *places;

	if (wanted <= supervisor->place_count)
		return true;
	places = realloc(supervisor->places, wanted * sizeof(*places));
	if (!places)
		return false;
	memset(places + supervisor->place_count, 0, (wanted - supervisor->place_count) * sizeof(*places));
	supervisor->places = places;
	supervisor->place_count = wanted;
	return true;
}

static void pause_place(struct place *place, int64_t now)
{
	int64_t pause = PAUSE_FIRST_NS;

	if (++place->futile <= FUTILE_FREE)
		return;
	for (unsigned i = FUTILE_FREE + 1; i < place->futile && pause < PAUSE_LAST_NS; i++)
		pause *= 2;
	place->not_before = now + (pause < PAUSE_LAST_NS ? pause : PAUSE_LAST_NS);
}

static int spawn_worker(const struct supervisor *supervisor, unsigned slot, pid_t *pid_out)
{
	char mark[POOL_MARK_SIZE], text[ORDER_SIZE];
	const char *const set[] = {mark, text, NULL};
	struct order order = {.kind = ORDER_RUN, .slot = slot, .supervisor = (pid_t)supervisor->self.pid};

	strcpy(order.path, supervisor->path);
	order_format(&order, text);
	pool_mark_worker(supervisor->uuid, &supervisor->self, slot, mark);
	return spawn_start(&(struct spawn){.program = supervisor->program, .set = set, .output = -1, .own_group = true},
			   pid_out);
}

/* Its start time can be read even if it is dead by now: it is our child, and nobody has waited for it. */
static void start(struct supervisor *supervisor, struct place *place, int64_t now)
{
	pid_t pid;

	if (spawn_worker(supervisor, (unsigned)(place - supervisor->places), &pid) < 0) {
		pks_syslog(supervisor->store, PKS_LEVEL_ERROR, "cannot start a worker: %s", pks_error_message());
		pause_place(place, now);
		return;
	}
	place->pid = pid;
	place->started = now;
	place->not_before = 0;
	proc_of(pid, &place->worker);
}

/* As many as the pool's size, and one more for each process that waits for another. */
static size_t wanted_places(struct supervisor *supervisor)
{
	struct running_list list;
	unsigned size;
	size_t waiting = 0;

	if (pks_pool_size(supervisor->store, &size) < 0)
		return supervisor->place_count;
	if (running_read(supervisor->store, &list) == 0) {
		waiting = running_waiting(&list);
		running_release(&list);
	}
	return size + waiting;
}

void supervisor_places_fill(struct supervisor *supervisor)
{
	size_t wanted = wanted_places(supervisor);
	int64_t now = clock_monotonic();

	if (!grow(supervisor, wanted))
		return;
	for (size_t i = 0; i < wanted; i++) {
		struct place *place = &supervisor->places[i];

		if (place->pid == 0 && !place->dead && now >= place->not_before)
			start(supervisor, place, now);
	}
}

/* ---- ending ---- */

static void settle_place(struct supervisor *supervisor, struct place *place)
{
	int64_t now = clock_monotonic();
	int r = settle_worker(supervisor->store, &place->worker, place->wait_status);

	place->not_before = 0;
	if (r < 0) {
		place->not_before = now + SETTLE_AGAIN_NS;
		return;
	}
	place->dead = false;
	if (r == PKS_NOT_FOUND && now - place->started < YOUNG_NS)
		pause_place(place, now);
	else
		place->futile = 0;
}

void supervisor_places_died(struct supervisor *supervisor, struct place *place, int wait_status)
{
	place->pid = 0;
	place->dead = true;
	place->wait_status = wait_status;
	settle_place(supervisor, place);
}

void supervisor_places_settle(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < supervisor->place_count; i++)
		if (supervisor->places[i].dead && now >= supervisor->places[i].not_before)
			settle_place(supervisor, &supervisor->places[i]);
}

int64_t supervisor_places_next(const struct supervisor *supervisor)
{
	int64_t next = INT64_MAX, now = clock_monotonic();

	/* What has come already was seen to, or is a place that nobody wants filled. */
	for (size_t i = 0; i < supervisor->place_count; i++)
		if (supervisor->places[i].not_before > now && supervisor->places[i].not_before < next)
			next = supervisor->places[i].not_before;
	return next;
}
