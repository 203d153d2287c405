/* SPDX-License-Identifier: MIT */
#include "pool_settings.h"

#include "base/error.h"
#include "layer.h"

#include <pkstore/transaction.h>

#include <signal.h>
#include <string.h>

#define PREFIX "pool/"

/* Room for pool/NAME/SETTING; the longest setting is one of ours. */
#define SETTING_NAME_SIZE (sizeof(PREFIX) + PKS_POOL_NAME_MAX + 32)

static void join_name(const char *pool, const char *setting, char name_out[SETTING_NAME_SIZE])
{
	char *at = stpcpy(stpcpy(name_out, PREFIX), pool);

	*at++ = '/';
	strcpy(at, setting);
}

int pool_setting_get(struct pks_store *store, const char *pool, const char *setting, struct pks_value *value_out)
{
	char name[SETTING_NAME_SIZE];

	join_name(pool, setting, name);
	return layer_setting_get(store, name, value_out);
}

int pool_setting_set(struct pks_store *store, const char *pool, const char *setting, const struct pks_value *value)
{
	char name[SETTING_NAME_SIZE];

	join_name(pool, setting, name);
	return layer_setting_set(store, name, value);
}

int pool_setting_del(struct pks_store *store, const char *pool, const char *setting)
{
	char name[SETTING_NAME_SIZE];

	join_name(pool, setting, name);
	return layer_setting_del(store, name);
}

/* An integer from `least` to `most`. */
static int get_number(struct pks_store *store, const char *pool, const char *setting, int64_t least, int64_t most,
		      int64_t *number_out)
{
	struct pks_value value = {0};
	int64_t number;
	int r = pool_setting_get(store, pool, setting, &value);

	if (r != 0)
		return r;
	r = pks_value_int(&value, &number);
	pks_value_clear(&value);
	if (r < 0 || number < least || number > most)
		return error_set(PKS_ERR_CORRUPT, "%s: the setting " PREFIX "%s/%s is damaged", pks_store_path(store),
				 pool, setting);
	*number_out = number;
	return 0;
}

static int set_number(struct pks_store *store, const char *pool, const char *setting, int64_t number)
{
	struct pks_value value = {0};
	int r = pks_value_pack(&value, "I", number);

	if (r == 0)
		r = pool_setting_set(store, pool, setting, &value);
	pks_value_clear(&value);
	return r;
}

/* ---- which there are ---- */

static bool is_default(const char *pool)
{
	return strcmp(pool, POOL_DEFAULT) == 0;
}

int pool_check(struct pks_store *store, const char *pool)
{
	int64_t channel;
	int r = is_default(pool) ? 0 : get_number(store, pool, POOL_SETTING_CHANNEL, 0, INT64_MAX, &channel);

	return r == PKS_NOT_FOUND ? error_set(r, "%s: there is no pool %s", pks_store_path(store), pool) : r;
}

bool pool_is_paused(struct pks_store *store, const char *pool)
{
	struct pks_value value = {0};
	bool paused = false;

	if (pool_setting_get(store, pool, POOL_SETTING_PAUSED, &value) == 0)
		pks_value_bool(&value, &paused);
	pks_value_clear(&value);
	return paused;
}

struct walk {
	int (*each)(const char *name, void *arg);
	void *arg;
};

/* "pool/NAME/channel", of which each pool has one; anything else is no pool. */
static int visit(const char *setting, size_t size, void *arg)
{
	static const char tail[] = "/" POOL_SETTING_CHANNEL;
	const size_t around = strlen(PREFIX) + strlen(tail);
	const struct walk *walk = arg;
	char name[POOL_NAME_SIZE];

	if (size <= around || memcmp(setting + size - strlen(tail), tail, strlen(tail)) != 0 ||
	    !pool_name_valid(setting + strlen(PREFIX), size - around))
		return 0;
	memcpy(name, setting + strlen(PREFIX), size - around);
	name[size - around] = '\0';
	return is_default(name) ? 0 : walk->each(name, walk->arg);
}

int pool_each(struct pks_store *store, int (*each)(const char *name, void *arg), void *arg)
{
	int r = each(POOL_DEFAULT, arg);

	return r == 0 ? layer_setting_each(store, PREFIX, visit, &(struct walk){each, arg}) : r;
}

/* ---- channels ---- */

