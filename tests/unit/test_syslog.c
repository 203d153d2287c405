/* SPDX-License-Identifier: MIT */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pks_store *open_store(const char *test)
{
	struct pks_store *store = pks_store_open(scratch_dir(test), NULL);

	cr_assert_not_null(store, "%s", pks_error_message());
	return store;
}

static void expect_last(struct pks_store *store, const char *level, const char *text)
{
	struct pks_object *log = pks_log_open(store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);
	char *got_level = NULL, *got_text = NULL;
	int64_t pid = 0;

	cr_assert_eq(pks_log_getf(log, -1, "{s:s, s:s, s:I}", "level", &got_level, "text", &got_text, "pid", &pid), 0,
	             "%s", pks_error_message());
	cr_expect_str_eq(got_level, level);
	cr_expect_str_eq(got_text, text);
	cr_expect_eq(pid, getpid());
	free(got_level);
	free(got_text);
}

Test(syslog, a_line_is_the_last_entry_of_the_system_log)
{
	struct pks_store *store = open_store("a_line");
	struct pks_object *log;
	uint64_t cap;

	cr_expect_eq(pks_syslog(store, PKS_LEVEL_INFO, "called with %s", "hello"), 0, "%s", pks_error_message());
	expect_last(store, "INFO", "called with hello");
	log = pks_log_open(store, PKS_SYSLOG_PATH, PKS_MUST_EXIST);
	pks_log_cap(log, &cap);
	cr_expect_eq(cap, PKS_SYSLOG_CAP);
	pks_store_close(store);
}

Test(syslog, lines_below_the_level_are_not_written)
{
	struct pks_store *store = open_store("below_the_level");

	cr_expect_eq(pks_syslog_level(store), PKS_LEVEL_INFO);
	cr_expect_eq(pks_syslog(store, PKS_LEVEL_DEBUG, "no"), 0);
	cr_expect_eq(pks_object_exists(store, PKS_SYSLOG_PATH), PKS_NOT_FOUND);
	pks_syslog_set_level(store, PKS_LEVEL_DEBUG);
	pks_syslog(store, PKS_LEVEL_DEBUG, "yes");
	expect_last(store, "DEBUG", "yes");
	pks_store_close(store);
}

Test(syslog, text_that_is_not_utf8_is_escaped)
{
	struct pks_store *store = open_store("not_utf8");

	cr_expect_eq(pks_syslog(store, PKS_LEVEL_ERROR, "bad: \xff!"), 0);
	expect_last(store, "ERROR", "bad: \\xff!");
	pks_store_close(store);
}

Test(syslog, a_line_in_a_transaction_comes_and_goes_with_it)
{
	struct pks_store *store = open_store("in_a_transaction");

	pks_begin(store);
	pks_syslog(store, PKS_LEVEL_INFO, "gone");
	pks_abort(store);
	cr_expect_eq(pks_object_exists(store, PKS_SYSLOG_PATH), PKS_NOT_FOUND);
	pks_begin(store);
	pks_syslog(store, PKS_LEVEL_INFO, "kept");
	pks_commit(store);
	expect_last(store, "INFO", "kept");
	pks_store_close(store);
}

Test(syslog, stderr_gets_the_line_when_asked, .init = cr_redirect_stderr)
{
	struct pks_store *store = open_store("stderr_gets_it");
	char line[256] = "";
	FILE *err;

	pks_syslog(store, PKS_LEVEL_INFO, "quiet");
	pks_syslog_set_stderr(store, true);
	pks_syslog(store, PKS_LEVEL_WARNING, "loud");
	fflush(stderr);
	err = cr_get_redirected_stderr();
	cr_assert_not_null(fgets(line, sizeof(line), err));
	cr_expect_not_null(strstr(line, " WARNING "), "%s", line);
	cr_expect_not_null(strstr(line, "]: loud\n"), "%s", line);
	pks_store_close(store);
}

Test(syslog, another_value_in_the_log_is_shown_as_json)
{
	struct pks_value value = {0};
	char *line = NULL;

	pks_value_pack(&value, "[ib]", 1, true);
	cr_expect_eq(pks_syslog_format(&value, &line), 0);
	cr_expect_str_eq(line, "[1,true]");
	free(line);
	pks_value_clear(&value);
}
