/* SPDX-License-Identifier: MIT */
/* What handlers write to stdout and stderr is kept with their processes. */
#include "lib/runtime.h"
#include "lib/scratch.h"

#include <criterion/criterion.h>

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(handler_output, .init = runtime_begin, .fini = runtime_end);

static struct pks_object *log_of(struct pks_object *process)
{
	struct pks_object *log = pks_process_output(process);

	cr_assert(log, "no output: %s", pks_error_message());
	return log;
}

static uint64_t count_of(struct pks_object *log)
{
	uint64_t count;

	cr_assert_eq(pks_log_count(log, &count), 0);
	return count;
}

/* The text of an entry; to be freed. */
static char *text_at(struct pks_object *log, int64_t index)
{
	char *text = NULL;
	int r = pks_log_getf(log, index, "{s:s}", "text", &text);

	cr_assert_eq(r, 0, "entry %" PRId64 ": %d", index, r);
	return text;
}

static void expect_text(struct pks_object *log, int64_t index, const char *stream, const char *text)
{
	char *is, *from;

	cr_assert_eq(pks_log_getf(log, index, "{s:s, s:s}", "stream", &from, "text", &is), 0);
	cr_assert(strcmp(from, stream) == 0 && strcmp(is, text) == 0, "%s: %s", from, is);
	free(is);
	free(from);
}

/* How many files there are for workers' output, and how much is in them. */
static int files(off_t *bytes_out)
{
	char path[PKS_STORE_PATH_SIZE];
	struct dirent *entry;
	struct stat file;
	int count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/output", pks_store_path(runtime_store));
	folder = opendir(path);
	*bytes_out = 0;
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.') {
			if (fstatat(dirfd(folder), entry->d_name, &file, 0) == 0)
				*bytes_out += file.st_blocks * 512;
			count++;
		}
	if (folder)
		closedir(folder);
	return count;
}

/* ---- what is kept ---- */

Test(handler_output, both_streams_are_kept_with_the_process)
{
	struct pks_object *process = runtime_run("output:say_both"), *log = log_of(process);
	bool open = false;
	char *text;

	cr_assert_eq(count_of(log), 2);
	for (int i = 0; i < 2; i++) {
		char *stream;

		cr_assert_eq(pks_log_getf(log, i, "{s:s}", "stream", &stream), 0);
		if (strcmp(stream, "stderr") == 0)
			expect_text(log, i, "stderr", "careful");
		else
			cr_assert_eq(pks_log_getf(log, i, "{s:s, s:b}", "text", &text, "open", &open), 0);
		free(stream);
	}
	cr_assert(open && strcmp(text, "hello") == 0, "a last line without an end");
	free(text);
}

Test(handler_output, who_says_nothing_has_no_log)
{
	struct pks_object *process = runtime_run("output:say_nothing");

	cr_assert_null(pks_process_output(process));
	cr_assert_eq(pks_error_code(), PKS_NOT_FOUND);
	cr_assert_eq(pks_object_exists(runtime_store, "system/output"), PKS_NOT_FOUND);
}

Test(handler_output, every_process_of_a_worker_has_its_own)
{
	struct pks_object *processes[20];
	char word[16];

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 2), 0);
	for (int i = 0; i < 20; i++) {
		processes[i] = runtime_new(i % 3 ? "output:say" : "output:say_nothing");
		snprintf(word, sizeof(word), "word %d", i);
		pks_process_set_argsf(processes[i], "[s]", word);
		cr_assert_eq(pks_process_start(processes[i]), 0);
	}
	for (int i = 0; i < 20; i++) {
		runtime_join(processes[i]);
		if (i % 3 == 0) {
			cr_assert_null(pks_process_output(processes[i]));
			continue;
		}
		snprintf(word, sizeof(word), "word %d", i);
		cr_assert_eq(count_of(log_of(processes[i])), 1);
		expect_text(log_of(processes[i]), 0, "stdout", word);
	}
}

Test(handler_output, bytes_that_are_no_text_and_empty_lines_are_kept_as_they_are)
{
	struct pks_object *log = log_of(runtime_run("output:say_odd_things"));
	struct pks_value entry = {0};
	const void *bytes;
	size_t size;

	cr_assert_eq(count_of(log), 2);
	cr_assert_eq(pks_log_get(log, 0, &entry), 0);
	cr_assert_eq(pks_value_unpack(&entry, "{s:y}", "text", &bytes, &size), 0);
	cr_assert(size == 2 && memcmp(bytes, "\xff\xfe", 2) == 0);
	pks_value_clear(&entry);
	expect_text(log, 1, "stdout", "");
}

