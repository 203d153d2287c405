/* SPDX-License-Identifier: MIT */
/* What is pure in the runtime: states, their record, their order, how deaths are judged, who a Unix process is. */
#include "runtime/death.h"
#include "runtime/order.h"
#include "base/proc.h"
#include "runtime/process_key.h"
#include "runtime/process_state.h"

#include "store/base/worker_mode.h"

#include <criterion/criterion.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- transitions ---- */

Test(process_state, a_process_runs_through_the_drawing)
{
	struct process_state state = {.status = STATUS_CREATED};

	cr_assert_eq(process_state_move(&state, EVENT_SUBMIT, 10), 0);
	cr_assert_eq(state.status, STATUS_SUBMITTED);
	cr_assert_eq(process_state_move(&state, EVENT_CLAIM, 20), 0);
	cr_assert_eq(state.status, STATUS_RUNNING);
	cr_assert_eq(state.attempt, 1);
	state.worker.pid = 7;
	cr_assert_eq(process_state_move(&state, EVENT_SUCCEED, 30), 0);
	cr_assert_eq(state.status, STATUS_FINISHED);
	cr_assert(state.submitted_ns == 10 && state.started_ns == 20 && state.ended_ns == 30);
	cr_assert_eq(state.worker.pid, 0, "a worker that runs it no more");
}

Test(process_state, only_the_eleven_arrows_of_the_drawing_lead_anywhere)
{
	int allowed = 0;

	for (int status = STATUS_NONE; status <= STATUS_MAX; status++)
		for (int event = EVENT_SUBMIT; event <= EVENT_MAX; event++)
			allowed += process_state_next(status, event) != STATUS_NONE;
	cr_assert_eq(allowed, 11);
	cr_assert_eq(process_state_next(STATUS_CREATED, EVENT_SUBMIT), STATUS_SUBMITTED);
	cr_assert_eq(process_state_next(STATUS_CREATED, EVENT_CANCEL), STATUS_CRASHED);
	cr_assert_eq(process_state_next(STATUS_SUBMITTED, EVENT_CANCEL), STATUS_CRASHED);
	cr_assert_eq(process_state_next(STATUS_RUNNING, EVENT_FAIL), STATUS_FAILED);
	cr_assert_eq(process_state_next(STATUS_RUNNING, EVENT_CRASH), STATUS_CRASHED);
	cr_assert_eq(process_state_next(STATUS_RUNNING, EVENT_GIVE_BACK), STATUS_SUBMITTED);
}

Test(process_state, nothing_but_a_restart_leads_out_of_a_terminal_status)
{
	for (int status = STATUS_FINISHED; status <= STATUS_CRASHED; status++) {
		for (int event = EVENT_SUBMIT; event <= EVENT_MAX; event++) {
			struct process_state state = {.status = status, .ended_ns = 5, .has_exitcode = true};

			if (event == EVENT_RESTART)
				continue;
			cr_assert_eq(process_state_move(&state, event, 99), PKS_ERR_STATE);
			cr_assert(state.status == (enum process_status)status && state.ended_ns == 5);
		}
	}
}

Test(process_state, a_restart_is_refused_before_the_end)
{
	for (int status = STATUS_CREATED; status <= STATUS_RUNNING; status++)
		cr_assert_eq(process_state_next(status, EVENT_RESTART), STATUS_NONE);
}

Test(process_state, a_restarted_one_waits_as_if_it_had_never_run_but_counts_on)
{
	struct process_state state = {.status = STATUS_FAILED,
				      .attempt = 3,
				      .priority = 7,
				      .submitted_ns = 1,
				      .started_ns = 2,
				      .ended_ns = 3,
				      .has_exitcode = true,
				      .exitcode = 1,
				      .parent = 5};

	cr_assert_eq(process_state_move(&state, EVENT_RESTART, 10), 0);
	cr_assert(state.status == STATUS_SUBMITTED && state.attempt == 3 && state.submitted_ns == 10);
	cr_assert(state.started_ns == 0 && state.ended_ns == 0 && !state.has_exitcode && state.exitcode == 0);
	cr_assert(state.priority == 7 && state.parent == 5);
	cr_assert_eq(process_state_move(&state, EVENT_CLAIM, 20), 0);
	cr_assert_eq(state.attempt, 4);
}

Test(process_state, one_that_is_given_back_waits_as_if_it_had_never_been_claimed)
{
	struct process_state state = {.status = STATUS_SUBMITTED, .attempt = 2, .submitted_ns = 10, .priority = 3};

	cr_assert_eq(process_state_move(&state, EVENT_CLAIM, 20), 0);
	state.worker.pid = 7;
	cr_assert_eq(process_state_move(&state, EVENT_GIVE_BACK, 30), 0);
	cr_assert(state.status == STATUS_SUBMITTED && state.attempt == 2 && state.submitted_ns == 10);
	cr_assert(state.started_ns == 0 && state.ended_ns == 0 && state.worker.pid == 0 && state.priority == 3);
}

