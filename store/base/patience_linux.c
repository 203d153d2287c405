/* SPDX-License-Identifier: MIT */
#include "patience.h"

#include "base/clock.h"

#include <pthread.h>
#include <sched.h>

/* A few short commits: the answer to a question takes two, a process three. */
#define LOOK_NS 100000

/* How often it was right to look, of late: from 0, where a thread only tries it now and then. */
#define LUCK_MAX 8
#define LUCK_AT_FIRST 4
#define TRY_EVERY 16

static _Thread_local int luck = LUCK_AT_FIRST;
static _Thread_local unsigned tries;

/* On a single CPU the one that is waited for does not get on while somebody looks. */
static atomic_bool alone;

static void count_cpus(void)
{
	cpu_set_t cpus;

	atomic_store(&alone, sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) == 1);
}

static bool is_alone(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, count_cpus);
	return atomic_load_explicit(&alone, memory_order_relaxed);
}

void patience_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

struct patience patience_begin(void)
{
	bool look = !is_alone() && (luck > 0 || ++tries % TRY_EVERY == 0);

	return (struct patience){.until = look ? clock_monotonic() + LOOK_NS : 0};
}

bool patience_look(struct patience *patience, atomic_uint_least32_t *word, uint32_t seen)
{
	while (patience->until) {
		for (int i = 0; i < 16; i++) {
			if (atomic_load(word) != seen)
				return true;
			patience_relax();
		}
		if (clock_monotonic() >= patience->until)
			patience->until = 0;
	}
	patience->slept = true;
	return false;
}

void patience_end(const struct patience *patience)
{
	if (!patience->slept)
		luck += luck < LUCK_MAX;
	else
		luck -= luck > 0;
}
