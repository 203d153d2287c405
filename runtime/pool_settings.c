/* SPDX-License-Identifier: MIT */
#include "pool_settings.h"

#include "base/error.h"
#include "layer.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <string.h>

/*
 * How many CPUs this process may use now, at least POOL_SIZE_LEAST: handlers also wait. One system call, as workers ask
 * between any two processes.
 */
static unsigned default_size(void)
{
	int cpus = proc_cpus();

	if (cpus > PKS_POOL_SIZE_MAX)
		return PKS_POOL_SIZE_MAX;
	return cpus < POOL_SIZE_LEAST ? POOL_SIZE_LEAST : (unsigned)cpus;
}

int pks_pool_size(struct pks_store *store, unsigned *size_out)
{
	struct pks_value value = {0};
	int64_t size;
	int r = layer_setting_get(store, POOL_SETTING_SIZE, &value);

	if (r < 0)
		return r;
	if (r == PKS_NOT_FOUND) {
		*size_out = default_size();
		return 0;
	}
	r = pks_value_int(&value, &size);
	pks_value_clear(&value);
	if (r < 0 || size < 1 || size > PKS_POOL_SIZE_MAX)
		return error_set(PKS_ERR_CORRUPT, "%s: the setting " POOL_SETTING_SIZE " is damaged",
				 pks_store_path(store));
	*size_out = (unsigned)size;
	return 0;
}

/* Idle workers look at the size when they wake; a supervisor that misses the signal looks once a second. */
static int tell_pool(struct pks_store *store)
{
	pool_notify(store);
	layer_post(store, POOL_CHANNEL, PKS_POOL_SIZE_MAX);
	return 0;
}

static int set_size(struct pks_store *store, void *arg)
{
	int r = layer_setting_set(store, POOL_SETTING_SIZE, arg);

	return r == 0 ? layer_after_commit(store, tell_pool) : r;
}

int pks_pool_set_size(struct pks_store *store, unsigned size)
{
	struct pks_value value = {0};
	int r;

	if (size < 1 || size > PKS_POOL_SIZE_MAX)
		return error_set(PKS_ERR_RANGE, "a pool of %u workers: there can be 1 to %d", size, PKS_POOL_SIZE_MAX);
	r = pks_value_pack(&value, "U", (uint64_t)size);
	if (r == 0)
		r = pks_atomically(store, set_size, &value);
	pks_value_clear(&value);
	return r;
}

static int unpack_supervisor(const struct pks_value *value, struct proc *proc_out)
{
	struct proc proc = {0};
	const void *boot;
	size_t size;
	int r = pks_value_unpack(value, "[IUy]", &proc.pid, &proc.start, &boot, &size);

	if (r != 0 || size != PROC_BOOT_SIZE)
		return PKS_NOT_FOUND;
	memcpy(proc.boot, boot, size);
	*proc_out = proc;
	return 0;
}

int pool_supervisor(struct pks_store *store, struct proc *proc_out)
{
	struct pks_value value = {0};
	int r = layer_setting_get(store, POOL_SETTING_SUPERVISOR, &value);

	if (r == 0)
		r = unpack_supervisor(&value, proc_out);
	pks_value_clear(&value);
	return r;
}

int pool_set_supervisor(struct pks_store *store, const struct proc *proc)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "[IUy]", proc->pid, proc->start, proc->boot, (size_t)PROC_BOOT_SIZE);

	if (r == 0)
		r = layer_setting_set(store, POOL_SETTING_SUPERVISOR, &value);
	pks_value_clear(&value);
	return r;
}

void pool_notify(struct pks_store *store)
{
	struct proc supervisor;

	if (pool_supervisor(store, &supervisor) == 0)
		proc_signal(&supervisor, SIGHUP);
}