Test(handler_output, a_long_line_makes_several_entries_that_are_text_each)
{
	struct pks_object *log = log_of(runtime_run("output:say_a_long_line"));
	size_t size = 0;

	for (uint64_t i = 0, count = count_of(log); i < count; i++) {
		bool open = false;
		char *text;

		cr_assert_eq(pks_log_getf(log, (int64_t)i, "{s:s, s:?b}", "text", &text, "open", &open), 0);
		cr_assert_eq(open, i + 1 < count);
		size += strlen(text);
		free(text);
	}
	cr_assert_eq(size, 10000);
}

Test(handler_output, what_children_write_is_kept_too)
{
	struct pks_object *log = log_of(runtime_run("output:children_say"));
	int found = 0;

	cr_assert_eq(count_of(log), 3);
	for (int i = 0; i < 3; i++) {
		char *text = text_at(log, i);

		found += strcmp(text, "from a child") == 0 || strcmp(text, "from a shell") == 0 ||
			 strcmp(text, "its complaint") == 0;
		free(text);
	}
	cr_assert_eq(found, 3);
}

/* ---- deaths ---- */

Test(handler_output, the_last_words_of_a_killed_worker_are_kept)
{
	struct pks_object *process = runtime_run("output:say_and_die"), *log = log_of(process);

	runtime_expect(process, PKS_CRASHED, -SIGKILL, "killed by SIGKILL");
	cr_assert_eq(count_of(log), 3);
	expect_text(log, 0, "stdout", "first");
	expect_text(log, 1, "stdout", "last words");
	expect_text(log, 2, "stderr", "why");
}

/* With the supervisor dead nobody is told: whoever waits takes the words from the files. */
Test(handler_output, they_are_kept_when_the_supervisor_died_before)
{
	struct pks_object *process = runtime_start("output:say_and_hold");
	int64_t worker = runtime_await(process, "here"), supervisor = runtime_supervisor();

	kill((pid_t)supervisor, SIGSTOP);
	kill((pid_t)worker, SIGKILL);
	kill((pid_t)supervisor, SIGKILL);
	runtime_join(process);
	expect_text(log_of(process), 0, "stdout", "before");
	cr_assert_eq(count_of(log_of(process)), 1);
}

Test(handler_output, a_handler_writes_on_without_a_supervisor)
{
	struct pks_object *process = runtime_start("output:say_and_hold");

	runtime_await(process, "here");
	kill((pid_t)runtime_supervisor(), SIGKILL);
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	expect_text(log_of(process), 0, "stdout", "before");
	expect_text(log_of(process), 1, "stdout", "after");
	cr_assert_eq(count_of(log_of(process)), 2);
}

/* ---- while it runs ---- */

static int has_output(void *arg)
{
	struct pks_object *log = pks_process_output(arg);

	pks_object_close(log);
	return log != NULL;
}

Test(handler_output, it_is_seen_while_the_handler_runs)
{
	struct pks_object *process = runtime_start("output:say_and_hold");

	runtime_await(process, "here");
	cr_assert_eq(pks_wait_until(&process, 1, has_output, process, RUNTIME_PATIENCE_MS), 0);
	expect_text(log_of(process), 0, "stdout", "before");
	pks_dict_setf(process, "go", "b", 1);
	runtime_join(process);
	cr_assert_eq(count_of(log_of(process)), 2, "and once only");
}

