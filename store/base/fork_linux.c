/* SPDX-License-Identifier: MIT */
/*
 * The mark lies in a page that the kernel empties in every child, whether fork(3) made it or a bare clone(2). Where
 * the kernel has no such pages, a handler that fork(3) calls empties it: then only a bare clone goes unnoticed.
 *
 * A pid alone would not do: it comes back after its process, and as 1 in each pid namespace.
 */
#include "fork.h"

#include "clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_uint_least64_t plain_mark; /* where there is no page */
_Atomic(atomic_uint_least64_t *) fork_mark_at;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fork_in_child(void)
{
	atomic_store(&plain_mark, 0);
}

static atomic_uint_least64_t *fork_page(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, size, MADV_WIPEONFORK) == 0)
		return page;
	munmap(page, size);
	return NULL;
}

static void fork_init(void)
{
	atomic_uint_least64_t *page = fork_page();

	if (!page) {
		pthread_atfork(NULL, NULL, fork_in_child);
		page = &plain_mark;
	}
	atomic_store(&fork_mark_at, page);
}

/* The pid above, and below the moment in units of 1 ns: 4 s pass before it repeats, and pids last longer than that. */
static uint64_t fork_mark_new(void)
{
	return (uint64_t)getpid() << 32 | (uint32_t)clock_monotonic() | 1;
}

uint64_t fork_fill(void)
{
	uint_least64_t seen = 0, fresh = fork_mark_new();

	pthread_once(&once, fork_init);
	/* Only one thread's number may win: others may have seen it by now. */
	if (atomic_compare_exchange_strong(atomic_load(&fork_mark_at), &seen, fresh))
		return fresh;
	return seen;
}
