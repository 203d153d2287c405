/* SPDX-License-Identifier: MIT */
/* Handlers of the runtime's tests, in a shared object; handlers_program.c holds them in a program. */
#include <pkstore/pkstore.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- ends ---- */

PKS_PROCESS(nothing)
{
	return 0;
}

PKS_PROCESS(echo)
{
	struct pks_value args = {0};
	int r = pks_process_args(self, &args);

	if (r == 0)
		r = pks_return_value(self, &args);
	pks_value_clear(&args);
	return r;
}

PKS_PROCESS(tell_pid)
{
	return pks_return(self, "I", (int64_t)getpid());
}

/* How its worker is: folder, a variable of the environment, priority, how many CPUs. */
PKS_PROCESS(tell_outfit)
{
	char cwd[4096];
	cpu_set_t cpus;

	sched_getaffinity(0, sizeof(cpus), &cpus);
	return pks_return(self, "[ssii]", getcwd(cwd, sizeof(cwd)), getenv("OUTFIT"), getpriority(PRIO_PROCESS, 0),
			  CPU_COUNT(&cpus));
}

PKS_PROCESS(fail_with_text)
{
	return pks_fail(self, "no file %s", "x");
}

PKS_PROCESS(fail_with_args)
{
	char *text = NULL;
	int r = pks_process_argsf(self, "[s]", &text);

	if (r == 0)
		r = pks_fail(self, "%s", text);
	free(text);
	return r;
}

PKS_PROCESS(fail_with_7)
{
	return 7;
}

PKS_PROCESS(fail_with_code)
{
	struct pks_object *missing = pks_dict_open(pks_object_store(self), "not/there//", PKS_MUST_EXIST);

	return missing ? 0 : pks_error_code();
}

PKS_PROCESS(exit_with_3)
{
	exit(3);
}

PKS_PROCESS(exit_with_0)
{
	exit(0);
}

PKS_PROCESS(call_abort)
{
	abort();
}

PKS_PROCESS(segfault)
{
	return raise(SIGSEGV);
}

PKS_PROCESS(kill_itself)
{
	return kill(getpid(), SIGKILL);
}

PKS_PROCESS(leave_transaction_open)
{
	pks_begin(pks_object_store(self));
	pks_begin(pks_object_store(self));
	return pks_dict_setf(self, "written", "b", 1);
}

PKS_PROCESS(leave_snapshot_open)
{
	return pks_snapshot_begin(pks_object_store(self));
}

PKS_PROCESS(block_sigterm)
{
	sigset_t all;

	sigfillset(&all);
	signal(SIGTERM, SIG_IGN);
	return sigprocmask(SIG_SETMASK, &all, NULL);
}

/* ---- last words ---- */

/* Reads where nothing is; the compiler is not to know. */
static int fall(int *volatile where)
{
	return *where;
}

PKS_PROCESS(fall_with_last_words)
{
	pks_progress(self, "%d of %d", 1, 3);
	pks_progress(self, "%d of %d", 2, 3);
	printf("first line\nlast line\n");
	return fall((int *)16);
}

static int overflow(volatile char *above);

/* Which function that is no compiler knows, and none says that it has no end. */
static int (*volatile deeper)(volatile char *above) = overflow;

/* What is called without end, on a stack that has one. */
static int overflow(volatile char *above)
{
	volatile char room[4096];

	room[0] = *above;
	return room[0] + deeper(room) + room[1];
}

PKS_PROCESS(overflow_stack)
{
	char first = 0;

	return overflow(&first);
}

static void leave(int number)
{
	_exit(9);
}

PKS_PROCESS(catch_its_own_fall)
{
	signal(SIGSEGV, leave);
	return fall((int *)16);
}

/* A child of the handler falls; the handler does not. */
PKS_PROCESS(child_falls)
{
	pid_t child = fork();

	if (child == 0)
		_exit(fall((int *)16));
	return waitpid(child, NULL, 0) == child ? kill(getpid(), SIGKILL) : 1;
}

/* Uses some CPU time, and goes on until somebody kills it. */
static void burn(double seconds)
{
	struct timespec now;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < seconds);
}

