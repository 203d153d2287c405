/* SPDX-License-Identifier: MIT */
/*
 * Keeping forkservers (forkserver.h), one for each file that processes by that method come from. Their copies are in
 * supervisor_copies_linux.c.
 *
 *               "+"              idle for long, its file replaced, its end of the link closed
 *     loading ------> loaded --------------------------------------------> ending
 *        |                                                                    |
 *        | "-", dead, too slow                                                | dead
 *        v                                                                    v
 *     failed ---- its time is over, and it is dead ------------------------> gone
 *
 * While one is loading its processes wait; while one has failed they run as dedicated ones, so that what is wrong with
 * a module is told by a process of its own, and nothing is tried over and over. One that dies when it was loaded is
 * made anew by the next process, and by those that it leaves without a copy.
 */
#include "supervisor_forkservers.h"

#include "base/clock.h"
#include "base/error.h"
#include "forkserver.h"
#include "order.h"
#include "pool_settings.h"
#include "spawn.h"
#include "sweep.h"

#include <pkstore/syslog.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long one without work stays: in seconds, if this is set, else so long. */
#define IDLE_ENV "PKSTORE_FORKSERVER_IDLE"
#define IDLE_NS (60 * CLOCK_NS_PER_S)

/* What has not been loaded by then hangs, or does not call pks_worker_main() and does something else instead. */
#define LOADING_NS (60 * CLOCK_NS_PER_S)

/* One that has failed: until then its processes run as dedicated ones. */
#define FAILED_NS CLOCK_NS_PER_S

/* What a module does at its exit may take so long. */
#define ENDING_NS (5 * CLOCK_NS_PER_S)

/* Marks the number of a forkserver among those of places, in what epoll(7) tells. */
#define IS_FORKSERVER (UINT64_C(1) << 32)

void supervisor_forkservers_begin(struct supervisor *supervisor)
{
	const char *idle = getenv(IDLE_ENV);

	supervisor->forkservers_fd = epoll_create1(EPOLL_CLOEXEC);
	supervisor->forkserver_idle = idle ? strtol(idle, NULL, 10) * CLOCK_NS_PER_S : IDLE_NS;
}

/* ---- its life ---- */

static void enter(struct forkserver *forkserver, enum forkserver_status status)
{
	forkserver->status = status;
	forkserver->since = clock_monotonic();
}

static void close_link(struct forkserver *forkserver)
{
	if (forkserver->link >= 0)
		close(forkserver->link);
	forkserver->link = -1;
}

void forkserver_end(struct forkserver *forkserver)
{
	close_link(forkserver);
	enter(forkserver, FORKSERVER_ENDING);
}

static void fail(struct supervisor *supervisor, struct forkserver *forkserver, const char *reason)
{
	pks_syslog(supervisor->store, PKS_LEVEL_WARNING, "no forkserver for %s: %s", forkserver->module, reason);
	close_link(forkserver);
	if (forkserver->pid)
		kill(forkserver->pid, SIGKILL);
	enter(forkserver, FORKSERVER_FAILED);
}

static void remove_one(struct supervisor *supervisor, struct forkserver *forkserver)
{
	struct forkserver **link = &supervisor->forkservers;

	while (*link != forkserver)
		link = &(*link)->next;
	*link = forkserver->next;
	supervisor_places_forget(supervisor, forkserver);
	close_link(forkserver);
	free(forkserver);
}

int forkserver_watch(const struct supervisor *supervisor, int fd, uint64_t number)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = number};

	return epoll_ctl(supervisor->forkservers_fd, EPOLL_CTL_ADD, fd, &event) == 0
		   ? 0
		   : error_errno(errno, "cannot watch a forkserver");
}

static int spawn(struct supervisor *supervisor, struct forkserver *forkserver, int its_end)
{
	char mark[POOL_MARK_SIZE], text[ORDER_SIZE];
	const char *const set[] = {mark, text, NULL};
	struct order order = {.kind = ORDER_FORKSERVER,
			      .supervisor = (pid_t)supervisor->self.pid,
			      .size_default = pool_default_size()};
	enum module_kind kind;
	int r = module_kind(forkserver->module, &kind);

	if (r < 0)
		return r;
	strcpy(order.path, supervisor->path);
	strcpy(order.module, forkserver->module);
	order_format(&order, text);
	pool_mark_forkserver(supervisor->uuid, &supervisor->self, forkserver->number, mark);
	return spawn_start(&(struct spawn){.program = kind == MODULE_PROGRAM ? forkserver->module : supervisor->program,
					   .set = set,
					   .output = its_end,
					   .output_as = FORKSERVER_FD,
					   .own_group = true},
			   &forkserver->pid);
}

