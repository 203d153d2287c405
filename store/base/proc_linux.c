/* SPDX-License-Identifier: MIT */
#include "proc.h"

#include "base/clock.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A line of /proc/PID/stat: 52 numbers of at most 20 digits, and a name of at most 64 bytes. */
#define PROC_LINE_SIZE 1280

/* Reads a small file as text. Returns its size, or -1. */
static ssize_t read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -1;
	got = read(fd, text, size - 1);
	close(fd);
	text[got < 0 ? 0 : got] = '\0';
	return got;
}

/* In the flags, the 9th field: PF_EXITING, which has been the same since Linux 2.0. */
#define FLAG_EXITING 0x4u

/*
 * "PID (NAME) STATE PARENT GROUP ...": the name may hold blanks and parentheses, so what counts begins behind the last
 * one. The start time is the 22nd field, the 20th from the state on.
 */
int proc_stat_parse(const char *line, struct proc_stat *stat_out)
{
	const char *rest = strrchr(line, ')');
	struct proc_stat stat;
	unsigned flags;

	if (!rest || sscanf(rest + 1,
			    " %c %" SCNd64 " %" SCNd64
			    " %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
			    &stat.state, &stat.parent, &stat.group, &flags, &stat.start) != 5)
		return PKS_ERR_CORRUPT;
	stat.ending = flags & FLAG_EXITING;
	*stat_out = stat;
	return 0;
}

static int read_stat(const char *path, struct proc_stat *stat_out)
{
	char line[PROC_LINE_SIZE];

	if (read_text(path, line, sizeof(line)) <= 0)
		return PKS_NOT_FOUND;
	return proc_stat_parse(line, stat_out) < 0 ? PKS_NOT_FOUND : 0;
}

int proc_stat_read(pid_t pid, struct proc_stat *stat_out)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return pid > 0 ? read_stat(path, stat_out) : PKS_NOT_FOUND;
}

int proc_thread_read(pid_t pid, pid_t tid, struct proc_stat *stat_out)
{
	struct proc_stat stat;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	if (pid <= 0 || read_stat(path, &stat) != 0 || stat.state == 'Z' || stat.state == 'X')
		return PKS_NOT_FOUND;
	*stat_out = stat;
	return 0;
}

int proc_thread_start(pid_t pid, pid_t tid, uint64_t *start_out)
{
	struct proc_stat stat;
	int r = proc_thread_read(pid, tid, &stat);

	if (r == 0)
		*start_out = stat.start;
	return r;
}

static uint8_t boot_id[PROC_BOOT_SIZE];
static pthread_once_t boot_once = PTHREAD_ONCE_INIT;

/* 32 hexadecimal digits among dashes. Where there is no such file every boot is the same: pid and start are left. */
static void read_boot(void)
{
	char text[64];
	size_t digits = 0;

	if (read_text("/proc/sys/kernel/random/boot_id", text, sizeof(text)) <= 0)
		return;
	for (const char *at = text; *at && digits < 2 * PROC_BOOT_SIZE; at++) {
		unsigned nibble;

		if (sscanf(at, "%1x", &nibble) != 1)
			continue;
		boot_id[digits / 2] = (uint8_t)(boot_id[digits / 2] << 4 | nibble);
		digits++;
	}
}

static const uint8_t *proc_boot(void)
{
	pthread_once(&boot_once, read_boot);
	return boot_id;
}

int proc_of(pid_t pid, struct proc *proc_out)
{
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) != 0)
		return PKS_NOT_FOUND;
	*proc_out = (struct proc){.pid = pid, .start = stat.start};
	memcpy(proc_out->boot, proc_boot(), PROC_BOOT_SIZE);
	return 0;
}

bool proc_equal(const struct proc *a, const struct proc *b)
{
	return a->pid == b->pid && a->start == b->start && memcmp(a->boot, b->boot, PROC_BOOT_SIZE) == 0;
}

bool proc_this_boot(const struct proc *proc)
{
	return memcmp(proc->boot, proc_boot(), PROC_BOOT_SIZE) == 0;
}

bool proc_alive(const struct proc *proc)
{
	struct proc_stat stat;

	return proc->pid > 0 && proc_this_boot(proc) && proc_stat_read((pid_t)proc->pid, &stat) == 0 &&
	       stat.start == proc->start && stat.state != 'Z' && stat.state != 'X';
}

/*
 * The 52nd field. It is 0 for whom the kernel does not tell it, which is another user's; the folder's owner is the
 * process's.
 */
int proc_wait_status(const struct proc *proc, int *status_out, int64_t *parent_out)
{
	char path[32], line[PROC_LINE_SIZE];
	struct proc_stat stat;
	struct stat folder;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%" PRId64, proc->pid);
	if (memcmp(proc->boot, proc_boot(), PROC_BOOT_SIZE) != 0 || lstat(path, &folder) != 0 ||
	    (geteuid() != 0 && folder.st_uid != geteuid()))
		return PKS_NOT_FOUND;
	snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", proc->pid);
	if (read_text(path, line, sizeof(line)) <= 0 || proc_stat_parse(line, &stat) < 0 ||
	    stat.start != proc->start || stat.state != 'Z')
		return PKS_NOT_FOUND;
	at = strrchr(line, ' ');
	if (!at || sscanf(at, " %d", status_out) != 1)
		return PKS_NOT_FOUND;
	*parent_out = stat.parent;
	return 0;
}

/* The descriptor first, the look after it: what was looked at is then what the descriptor stands for. */
int proc_open(const struct proc *proc)
{
	int fd = proc->pid > 0 ? pidfd_open((pid_t)proc->pid, 0) : -1;

	if (fd >= 0 && !proc_alive(proc)) {
		close(fd);
		return -1;
	}
	return fd;
}

int proc_signal(const struct proc *proc, int signal_number)
{
	int fd = proc_open(proc), r;

	if (fd < 0)
		return PKS_NOT_FOUND;
	r = pidfd_send_signal(fd, signal_number, NULL, 0) == 0 ? 0 : errno;
	close(fd);
	if (r == ESRCH)
		return PKS_NOT_FOUND;
	if (r != 0)
		return error_set(PKS_ERR_IO, "cannot signal process %" PRId64 ": %s", proc->pid, strerrordesc_np(r));
	return 0;
}

static int left_ms(int64_t deadline)
{
	int64_t left;

	if (deadline == INT64_MAX)
		return -1;
	left = (deadline - clock_monotonic() + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
	return left < 0 ? 0 : (int)left;
}

bool proc_wait(int pidfd, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	struct pollfd poll_fd = {.fd = pidfd, .events = POLLIN};
	int r;

	do
		r = poll(&poll_fd, 1, left_ms(deadline));
	while (r < 0 && errno == EINTR);
	return r > 0;
}

/* Ticks are counted from the boot, with the time that the machine slept. */
uint64_t proc_started(const struct proc *proc)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec since_boot;
	uint64_t age, start;

	if (ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
		return 0;
	age = (uint64_t)since_boot.tv_sec * CLOCK_NS_PER_S + (uint64_t)since_boot.tv_nsec;
	start = proc->start * (CLOCK_NS_PER_S / (uint64_t)ticks);
	return start > age ? clock_wall() : clock_wall() - (age - start);
}

/* "SIZE RESIDENT ...", in pages. */
uint64_t proc_resident(pid_t pid)
{
	char path[32], text[128];
	uint64_t pages;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	if (read_text(path, text, sizeof(text)) <= 0 || sscanf(text, "%*u %" SCNu64, &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int proc_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	if (!tasks)
		return 1;
	while ((entry = readdir(tasks)))
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

int proc_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}
