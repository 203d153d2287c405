/* SPDX-License-Identifier: MIT */
/*
 * A waiter sleeps on a word in shared memory, which nobody writes when a child dies before it has recorded its end. So
 * for as long as a wait lasts, and only if there are children, a thread waits for their pidfds, settles the dead ones,
 * and wakes the waiter by that. It has pidfds of its own: others may look, and close theirs, meanwhile. A child that is
 * made during the wait is noticed by the waiter's own looks. The thread is gone when the wait is over, so that a
 * program with one thread has no more when it forks the next time.
 */
#include "children.h"

#include "layer.h"
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct children_watch {
	struct pks_store *store;
	pthread_t thread;
	size_t count;
	struct pollfd polls[]; /* the first one tells that the wait is over */
};

static void *run(void *arg)
{
	struct children_watch *watch = arg;
	int r;

	layer_library_thread();
	while (!watch->polls[0].revents) {
		bool ended = false;

		r = poll(watch->polls, watch->count, -1);
		if (r < 0 && errno != EINTR)
			break;
		for (size_t i = 1; r > 0 && i < watch->count; i++)
			if (watch->polls[i].revents) {
				ended = true;
				close(watch->polls[i].fd);
				watch->polls[i] = (struct pollfd){.fd = -1};
			}
		/* One that cannot be settled now is found by the waiter's next look. */
		if (ended)
			children_look(watch->store);
	}
	return NULL;
}

static void release(struct children_watch *watch)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->polls[i].fd >= 0)
			close(watch->polls[i].fd);
	free(watch);
}

static struct children_watch *make(struct children *children, int over)
{
	struct children_watch *watch;

	pthread_mutex_lock(&children->lock);
	watch = calloc(1, sizeof(*watch) + (children->count + 1) * sizeof(*watch->polls));
	if (watch) {
		watch->polls[0] = (struct pollfd){.fd = over, .events = POLLIN};
		watch->count = children->count + 1;
		for (size_t i = 1; i < watch->count; i++)
			watch->polls[i] = (struct pollfd){
			    .fd = fcntl(children->items[i - 1].pidfd, F_DUPFD_CLOEXEC, 0), .events = POLLIN};
	}
	pthread_mutex_unlock(&children->lock);
	return watch;
}

/* Whoever handles signals in the program must not get them here. */
static bool start(struct children_watch *watch)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&watch->thread, NULL, run, watch);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code == 0;
}

struct children_watch *children_watch_begin(struct pks_store *store)
{
	struct pool *pool = layer_data(store, LAYER_POOL);
	struct children_watch *watch;
	int over;

	if (!pool || atomic_load(&pool->children.count) == 0)
		return NULL;
	over = eventfd(0, EFD_CLOEXEC);
	watch = over >= 0 ? make(&pool->children, over) : NULL;
	if (!watch) {
		if (over >= 0)
			close(over);
		return NULL;
	}
	watch->store = store;
	if (start(watch))
		return watch;
	release(watch);
	return NULL;
}

void children_watch_end(struct children_watch *watch)
{
	uint64_t one = 1;

	if (!watch)
		return;
	while (write(watch->polls[0].fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(watch->thread, NULL);
	release(watch);
}