static void start(struct supervisor *supervisor, struct forkserver *forkserver)
{
	int ends[2], r;

	enter(forkserver, FORKSERVER_LOADING);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		fail(supervisor, forkserver, strerrordesc_np(errno));
		return;
	}
	forkserver->link = ends[0];
	r = forkserver_watch(supervisor, forkserver->link, forkserver->number | IS_FORKSERVER);
	if (r == 0)
		r = spawn(supervisor, forkserver, ends[1]);
	close(ends[1]);
	if (r < 0)
		fail(supervisor, forkserver, pks_error_message());
}

static struct forkserver *find(const struct supervisor *supervisor, const char *module, const struct module_file *file)
{
	struct forkserver *at = supervisor->forkservers;

	while (at && (at->status == FORKSERVER_ENDING || strcmp(at->module, module) != 0 ||
		      !module_file_equal(&at->file, file)))
		at = at->next;
	return at;
}

/* Those of the file that has stood there before. */
static void end_older(struct supervisor *supervisor, const char *module)
{
	for (struct forkserver *at = supervisor->forkservers; at; at = at->next)
		if (at->status == FORKSERVER_LOADED && strcmp(at->module, module) == 0)
			forkserver_end(at);
}

struct forkserver *forkserver_get(struct supervisor *supervisor, const char *module, const struct module_file *file)
{
	struct forkserver *forkserver = find(supervisor, module, file);

	if (forkserver)
		return forkserver;
	end_older(supervisor, module);
	forkserver = calloc(1, sizeof(*forkserver));
	if (!forkserver)
		return NULL;
	strcpy(forkserver->module, module);
	forkserver->file = *file;
	forkserver->number = supervisor->forkserver_number++;
	forkserver->link = -1;
	forkserver->next = supervisor->forkservers;
	supervisor->forkservers = forkserver;
	start(supervisor, forkserver);
	return forkserver;
}

/* ---- hearing ---- */

static void hear_link(struct supervisor *supervisor, unsigned number)
{
	struct forkserver *forkserver = supervisor->forkservers;
	char text[1024];
	ssize_t size;

	while (forkserver && forkserver->number != number)
		forkserver = forkserver->next;
	if (!forkserver || forkserver->link < 0)
		return;
	size = recv(forkserver->link, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	text[size < 0 ? 0 : size] = '\0';
	if (forkserver->status == FORKSERVER_LOADING && text[0] == FORKSERVER_READY)
		enter(forkserver, FORKSERVER_LOADED);
	else if (forkserver->status == FORKSERVER_LOADING)
		fail(supervisor, forkserver, text[0] ? text + 1 : "it ended before it had loaded it");
	else
		forkserver_end(forkserver);
}

void supervisor_forkservers_hear(struct supervisor *supervisor)
{
	struct epoll_event events[64];
	int count;

	while ((count = epoll_wait(supervisor->forkservers_fd, events, 64, 0)) > 0)
		for (int i = 0; i < count; i++) {
			if (events[i].data.u64 & IS_FORKSERVER)
				hear_link(supervisor, (unsigned)events[i].data.u64);
			else
				supervisor_copies_hear(supervisor, (size_t)events[i].data.u64);
		}
}

/* ---- from time to time ---- */

static void tick_one(struct supervisor *supervisor, struct forkserver *forkserver, int64_t now)
{
	int64_t age = now - forkserver->since;

	if (forkserver->status == FORKSERVER_LOADING && age > LOADING_NS)
		fail(supervisor, forkserver, "it takes too long to load");
	else if (forkserver->status == FORKSERVER_LOADED && forkserver->asked == 0 && age >= supervisor->forkserver_idle)
		forkserver_end(forkserver);
	else if (forkserver->status == FORKSERVER_ENDING && forkserver->asked == 0 && age > ENDING_NS && forkserver->pid)
		kill(forkserver->pid, SIGKILL);
	else if (forkserver->status == FORKSERVER_FAILED && forkserver->pid == 0 && age >= FAILED_NS)
		remove_one(supervisor, forkserver);
}

void supervisor_forkservers_tick(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic();

	for (struct forkserver *at = supervisor->forkservers, *next; at; at = next) {
		next = at->next;
		tick_one(supervisor, at, now);
	}
}

/*
 * Before it is waited for, so that its group is still its own. What its module has started ends with it; of its copies
 * those that have a mark of their own do not.
 */
void supervisor_forkservers_died(struct supervisor *supervisor, pid_t pid)
{
	struct forkserver *forkserver = supervisor->forkservers;
	char mark[POOL_MARK_SIZE];

	while (forkserver && forkserver->pid != pid)
		forkserver = forkserver->next;
	if (!forkserver)
		return;
	kill(-pid, SIGKILL);
	pool_mark_forkserver(supervisor->uuid, &supervisor->self, forkserver->number, mark);
	sweep_kill_marked(mark, 0, SUPERVISOR_TREE_MS);
	forkserver->pid = 0;
	if (forkserver->status == FORKSERVER_LOADING)
		fail(supervisor, forkserver, "it died while it loaded it");
	else if (forkserver->status != FORKSERVER_FAILED)
		remove_one(supervisor, forkserver);
}