Test(process_state, a_request_to_end_is_gone_with_its_attempt)
{
	struct process_state state = {.status = STATUS_RUNNING, .stop = {.signal = SIGTERM, .deadline = 5}};

	cr_assert_eq(process_state_move(&state, EVENT_SUCCEED, 10), 0);
	cr_assert_eq(state.stop.signal, 0);
	cr_assert_eq(state.stop.deadline, 0);
}

/* ---- the record ---- */

static size_t encoded_size(const struct process_state *state)
{
	struct pks_value value = {0};
	size_t size;

	cr_assert_eq(process_state_encode(state, &value), 0);
	size = value.size;
	pks_value_clear(&value);
	return size;
}

static void expect_same(const struct process_state *state)
{
	struct pks_value value = {0};
	struct process_state back;

	cr_assert_eq(process_state_encode(state, &value), 0);
	cr_assert_eq(process_state_decode(&value, &back), 0);
	cr_assert_eq(back.status, state->status);
	cr_assert_eq(back.attempt, state->attempt);
	cr_assert_eq(back.priority, state->priority);
	cr_assert_eq(back.submitted_ns, state->submitted_ns);
	cr_assert_eq(back.started_ns, state->started_ns);
	cr_assert_eq(back.ended_ns, state->ended_ns);
	cr_assert_eq(back.has_exitcode, state->has_exitcode);
	cr_assert_eq(back.exitcode, state->exitcode);
	cr_assert(proc_equal(&back.worker, &state->worker));
	cr_assert_eq(back.entered, state->entered);
	cr_assert_eq(back.waiting, state->waiting);
	cr_assert_eq(back.parent, state->parent);
	cr_assert_eq(back.stop.signal, state->stop.signal);
	cr_assert_eq(back.stop.asked_ns, state->stop.asked_ns);
	cr_assert_eq(back.stop.deadline, state->stop.deadline);
	pks_value_clear(&value);
}

Test(process_state, what_is_written_is_read_back)
{
	struct proc worker = {.pid = 4711, .start = 1234567, .boot = {1, 2, 3, 255}};

	expect_same(&(struct process_state){.status = STATUS_CREATED});
	expect_same(&(struct process_state){.status = STATUS_CREATED, .priority = -100});
	expect_same(&(struct process_state){.status = STATUS_SUBMITTED, .priority = 3, .submitted_ns = UINT64_MAX});
	expect_same(&(struct process_state){.status = STATUS_RUNNING,
					    .attempt = 2,
					    .submitted_ns = 1,
					    .started_ns = 2,
					    .worker = worker,
					    .entered = true});
	expect_same(&(struct process_state){.status = STATUS_RUNNING, .worker = worker, .waiting = true});
	expect_same(&(struct process_state){.status = STATUS_RUNNING,
					    .worker = worker,
					    .parent = -1,
					    .stop = {SIGTERM, UINT64_MAX, INT64_MAX}});
	expect_same(&(struct process_state){.status = STATUS_CREATED, .parent = INT64_MIN});
	expect_same(&(struct process_state){.status = STATUS_FAILED, .parent = 77});
	expect_same(&(struct process_state){.status = STATUS_CRASHED, .ended_ns = 3});
	expect_same(&(struct process_state){.status = STATUS_CRASHED, .has_exitcode = true, .exitcode = -SIGKILL});
}

/* Its page would split. */
Test(process_state, a_state_is_never_longer_than_it_began)
{
	struct process_state state = {.status = STATUS_CREATED, .parent = -INT64_C(0x100000000)};
	size_t created = encoded_size(&state), index_key_grows = 9;

	process_state_move(&state, EVENT_SUBMIT, UINT64_MAX);
	cr_assert_eq(encoded_size(&state) + index_key_grows, created);
	process_state_move(&state, EVENT_CLAIM, UINT64_MAX);
	state.worker = (struct proc){.pid = 4194304, .start = UINT32_MAX, .boot = {1}};
	state.entered = true;
	cr_assert_leq(encoded_size(&state), created);
	process_state_move(&state, EVENT_SUCCEED, UINT64_MAX);
	state.has_exitcode = true;
	cr_assert_leq(encoded_size(&state), created);
}

Test(process_state, what_says_nothing_at_the_end_is_not_written)
{
	cr_assert_eq(encoded_size(&(struct process_state){.status = STATUS_CRASHED, .ended_ns = 1}), 7);
	cr_assert_eq(encoded_size(&(struct process_state){.status = STATUS_FINISHED, .has_exitcode = true}), 8);
}