struct channels {
	struct pks_store *store;
	uint64_t taken; /* a bit for each */
};

static int take_channel(const char *name, void *arg)
{
	struct channels *channels = arg;

	channels->taken |= UINT64_C(1) << pool_channel(channels->store, name);
	return 0;
}

static int free_channel(struct pks_store *store, int64_t *channel_out)
{
	struct channels channels = {.store = store};
	int64_t channel = POOL_CHANNEL_DEFAULT;
	int r = pool_each(store, take_channel, &channels);

	while (channel < POOL_CHANNEL_SHARED && channels.taken & UINT64_C(1) << channel)
		channel++;
	*channel_out = channel;
	return r;
}

int pool_register(struct pks_store *store, const char *pool)
{
	int64_t channel;
	int r = pool_check(store, pool);

	if (r != PKS_NOT_FOUND)
		return r;
	r = free_channel(store, &channel);
	if (r == 0)
		r = set_number(store, pool, POOL_SETTING_CHANNEL, channel);
	return r == 0 ? pool_tell(store, pool) : r;
}

unsigned pool_channel(struct pks_store *store, const char *pool)
{
	int64_t channel;

	if (is_default(pool))
		return POOL_CHANNEL_DEFAULT;
	if (get_number(store, pool, POOL_SETTING_CHANNEL, 0, POOL_CHANNEL_SHARED, &channel) != 0)
		return POOL_CHANNEL_SHARED;
	return (unsigned)channel;
}

void pool_post(struct pks_store *store, const char *pool, int sleepers)
{
	unsigned channel = pool_channel(store, pool);

	layer_post(store, channel, channel == POOL_CHANNEL_SHARED ? PKS_POOL_SIZE_MAX : sleepers);
}

static int notify(struct pks_store *store)
{
	pool_notify(store);
	return 0;
}

/* Idle workers look when they wake; a supervisor that misses the signal looks once a second. */
int pool_tell(struct pks_store *store, const char *pool)
{
	pool_post(store, pool, PKS_POOL_SIZE_MAX);
	return layer_after_commit(store, notify);
}

/* ---- size ---- */

unsigned pool_default_size(void)
{
	int cpus = proc_cpus();

	if (cpus > PKS_POOL_SIZE_MAX)
		return PKS_POOL_SIZE_MAX;
	return cpus < POOL_SIZE_LEAST ? POOL_SIZE_LEAST : (unsigned)cpus;
}

int pool_size(struct pks_store *store, const char *pool, unsigned size_default, unsigned *size_out)
{
	int64_t size = size_default;
	int r = get_number(store, pool, POOL_SETTING_SIZE, 1, PKS_POOL_SIZE_MAX, &size);

	if (r == PKS_NOT_FOUND)
		r = pool_check(store, pool);
	if (r == 0)
		*size_out = (unsigned)size;
	return r;
}

int pks_pool_size(struct pks_store *store, const char *pool, unsigned *size_out)
{
	const char *name = pool_name(pool);

	return name ? pool_size(store, name, pool_default_size(), size_out) : PKS_ERR_PATH;
}

struct size_change {
	const char *pool;
	unsigned size;
};

static int set_size(struct pks_store *store, void *arg)
{
	const struct size_change *change = arg;
	int r = pool_register(store, change->pool);

	if (r == 0)
		r = set_number(store, change->pool, POOL_SETTING_SIZE, change->size);
	return r == 0 ? pool_tell(store, change->pool) : r;
}

int pks_pool_set_size(struct pks_store *store, const char *pool, unsigned size)
{
	const char *name = pool_name(pool);

	if (!name)
		return PKS_ERR_PATH;
	if (size < 1 || size > PKS_POOL_SIZE_MAX)
		return error_set(PKS_ERR_RANGE, "a pool of %u workers: there can be 1 to %d", size, PKS_POOL_SIZE_MAX);
	return pks_atomically(store, set_size, &(struct size_change){name, size});
}

/* ---- the supervisor ---- */

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
	int r = layer_setting_get(store, POOL_SUPERVISOR, &value);

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
		r = layer_setting_set(store, POOL_SUPERVISOR, &value);
	pks_value_clear(&value);
	return r;
}

void pool_notify(struct pks_store *store)
{
	struct proc supervisor;

	if (pool_supervisor(store, &supervisor) == 0)
		proc_signal(&supervisor, SIGHUP);
}
