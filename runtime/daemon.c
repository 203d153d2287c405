/* SPDX-License-Identifier: MIT */
#include "daemon.h"

#include "pool.h"
#include "process_list.h"
#include "process_options.h"
#include "record.h"
#include "worker_pause.h"

#include "base/error.h"
#include "layer.h"

#include <pkstore/process_control.h>
#include <pkstore/process_family.h>
#include <pkstore/transaction.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a keeper's end ends; one that was never started shall not be started any more. */
#define ENDED_WITH_IT (PKS_CREATED | PKS_SUBMITTED | PKS_RUNNING)

/* ---- keepers ---- */

/* [pid, start, boot], or [pid, start, boot, process, attempt] */
int daemon_keeper_read(const struct pks_value *value, struct keeper *keeper_out)
{
	struct keeper keeper = {0};
	uint64_t attempt = 0;
	const void *boot;
	size_t size;
	int r = pks_value_unpack(value, "[IUy]", &keeper.proc.pid, &keeper.proc.start, &boot, &size);

	if (r != 0)
		r = pks_value_unpack(value, "[IUyUU]", &keeper.proc.pid, &keeper.proc.start, &boot, &size,
				     &keeper.process, &attempt);
	if (r != 0 || size != PROC_BOOT_SIZE || attempt > UINT32_MAX)
		return PKS_ERR_CORRUPT;
	memcpy(keeper.proc.boot, boot, size);
	keeper.attempt = (uint32_t)attempt;
	*keeper_out = keeper;
	return 0;
}

static int pack_keeper(const struct keeper *keeper, struct pks_value *value_out)
{
	const struct proc *proc = &keeper->proc;

	if (!keeper->process)
		return pks_value_pack(value_out, "[IUy]", proc->pid, proc->start, proc->boot, (size_t)PROC_BOOT_SIZE);
	return pks_value_pack(value_out, "[IUyUU]", proc->pid, proc->start, proc->boot, (size_t)PROC_BOOT_SIZE,
			      keeper->process, (uint64_t)keeper->attempt);
}

bool daemon_keeper_equal(const struct keeper *a, const struct keeper *b)
{
	return proc_equal(&a->proc, &b->proc) && a->process == b->process && a->attempt == b->attempt;
}

void daemon_note_name(const struct keeper *keeper, char name_out[DAEMON_NOTE_SIZE])
{
	char *at = name_out + sprintf(name_out, "%s", DAEMON_NOTES);

	for (size_t i = 0; i < PROC_BOOT_SIZE; i++)
		at += sprintf(at, "%02x", keeper->proc.boot[i]);
	at += sprintf(at, ".%" PRId64 ".%" PRIu64, keeper->proc.pid, keeper->proc.start);
	if (keeper->process)
		sprintf(at, ".%" PRIu64 ".%" PRIu32, keeper->process, keeper->attempt);
}

static int keeper_here(struct pks_store *store, struct keeper *keeper_out)
{
	struct keeper keeper = {.process = worker_process(store)};
	struct process_state state;
	int r;

	if (proc_of(getpid(), &keeper.proc) != 0)
		return error_set(PKS_ERR_IO, "/proc cannot be read");
	if (keeper.process) {
		r = record_read(worker_self(), &state);
		if (r < 0)
			return r;
		keeper.attempt = state.attempt;
	}
	*keeper_out = keeper;
	return 0;
}

int daemon_keeper_lives(struct pks_store *store, const struct keeper *keeper)
{
	struct pks_object *process;
	struct process_state state;
	int r;

	if (!keeper->process)
		return proc_alive(&keeper->proc) ? 0 : PKS_NOT_FOUND;
	process = pks_object_from_id(store, keeper->process);
	r = record_read(process, &state);
	pks_object_close(process);
	if (r < 0)
		return record_is_bad(r) ? PKS_NOT_FOUND : r;
	return state.status == STATUS_RUNNING && state.attempt == keeper->attempt ? 0 : PKS_NOT_FOUND;
}

/* ---- tying ---- */

static int write_note(struct pks_store *store, const struct keeper *keeper)
{
	struct pks_value value = {0};
	char name[DAEMON_NOTE_SIZE];
	int r = pack_keeper(keeper, &value);

	daemon_note_name(keeper, name);
	if (r == 0)
		r = layer_setting_set(store, name, &value);
	pks_value_clear(&value);
	return r;
}

