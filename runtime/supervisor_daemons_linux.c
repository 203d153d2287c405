/* SPDX-License-Identifier: MIT */
/* Watching those to whose life processes are tied (daemon.h). */
#include "supervisor.h"

#include "daemon.h"
#include "layer.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct keeper_watch {
	struct keeper keeper;
	int pidfd; /* -1: of an attempt, whose end only its state tells */
};

void supervisor_daemons_begin(struct supervisor *supervisor)
{
	/* Without it a keeper's end is found at the next tick. */
	supervisor->keepers_fd = epoll_create1(EPOLL_CLOEXEC);
}

static bool is_watched(const struct supervisor *supervisor, const struct keeper *keeper)
{
	for (size_t i = 0; i < supervisor->keeper_count; i++)
		if (daemon_keeper_equal(&supervisor->keepers[i].keeper, keeper))
			return true;
	return false;
}

/* Without memory, or a descriptor, for it the next look tries again. */
static void watch(struct supervisor *supervisor, const struct keeper *keeper)
{
	struct keeper_watch watch = {*keeper, -1}, *grown;
	struct epoll_event event = {.events = EPOLLIN};

	grown = realloc(supervisor->keepers, (supervisor->keeper_count + 1) * sizeof(*grown));
	if (!grown)
		return;
	supervisor->keepers = grown;
	if (!keeper->process) {
		watch.pidfd = proc_open(&keeper->proc);
		if (watch.pidfd >= 0)
			epoll_ctl(supervisor->keepers_fd, EPOLL_CTL_ADD, watch.pidfd, &event);
	}
	grown[supervisor->keeper_count++] = watch;
}

static int gather(const char *name, size_t size, void *arg)
{
	struct buffer *names = arg;

	buffer_append(names, name, size);
	buffer_append(names, "", 1);
	return 0;
}

static void look_at_note(struct supervisor *supervisor, const char *name)
{
	struct pks_value value = {0};
	struct keeper keeper;

	if (layer_setting_get(supervisor->store, name, &value) == 0 && daemon_keeper_read(&value, &keeper) == 0 &&
	    !is_watched(supervisor, &keeper))
		watch(supervisor, &keeper);
	pks_value_clear(&value);
}

static void look_at_notes(struct supervisor *supervisor)
{
	struct buffer names = {0};
	size_t at = 0;

	layer_setting_each(supervisor->store, DAEMON_NOTES, gather, &names);
	while (!names.failed && at < names.size) {
		const char *name = (const char *)names.data + at;

		look_at_note(supervisor, name);
		at += strlen(name) + 1;
	}
	buffer_release(&names);
}

/* Closing the pidfd takes it out of the set. One whose daemons cannot all be ended now stays, and is seen to again. */
void supervisor_daemons_look(struct supervisor *supervisor)
{
	look_at_notes(supervisor);
	for (size_t i = supervisor->keeper_count; i-- > 0;) {
		struct keeper_watch *watch = &supervisor->keepers[i];

		if (daemon_keeper_lives(supervisor->store, &watch->keeper) != PKS_NOT_FOUND)
			continue;
		if (watch->pidfd >= 0)
			close(watch->pidfd);
		watch->pidfd = -1;
		if (daemon_end_all(supervisor->store, &watch->keeper) == 0)
			*watch = supervisor->keepers[--supervisor->keeper_count];
	}
}
