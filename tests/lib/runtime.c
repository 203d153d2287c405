/* SPDX-License-Identifier: MIT */
#include "runtime.h"

#include "runtime/pool.h"
#include "base/proc.h"
#include "runtime/process_key.h"
#include "runtime/record.h"
#include "runtime/sweep.h"
#include "scratch.h"

#include <criterion/criterion.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pks_store *runtime_store;

void runtime_begin(void)
{
	runtime_store = pks_store_open(scratch_dir(criterion_current_test->name), NULL);
	cr_assert(runtime_store, "%s", pks_error_message());
}

static int count_marked(pid_t pid, void *arg)
{
	struct proc_stat stat;
	char mark[POOL_MARK_SIZE];

	pool_mark(pool_of(runtime_store)->uuid, mark);
	if (sweep_is_marked(pid, mark) && proc_stat_read(pid, &stat) == 0 && stat.state != 'Z')
		++*(int *)arg;
	return 0;
}

int runtime_left_over(void)
{
	int count = 0;

	sweep_each(count_marked, &count);
	return count;
}

/* Criterion has counted the test as passed by now, and takes only a crash for a failure. */
static void fail_at_the_end(const char *what)
{
	fprintf(stderr, "%s: %s\n", criterion_current_test->name, what);
	abort();
}

void runtime_end(void)
{
	if (!runtime_store)
		return;
	if (pks_killall(runtime_store) != 0)
		fail_at_the_end(pks_error_message());
	if (runtime_left_over() != 0)
		fail_at_the_end("something of the pool is left");
	pks_store_close(runtime_store);
}

struct pks_object *runtime_new(const char *target)
{
	struct pks_object *process = pks_process_new(runtime_store, NULL, target);

	cr_assert(process, "%s: %s", target, pks_error_message());
	return process;
}

struct pks_object *runtime_start(const char *target)
{
	struct pks_object *process = runtime_new(target);

	cr_assert_eq(pks_process_start(process), 0, "%s", pks_error_message());
	return process;
}

void runtime_join(struct pks_object *process)
{
	int r = pks_process_join(process, RUNTIME_PATIENCE_MS);

	cr_assert_eq(r, 0, "%d %s", r, r < 0 ? pks_error_message() : pks_strerror(r));
}

struct pks_object *runtime_run(const char *target)
{
	struct pks_object *process = runtime_start(target);

	runtime_join(process);
	return process;
}

struct item {
	struct pks_object *process;
	const char *key;
};

static int is_there(void *arg)
{
	const struct item *item = arg;

	return pks_dict_contains(item->process, item->key) == 0;
}

int64_t runtime_await(struct pks_object *process, const char *key)
{
	struct item item = {process, key};
	int64_t pid = 0;
	int r = pks_wait_until(&item.process, 1, is_there, &item, RUNTIME_PATIENCE_MS);

	cr_assert_eq(r, 0, "%s never came: %s", key, pks_strerror(r));
	cr_assert_eq(pks_dict_getf(process, key, "I", &pid), 0);
	return pid;
}

void runtime_await_death(int64_t pid)
{
	struct proc proc;
	int pidfd;

	if (proc_of((pid_t)pid, &proc) != 0)
		return;
	pidfd = proc_open(&proc);
	if (pidfd < 0)
		return;
	cr_assert(proc_wait(pidfd, RUNTIME_PATIENCE_MS), "%" PRId64 " lives", pid);
	close(pidfd);
}

bool runtime_lives(int64_t pid)
{
	struct proc proc;

	return proc_of((pid_t)pid, &proc) == 0 && proc_alive(&proc);
}

void runtime_expect(struct pks_object *process, enum pks_status status, int exitcode, const char *error)
{
	struct pks_process_info info;
	char *text = NULL;
	int r = pks_process_error(process, &text);

	cr_assert_eq(pks_process_info(process, &info), 0, "%s", pks_error_message());
	cr_assert_eq(info.status, status, "%s, not %s: %s", pks_status_name(info.status), pks_status_name(status),
		     text ? text : "no error");
	cr_assert(info.has_exitcode && info.exitcode == exitcode, "%s: exitcode %d", info.target, info.exitcode);
	if (error)
		cr_assert(r == 0 && strncmp(text, error, strlen(error)) == 0, "%s", text ? text : "no error");
	else
		cr_assert_eq(r, PKS_NOT_FOUND, "%s", text);
	free(text);
}

