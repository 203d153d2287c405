/* SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/error.h"
#include "base/fork.h"
#include "base/identity.h"
#include "lib/child.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

Test(error, every_code_has_words_of_its_own)
{
	for (int code = PKS_ERR_QUOTA; code <= PKS_BROKEN; code++) {
		cr_expect_str_neq(pks_strerror(code), "unknown code", "%d", code);
		for (int other = PKS_ERR_QUOTA; other < code; other++)
			cr_expect_str_neq(pks_strerror(code), pks_strerror(other), "%d and %d", code, other);
	}
	cr_expect_str_eq(pks_strerror(PKS_ERR_QUOTA - 1), "unknown code");
	cr_expect_str_eq(pks_strerror(PKS_BROKEN + 1), "unknown code");
	cr_expect_str_eq(pks_strerror(-2147483647 - 1), "unknown code");
}

Test(error, a_message_may_be_made_of_the_last_one)
{
	cr_expect_str_eq(pks_error_message(), "");
	cr_expect_eq(error_set(PKS_ERR_LIMIT, "%s: %d", "path", 7), PKS_ERR_LIMIT);
	cr_expect_eq(error_set(PKS_ERR_FORMAT, "in short: %s", pks_error_message()), PKS_ERR_FORMAT);
	cr_expect_str_eq(pks_error_message(), "in short: path: 7");
	cr_expect_eq(pks_error_code(), PKS_ERR_FORMAT);
}

Test(error, who_knows_what_it_was_about_says_so)
{
	error_set(PKS_ERR_TYPE, "text, not int");
	cr_expect_eq(error_about(PKS_ERR_TYPE, "%s: key '%s'", "a/b", "port"), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "a/b: key 'port': text, not int");
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
}

Test(error, a_message_too_long_is_cut)
{
	static char path[9000];

	memset(path, 'x', sizeof(path) - 1);
	error_set(PKS_ERR_LIMIT, "%s", path);
	cr_expect_gt(strlen(pks_error_message()), 4096u);
	cr_expect_lt(strlen(pks_error_message()), sizeof(path) - 1);
}

Test(error, errno_becomes_a_code_and_words)
{
	cr_expect_eq(error_errno(ENOSPC, "a"), PKS_ERR_NO_SPACE);
	cr_expect_eq(error_errno(EDQUOT, "a"), PKS_ERR_NO_SPACE);
	cr_expect_eq(error_errno(EACCES, "a"), PKS_ERR_ACCESS);
	cr_expect_eq(error_errno(EPERM, "a"), PKS_ERR_ACCESS);
	cr_expect_eq(error_errno(EROFS, "a"), PKS_ERR_ACCESS);
	cr_expect_eq(error_errno(ENOMEM, "a"), PKS_ERR_MEMORY);
	cr_expect_eq(error_errno(EIO, "/a/%s", "b"), PKS_ERR_IO);
	cr_expect_str_eq(pks_error_message(), "/a/b: Input/output error");
	cr_expect_eq(error_errno(99999, "a"), PKS_ERR_IO);
	cr_expect_str_eq(pks_error_message(), "a: unknown error");
}

Test(error, a_null_handle_repeats_the_last_error_but_no_condition)
{
	cr_expect_eq(error_again(), PKS_ERR_USAGE, "there was none");
	error_set(PKS_NOT_FOUND, "no such thing");
	cr_expect_eq(error_again(), PKS_ERR_USAGE, "the call did not look and find nothing");
	cr_expect_str_eq(pks_error_message(), "no such thing");
	error_set(PKS_ERR_IO, "broken");
	cr_expect_eq(error_again(), PKS_ERR_IO);
	cr_expect_str_eq(pks_error_message(), "broken");
}

static void *set_in_thread(void *arg)
{
	cr_expect_eq(pks_error_code(), 0);
	error_set(PKS_ERR_IO, "of the other thread");
	return NULL;
}

Test(error, each_thread_has_its_own)
{
	pthread_t thread;

	error_set(PKS_ERR_TYPE, "mine");
	pthread_create(&thread, NULL, set_in_thread, NULL);
	pthread_join(thread, NULL);
	cr_expect_eq(pks_error_code(), PKS_ERR_TYPE);
	cr_expect_str_eq(pks_error_message(), "mine");
}

Test(error, deadlines_do_not_overflow)
{
	int64_t before = clock_monotonic();

	cr_expect_eq(clock_deadline(-1), INT64_MAX);
	cr_expect_geq(clock_deadline(0), before);
	cr_expect_geq(clock_deadline(2147483647), before + 2147483647 * CLOCK_NS_PER_MS);
}

static int sees_other_mark(void *arg)
{
	uint64_t mine = fork_current();

	return mine == *(const uint64_t *)arg || mine != fork_current() || mine == 0;
}

Test(error, a_child_has_another_mark)
{
	uint64_t mark = fork_current();

	cr_expect_neq(mark, 0);
	cr_expect_eq(child_wait(child_start(sees_other_mark, &mark)), 0);
	cr_expect_eq(fork_current(), mark);
}

Test(error, a_uuid_survives_being_text)
{
	uint8_t uuid[16], other[16], back[16];
	char text[PKS_UUID_SIZE];

	identity_new(uuid);
	identity_new(other);
	cr_expect_neq(memcmp(uuid, other, sizeof(uuid)), 0);
	identity_text(uuid, text);
	cr_expect_eq(strlen(text), PKS_UUID_SIZE - 1u);
	cr_expect_eq(identity_parse(text, back), 0);
	cr_expect_eq(memcmp(uuid, back, sizeof(uuid)), 0);
	cr_expect_eq(identity_parse("no uuid", back), PKS_ERR_SYNTAX);
	cr_expect_eq(identity_parse("", back), PKS_ERR_SYNTAX);
}
