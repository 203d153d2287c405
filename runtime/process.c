/* SPDX-License-Identifier: MIT */
/* Creating, opening and starting processes. */
#include "record.h"

#include "base/error.h"
#include "direct.h"
#include "history.h"
#include "kind.h"
#include "layer.h"
#include "pool.h"
#include "process_key.h"
#include "process_options.h"
#include "process_submit.h"
#include "target.h"

#include <pkstore/process_control.h>
#include <pkstore/transaction.h>

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

#define TARGET_ATTR "target"

struct creation {
	const char *path, *target;
	const struct pks_handler *kind; /* NULL: none that this program holds */
	struct pks_object *process;
};

/* May be run again, so what an earlier run created is forgotten first. */
static int create(struct pks_store *store, void *arg)
{
	struct creation *creation = arg;
	int r;

	pks_object_close(creation->process);
	creation->process = layer_create(store, creation->path, RECORD_TYPE);
	if (!creation->process)
		return pks_error_code();
	r = record_create(creation->process);
	if (r == 0)
		r = pks_attr_setf(creation->process, TARGET_ATTR, "s", creation->target);
	return r == 0 && creation->kind ? kind_meet(creation->process, creation->kind) : r;
}

struct pks_object *pks_process_new(struct pks_store *store, const char *path, const char *target)
{
	char resolved[PKS_STORE_PATH_SIZE];
	struct creation creation = {.path = path, .target = resolved};

	if (!target) {
		error_set(PKS_ERR_USAGE, "a process without a target");
		return NULL;
	}
	/* Looking for files is nothing to do while other writers wait. */
	if (target_resolve(target, resolved) < 0)
		return NULL;
	creation.kind = kind_here(resolved);
	if (pks_atomically(store, create, &creation) != 0) {
		pks_object_close(creation.process);
		return NULL;
	}
	return creation.process;
}

struct pks_object *pks_process_open(struct pks_store *store, const char *path)
{
	struct pks_object *process = pks_object_open(store, path);

	if (process && layer_check(process, RECORD_TYPE) != 0) {
		pks_object_close(process);
		return NULL;
	}
	return process;
}

int pks_process_close(struct pks_object *process)
{
	struct process_state state;
	int r = record_read(process, &state);

	/* A process that was dropped has no state, and nothing that could be missed. */
	if (r < 0 && r != PKS_ERR_GONE)
		return r;
	if (r == 0 && (state.status == STATUS_SUBMITTED || state.status == STATUS_RUNNING))
		return error_set(PKS_ERR_STATE, "%s: is %s: it cannot be closed before it has ended",
				 layer_path(process),
				 pks_status_name(process_state_public(state.status)));
	pks_object_close(process);
	return 0;
}

struct priority_change {
	struct pks_object *process;
	int priority;
};

static int set_priority(struct pks_store *store, void *arg)
{
	const struct priority_change *change = arg;
	struct process_state state;
	int r = record_read(change->process, &state);

	if (r < 0)
		return r;
	if (state.status != STATUS_CREATED)
		return error_set(PKS_ERR_STATE, "%s: its priority must be set before the process is started",
				 layer_path(change->process));
	state.priority = change->priority;
	return record_write(change->process, &state);
}

int pks_process_set_priority(struct pks_object *process, int priority)
{
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	if (priority < -PRIORITY_MAX || priority > PRIORITY_MAX)
		return error_set(PKS_ERR_RANGE, "priority %d: it is -%d to %d", priority, PRIORITY_MAX, PRIORITY_MAX);
	return pks_atomically(pks_object_store(process), set_priority, &(struct priority_change){process, priority});
}

/* ---- start ---- */

/* What most do not have, and a start asks for: all of it at once. */
static const char *const asked[] = {HISTORY_ERROR_ATTR, OPTIONS_ATTR, HISTORY_RESULT_ATTR, NULL};

#define HAS_OPTIONS (UINT32_C(1) << 1)
#define HAS_OUTCOME (UINT32_C(1) << 0 | UINT32_C(1) << 2)

struct submission {
	struct pks_object *process;
	enum process_event event;
	const uint32_t *has; /* what it has, if that is known in the same transaction */
};