/* The supervisor cannot copy meanwhile, and the handler does not wait for it. */
Test(handler_output, many_lines_inside_a_transaction_are_all_kept)
{
	enum { LINES = 50000 };
	struct pks_object *process = runtime_new("output:say_much_in_a_transaction"), *log;
	char line[32], *text;

	pks_process_set_argsf(process, "[i]", LINES);
	cr_assert_eq(pks_process_set_output_cap(process, LINES), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	runtime_expect(process, PKS_FINISHED, 0, NULL);
	log = log_of(process);
	cr_assert_eq(count_of(log), LINES);
	for (int i = 0; i < LINES; i += 7) {
		snprintf(line, sizeof(line), "line %d", i);
		text = text_at(log, i);
		cr_assert_str_eq(text, line);
		free(text);
	}
}

Test(handler_output, only_the_newest_lines_are_kept)
{
	struct pks_object *process = runtime_new("output:say_much_in_a_transaction");

	pks_process_set_argsf(process, "[i]", 1000);
	cr_assert_eq(pks_process_set_output_cap(process, 10), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	cr_assert_eq(count_of(log_of(process)), 10);
	expect_text(log_of(process), 0, "stdout", "line 990");
	expect_text(log_of(process), 9, "stdout", "line 999");
}

Test(handler_output, with_a_cap_of_nothing_none_is_kept_and_the_next_one_is_not_concerned)
{
	struct pks_object *process = runtime_new("output:say_both");

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	cr_assert_eq(pks_process_set_output_cap(process, 0), 0);
	cr_assert_eq(pks_process_start(process), 0);
	runtime_join(process);
	cr_assert_null(pks_process_output(process));
	cr_assert_eq(count_of(log_of(runtime_run("output:say_both"))), 2);
}

static int past_some_lines(void *arg)
{
	struct pks_object *log = pks_process_output(arg);
	uint64_t next = 0;

	if (log)
		pks_log_positions(log, NULL, &next);
	pks_object_close(log);
	return next > 50000;
}

/* Its files stay small as long as the supervisor looks after them, and its Log does. */
Test(handler_output, one_that_writes_for_ever_is_bounded)
{
	struct pks_object *process = runtime_new("output:say_for_ever"), *watched[2];
	off_t bytes;

	cr_assert_eq(pks_process_set_output_cap(process, 2000), 0);
	cr_assert_eq(pks_process_start(process), 0);
	cr_assert_eq(pks_wait_until(&process, 1, has_output, process, RUNTIME_PATIENCE_MS), 0);
	watched[0] = log_of(process);
	cr_assert_eq(pks_wait_until(watched, 1, past_some_lines, process, RUNTIME_PATIENCE_MS), 0);
	cr_assert_leq(count_of(watched[0]), 2000);
	files(&bytes);
	cr_assert_lt(bytes, (off_t)512 << 20, "%jd bytes", (intmax_t)bytes);
	pks_process_terminate(process, 0);
	runtime_join(process);
	cr_assert_leq(count_of(watched[0]), 2000);
}

/* ---- who shares a worker ---- */

Test(handler_output, a_handler_that_redirects_itself_does_so_for_itself)
{
	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	expect_text(log_of(runtime_run("output:redirect_itself")), 0, "stdout", "mine");
	cr_assert_eq(count_of(log_of(runtime_run("output:say_both"))), 2);
}

Test(handler_output, what_a_child_writes_later_is_nobody_elses)
{
	struct pks_object *first, *next;

	cr_assert_eq(pks_pool_set_size(runtime_store, NULL, 1), 0);
	first = runtime_run("output:leave_a_talker");
	for (int i = 0; i < 20; i++) {
		next = runtime_run("output:say_both");
		cr_assert_eq(count_of(log_of(next)), 2);
	}
	cr_assert_geq(count_of(log_of(first)), 1);
}

/* ---- what is left ---- */

Test(handler_output, it_is_dropped_with_its_process)
{
	struct pks_object *dropped = runtime_run("output:say_both"), *cleaned = runtime_run("output:say_both");
	struct pks_object *logs[] = {log_of(dropped), log_of(cleaned)};
	uint64_t count;

	cr_assert_eq(pks_object_drop(dropped), 0);
	cr_assert_eq(pks_log_count(logs[0], &count), PKS_ERR_GONE);
	cr_assert_eq(pks_log_count(logs[1], &count), 0);
	cr_assert_eq(pks_process_clean(runtime_store, 0, NULL), 0);
	cr_assert_eq(pks_log_count(logs[1], &count), PKS_ERR_GONE);
}

Test(handler_output, a_dropped_log_does_not_keep_its_process)
{
	struct pks_object *process = runtime_run("output:say_both");

	cr_assert_eq(pks_object_drop(log_of(process)), 0);
	cr_assert_eq(pks_object_drop(process), 0, "%s", pks_error_message());
}

Test(handler_output, a_stopped_pool_leaves_no_files)
{
	off_t bytes;

	runtime_run("output:say_and_die");
	runtime_run("output:say_both");
	cr_assert_gt(files(&bytes), 0);
	cr_assert_eq(pks_killall(runtime_store), 0);
	cr_assert_eq(files(&bytes), 0);
}
