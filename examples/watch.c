/* SPDX-License-Identifier: MIT */
/*
 * A program with a loop of its own, here of epoll, waits in it for processes and for a Log. libuv takes the descriptor
 * with uv_poll_init(), GLib with g_unix_fd_add(); what is called when it is readable is the same.
 */
#include "example.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

PKS_PROCESS(measure)
{
	struct pks_object *log = pks_dict_object(self, "results");

	for (int i = 1; i <= 3; i++)
		if (pks_log_appendf(log, "i", i * i) < 0)
			return 1;
	return 0;
}

PKS_PROCESS(break_down)
{
	return pks_fail(self, "no power");
}

static struct pks_object *results;
static uint64_t position;
static int running;

static void print_results(struct pks_watch *watch, size_t which, void *unused)
{
	struct pks_value value = {0};
	int64_t number;

	(void)watch, (void)which, (void)unused;
	while (pks_log_follow(results, &position, 0, &value) == 0) {
		if (pks_value_int(&value, &number) == 0)
			printf("result: %lld\n", (long long)number);
		pks_value_clear(&value);
	}
}

static void process_ended(struct pks_object *process, const struct pks_process_info *info, void *unused)
{
	(void)process, (void)unused;
	print_results(NULL, 0, NULL); /* what it has appended since the Log was looked at */
	printf("%s: %s, exit code %d\n", strrchr(info->target, ':') + 1, pks_status_name((int)info->status),
	       info->exitcode);
	running--;
}

static void start(struct pks_watch *watch, const char *handler)
{
	struct pks_object *process = pks_process_new(pks_object_store(results), NULL, handler);

	EXAMPLE_MUST(pks_dict_setf(process, "results", "o", results));
	EXAMPLE_MUST(pks_watch_on_exit(watch, process, process_ended, NULL, NULL));
	EXAMPLE_MUST(pks_process_start(process));
	running++;
}

/* Until nothing runs any more. */
static void loop(struct pks_watch *watch)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), fd;
	struct epoll_event event = {.events = EPOLLIN};

	EXAMPLE_MUST(pks_watch_fd(watch, &fd));
	EXAMPLE_MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	while (running > 0)
		if (epoll_wait(epoll, &event, 1, -1) == 1 && pks_watch_dispatch(watch) < 0)
			errx(1, "%s", pks_error_message());
	close(epoll);
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_watch *watch = pks_watch_new(store);
	size_t news;

	results = pks_log_open(store, "example/results", PKS_OPEN_OR_CREATE);
	EXAMPLE_MUST(pks_log_positions(results, NULL, &position));
	EXAMPLE_MUST(pks_watch_log(watch, results, position, &news));
	EXAMPLE_MUST(pks_watch_call(watch, news, print_results, NULL));
	start(watch, "measure");
	loop(watch);
	start(watch, "break_down");
	loop(watch);
	pks_watch_free(watch);
	pks_store_close(store);
}
