/* SPDX-License-Identifier: MIT */
#include "model.h"
#include "worlds.h"

#include "lib/child.h"
#include "lib/scratch.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Only a hang is as long; what the dead leave is found within PKS_RECHECK_MS. */
#define PATIENCE_S 20
/* One call in so many is of an actor that is killed while it waits, or while it does nothing, or amid the call. */
#define DEATH_EVERY 6
/* How many are told something at once, at most. */
#define AT_ONCE 3

/* What the test shares with an actor. */
struct stage {
	sem_t go;
	int op, a, timeout_ms;
	int code, value;
	atomic_bool returned;
};

struct shared {
	sem_t news; /* somebody has returned */
	struct stage stages[ACTORS];
};

static struct {
	const struct waiting *kind;
	struct pks_store *store;
	const char *path;
	unsigned seed;
	int calls;
	uint64_t random;
	struct shared *shared;
	struct worlds worlds;
	pid_t pids[ACTORS];
	bool busy[ACTORS];
	uint32_t deaths, deaths_waiting, deaths_amid;
} play;

/* ---- in an actor ---- */

static int act(void *arg)
{
	struct stage *stage = arg;
	struct pks_store *store = pks_store_open(play.path, NULL);

	if (!store)
		return 1;
	play.kind->open(store);
	for (;;) {
		while (sem_wait(&stage->go) != 0)
			;
		stage->value = 0;
		stage->code = play.kind->act(stage->op, stage->a, stage->timeout_ms, &stage->value);
		atomic_store(&stage->returned, true);
		sem_post(&play.shared->news);
	}
}

static void start(int actor)
{
	struct stage *stage = &play.shared->stages[actor];

	sem_init(&stage->go, 1, 0);
	atomic_store(&stage->returned, false);
	play.busy[actor] = false;
	play.pids[actor] = child_start(act, stage);
}

/* ---- in the test: events, and what they leave of the worlds ---- */

static void describe(void)
{
	for (int i = 0; i < play.worlds.count && i < 3; i++) {
		const struct world *world = &play.worlds.worlds[i];

		fprintf(stderr, "a world:");
		for (int actor = 0; actor < ACTORS; actor++)
			fprintf(stderr, " [%d %d: op %d, %d ms: %d %d]", world->actors[actor].life,
			        world->actors[actor].phase, world->actors[actor].op, world->actors[actor].timeout_ms,
			        world->actors[actor].code, world->actors[actor].value);
		for (size_t n = 0; n < sizeof(world->of_kind) / sizeof(*world->of_kind); n++)
			fprintf(stderr, " %d", world->of_kind[n]);
		fprintf(stderr, "\n");
	}
}

/* What happened to an actor. */
struct event {
	int actor;
	const struct stage *stage;
};

static void happens(const char *what, bool (*change)(struct world *world, const void *arg), const struct event *event)
{
	const struct stage *stage = event->stage;

	worlds_change(&play.worlds, change, event);
	cr_assert_gt(play.worlds.count, 0,
	             "%s, seed %u, call %d: %s: actor %d, op %d of %d, timeout %d: %d, %d: no world", play.kind->name,
	             play.seed, play.calls, what, event->actor, stage->op, stage->a, stage->timeout_ms, stage->code,
	             stage->value);
	worlds_close(&play.worlds);
}

static bool ask(struct world *world, const void *arg)
{
	const struct event *event = arg;
	struct actor *actor = &world->actors[event->actor];

	actor->phase = ASKED;
	actor->op = event->stage->op;
	actor->a = event->stage->a;
	actor->timeout_ms = event->stage->timeout_ms;
	return true;
}

/* What is of its kind it keeps. */
static void forget_call(struct actor *actor)
{
	actor->phase = IDLE;
	actor->op = actor->a = actor->timeout_ms = actor->code = actor->value = 0;
}

static bool answers(struct world *world, const void *arg)
{
	const struct event *event = arg;
	struct actor *actor = &world->actors[event->actor];

	if (actor->phase != DONE || actor->code != event->stage->code || actor->value != event->stage->value)
		return false;
	forget_call(actor);
	return true;
}

static bool is_doomed(struct world *world, const void *arg)
{
	const struct event *event = arg;

	world->actors[event->actor].life = DOOMED;
	return true;
}

/* The next one is at its place. */
static bool is_dead(struct world *world, const void *arg)
{
	const struct event *event = arg;
	struct actor *actor = &world->actors[event->actor];

	if (actor->life != GONE)
		play.kind->die(world, event->actor);
	*actor = (struct actor){.life = LIVES};
	return true;
}

static bool agrees(struct world *world, const void *arg)
{
	(void)arg;
	return play.kind->agrees(world);
}

/* ---- in the test: what it does ---- */