/* So many milliseconds in all of the worker's life. */
PKS_PROCESS(burn_cpu)
{
	int ms = 0, r = pks_process_argsf(self, "[i]", &ms);

	burn(ms / 1000.0);
	return r;
}

PKS_PROCESS(burn_cpu_and_abort)
{
	int ms = 0;

	pks_process_argsf(self, "[i]", &ms);
	burn(ms / 1000.0);
	abort();
}

/* So many words of progress. */
PKS_PROCESS(say)
{
	int words = 0, r = pks_process_argsf(self, "[i]", &words);

	for (int i = 1; i <= words && r == 0; i++)
		r = pks_progress(self, "%d", i);
	return r;
}

/* Its first word is in no transaction, the second one in one that is undone. */
PKS_PROCESS(say_in_transaction)
{
	struct pks_store *store = pks_object_store(self);
	int r = pks_begin(store);

	if (r == 0)
		r = pks_progress(self, "%s", "inside");
	if (r == 0)
		r = pks_abort(store);
	return r;
}

/* ---- running on ---- */

static int has_go(void *arg)
{
	return pks_dict_contains(arg, "go") == 0;
}

/* Says that it runs, and runs until somebody sets its item "go". */
PKS_PROCESS(hold)
{
	struct pks_object *const objects[] = {self};
	int r = pks_dict_setf(self, "here", "I", (int64_t)getpid());

	return r == 0 ? pks_wait_until(objects, 1, has_go, self, -1) : r;
}

/* Counts its runs in the Dict "runs", by its path. */
PKS_PROCESS(count)
{
	struct pks_object_info info;
	int r = pks_object_info(self, &info);

	return r == 0 ? pks_dict_add(pks_dict_object(self, "runs"), info.path, 1, NULL) : r;
}

/* Appends its name to the Log "log", once for each attempt. */
PKS_PROCESS(append)
{
	struct pks_object_info info;
	int r = pks_object_info(self, &info);

	return r == 0 ? pks_log_appendf(pks_dict_object(self, "log"), "s", info.path) : r;
}

/* Tries to write until it is told that it may not; its last words are an exit code of its own. */
PKS_PROCESS(write_until_fenced)
{
	int r = pks_dict_setf(self, "here", "I", (int64_t)getpid());

	while (r == 0)
		r = pks_dict_add(pks_dict_object(self, "log"), "writes", 1, NULL);
	_exit(r == PKS_ERR_FENCED ? 42 : 43);
}

/* Keeps so many bytes of memory that its worker never gives back. */
PKS_PROCESS(leak)
{
	static char *volatile leaked;
	int size = 0, r = pks_process_argsf(self, "[i]", &size);

	leaked = r == 0 ? malloc((size_t)size) : NULL;
	if (leaked)
		memset(leaked, 1, (size_t)size);
	return r != 0 || !leaked ? 1 : pks_return(self, "I", (int64_t)getpid());
}

/* ---- what handlers start ---- */

static void linger(void)
{
	for (;;)
		pause();
}

