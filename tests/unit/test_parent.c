/* SPDX-License-Identifier: MIT */
/* What is pure about families: the numbers of parents, and the keepers of daemons. */
#include "runtime/daemon.h"
#include "runtime/parent.h"

#include <criterion/criterion.h>

#include <string.h>

static const struct proc someone = {
	.pid = 4711, .start = 123456, .boot = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

/* ---- parents ---- */

Test(parent, a_number_is_what_the_format_says)
{
	cr_assert_eq(parent_number(&someone), -730661004);
}

Test(parent, whoever_differs_in_anything_has_another_number_of_the_same_length)
{
	struct proc others[] = {someone, someone, someone};

	others[0].pid++;
	others[1].start++;
	others[2].boot[15] ^= 1;
	for (size_t i = 0; i < 3; i++) {
		int64_t number = parent_number(&others[i]);

		cr_assert_neq(number, parent_number(&someone));
		cr_assert(number < -UINT16_MAX && number >= -1 - (int64_t)UINT32_MAX, "%lld", (long long)number);
	}
}

/* ---- keepers ---- */

static int read_format(struct keeper *keeper, const char *format, ...)
{
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	cr_assert_eq(pks_value_vpack(&value, format, args), 0);
	va_end(args);
	r = daemon_keeper_read(&value, keeper);
	pks_value_clear(&value);
	return r;
}

Test(keeper, a_program_and_an_attempt_are_read)
{
	struct keeper keeper;

	cr_assert_eq(read_format(&keeper, "[iiy]", 4711, 123456, someone.boot, sizeof(someone.boot)), 0);
	cr_assert(proc_equal(&keeper.proc, &someone) && keeper.process == 0);
	cr_assert_eq(read_format(&keeper, "[iiyii]", 4711, 123456, someone.boot, sizeof(someone.boot), 7, 2), 0);
	cr_assert(proc_equal(&keeper.proc, &someone) && keeper.process == 7 && keeper.attempt == 2);
}

Test(keeper, what_is_none_is_refused)
{
	struct keeper keeper;

	cr_assert_eq(read_format(&keeper, "[]"), PKS_ERR_CORRUPT);
	cr_assert_eq(read_format(&keeper, "i", 5), PKS_ERR_CORRUPT);
	cr_assert_eq(read_format(&keeper, "[iiy]", 1, 2, "short", (size_t)5), PKS_ERR_CORRUPT);
	cr_assert_eq(read_format(&keeper, "[iiyi]", 1, 2, someone.boot, sizeof(someone.boot), 7), PKS_ERR_CORRUPT);
	cr_assert_eq(read_format(&keeper, "[iiyiI]", 1, 2, someone.boot, sizeof(someone.boot), 7, INT64_MAX),
		     PKS_ERR_CORRUPT);
}

Test(keeper, each_has_a_note_of_its_own)
{
	struct keeper program = {.proc = someone}, first = program, second;
	char names[3][DAEMON_NOTE_SIZE];

	first.process = 7;
	first.attempt = 1;
	second = first;
	second.attempt = 2;
	daemon_note_name(&program, names[0]);
	daemon_note_name(&first, names[1]);
	daemon_note_name(&second, names[2]);
	cr_assert_str_eq(names[0], "daemon/000102030405060708090a0b0c0d0e0f.4711.123456");
	cr_assert_str_eq(names[1], "daemon/000102030405060708090a0b0c0d0e0f.4711.123456.7.1");
	cr_assert_str_neq(names[1], names[2]);
	cr_assert(!daemon_keeper_equal(&program, &first) && !daemon_keeper_equal(&first, &second));
	cr_assert(daemon_keeper_equal(&first, &first));
}

Test(keeper, the_longest_note_fits)
{
	struct keeper keeper = {
		.proc = {.pid = INT64_MIN, .start = UINT64_MAX}, .process = UINT64_MAX, .attempt = UINT32_MAX};
	char name[DAEMON_NOTE_SIZE];

	daemon_note_name(&keeper, name);
	cr_assert_lt(strlen(name), sizeof(name));
}
