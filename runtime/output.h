/* SPDX-License-Identifier: MIT */
/*
 * A handler's output: what it, and the children that it starts, write to stdout and stderr.
 *
 * Both are files, not pipes: two for each worker, in the store's folder `output`, named after who the worker is. So
 *
 * - a handler that writes never waits for anybody, nor for the store's lock, which it may hold itself, and never gets a
 *   SIGPIPE, whoever dies: there is nobody at another end;
 * - the last lines of a worker that was killed at any instruction are in its files, from where whoever records its end
 *   takes them: the supervisor, the next one, or who waits for the process;
 * - a handler that writes nothing costs two calls of fstat(2).
 *
 * From the files the lines are copied to the process's Log: by its worker when the handler is done, by the supervisor
 * a few times a second while it runs, by who settles it when the worker is dead. They do not know of each other: how
 * far a file was copied stands with the Log (`copied`), and moves in the transaction that appends the lines, which
 * looks first whether the process is still this attempt of this worker. So each line is appended once, by whoever is
 * first.
 *
 * Whose lines they are: a worker that finds that its handler has written ends that process without claiming the next
 * one, and takes new files before it does. So as long as a process is running, its worker's files hold its output
 * alone. Of the members of a lot (lot.h) this holds for the one that the worker is at: those before it have written
 * nothing. So who appends lines makes sure in his transaction that it still is that one which he has read the files
 * for. What a child that outlives the handler writes after that goes into files that nobody reads.
 *
 * Nobody slows a handler down that writes faster than it is copied. When more than OUTPUT_BACKLOG of it waits, all but
 * the newest OUTPUT_KEPT of that is left out, and an entry says how much. What was copied is cut out of the file.
 */
#ifndef RUNTIME_OUTPUT_H
#define RUNTIME_OUTPUT_H

#include "process_state.h"

#include <sys/stat.h>

#define OUTPUT_ATTR "output"

/* stdout and stderr. */
#define OUTPUT_STREAMS 2

/* In bytes: many times what a store's write lock may keep the copying from in a second, and what fits its memory. */
#define OUTPUT_BACKLOG (64 << 20)
#define OUTPUT_KEPT (1 << 20)

/* A worker's own files. */
struct output {
	int fds[OUTPUT_STREAMS]; /* close-on-exec; beside stdout and stderr, which stand for the same */
	struct stat files[OUTPUT_STREAMS];
	bool kept; /* false: there are none, and the output goes to /dev/null */
};

/*
 * output_linux.c: the worker's side. Opening makes the files, or finds those of the program that this one was executed
 * by, and puts them behind stdout and stderr; a worker that cannot have any says so in the system log.
 */
void output_open(struct output *output, struct pks_store *store, const struct proc *self);
/* Whether anything was written to them. Also makes stdout and stderr what they were before the handler. */
bool output_written(struct output *output);
/* New ones, after something was. */
void output_renew(struct output *output, struct pks_store *store, const struct proc *self);
/* Sends the output of the next handler nowhere, and back to the files. */
void output_silence(void);
void output_restore(const struct output *output);

/* A worker's files, for whoever copies them: -1 where there is none. */
void output_find(struct pks_store *store, const struct proc *worker, int fds_out[OUTPUT_STREAMS]);
void output_close(int fds[OUTPUT_STREAMS]);
/* Removes a dead worker's files. */
void output_remove(struct pks_store *store, const struct proc *worker);
/* Removes the files of all workers that are dead and run nothing that is still to be settled. */
void output_sweep(struct pks_store *store);
/* The folder; made if need be. */
void output_folder(struct pks_store *store, char path_out[PKS_STORE_PATH_SIZE]);

/*
 * output_copy.c: copies what the worker's files hold beyond what was copied already; a line without an end only when
 * it is the `last` time. 0, also when somebody else has ended the process, or as a write.
 */
int output_copy(struct pks_store *store, uint64_t process, const struct proc *worker, bool last);
/* How many lines of that attempt, the last one that has written, stand at the end of the Log, or did before its cap. */
uint64_t output_lines_of(struct pks_object *log, uint32_t attempt);

#endif
