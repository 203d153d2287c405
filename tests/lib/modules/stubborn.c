/* SPDX-License-Identifier: MIT */
/* Handlers that are hard to end, or end in a way of their own. */
#include <pkstore/pkstore.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
	caught = number;
}

static void linger(void)
{
	for (;;)
		pause();
}

/* Waits for SIGTERM and then writes a byte: it was reached; and ends. */
static void tell_when_reached(int fd)
{
	sigset_t wanted;
	int number;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	if (write(fd, "r", 1) < 0) /* ready */
		_exit(1);
	_exit(sigwait(&wanted, &number) != 0 || write(fd, "t", 1) < 0);
}

/* Runs fn(fd) in a grandchild in a session of its own, whose parent is gone. Returns the other end of its pipe. */
static int start_daemon(void (*fn)(int fd), int64_t *pid_out)
{
	int ends[2], pids[2];

	if (pipe(ends) != 0 || pipe(pids) != 0)
		return -1;
	if (fork() == 0) {
		int64_t pid;

		setsid();
		pid = fork();
		if (pid == 0)
			fn(ends[1]);
		if (write(pids[1], &pid, sizeof(pid)) < 0)
			_exit(1);
		_exit(0);
	}
	if (read(pids[0], pid_out, sizeof(*pid_out)) != sizeof(*pid_out))
		return -1;
	close(pids[0]);
	close(pids[1]);
	close(ends[1]);
	return ends[0];
}

static void ignore_and_linger(int fd)
{
	signal(SIGTERM, SIG_IGN);
	if (write(fd, "r", 1) < 0)
		_exit(1);
	linger();
}

static int say_here(struct pks_object *self, int64_t daemon)
{
	int r = pks_dict_setf(self, "daemon", "I", daemon);

	return r == 0 ? pks_dict_setf(self, "here", "I", (int64_t)getpid()) : r;
}

/* Neither it nor its daemon cares for SIGTERM. */
PKS_PROCESS(ignore_sigterm)
{
	int64_t daemon;
	int fd = start_daemon(ignore_and_linger, &daemon);
	char byte;

	signal(SIGTERM, SIG_IGN);
	if (read(fd, &byte, 1) != 1 || say_here(self, daemon) != 0)
		return 1;
	for (;;)
		pause();
}

/* Ends in its own way, and leaves a daemon behind that does not. */
PKS_PROCESS(catch_sigterm)
{
	int64_t daemon;
	int fd = start_daemon(ignore_and_linger, &daemon);
	sigset_t term, before;
	char byte;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	signal(SIGTERM, note_signal);
	if (read(fd, &byte, 1) != 1 || say_here(self, daemon) != 0)
		return 1;
	while (!caught)
		sigsuspend(&before);
	return pks_return(self, "i", (int)caught);
}

/* Ends when its daemon, which has left its tree by all rules, tells that SIGTERM has reached it. */
PKS_PROCESS(hear_from_daemon)
{
	int64_t daemon;
	int fd = start_daemon(tell_when_reached, &daemon);
	char byte;

	signal(SIGTERM, SIG_IGN);
	if (read(fd, &byte, 1) != 1 || say_here(self, daemon) != 0 || read(fd, &byte, 1) != 1)
		return 1;
	return pks_return(self, "b", byte == 't');
}

static const char *cleaned;

/* Takes a while over it, and makes the file when it is done. */
static void clean_up(int fd)
{
	const struct timespec while_ = {.tv_nsec = 200000000};
	sigset_t wanted;
	int number;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	if (write(fd, "r", 1) < 0 || sigwait(&wanted, &number) != 0)
		_exit(1);
	nanosleep(&while_, NULL);
	_exit(open(cleaned, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0);
}

/* SIGTERM kills it at once, and not its daemon. */
static int die_before(struct pks_object *self, void (*fn)(int fd))
{
	int64_t daemon;
	int fd = start_daemon(fn, &daemon);
	char byte;

	if (read(fd, &byte, 1) != 1 || say_here(self, daemon) != 0)
		return 1;
	for (;;)
		pause();
}

PKS_PROCESS(die_before_one_that_ignores)
{
	return die_before(self, ignore_and_linger);
}

PKS_PROCESS(die_before_one_that_cleans_up)
{
	char *path;

	if (pks_process_argsf(self, "[s]", &path) != 0)
		return 1;
	cleaned = path;
	return die_before(self, clean_up);
}

/* The kernel takes tens of milliseconds to undo so many mappings, and the environment is gone by then. */
#define SLOW_MAPPINGS 64
#define SLOW_MAPPING_SIZE 0x1000000

static void linger_and_end_slowly(int fd)
{
	int memory = memfd_create("slow", MFD_CLOEXEC);

	if (memory < 0 || ftruncate(memory, SLOW_MAPPING_SIZE) != 0)
		_exit(1);
	for (int i = 0; i < SLOW_MAPPINGS; i++)
		if (mmap(NULL, SLOW_MAPPING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory, 0) ==
		    MAP_FAILED)
			_exit(1);
	ignore_and_linger(fd);
}

PKS_PROCESS(die_before_one_that_ends_slowly)
{
	return die_before(self, linger_and_end_slowly);
}

PKS_PROCESS(hang_in_transaction)
{
	int r = say_here(self, 0);

	if (r == 0)
		r = pks_begin(pks_object_store(self));
	while (r == 0)
		pause();
	return r;
}

/* Appends its attempt's number to the Log "log", and cares for no SIGTERM. */
PKS_PROCESS(note_attempt)
{
	struct pks_process_info info;
	int r = pks_process_info(self, &info);

	signal(SIGTERM, SIG_IGN);
	if (r == 0)
		r = pks_log_appendf(pks_dict_object(self, "log"), "i", (int)info.attempt);
	while (r == 0)
		pause();
	return r;
}

#ifdef AS_PROGRAM
int main(void)
{
	pks_worker_main();
	return 1;
}
#endif
