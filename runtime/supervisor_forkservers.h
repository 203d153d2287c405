/* SPDX-License-Identifier: MIT */
/* The supervisor's forkservers, for those who ask them for copies. */
#ifndef RUNTIME_SUPERVISOR_FORKSERVERS_H
#define RUNTIME_SUPERVISOR_FORKSERVERS_H

#include "module.h"
#include "supervisor.h"

/* supervisor_forkservers_linux.c shows the ways between them. */
enum forkserver_status {
	FORKSERVER_LOADING,
	FORKSERVER_LOADED,
	FORKSERVER_ENDING,
	FORKSERVER_FAILED,
};

struct forkserver {
	struct forkserver *next;
	char module[PKS_STORE_PATH_SIZE];
	struct module_file file;
	unsigned number;
	enum forkserver_status status;
	pid_t pid;     /* 0: it is dead, or never was */
	int link;      /* -1: closed */
	size_t asked;  /* copies that have not given their word yet */
	bool useful;   /* it has had a handler that it was asked for */
	int64_t since; /* CLOCK_MONOTONIC: when it got that status, or was used last */
};

/* The one that is to make copies for the file; starts it when there is none. NULL: out of memory. */
struct forkserver *forkserver_get(struct supervisor *supervisor, const char *module, const struct module_file *file);
/* It does what it was asked for before it sees that. */
void forkserver_end(struct forkserver *forkserver);

/* Has supervisor_forkservers_hear() look at the descriptor, by the number of a copy's place. */
int forkserver_watch(const struct supervisor *supervisor, int fd, uint64_t number);
/* The copy for that place has something to say, or is dead. */
void supervisor_copies_hear(struct supervisor *supervisor, size_t slot);

#endif
