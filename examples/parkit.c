/* SPDX-License-Identifier: MIT */
/*
 * Processes: one without a name and one with it, ten that fill a log together, and the pool that ran them is resized and
 * stopped, with what runs. The handlers are in this very program; the pool executes it again to run them.
 */
#include <pkstore/pkstore.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROCESSES 10

PKS_PROCESS(produce)
{
	struct pks_object *results = pks_dict_object(self, "results");

	for (int i = 0; i < 5; i++)
		pks_log_appendf(results, "[si]", "iteration", i);
	return pks_return(self, "b", true);
}

PKS_PROCESS(do_something)
{
	char *arg;
	int r = pks_process_argsf(self, "[s]", &arg);

	if (r != 0)
		return r;
	pks_syslog(pks_object_store(self), PKS_LEVEL_INFO, "called do_something with %s", arg);
	free(arg);
	return pks_return(self, "s", "result from do_something");
}

PKS_PROCESS(stay)
{
	return pause();
}

static void print_log(struct pks_object *log)
{
	struct pks_log_iter *iter = pks_log_iter(log, 0, 10, false);
	struct pks_value entry;
	uint64_t count;

	pks_log_count(log, &count);
	printf("%" PRIu64 " results, the first ten:\n", count);
	while (pks_log_next(iter, &entry, NULL) == 0) {
		char *word;
		int i;

		pks_value_unpack(&entry, "[si]", &word, &i);
		printf("    (%s, %d)\n", word, i);
		free(word);
	}
	pks_log_iter_close(iter);
}

static void print_processes(struct pks_store *store)
{
	struct pks_process_table *table = pks_process_table_open(store, PKS_ANY_STATUS);
	struct pks_process_info info;
	struct pks_value result;
	int count = 0;

	printf("the process table:\n");
	while (pks_process_table_next(table, &info, &result) == 0) {
		char *json = NULL;

		pks_value_to_json(&result, store, PKS_JSON_LINE, &json);
		printf("    %s %d %s %s\n", info.name, info.exitcode, json ? json : "-", pks_status_name((int)info.status));
		free(json);
		count++;
	}
	pks_process_table_close(table);
	if (count == 0)
		printf("    (nothing)\n");
}

static void print_last_line(struct pks_store *store)
{
	struct pks_object *syslog = pks_log_open(store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);
	struct pks_value entry;
	char *line;

	if (pks_log_get(syslog, -1, &entry) != 0 || pks_syslog_format(&entry, &line) != 0)
		errx(1, "%s", pks_error_message());
	printf("%s\n", line);
	free(line);
	pks_value_clear(&entry);
}

static void run_one(struct pks_store *store, const char *path)
{
	struct pks_object *process = pks_process_new(store, path, "do_something");

	pks_process_set_argsf(process, "[s]", "hello");
	pks_process_start(process);
	if (pks_process_join(process, -1) != 0)
		errx(1, "%s", pks_error_message());
	print_last_line(store);
	print_processes(store);
}

static void clean(struct pks_store *store)
{
	pks_process_clean(store, 0, NULL);
	print_processes(store);
}

static void run_ten(struct pks_store *store)
{
	struct pks_object *log = pks_log_open(store, "example/log", PKS_OPEN_OR_CREATE), *processes[PROCESSES];

	pks_log_clear(log);
	for (int i = 0; i < PROCESSES; i++) {
		processes[i] = pks_process_new(store, NULL, "produce");
		pks_dict_setf(processes[i], "results", "o", log);
		if (pks_process_start(processes[i]) != 0)
			errx(1, "%s", pks_error_message());
	}
	for (int i = 0; i < PROCESSES; i++)
		pks_process_join(processes[i], -1);
	print_log(log);
	print_processes(store);
}

static void use_pool(struct pks_store *store)
{
	struct pks_object *process = pks_process_new(store, "example/service", "stay");
	unsigned size;

	pks_pool_size(store, NULL, &size);
	printf("the pool had %u workers\n", size);
	pks_pool_set_size(store, NULL, 6);
	pks_pool_size(store, NULL, &size);
	printf("the pool has %u workers\n", size);
	pks_process_start_wait(process, -1, NULL);
	if (pks_killall(store) != 0)
		errx(1, "%s", pks_error_message());
	print_processes(store);
}

int main(void)
{
	struct pks_store *store;

	pks_worker_main();
	store = pks_store_open(NULL, NULL);
	if (!store)
		errx(1, "%s", pks_error_message());
	pks_process_clean(store, 0, NULL); /* what an earlier run has left for `pkstore ps` */
	run_one(store, NULL);
	clean(store);
	run_one(store, "example/myprocess");
	clean(store);
	run_ten(store);
	use_pool(store);
	pks_store_close(store);
}
