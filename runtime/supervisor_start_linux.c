/* SPDX-License-Identifier: MIT */
/*
 *     caller --posix_spawn--> supervisor: takes the lock --fork--> daemon: opens the store, says that it is ready
 *        |                        |  waits for the daemon's word       |
 *        |<------ exit 0 ---------+                                    keeps the pool
 *
 * What the program writes to stderr before it ends is the reason why it could not start. The pipe ends when both the
 * program and its daemon have let go of it, which the daemon does before it says that it is ready.
 */
#include "supervisor_start.h"

#include "base/error.h"
#include "base/worker_mode.h"
#include "programs.h"
#include "spawn.h"
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Opening the store takes milliseconds, and the wait for a writer is bounded by SUPERVISOR_BUSY_MS: what has not
 * started by then hangs.
 */
#define START_TIMEOUT_MS 15000

#define REASON_SIZE 2048

/* The exit status, or -1: it was killed, or another part of the caller's program has waited for it. */
static int wait_for(pid_t pid)
{
	int status;
	pid_t r;

	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	return r == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Not by its pid if it ended meanwhile: nobody has waited for it yet, so the pid is still its own. */
static int give_up(const struct pks_store *store, pid_t pid)
{
	kill(pid, SIGKILL);
	wait_for(pid);
	return error_set(PKS_ERR_POOL, "%s: the supervisor did not start within %d s", pks_store_path(store),
			 START_TIMEOUT_MS / 1000);
}

static int learn(const struct pks_store *store, pid_t pid, int pipe_end)
{
	char reason[REASON_SIZE];
	size_t size;
	int status;

	if (!spawn_read_all(pipe_end, START_TIMEOUT_MS, reason, sizeof(reason), &size))
		return give_up(store, pid);
	status = wait_for(pid);
	if (status == 0)
		return 0;
	reason[strcspn(reason, "\n")] = '\0';
	if (size > 0)
		return error_set(PKS_ERR_POOL, "%s", reason);
	if (status < 0 || status == SUPERVISOR_EXIT_AGAIN)
		return PKS_ERR_CONFLICT;
	return error_set(PKS_ERR_POOL, "%s: the supervisor exited with status %d at its start", pks_store_path(store),
			 status);
}

int supervisor_start(struct pks_store *store, const struct pool *pool)
{
	char program[PKS_STORE_PATH_SIZE], mark[POOL_MARK_SIZE];
	const char *const set[] = {mark, WORKER_MODE_ENV, NULL};
	struct spawn spawn = {
	    .program = program, .argument = pks_store_path(store), .set = set, .output_as = STDERR_FILENO};
	int ends[2], r = programs_find(PROGRAM_SUPERVISOR, program);
	pid_t pid;

	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return error_set(PKS_ERR_POOL, "cannot make a pipe: %s", strerrordesc_np(errno));
	pool_mark(pool->uuid, mark);
	spawn.output = ends[1];
	r = spawn_start(&spawn, &pid);
	close(ends[1]);
	if (r == 0)
		r = learn(store, pid, ends[0]);
	close(ends[0]);
	return r;
}