struct tying {
	struct pks_object *process;
	const struct keeper *keeper;
	const struct pks_value *value;
};

static int tell(struct pks_store *store)
{
	pool_notify(store);
	return 0;
}

static int tie(struct pks_store *store, void *arg)
{
	const struct tying *tying = arg;
	int r = process_options_set(tying->process, DAEMON_OPTION, tying->value);

	if (r == 0)
		r = write_note(store, tying->keeper);
	return r == 0 ? layer_after_commit(store, tell) : r;
}

int pks_process_set_daemon(struct pks_object *process, bool daemon)
{
	struct pks_value value = {0};
	struct keeper keeper;
	int r = layer_check(process, RECORD_TYPE);

	if (r < 0)
		return r;
	if (!daemon)
		return process_options_set(process, DAEMON_OPTION, NULL);
	r = keeper_here(pks_object_store(process), &keeper);
	if (r == 0)
		r = pack_keeper(&keeper, &value);
	if (r == 0)
		r = pks_atomically(pks_object_store(process), tie, &(struct tying){process, &keeper, &value});
	if (r == 0 && keeper.process)
		worker_keep();
	pks_value_clear(&value);
	return r;
}

/* PKS_NOT_FOUND when it has none. */
static int read_keeper(struct pks_object *process, struct keeper *keeper_out)
{
	struct process_options options;
	int r = process_options_read(process, &options);

	if (r == 0)
		r = options.daemon.data ? daemon_keeper_read(&options.daemon, keeper_out) : PKS_NOT_FOUND;
	process_options_release(&options);
	return r;
}

int pks_process_is_daemon(struct pks_object *process)
{
	struct keeper keeper;
	int r = layer_check(process, RECORD_TYPE);

	if (r == 0)
		r = read_keeper(process, &keeper);
	return r == PKS_NOT_FOUND ? error_tell(r, layer_path(process), "is tied to nobody's life") : r;
}

int daemon_note(struct pks_object *process)
{
	struct keeper keeper;
	int r = read_keeper(process, &keeper);

	if (r != 0)
		return r == PKS_NOT_FOUND ? 0 : r;
	r = write_note(pks_object_store(process), &keeper);
	return r == 0 ? layer_after_commit(pks_object_store(process), tell) : r;
}

/* ---- ending ---- */

/* A second signal would make some end without what they do at their end. */
static int end_unless_asked(struct pks_object *process)
{
	struct process_state state;
	int r = record_read(process, &state);

	return r == 0 && !state.stop.signal ? pks_process_terminate(process, 0) : r;
}

/* One that is damaged, or was dropped, must not keep the others alive. */
static int end_if_tied(struct pks_store *store, uint64_t id, const struct keeper *keeper)
{
	struct pks_object *process = pks_object_from_id(store, id);
	struct keeper its;
	int r = process ? read_keeper(process, &its) : PKS_ERR_GONE;

	if (r == 0 && daemon_keeper_equal(&its, keeper))
		r = end_unless_asked(process);
	pks_object_close(process);
	return r == PKS_NOT_FOUND || record_is_bad(r) ? 0 : r;
}

static int end_tied(struct pks_store *store, const struct keeper *keeper)
{
	struct process_list list = {0};
	int r = pks_snapshot_begin(store);

	if (r < 0)
		return r;
	r = process_list_read(store, ENDED_WITH_IT, SIZE_MAX, &list);
	pks_snapshot_end(store);
	for (size_t i = 0; r == 0 && i < list.count; i++)
		r = end_if_tied(store, list.ids[i], keeper);
	process_list_release(&list);
	return r;
}

/*
 * The note goes when all have ended, so that a supervisor that is killed leaves it to the next. One that was submitted
 * between the look and that would be forgotten; whoever is submitted later makes the note anew.
 */
int daemon_end_all(struct pks_store *store, const struct keeper *keeper)
{
	char name[DAEMON_NOTE_SIZE];
	int r = end_tied(store, keeper);

	if (r != 0)
		return r;
	daemon_note_name(keeper, name);
	r = layer_setting_del(store, name);
	return r == 0 || r == PKS_NOT_FOUND ? end_tied(store, keeper) : r;
}
