/* SPDX-License-Identifier: MIT */
/* A store with a pool of its own for each test, and what the runtime's tests do again and again. */
#ifndef TESTS_LIB_RUNTIME_H
#define TESTS_LIB_RUNTIME_H

#include <pkstore/pkstore.h>

#include <sys/types.h>

/* How long to wait for what must come: only a hang is as long. */
#define RUNTIME_PATIENCE_MS 30000

/* The test's store; opened by runtime_begin(), which is a test's .init. */
extern struct pks_store *runtime_store;

void runtime_begin(void);
/*
 * Stops the pool and asserts that nothing of it is left; a test's .fini. One that has closed its store sets it to NULL.
 */
void runtime_end(void);

/*
 * Makes a process; starts it; makes, starts and joins it. Each asserts that it could. `target` as "handlers:nothing".
 */
struct pks_object *runtime_new(const char *target);
struct pks_object *runtime_start(const char *target);
struct pks_object *runtime_run(const char *target);
void runtime_join(struct pks_object *process);

/* Waits until the process's handler has set an item; returns it, a pid. */
int64_t runtime_await(struct pks_object *process, const char *key);
/* Waits until the Unix process is no more, or a zombie. */
void runtime_await_death(int64_t pid);
/* Whether it is there and no zombie: when its parent reaps it is not ours to say. */
bool runtime_lives(int64_t pid);

/* Asserts the end of a process; `error` is how its text begins, or NULL for none. */
void runtime_expect(struct pks_object *process, enum pks_status status, int exitcode, const char *error);
/* Asserts that the pool runs the next process. */
void runtime_expect_well(void);

/* How many Unix processes there are with the store's mark. */
int runtime_left_over(void);

/* The workers there are: at most `max` pids. */
size_t runtime_workers(pid_t *pids, size_t max);
/* Kills with SIGKILL, as chance has it, one of what leads a group (workers, forkservers, copies), or the supervisor. */
void runtime_kill_one(unsigned *seed);

/* How often the text stands in the Log. */
int runtime_count(struct pks_object *log, const char *name);

/* Asserts that each process stands in the index once, where its state says; returns how many there are. */
uint64_t runtime_expect_index_right(void);

/* The supervisor; waits until it has said who it is, and has started its workers. */
int64_t runtime_supervisor(void);

#endif
