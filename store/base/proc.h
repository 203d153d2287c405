/* SPDX-License-Identifier: MIT */
/*
 * Who a Unix process is. A pid alone is reused; pid, start time and boot together name one process for ever, so that a
 * stranger is never taken for a worker that is gone, and never signalled in its place.
 */
#ifndef STORE_BASE_PROC_H
#define STORE_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_BOOT_SIZE 16

struct proc {
	int64_t pid;
	uint64_t start; /* clock ticks after boot */
	uint8_t boot[PROC_BOOT_SIZE];
};

/* What a line of /proc/PID/stat tells. */
struct proc_stat {
	char state;
	int64_t parent;
	int64_t group;
	uint64_t start;
	bool ending; /* it starts nobody any more, and has no environment; or it has ended already */
};

/* Takes such a line apart. Returns 0, or PKS_ERR_CORRUPT without a message. */
int proc_stat_parse(const char *line, struct proc_stat *stat_out);
/* Returns 0, or PKS_NOT_FOUND when there is no such process. */
int proc_stat_read(pid_t pid, struct proc_stat *stat_out);

/* The identity of a process that there is now, ended but not yet waited for included. 0, PKS_NOT_FOUND. */
int proc_of(pid_t pid, struct proc *proc_out);
/* Of one thread of a process. 0, or PKS_NOT_FOUND when there is no such thread, or only what is left of it. */
int proc_thread_read(pid_t pid, pid_t tid, struct proc_stat *stat_out);
/* When a thread of a process began; 0 or PKS_NOT_FOUND when there is no such thread. */
int proc_thread_start(pid_t pid, pid_t tid, uint64_t *start_out);
bool proc_equal(const struct proc *a, const struct proc *b);
/* Whether the process is of the present boot: else it is gone, whatever /proc says. */
bool proc_this_boot(const struct proc *proc);
/* Whether just this process still runs; one that has ended and was not waited for does not. */
bool proc_alive(const struct proc *proc);

/*
 * How it has ended, as waitpid(2) tells it, and whose child it is: as long as that has not waited for it, the kernel
 * tells it to others of the same user. PKS_NOT_FOUND: it has not ended, or is gone.
 */
int proc_wait_status(const struct proc *proc, int *status_out, int64_t *parent_out);

/* A descriptor (pidfd) of just this process, close-on-exec; -1 when it is gone. */
int proc_open(const struct proc *proc);
/* Returns 0, PKS_NOT_FOUND when it is gone, PKS_ERR_IO when the signal is refused. */
int proc_signal(const struct proc *proc, int signal_number);
/* Waits until the process of a pidfd has ended. False when the timeout passed first. */
bool proc_wait(int pidfd, int timeout_ms);

/* When it was started, in nanoseconds since 1970 and to a clock tick; 0 when that cannot be told. */
uint64_t proc_started(const struct proc *proc);
/* How many bytes it has resident; 0 when it is gone. */
uint64_t proc_resident(pid_t pid);

/* How many threads the calling process has; 1 when the kernel does not say. */
int proc_threads(void);

/* How many CPUs the calling process may use; 1 when the kernel does not say. */
int proc_cpus(void);

#endif
