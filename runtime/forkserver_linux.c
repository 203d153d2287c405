/* SPDX-License-Identifier: MIT */
/* The forkserver's side, and its copies'. It runs in pkstore-worker, or in a program that holds handlers. */
#include "forkserver.h"

#include "base/error.h"
#include "pool.h"
#include "sweep.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct forkserver {
	struct worker worker; /* what its copies begin as */
	char *slot;           /* in the environment: what stands behind the mark's last slash */
	size_t slot_size;
};

/* ---- the mark ---- */

static bool is_shown(void)
{
	char mark[POOL_MARK_SIZE];
	int size = snprintf(mark, sizeof(mark), POOL_MARK_ENV "=%s", getenv(POOL_MARK_ENV));

	return size > 0 && (size_t)size < sizeof(mark) && sweep_is_marked(getpid(), mark);
}

/* Whether what is written there is what others read in /proc. */
static bool find_mark(struct forkserver *forkserver)
{
	char *value = getenv(POOL_MARK_ENV), *slash = value ? strrchr(value, '/') : NULL, was;
	bool found;

	if (!slash || !slash[1] || !is_shown())
		return false;
	forkserver->slot = slash + 1;
	forkserver->slot_size = strlen(slash + 1);
	was = slash[1];
	slash[1] = '?';
	found = is_shown();
	slash[1] = was;
	return found;
}

/* "SLOT.": the pool has no name, as that of any worker of its own. What it is shorter by becomes empty variables. */
static void take_mark(const struct forkserver *forkserver, unsigned slot)
{
	char text[16];

	snprintf(text, sizeof(text), "%u.", slot);
	memset(forkserver->slot, '\0', forkserver->slot_size);
	memcpy(forkserver->slot, text, strlen(text));
}

/* ---- a copy ---- */

static void give_word(const struct forkserver *forkserver, const char *handler, int word)
{
	const struct order *order = &forkserver->worker.order;
	char text[64], first = FORKSERVER_READY;
	struct proc self;
	int size;

	if (!worker_holds(&forkserver->worker, order->module, handler))
		first = FORKSERVER_REFUSES;
	if (proc_of(getpid(), &self) != 0)
		_exit(EXIT_FAILURE);
	size = snprintf(text, sizeof(text), "%c%" PRId64 " %" PRIu64, first, self.pid, self.start);
	if (send(word, text, (size_t)size, MSG_NOSIGNAL) != size)
		_exit(EXIT_FAILURE);
	close(word);
}

static _Noreturn void become_worker(struct forkserver *forkserver, uint64_t id, unsigned slot, const char *handler,
				    int word)
{
	struct order *order = &forkserver->worker.order;

	close(FORKSERVER_FD);
	take_mark(forkserver, slot);
	setpgid(0, 0);
	give_word(forkserver, handler, word);
	order->kind = ORDER_RUN;
	order->only = id;
	order->slot = slot;
	order->module[0] = '\0';
	worker_templated(&forkserver->worker);
}

/* ---- the forkserver ---- */

/* With the one in between waited for, so that there is never more than one, nor a dead one left. */
static void copy(struct forkserver *forkserver, uint64_t id, unsigned slot, const char *handler, int word)
{
	pid_t between = fork();

	if (between == 0) {
		pid_t pid = fork();

		if (pid == 0)
			become_worker(forkserver, id, slot, handler, word);
		_exit(pid < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (between > 0 && waitpid(between, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The descriptor that came with a message; -1: none. */
static int take_word(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int word = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(&word, CMSG_DATA(header), sizeof(word));
	return word;
}

/* False at the end of the link. */
static bool serve(struct forkserver *forkserver)
{
	char text[FORKSERVER_TEXT_SIZE];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = {text, sizeof(text) - 1};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room)};
	ssize_t size = recvmsg(FORKSERVER_FD, &message, MSG_CMSG_CLOEXEC);
	unsigned slot;
	int handler = 0, word;
	uint64_t id;

	if (size <= 0)
		return size < 0 && errno == EINTR;
	text[size] = '\0';
	word = take_word(&message);
	if (sscanf(text, "%" SCNu64 " %u %n", &id, &slot, &handler) == 2 && handler > 0 && word >= 0)
		copy(forkserver, id, slot, text + handler, word);
	if (word >= 0)
		close(word);
	return true;
}

static int load(struct worker *worker, const char *module)
{
	enum module_kind kind;
	int r = module_kind(module, &kind);

	if (r == 0 && kind == MODULE_SHARED_OBJECT)
		return worker_preload(module);
	worker->is_program = r == 0;
	return r == 0 ? module_file(module, &worker->program) : r;
}

static int prepare(struct forkserver *forkserver)
{
	const char *module = forkserver->worker.order.module;
	int r = load(&forkserver->worker, module), threads = proc_threads();

	if (r == 0 && !find_mark(forkserver))
		r = error_set(PKS_ERR_MODULE, "%s: it has changed the environment that the program began with", module);
	if (r == 0 && threads > 1)
		r = error_set(PKS_ERR_MODULE, "%s: it has started %d threads as it was loaded", module, threads - 1);
	return r;
}

/* Its supervisor may have died before it could be told that it wants to die with it. */
static void tie_to_supervisor(int64_t supervisor)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(WORKER_EXIT_LEFT);
}

static void say(const char *text, size_t size)
{
	if (send(FORKSERVER_FD, text, size, MSG_NOSIGNAL) < 0)
		_exit(WORKER_EXIT_LEFT);
}

static _Noreturn void refuse(void)
{
	char text[1024];
	int size = snprintf(text, sizeof(text), "%c%s", FORKSERVER_REFUSES, pks_error_message());

	say(text, size < (int)sizeof(text) ? (size_t)size : sizeof(text) - 1);
	_exit(EXIT_FAILURE);
}

void forkserver_run(const struct order *order)
{
	struct forkserver forkserver = {.worker = {.order = *order}};

	tie_to_supervisor(order->supervisor);
	fcntl(FORKSERVER_FD, F_SETFD, FD_CLOEXEC);
	if (prepare(&forkserver) < 0)
		refuse();
	/* What the module has said and not written would be written by each copy. */
	fflush(NULL);
	say((const char[]){FORKSERVER_READY}, 1);
	while (serve(&forkserver))
		;
	exit(EXIT_SUCCESS);
}
