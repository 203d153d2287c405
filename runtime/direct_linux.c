/* SPDX-License-Identifier: MIT */
#include "direct.h"

#include "base/error.h"
#include "children.h"
#include "layer.h"
#include "order.h"
#include "pool.h"
#include "programs.h"
#include "record.h"
#include "spawn.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Opening a store takes milliseconds, and a wait for another writer is bounded: what takes longer hangs. */
#define CLAIM_TIMEOUT_MS 60000

#define REASON_SIZE 1024

/* Tells this program's children apart by their marks. */
static atomic_uint spawned;

static int check_status(const struct pks_object *process, enum process_status status, bool again)
{
	if (again ? process_state_is_terminal(status) : status == STATUS_CREATED)
		return 0;
	return error_set(PKS_ERR_STATE, "%s: is %s", layer_path(process),
			 pks_status_name(process_state_public(status)));
}

static int check(struct pks_object *process, bool again, struct process_state *state_out)
{
	struct pks_store *store;
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	store = pks_object_store(process);
	if (layer_in_transaction(store))
		return error_set(PKS_ERR_USAGE, "a child cannot be made inside a transaction, which may yet be undone");
	r = record_read(process, state_out);
	if (r == 0)
		r = check_status(process, state_out->status, again);
	if (r == 0 && !pool_of(store))
		r = pks_error_code();
	children_look(store);
	return r;
}

static struct order make_order(struct pks_object *process, enum pks_method method, bool again)
{
	struct order order = {
	    .kind = ORDER_RUN, .supervisor = getpid(), .only = pks_object_id(process), .direct = method,
	    .again = again};

	strcpy(order.path, pks_store_path(pks_object_store(process)));
	return order;
}

/* ---- the child's word ---- */

static void give_up(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Why the child may not have got it: somebody else has started it meanwhile. */
static int check_race(struct pks_object *process, const struct process_state *before, int code)
{
	struct process_state now;

	if (record_read(process, &now) < 0 || (now.status == before->status && now.attempt == before->attempt &&
					       now.submitted_ns == before->submitted_ns))
		return code;
	return error_set(PKS_ERR_STATE, "%s: was started by others", layer_path(process));
}

/* Whether it has claimed the process; if not it is no more. */
static int hear(struct pks_object *process, const struct process_state *before, pid_t pid, int pipe_end)
{
	char word[REASON_SIZE];
	size_t size;
	bool ended = spawn_read_all(pipe_end, CLAIM_TIMEOUT_MS, word, sizeof(word), &size);
	int r;

	if (ended && size > 0 && word[0] == ORDER_WORD_CLAIMED) {
		children_add(pks_object_store(process), pid);
		return 0;
	}
	give_up(pid);
	if (ended && size > 1)
		r = error_set(PKS_ERR_POOL, "%s", word + 1);
	else
		r = error_set(PKS_ERR_POOL, "the child %s before it had claimed its process", ended ? "ended" : "hung");
	return check_race(process, before, r);
}

/* ---- spawn ---- */

static int spawn_child(struct pks_object *process, bool again, int word, pid_t *pid_out)
{
	char program[PKS_STORE_PATH_SIZE], mark[POOL_MARK_SIZE], text[ORDER_SIZE];
	const char *const set[] = {mark, text, NULL};
	struct order order;
	struct proc self;
	int r = programs_find(PROGRAM_WORKER, program);

	if (r == 0 && proc_of(getpid(), &self) != 0)
		r = error_set(PKS_ERR_POOL, "/proc cannot be read");
	if (r < 0)
		return r;
	order = make_order(process, PKS_METHOD_SPAWN, again);
	order_format(&order, text);
	/* Until it puts its own in that place. */
	pool_mark_forkserver(pool_of(pks_object_store(process))->uuid, &self, atomic_fetch_add(&spawned, 1), mark);
	return spawn_start(&(struct spawn){.program = program,
					   .set = set,
					   .output = word,
					   .output_as = ORDER_WORD_FD,
					   .own_group = true},
			   pid_out);
}

int direct_spawn(struct pks_object *process, bool again)
{
	struct process_state before;
	int word[2], r = check(process, again, &before);
	pid_t pid;

	if (r < 0)
		return r;
	if (pipe2(word, O_CLOEXEC) != 0)
		return error_set(PKS_ERR_POOL, "cannot make a pipe: %s", strerrordesc_np(errno));
	r = spawn_child(process, again, word[1], &pid);
	close(word[1]);
	if (r == 0)
		r = hear(process, &before, pid, word[0]);
	close(word[0]);
	return r;
}

/* ---- fork ---- */

static int check_threads(unsigned flags)
{
	int threads = flags & PKS_FORK_WITH_THREADS ? 1 : proc_threads();

	if (flags & ~(unsigned)(PKS_FORK_WITH_THREADS | PKS_FORK_RESTART))
		return error_set(PKS_ERR_USAGE, "flags that are none: %#x", flags);
	if (threads > 1)
		return error_set(
			PKS_ERR_USAGE,
			"the program has %d threads: what they hold locked would stay locked in a forked child; "
			"start it by spawn, or insist with PKS_FORK_WITH_THREADS",
			threads);
	return 0;
}

/* Marked for what it executes: its own environment is its parent's, as the kernel shows it. */
static void mark_child(const char *uuid)
{
	char mark[POOL_MARK_SIZE];
	struct proc self;

	setpgid(0, 0);
	if (proc_of(getpid(), &self) != 0)
		_exit(EXIT_FAILURE);
	pool_mark_worker(uuid, &self, "", 0, mark);
	*strchr(mark, '=') = '\0';
	setenv(mark, mark + strlen(mark) + 1, 1);
}

int direct_fork(struct pks_object *process, pks_function_fn run, void *arg, unsigned flags)
{
	struct worker_call call = {run, arg};
	bool again = flags & PKS_FORK_RESTART;
	char uuid[PKS_UUID_SIZE];
	struct process_state before;
	struct order order;
	int word[2], r = check(process, again, &before);
	pid_t pid;

	if (r == 0)
		r = check_threads(flags);
	if (r < 0)
		return r;
	order = make_order(process, PKS_METHOD_FORK, again);
	strcpy(uuid, pool_of(pks_object_store(process))->uuid);
	if (pipe2(word, O_CLOEXEC) != 0)
		return error_set(PKS_ERR_POOL, "cannot make a pipe: %s", strerrordesc_np(errno));
	/* What is not written yet would be written by both. */
	fflush(stdout);
	fflush(stderr);
	pid = fork();
	if (pid == 0) {
		close(word[0]);
		mark_child(uuid);
		worker_forked(&order, word[1], &call);
	}
	r = pid < 0 ? error_set(PKS_ERR_POOL, "cannot fork: %s", strerrordesc_np(errno)) : 0;
	close(word[1]);
	if (r == 0)
		r = hear(process, &before, pid, word[0]);
	close(word[0]);
	if (r == 0)
		functions_note(pks_object_store(process),
			       &(struct function){pks_object_id(process), run, arg, flags & PKS_FORK_WITH_THREADS});
	return r;
}

int pks_process_fork(struct pks_object *process, pks_function_fn run, void *arg, unsigned flags)
{
	return direct_fork(process, run, arg, flags);
}
