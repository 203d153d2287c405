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
#include "base/error.h"
#include "order.h"
#include "pool_outfit.h"
#include "pool_settings.h"
#include "settle.h"
#include "spawn.h"
#include "worker.h"

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

/* The place behind `place` in all pools, or the first one; NULL at the end. */
static struct place *next_place(const struct supervisor *supervisor, const struct place *place)
{
	const struct supervisor_pool *pool = place ? place->pool : supervisor->pools;

	if (place && place->slot + 1 < pool->place_count)
		return &pool->places[place->slot + 1];
	if (place)
		pool = pool->next;
	while (pool && pool->place_count == 0)
		pool = pool->next;
	return pool ? pool->places : NULL;
}

struct place *supervisor_places_find(struct supervisor *supervisor, pid_t pid)
{
	struct place *place = next_place(supervisor, NULL);

	while (place && place->pid != pid)
		place = next_place(supervisor, place);
	return place;
}

bool supervisor_places_hold(const struct supervisor *supervisor, const struct proc *worker)
{
	for (const struct place *place = next_place(supervisor, NULL); place; place = next_place(supervisor, place))
		if ((place->pid || place->dead) && proc_equal(&place->worker, worker))
			return true;
	return false;
}

struct place *supervisor_places_dead(struct supervisor *supervisor, const struct proc *worker)
{
	for (struct place *place = next_place(supervisor, NULL); place; place = next_place(supervisor, place))
		if (place->dead && proc_equal(&place->worker, worker))
			return place;
	return NULL;
}

void supervisor_places_mark(const struct supervisor *supervisor, const struct place *place,
			    char mark_out[POOL_MARK_SIZE])
{
	pool_mark_worker(supervisor->uuid, &supervisor->self, place->pool->name, place->slot, mark_out);
}

/* ---- starting ---- */

static bool grow(struct supervisor_pool *pool)
{
	struct place *places;

	if (pool->wanted <= pool->place_count)
		return true;
	places = realloc(pool->places, pool->wanted * sizeof(*places));
	if (!places)
		return false;
	for (size_t i = pool->place_count; i < pool->wanted; i++)
		places[i] = (struct place){.pool = pool, .slot = (unsigned)i, .word = -1};
	pool->places = places;
	pool->place_count = pool->wanted;
	return true;
}

struct place *supervisor_places_add(struct supervisor_pool *pool)
{
	size_t wanted = pool->wanted;
	bool added;

	pool->wanted = pool->place_count + 1;
	added = grow(pool);
	pool->wanted = wanted;
	return added ? &pool->places[pool->place_count - 1] : NULL;
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

static int spawn_as(const struct supervisor *supervisor, const struct place *place, const struct pool_outfit *outfit,
		    pid_t *pid_out)
{
	char mark[POOL_MARK_SIZE], text[ORDER_SIZE];
	const char *const own[] = {mark, text, NULL};
	struct order order = {.kind = ORDER_RUN,
			      .slot = place->slot,
			      .supervisor = (pid_t)supervisor->self.pid,
			      .size_default = pool_default_size(),
			      .outfit = outfit->mark,
			      .only = place->only};
	char **set;
	int r;

	strcpy(order.pool, place->pool->name);
	strcpy(order.path, supervisor->path);
	order_format(&order, text);
	supervisor_places_mark(supervisor, place, mark);
	set = pool_outfit_env(outfit, own);
	if (!set)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	r = spawn_start(&(struct spawn){.program = supervisor->program,
					.set = (const char *const *)set,
					.output = -1,
					.own_group = true},
			pid_out);
	pool_outfit_free_env(set, own);
	return r;
}

static int spawn_worker(const struct supervisor *supervisor, const struct place *place, pid_t *pid_out)
{
	struct pool_outfit outfit = {0};
	int r = place->only ? 0 : pool_outfit_read(supervisor->store, place->pool->name, &outfit);

	if (r == 0)
		r = spawn_as(supervisor, place, &outfit, pid_out);
	pool_outfit_release(&outfit);
	return r;
}

void supervisor_places_pause(struct place *place)
{
	pause_place(place, clock_monotonic());
}

void supervisor_places_began(struct place *place, const struct proc *worker)
{
	place->pid = (pid_t)worker->pid;
	place->worker = *worker;
	place->started = clock_monotonic();
	place->not_before = 0;
}

void supervisor_places_forget(struct supervisor *supervisor, const struct forkserver *forkserver)
{
	for (struct place *place = next_place(supervisor, NULL); place; place = next_place(supervisor, place))
		if (place->forkserver == forkserver)
			place->forkserver = NULL;
}

/* Its start time can be read even if it is dead by now: it is our child, and nobody has waited for it. */
static void start(struct supervisor *supervisor, struct place *place, int64_t now)
{
	pid_t pid;

	if (spawn_worker(supervisor, place, &pid) < 0) {
		pks_syslog(supervisor->store, PKS_LEVEL_ERROR, "cannot start a worker: %s", pks_error_message());
		pause_place(place, now);
		return;
	}
	place->pid = pid;
	place->started = now;
	place->not_before = 0;
	proc_of(pid, &place->worker);
}

void supervisor_places_start(struct supervisor *supervisor, struct place *place)
{
	start(supervisor, place, clock_monotonic());
}

static void fill(struct supervisor *supervisor, struct supervisor_pool *pool)
{
	int64_t now = clock_monotonic();

	if (!grow(pool))
		return;
	for (size_t i = 0; i < pool->wanted; i++) {
		struct place *place = &pool->places[i];

		if (place->pid == 0 && !place->dead && now >= place->not_before)
			start(supervisor, place, now);
	}
}

void supervisor_places_fill(struct supervisor *supervisor)
{
	for (struct supervisor_pool *pool = supervisor->pools; pool; pool = pool->next)
		fill(supervisor, pool);
}

/* ---- ending ---- */

static bool has_left(int wait_status)
{
	return WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == WORKER_EXIT_LEFT;
}

static void settle_place(struct supervisor *supervisor, struct place *place)
{
	int64_t now = clock_monotonic();
	int r = settle_worker(supervisor->store, &place->worker, &place->death);

	place->not_before = 0;
	if (r < 0) {
		place->not_before = now + SETTLE_AGAIN_NS;
		return;
	}
	place->dead = false;
	if (r == PKS_NOT_FOUND && now - place->started < YOUNG_NS && !has_left(place->death.wait_status))
		pause_place(place, now);
	else
		place->futile = 0;
}

void supervisor_places_died(struct supervisor *supervisor, struct place *place, const struct death *death)
{
	supervisor_lots_forget(place);
	place->pid = 0;
	place->dead = true;
	place->death = *death;
	if (!place->linger)
		settle_place(supervisor, place);
}

void supervisor_places_settle(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic();

	for (struct place *place = next_place(supervisor, NULL); place; place = next_place(supervisor, place))
		if (place->dead && now >= place->not_before && supervisor_linger_is_over(supervisor, place))
			settle_place(supervisor, place);
}

int64_t supervisor_places_next(const struct supervisor *supervisor)
{
	int64_t next = INT64_MAX, now = clock_monotonic();

	/* What has come already was seen to, or is a place that nobody wants filled. */
	for (const struct place *place = next_place(supervisor, NULL); place; place = next_place(supervisor, place))
		if (place->not_before > now && place->not_before < next)
			next = place->not_before;
	return next;
}