static int submit(struct pks_store *store, void *arg)
{
	const struct submission *submission = arg;
	struct process_state state;
	uint32_t has = 0;
	int r = record_read(submission->process, &state);

	if (r == 0 && submission->has)
		has = *submission->has;
	else if (r == 0)
		r = layer_attr_look(submission->process, asked, &has);
	if (r == 0 && submission->event == EVENT_RESTART && process_state_is_terminal(state.status))
		r = history_add(submission->process, &state);
	else if (r == 0 && state.status == STATUS_CREATED && has & HAS_OUTCOME)
		r = history_forget(submission->process);
	state.plain = !(has & HAS_OPTIONS);
	return r == 0 ? record_move(submission->process, &state, submission->event) : r;
}

static int submit_and_ensure(struct pks_store *store, void *arg)
{
	int r = submit(store, arg);

	return r == 0 ? layer_after_commit(store, pool_ensure) : r;
}

/*
 * Outside a transaction the pool comes first: a process whose pool cannot be started is then not submitted, which the
 * caller can tell from the answer. Inside one the pool must not be started for work that is never committed, and a
 * supervisor could not even open the store for writing before.
 */
static int submit_as(struct submission *submission)
{
	struct pks_store *store = pks_object_store(submission->process);
	int r;

	if (layer_in_transaction(store))
		return pks_atomically(store, submit_and_ensure, submission);
	submission->has = NULL;
	r = pool_ensure(store);
	return r == 0 ? pks_atomically(store, submit, submission) : r;
}

int process_submit(struct pks_object *process, enum process_event event)
{
	int r = layer_check(process, RECORD_TYPE);

	return r < 0 ? r : submit_as(&(struct submission){process, event, NULL});
}

/* One that has no method runs as this program has chosen, which is then the process's own, and an option that it has. */
static int choose_method(struct pks_object *process, uint32_t *has, enum pks_method *method_out)
{
	enum pks_method method = PKS_METHOD_DEFAULT;
	int r = *has & HAS_OPTIONS ? process_options_method(process, &method) : 0;

	if (r == 0 && method == PKS_METHOD_DEFAULT) {
		method = pks_method_get_default();
		if (method != PKS_METHOD_POOL)
			r = pks_process_set_method(process, method);
		if (method != PKS_METHOD_POOL)
			*has |= HAS_OPTIONS;
	}
	*method_out = method;
	return r;
}

int pks_process_start(struct pks_object *process)
{
	enum pks_method method = PKS_METHOD_DEFAULT;
	uint32_t has = 0;
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0)
		r = layer_attr_look(process, asked, &has);
	if (r == 0)
		r = choose_method(process, &has, &method);
	if (r < 0)
		return r;
	if (method == PKS_METHOD_SPAWN)
		return direct_spawn(process, false);
	if (method == PKS_METHOD_FORK)
		return pks_process_fork(process, NULL, NULL, 0);
	return submit_as(&(struct submission){process, EVENT_SUBMIT, &has});
}

/* ---- functions ---- */

/* As the program's dynamic symbols name it, for people. */
static void name_function(pks_function_fn run, char name_out[PKS_STORE_PATH_SIZE])
{
	char program[PKS_STORE_PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
	Dl_info info;

	program[size < 0 ? 0 : size] = '\0';
	if (dladdr((void *)(uintptr_t)run, &info) == 0 || !info.dli_sname)
		info.dli_sname = "function";
	snprintf(name_out, PKS_STORE_PATH_SIZE, "%.*s:%.*s", PKS_STORE_PATH_SIZE / 2, program,
		 PKS_STORE_PATH_SIZE / 2 - 2, info.dli_sname);
}

struct pks_object *pks_process_new_function(struct pks_store *store, const char *path, pks_function_fn run)
{
	char name[PKS_STORE_PATH_SIZE];
	struct creation creation = {.path = path, .target = name};

	if (!run) {
		error_set(PKS_ERR_USAGE, "a process without a function");
		return NULL;
	}
	name_function(run, name);
	if (pks_atomically(store, create, &creation) != 0) {
		pks_object_close(creation.process);
		return NULL;
	}
	return creation.process;
}
