/* SPDX-License-Identifier: MIT */
/*
 * The witness: what a worker leaves behind for whoever tells why it died. A small file beside those of its output,
 * mapped into its memory, so that a note costs no system call, is there after any death at any instruction, and can be
 * read by the supervisor, its successor, or who waits for the process.
 *
 *     worker                                      whoever settles
 *     begin: run = none, the CPU time used so far,
 *            run = this attempt of this process   notes of another run are not this one's
 *     progress: the other slot, then which        one slot is always whole
 *     a signal that kills: the stack, then which  no signal: no stack
 *
 * Each note is stored before what makes it valid (release), and looked at in the other order by the only one who reads:
 * after the worker's death. So half a note is never believed.
 *
 * Nothing here is kept when a run ends well: the notes are overwritten by the next run, and the file goes with the
 * worker. A worker that cannot have one runs without.
 */
#ifndef RUNTIME_WITNESS_H
#define RUNTIME_WITNESS_H

#include "lot.h"

#include "base/proc.h"

#include <pkstore/store.h>

#include <stdatomic.h>

/* A line of progress, in bytes with its NUL. */
#define WITNESS_TEXT_SIZE 256

/* Innermost first; deeper ones are left out. */
#define WITNESS_FRAMES 64

/* The first ones are the program and what it links; what is loaded beyond that is told by its address alone. */
#define WITNESS_MODULES 24
#define WITNESS_PATH_SIZE 208

struct witness_run {
	uint64_t process; /* 0: none */
	uint64_t attempt;
};

struct witness_progress {
	struct witness_run run;
	uint64_t time_ns; /* since 1970 */
	char text[WITNESS_TEXT_SIZE];
};

struct witness_module {
	uint64_t begin, end, base; /* where it lies, and what to take from an address in it */
	char path[WITNESS_PATH_SIZE];
};

/* The file, of this machine's own word size and byte order: it does not outlive the boot. */
struct witness_notes {
	_Atomic uint64_t process; /* of the run; stored last */
	uint64_t attempt;
	uint64_t user_us, system_us; /* the CPU time of the worker, and of children it has waited for, before the run */
	_Atomic uint32_t progress_at; /* which slot */
	struct witness_progress progress[2];
	_Atomic uint32_t signal; /* 0: none; stored last */
	uint32_t frame_count, has_address;
	uint64_t address; /* the one that could not be accessed */
	uint64_t frames[WITNESS_FRAMES];
	_Atomic uint32_t module_count;
	struct witness_module modules[WITNESS_MODULES];
	struct lots lots; /* what the worker has claimed; beyond the run, and not only for the time after its death */
};

/* ---- the worker's side; a NULL witness takes no notes ---- */

struct witness {
	struct witness_notes *notes;
	int fd;          /* the notes' */
	int64_t used_at; /* CLOCK_MONOTONIC: when the CPU time was looked at */
	int64_t saved_at; /* when the progress was committed; 0: not in this run */
	bool unsaved;     /* it has moved since */
};

/* Makes the file, or finds that of the program that this one was executed by; notes stacks of deaths from then on. */
void witness_open(struct witness *witness, struct pks_store *store, const struct proc *self);
/* A run begins, `now` by CLOCK_MONOTONIC; costs system calls once a millisecond at most. */
void witness_begin(struct witness *witness, uint64_t process, uint32_t attempt, int64_t now);
/* A text that was cut. */
void witness_progress(struct witness *witness, uint64_t time_ns, const char *text);
/* Cuts off what has no room. */
void witness_cut(char *text);
/* The progress of the present run; NULL: none. */
const struct witness_progress *witness_last_progress(const struct witness_notes *notes, const struct witness_run *run);
/* What was loaded since is told by its name in a stack. */
void witness_modules(struct witness *witness);

/* ---- the others' ---- */

/* A copy of a dead worker's notes. PKS_NOT_FOUND when it has left none, or what cannot be its. */
int witness_read(struct pks_store *store, const struct proc *worker, struct witness_notes *notes_out);
void witness_remove(struct pks_store *store, const struct proc *worker);
/* The notes themselves, of a worker that may live; NULL when it has none, or is of an earlier boot. */
struct witness_notes *witness_map(struct pks_store *store, const struct proc *worker);
void witness_unmap(struct witness_notes *notes);
/* Whether others find the worker's own notes: where somebody has deleted them it must not rely on that. */
bool witness_is_shared(const struct witness *witness);

/* ---- witness_crash_linux.c ---- */

/*
 * Has the stack noted when one of SIGSEGV, SIGBUS, SIGABRT, SIGFPE and SIGILL kills this process: in a worker, which is
 * ours, and only where nobody has a handler of his own. Such a handler comes instead of ours whenever it is installed.
 */
void witness_catch(struct witness_notes *notes);

#endif