static void take_answer(int actor)
{
	struct event event = {actor, &play.shared->stages[actor]};

	if (!play.busy[actor] || !atomic_exchange(&play.shared->stages[actor].returned, false))
		return;
	play.busy[actor] = false;
	happens("answered", answers, &event);
}

static void take_answers(void)
{
	for (int i = 0; i < ACTORS; i++)
		take_answer(i);
}

static void await_news(void)
{
	struct timespec until;
	int r;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	do
		r = sem_timedwait(&play.shared->news, &until);
	while (r != 0 && errno == EINTR);
	if (r != 0)
		describe();
	cr_assert_eq(r, 0, "%s, seed %u, call %d: nobody returns, and somebody must", play.kind->name, play.seed,
	             play.calls);
}

/* Until nothing need come any more. */
static void settle(void)
{
	take_answers();
	while (!worlds_settled(&play.worlds)) {
		await_news();
		take_answers();
	}
}

static uint32_t choose(uint32_t below)
{
	return model_random(&play.random) % below;
}

static void tell(int actor)
{
	static const int timeouts[] = {-1, -1, -1, 0, 3};
	struct stage *stage = &play.shared->stages[actor];
	struct event event = {actor, stage};

	play.calls++;
	stage->op = (int)choose((uint32_t)play.kind->ops);
	stage->a = (int)choose(STEP_MAX + 1);
	stage->timeout_ms = timeouts[choose(sizeof(timeouts) / sizeof(*timeouts))];
	play.busy[actor] = true;
	happens("asked", ask, &event);
	sem_post(&stage->go);
}

static void slay(int actor)
{
	struct event event = {actor, &play.shared->stages[actor]};

	play.deaths++;
	play.deaths_waiting += play.busy[actor];
	happens("doomed", is_doomed, &event);
	child_kill(play.pids[actor]);
	take_answers();
	happens("dead", is_dead, &event);
	start(actor);
}

/* Not to wait for something, but to kill at just any moment of a call. */
static void some_time(void)
{
	struct timespec time = {.tv_nsec = choose(150000)};

	nanosleep(&time, NULL);
}

static void tell_some(void)
{
	int told[AT_ONCE], count = 0;

	for (uint32_t i = 1 + choose(AT_ONCE); i > 0; i--) {
		int actor = (int)choose(ACTORS);

		if (!play.busy[actor])
			tell(told[count++] = actor);
	}
	if (count == 0 || choose(DEATH_EVERY) != 0)
		return;
	some_time();
	play.deaths_amid++;
	slay(told[choose((uint32_t)count)]);
}

static bool all_busy(void)
{
	for (int i = 0; i < ACTORS; i++)
		if (!play.busy[i])
			return false;
	return true;
}

/*
 * Somebody who was killed when LMDB had written its commit, and not yet told the readers, has committed: a reader sees
 * it from the next writer's begin on, and must not have seen the store without it before.
 */
static void look_at_it(void)
{
	struct event none = {0, &play.shared->stages[0]};

	cr_assert_eq(pks_begin(play.store), 0, "%s", pks_error_message());
	cr_assert_eq(pks_commit(play.store), 0, "%s", pks_error_message());
	play.kind->look(play.pids);
	happens("looked", agrees, &none);
}

static void scene(void)
{
	tell_some();
	settle();
	if (choose(DEATH_EVERY) == 0 || all_busy())
		slay((int)choose(ACTORS));
	settle();
	look_at_it();
}

static int print_finding(const struct pks_finding *finding, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s: %s: %s\n", finding->path, pks_check_name(finding->code), finding->what);
	return 0;
}

static void begin(const struct waiting *kind, unsigned seed)
{
	memset(&play, 0, sizeof(play));
	play.kind = kind;
	play.path = scratch_dir(kind->name);
	play.seed = seed;
	play.random = (uint64_t)seed << 16;
	play.shared = child_shared(sizeof(*play.shared));
	play.store = pks_store_open(play.path, &(struct pks_store_options){.durability = PKS_DURABILITY_NONE});
	cr_assert_not_null(play.store, "%s", pks_error_message());
	sem_init(&play.shared->news, 1, 0);
	worlds_init(&play.worlds, kind);
	worlds_close(&play.worlds);
	kind->open(play.store);
	for (int i = 0; i < ACTORS; i++)
		start(i);
}

void waiting_run(const struct waiting *kind, unsigned seed, int calls)
{
	begin(kind, seed);
	while (play.calls < calls)
		scene();
	for (int i = 0; i < ACTORS; i++)
		child_kill(play.pids[i]);
	cr_assert_eq(pks_check(play.store, NULL, print_finding, NULL, NULL), 0, "%s, seed %u", kind->name, seed);
	printf("%s: %d calls, %u killed, %u of them waiting or amid a call\n", kind->name, play.calls, play.deaths,
	       play.deaths_waiting);
	worlds_release(&play.worlds);
	pks_store_close(play.store);
}
