/* SPDX-License-Identifier: MIT */
/*
 * Copying the output of what runs while it runs: the kernel tells when a worker writes to its files (inotify(7)). After
 * a look there is none for a while, however much is written: a follower does not notice, and a handler that writes all
 * the time costs no more than that. Without inotify the tick looks.
 */
#include "supervisor.h"

#include "base/clock.h"
#include "layer.h"
#include "output.h"
#include "running.h"

#include <sys/inotify.h>
#include <unistd.h>

/* How long after a look there is none. */
#define OUTPUT_PAUSE_NS (50 * CLOCK_NS_PER_MS)

/* The handler itself may hold the write lock for long: nobody is to be reaped later for it. */
#define OUTPUT_BUSY_MS 10

void supervisor_output_begin(struct supervisor *supervisor)
{
	char path[PKS_STORE_PATH_SIZE];

	output_folder(supervisor->store, path);
	output_sweep(supervisor->store);
	supervisor->output_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (supervisor->output_fd >= 0)
		inotify_add_watch(supervisor->output_fd, path, IN_MODIFY | IN_ONLYDIR);
}

int supervisor_output_fd(const struct supervisor *supervisor)
{
	return clock_monotonic() >= supervisor->output_next ? supervisor->output_fd : -1;
}

/* Not before the pause is over, and then only if there is anything to be heard. */
int64_t supervisor_output_next(const struct supervisor *supervisor)
{
	return supervisor->output_fd >= 0 && supervisor->output_next > clock_monotonic() ? supervisor->output_next
											 : INT64_MAX;
}

static void forget_events(const struct supervisor *supervisor)
{
	char events[4096];

	while (read(supervisor->output_fd, events, sizeof(events)) > 0)
		;
}

void supervisor_output_look(struct supervisor *supervisor)
{
	uint32_t patience = layer_set_busy_timeout(supervisor->store, OUTPUT_BUSY_MS);
	struct running_list list;

	forget_events(supervisor);
	if (running_read(supervisor->store, &list) == 0) {
		for (size_t i = 0; i < list.count; i++)
			output_copy(supervisor->store, list.items[i].id, &list.items[i].state.worker, false);
		running_release(&list);
	}
	layer_set_busy_timeout(supervisor->store, patience);
	supervisor->output_next = clock_monotonic() + OUTPUT_PAUSE_NS;
}