static int decode_format(const char *format, ...)
{
	struct process_state state;
	struct pks_value value = {0};
	va_list args;
	int r;

	va_start(args, format);
	cr_assert_eq(pks_value_vpack(&value, format, args), 0);
	va_end(args);
	r = process_state_decode(&value, &state);
	pks_value_clear(&value);
	return r;
}

Test(process_state, a_record_that_is_none_is_refused)
{
	cr_assert_eq(decode_format("[]"), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("i", 1), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("{}"), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[i]", 0), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[i]", 7), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[s]", "running"), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[iiisii]", 2, 0, 0, "now", 0, 0), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[iii]", 3, 1, 0), PKS_ERR_CORRUPT, "running by nobody");
	cr_assert_eq(decode_format("[iiiiiin[iiyb]]", 3, 1, 0, 1, 2, 0, 5, 6, "short", (size_t)5, 1), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[iiiiiin[ii]]", 3, 1, 0, 1, 2, 0, 5, 6), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[iiiiiinns]", 4, 1, 0, 1, 2, 3, "nobody"), PKS_ERR_CORRUPT);
	cr_assert_eq(decode_format("[iiiiiin[iiybb[i]]]", 3, 1, 0, 1, 2, 0, 5, 6, "0123456789abcdef", (size_t)16, 1, 0,
				   15),
		     PKS_ERR_CORRUPT, "a request without a deadline");
}

Test(process_state, fields_of_a_later_version_are_passed_over)
{
	cr_assert_eq(decode_format("[iiiiiiiniyss]", 4, 1, 0, 1, 2, 3, 0, 0, "room", (size_t)4, "new", "newer"), 0);
}

/* ---- the index ---- */

static int compare_keys(struct process_key a, struct process_key b)
{
	int r = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);

	return r ? r : (a.size > b.size) - (a.size < b.size);
}

Test(process_key, the_next_to_run_is_the_first)
{
	struct process_key urgent = process_key_submitted("default", 100, 7),
			   older = process_key_submitted("default", 0, 1);
	struct process_key newer = process_key_submitted("default", 0, 256),
			   idle = process_key_submitted("default", -100, 0);

	cr_assert_lt(compare_keys(urgent, older), 0);
	cr_assert_lt(compare_keys(older, newer), 0);
	cr_assert_lt(compare_keys(newer, idle), 0);
}

Test(process_key, a_pool_whose_name_begins_as_anothers_is_another)
{
	struct process_key prefix = process_key_pool("a"), other = process_key_submitted("ab", 0, 0);

	cr_assert_neq(memcmp(prefix.bytes, other.bytes, prefix.size), 0);
}

Test(process_key, a_sequence_is_read_back)
{
	struct process_key key = process_key_submitted("default", 5, UINT64_C(0x0102030405060708));
	struct layer_index_entry entry = {.size = key.size};

	memcpy(entry.key, key.bytes, key.size);
	cr_assert_eq(process_key_sequence(&entry), UINT64_C(0x0102030405060708));
}

/* ---- deaths ---- */

static struct record_end death(int wait_status, bool entered, char *text)
{
	struct record_end end;

	death_end(wait_status, entered, "/bin/prog", text, &end);
	return end;
}

Test(death, each_way_to_die_has_its_end)
{
	char text[DEATH_TEXT_SIZE];
	struct record_end end = death(W_EXITCODE(0, 0), true, text);

	cr_assert(end.event == EVENT_SUCCEED && end.exitcode == 0 && !end.error);
	end = death(W_EXITCODE(3, 0), true, text);
	cr_assert(end.event == EVENT_FAIL && end.exitcode == 3);
	cr_assert_str_eq(end.error, "exited with status 3");
	end = death(W_EXITCODE(0, SIGSEGV), true, text);
	cr_assert(end.event == EVENT_CRASH && end.exitcode == -SIGSEGV);
	cr_assert_str_eq(end.error, "killed by SIGSEGV (Segmentation fault)");
	end = death(W_EXITCODE(0, SIGKILL), false, text);
	cr_assert(end.event == EVENT_CRASH && end.exitcode == -SIGKILL);
}

Test(death, a_program_that_never_entered_has_failed)
{
	char text[DEATH_TEXT_SIZE];
	struct record_end end = death(W_EXITCODE(0, 0), false, text);

	cr_assert(end.event == EVENT_FAIL && end.exitcode == 1);
	cr_assert_str_eq(end.error, "/bin/prog does not call pks_worker_main()");
	end = death(W_EXITCODE(9, 0), false, text);
	cr_assert(end.event == EVENT_FAIL && end.exitcode == 9);
	cr_assert_str_eq(end.error, "/bin/prog does not call pks_worker_main(): it exited with status 9");
	end = death(W_EXITCODE(127, 0), false, text);
	cr_assert(end.event == EVENT_FAIL && end.exitcode == 127);
	cr_assert_str_eq(end.error, "/bin/prog exited with status 127 before pks_worker_main(): see its output for a "
				    "library that was not found");
}

