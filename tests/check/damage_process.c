/* SPDX-License-Identifier: MIT */
/* Damages of what makes a Process more than a Dict: its state, its place in the index and its pin. */
#include "damage.h"

#include <pkstore/value.h>

#include <criterion/criterion.h>
#include <string.h>

static void no_index(void)
{
	struct key key = index_key(process_id);

	del(&key);
}

static void no_index_of_submitted(void)
{
	struct key key = index_key(waiting_id);

	del(&key);
}

static void state_without_index(void)
{
	struct state state = header_of(waiting_id);

	state.index_size = 0;
	state.pinned = false;
	put_header(waiting_id, &state);
}

static void wrong_place(void)
{
	struct key key = index_key(process_id);
	struct state state = header_of(process_id);

	del(&key);
	state.index[0] = 5;
	put_header(process_id, &state);
	key = index_key(process_id);
	put_number(&key, process_id);
}

static void not_pinned(void)
{
	struct state state = header_of(waiting_id);

	state.pinned = false;
	put_header(waiting_id, &state);
}

static void no_state(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "state", 5);

	del(&key);
}

static void state_of_no_status(void)
{
	struct key key = item_key(process_id, PART_ATTRIBUTE, "state", 5);

	put(&key, "\x81\x07", 2);
}

static const char boot[16] = "0123456789abcdef";
#define BOOT boot, sizeof(boot)

/* A state of the format of value.h. */
#define STATE(damage, ...)                                                                                             \
	static void damage(void)                                                                                       \
	{                                                                                                              \
		struct key key = item_key(process_id, PART_ATTRIBUTE, "state", 5);                                     \
		struct pks_value value;                                                                                \
                                                                                                                       \
		cr_assert_eq(pks_value_pack(&value, __VA_ARGS__), 0);                                                  \
		put(&key, value.data, value.size);                                                                     \
		pks_value_clear(&value);                                                                               \
	}

STATE(attempt_below_zero, "[ii]", 1, -1)
STATE(priority_too_high, "[iii]", 1, 0, 101)
STATE(submission_at_no_time, "[iiis]", 1, 0, 0, "now")
STATE(exitcode_of_what_has_none, "[iiiiiii]", 1, 0, 0, 0, 0, 0, 0)
STATE(exitcode_too_great, "[iiiiiii]", 5, 1, 0, 1, 1, 1, 256)
STATE(parent_of_no_number, "[iiiiiinns]", 1, 0, 0, 0, 0, 0, "me")
STATE(room_of_no_bytes, "[iiiiiinnii]", 1, 0, 0, 0, 0, 0, 0, 7)
STATE(created_and_submitted, "[iiii]", 1, 0, 0, 1)
STATE(created_after_an_attempt, "[ii]", 1, 1)
STATE(submitted_at_no_time, "[i]", 2)
STATE(submitted_and_run_by_somebody, "[iiiiiin[iiyb]]", 2, 0, 0, 1, 0, 0, 1, 1, BOOT, 1)
STATE(run_by_nobody, "[iiiii]", 3, 1, 0, 1, 1)
STATE(run_for_the_0th_time, "[iiiiiin[iiyb]]", 3, 0, 0, 1, 1, 0, 1, 1, BOOT, 1)
STATE(run_and_ended, "[iiiiiin[iiyb]]", 3, 1, 0, 1, 1, 1, 1, 1, BOOT, 1)
STATE(run_by_who_has_no_pid, "[iiiiiin[iiyb]]", 3, 1, 0, 1, 1, 0, 0, 1, BOOT, 1)
STATE(run_by_who_says_too_little, "[iiiiiin[iiy]]", 3, 1, 0, 1, 1, 0, 1, 1, BOOT)
STATE(run_in_a_boot_of_no_id, "[iiiiiin[iiyb]]", 3, 1, 0, 1, 1, 0, 1, 1, boot, (size_t)3, 1)
STATE(run_and_waits_for_a_number, "[iiiiiin[iiybi]]", 3, 1, 0, 1, 1, 0, 1, 1, BOOT, 1, 1)
STATE(run_until_another_signal, "[iiiiiin[iiybb[iii]]]", 3, 1, 0, 1, 1, 0, 1, 1, BOOT, 1, 0, 1, 1, 1)
STATE(run_until_no_deadline, "[iiiiiin[iiybb[ii]]]", 3, 1, 0, 1, 1, 0, 1, 1, BOOT, 1, 0, 15, 1)
STATE(finished_at_no_time, "[iiiiiii]", 4, 1, 0, 1, 1, 0, 0)
STATE(finished_without_an_attempt, "[iiiiiii]", 4, 0, 0, 1, 1, 1, 0)
STATE(finished_and_run_by_somebody, "[iiiiiii[iiyb]]", 4, 1, 0, 1, 1, 1, 0, 1, 1, BOOT, 1)

const struct damage damages_process[] = {
	DAMAGE(no_index, PKS_CHECK_INDEX, "a/process", true),
	DAMAGE(no_index_of_submitted, PKS_CHECK_INDEX, "a/waiting", true),
	DAMAGE(state_without_index, PKS_CHECK_INDEX, "a/waiting", true),
	DAMAGE(wrong_place, PKS_CHECK_INDEX, "a/process", true),
	DAMAGE(not_pinned, PKS_CHECK_STATE, "a/waiting", true),
	DAMAGE(no_state, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(state_of_no_status, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(attempt_below_zero, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(priority_too_high, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(submission_at_no_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(exitcode_of_what_has_none, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(exitcode_too_great, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(parent_of_no_number, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(room_of_no_bytes, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(created_and_submitted, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(created_after_an_attempt, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(submitted_at_no_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(submitted_and_run_by_somebody, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_by_nobody, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_for_the_0th_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_and_ended, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_by_who_has_no_pid, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_by_who_says_too_little, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_in_a_boot_of_no_id, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_and_waits_for_a_number, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_until_another_signal, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(run_until_no_deadline, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(finished_at_no_time, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(finished_without_an_attempt, PKS_CHECK_STATE, "a/process", false),
	DAMAGE(finished_and_run_by_somebody, PKS_CHECK_STATE, "a/process", false),
	{0},
};