void runtime_expect_well(void)
{
	runtime_expect(runtime_run("handlers:nothing"), PKS_FINISHED, 0, NULL);
}

int64_t runtime_supervisor(void)
{
	struct pks_pool_status status = {0};

	cr_assert_eq(pks_pool_start(runtime_store, NULL), 0, "%s", pks_error_message());
	while (status.supervisor_pid == 0 || status.workers < status.size)
		cr_assert_eq(pks_pool_status(runtime_store, NULL, &status), 0, "%s", pks_error_message());
	return status.supervisor_pid;
}

struct workers {
	pid_t *pids;
	size_t count, max;
	char mark[POOL_MARK_SIZE];
};

/* What leads its own group and is not the supervisor, which leads its session. */
static int note_worker(pid_t pid, void *arg)
{
	struct workers *workers = arg;
	struct proc_stat stat;

	if (workers->count < workers->max && proc_stat_read(pid, &stat) == 0 && stat.group == pid &&
	    stat.state != 'Z' && sweep_is_marked(pid, workers->mark) && getsid(pid) != pid)
		workers->pids[workers->count++] = pid;
	return 0;
}

size_t runtime_workers(pid_t *pids, size_t max)
{
	struct workers workers = {.pids = pids, .max = max};

	pool_mark(pool_of(runtime_store)->uuid, workers.mark);
	sweep_each(note_worker, &workers);
	return workers.count;
}

void runtime_kill_one(unsigned *seed)
{
	struct pks_pool_status status;
	pid_t pids[64];
	size_t count = runtime_workers(pids, 64);

	if (rand_r(seed) % 8 == 0 && pks_pool_status(runtime_store, NULL, &status) == 0 && status.supervisor_pid)
		kill((pid_t)status.supervisor_pid, SIGKILL);
	else if (count)
		kill(pids[(size_t)rand_r(seed) % count], SIGKILL);
}

int runtime_count(struct pks_object *log, const char *name)
{
	struct pks_log_iter *iter = pks_log_iter(log, 0, INT64_MAX, false);
	struct pks_value entry;
	const char *text;
	size_t size;
	int count = 0;

	while (pks_log_next(iter, &entry, NULL) == 0)
		if (pks_value_text(&entry, &text, &size) == 0 && size == strlen(name) && memcmp(text, name, size) == 0)
			count++;
	pks_log_iter_close(iter);
	return count;
}

static int check_entry(const struct layer_index_entry *entry, void *arg)
{
	struct pks_object *process = pks_object_from_id(runtime_store, entry->id);
	struct process_state state;

	cr_assert(process, "an entry of an object that is not there");
	cr_assert_eq(record_read(process, &state), 0);
	cr_assert_eq(entry->key[0], process_key_status(state.status).bytes[0]);
	pks_object_close(process);
	++*(uint64_t *)arg;
	return 0;
}

/* An object has one entry at most, which the store sees to; so as many entries as processes is one each. */
uint64_t runtime_expect_index_right(void)
{
	struct pks_list_options options = {.recursive = true, .type = "process"};
	struct pks_list_entry *entry = malloc(sizeof(*entry));
	struct pks_list *list;
	uint64_t entries = 0, processes = 0;

	cr_assert_eq(pks_snapshot_begin(runtime_store), 0);
	cr_assert_eq(layer_index_each(runtime_store, "", 0, check_entry, &entries), 0);
	list = pks_list_open(runtime_store, &options);
	while (pks_list_next(list, entry) == 0)
		processes++;
	pks_list_close(list);
	pks_snapshot_end(runtime_store);
	free(entry);
	cr_assert_eq(entries, processes);
	return processes;
}