/* ---- who a Unix process is ---- */

Test(proc, a_name_with_blanks_and_parentheses_hides_nothing)
{
	const char *line = "42 (a) R (b c)) S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 50";
	struct proc_stat stat;

	cr_assert_eq(proc_stat_parse(line, &stat), 0);
	cr_assert_eq(stat.state, 'S');
	cr_assert_eq(stat.parent, 7);
	cr_assert_eq(stat.group, 8);
	cr_assert_eq(stat.start, 98765);
	cr_assert_not(stat.ending);
	cr_assert_eq(proc_stat_parse("42 (cut off) S 7 8", &stat), PKS_ERR_CORRUPT);
	cr_assert_eq(proc_stat_parse("", &stat), PKS_ERR_CORRUPT);
}

Test(proc, one_that_is_about_to_end_is_told_from_others)
{
	const char *line = "42 (name) R 7 8 9 0 -1 4195404 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 50";
	struct proc_stat stat;

	cr_assert_eq(proc_stat_parse(line, &stat), 0);
	cr_assert(stat.ending);
}

Test(proc, this_process_is_alive_and_its_namesakes_are_not)
{
	struct proc self, other;

	cr_assert_eq(proc_of(getpid(), &self), 0);
	cr_assert(proc_alive(&self));
	other = self;
	other.start++;
	cr_assert_not(proc_alive(&other), "a reused pid");
	other = self;
	other.boot[0] ^= 1;
	cr_assert_not(proc_alive(&other), "before the reboot");
	cr_assert_eq(proc_of(0, &other), PKS_NOT_FOUND);
}

/* Not under valgrind 3.19, which does not know the call. */
static bool can_signal_by_pidfd(void)
{
	int fd = pidfd_open(getpid(), 0);
	bool can = fd >= 0 && pidfd_send_signal(fd, 0, NULL, 0) == 0;

	if (fd >= 0)
		close(fd);
	return can;
}

Test(proc, a_stranger_with_the_pid_is_not_signalled)
{
	struct proc child, stranger;
	pid_t pid;
	int status;

	if (!can_signal_by_pidfd())
		cr_skip_test("pidfd_open() or pidfd_send_signal() is not there: valgrind, or a kernel before 5.3");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
		pause();
		_exit(0);
	}
	cr_assert_eq(proc_of(pid, &child), 0);
	stranger = child;
	stranger.start--;
	cr_assert_eq(proc_signal(&stranger, SIGKILL), PKS_NOT_FOUND);
	cr_assert_eq(waitpid(pid, &status, WNOHANG), 0);
	cr_assert_eq(proc_signal(&child, SIGTERM), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	cr_assert_eq(proc_signal(&child, SIGTERM), PKS_NOT_FOUND);
}

Test(proc, one_that_has_ended_is_not_alive_before_it_is_waited_for)
{
	struct proc child;
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	cr_assert_eq(proc_of(pid, &child), 0, "its identity can still be read");
	cr_assert_not(proc_alive(&child));
	cr_assert_eq(proc_open(&child), -1);
	waitpid(pid, NULL, 0);
}

/* ---- orders ---- */

static int take_back(const struct order *order, struct order *back)
{
	char text[ORDER_SIZE];

	order_format(order, text);
	cr_assert_eq(setenv(WORKER_MODE_ENV, strchr(text, '=') + 1, 1), 0);
	return order_take(back);
}

Test(order, what_is_ordered_is_understood_once)
{
	struct order back, order = {.slot = 3,
				    .supervisor = 77,
				    .claimed = UINT64_MAX,
				    .size_default = 5,
				    .pool = "a b",
				    .path = "/dev/shm/a b  c"};

	cr_assert_eq(take_back(&order, &back), 0);
	cr_assert(back.kind == ORDER_RUN && back.slot == 3 && back.supervisor == 77 && back.claimed == UINT64_MAX);
	cr_assert(back.size_default == 5);
	cr_assert_str_eq(back.pool, "a b");
	cr_assert_str_eq(back.path, "/dev/shm/a b  c");
	cr_assert_not(worker_mode_pending());
	cr_assert_eq(order_take(&back), PKS_NOT_FOUND);
	order = (struct order){.kind = ORDER_LIST};
	cr_assert_eq(take_back(&order, &back), 0);
	cr_assert(back.kind == ORDER_LIST && back.path[0] == '\0');
}

Test(order, a_malformed_order_is_refused)
{
	struct order order;

	setenv(WORKER_MODE_ENV, "run 1 2", 1);
	cr_assert_eq(order_take(&order), PKS_ERR_USAGE);
	setenv(WORKER_MODE_ENV, "dance", 1);
	cr_assert_eq(order_take(&order), PKS_ERR_USAGE);
}