/* A daemon in the classical way, in a session and a group of its own; its pid goes to the item "daemon". */
static int64_t start_daemon(void)
{
	int64_t pid = 0;
	int ends[2];

	if (pipe(ends) != 0)
		return 0;
	if (fork() == 0) {
		setsid();
		pid = fork();
		if (pid == 0)
			linger();
		if (write(ends[1], &pid, sizeof(pid)) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	close(ends[0]);
	close(ends[1]);
	wait(NULL);
	return pid;
}

PKS_PROCESS(daemonize)
{
	int r = pks_dict_setf(self, "daemon", "I", start_daemon());
	struct pks_object *const objects[] = {self};

	if (r == 0)
		r = pks_dict_setf(self, "here", "I", (int64_t)getpid());
	return r == 0 ? pks_wait_until(objects, 1, has_go, self, -1) : r;
}

PKS_PROCESS(daemonize_and_die)
{
	pks_dict_setf(self, "daemon", "I", start_daemon());
	return kill(getpid(), SIGKILL);
}

/* Leaves a grandchild that ends at once: whoever inherits it must wait for it. */
PKS_PROCESS(fork_twice)
{
	pid_t child = fork();

	if (child == 0) {
		if (fork() == 0)
			_exit(0);
		_exit(0);
	}
	return waitpid(child, NULL, 0) == child ? 0 : 1;
}

/* Both the worker and its child come back. */
PKS_PROCESS(fork_and_return)
{
	return fork() < 0;
}

/* ---- waiting for others ---- */

/*
 * Starts one of its own kind with one less to go, in the pool that its second argument names, and waits for it; returns
 * how many there were.
 */
PKS_PROCESS(recurse)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *next;
	char *pool = NULL;
	int depth, below, r = pks_process_argsf(self, "[i?s]", &depth, &pool);

	if (r != 0 || depth == 0)
		return r != 0 ? r : pks_return(self, "i", 0);
	next = pks_process_new(store, NULL, "recurse");
	r = pks_process_set_argsf(next, "[is]", depth - 1, pool);
	if (r == 0)
		r = pks_process_set_pool(next, pool);
	free(pool);
	if (r == 0)
		r = pks_process_start(next);
	if (r == 0)
		r = pks_process_join(next, -1);
	if (r == 0)
		r = pks_process_resultf(next, "i", &below);
	return r == 0 ? pks_return(self, "i", below + 1) : r;
}

/* Starts four at once and joins them all, or any of them until all have ended. */
static int start_four(struct pks_object *self, struct pks_object *children[4])
{
	int r = 0;

	for (int i = 0; i < 4 && r == 0; i++) {
		children[i] = pks_process_new(pks_object_store(self), NULL, "nothing");
		r = pks_process_set_pool(children[i], "small");
		if (r == 0)
			r = pks_process_start(children[i]);
	}
	return r;
}

PKS_PROCESS(join_four)
{
	struct pks_object *children[4];
	int r = start_four(self, children);

	return r == 0 ? pks_process_join_all(children, 4, -1) : r;
}

PKS_PROCESS(join_any_of_four)
{
	struct pks_object *children[4];
	int r = start_four(self, children);

	for (size_t left = 4, ended; left > 0 && r == 0; left--) {
		r = pks_process_join_any(children, left, -1, &ended);
		children[ended] = children[left - 1];
	}
	return r;
}

PKS_PROCESS(put_one)
{
	return pks_queue_putf(pks_dict_object(self, "queue"), 0, "i", 1);
}

/* Waits for what another process of its pool puts into a Queue, and says so. */
PKS_PROCESS(get_from_another)
{
	struct pks_store *store = pks_object_store(self);
	struct pks_object *queue = pks_queue_open(store, "queue", 0, PKS_OPEN_OR_CREATE);
	struct pks_object *other = pks_process_new(store, NULL, "put_one");
	int number, r = pks_dict_setf(other, "queue", "o", queue);

	if (r == 0)
		r = pks_process_set_pool(other, "small");
	if (r == 0)
		r = pks_process_start(other);
	if (r == 0)
		r = pks_waiting_begin(self);
	if (r == 0)
		r = pks_queue_getf(queue, -1, "i", &number);
	return r == 0 ? pks_waiting_end(self) : r;
}

PKS_PROCESS(drain)
{
	return pks_return(self, "i", pks_pool_drain(pks_object_store(self), NULL, -1));
}

/* What a handler may not do: the codes it gets. */
PKS_PROCESS(misuse)
{
	struct pks_store *store = pks_object_store(self);

	return pks_return(self, "[ii]", pks_killall(store), pks_process_join(self, 0));
}

static void note_call(struct pks_object *process, const struct pks_process_info *info, void *unused)
{
	(void)info;
	(void)unused;
	pks_dict_setf(process, "called", "b", true);
}

/* Leaves a watch with a descriptor, and a function to be called when the process "other" ends. */
PKS_PROCESS(watch_and_return)
{
	struct pks_object *other = pks_dict_object(self, "other");
	struct pks_watch *watch = pks_watch_new(pks_object_store(self));
	int fd, r = pks_watch_process(watch, other, NULL);

	if (r == 0)
		r = pks_watch_fd(watch, &fd);
	return r == 0 ? pks_process_on_exit(other, note_call, NULL) : r;
}
