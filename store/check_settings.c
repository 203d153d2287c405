/* SPDX-License-Identifier: MIT */
/* Settings, in the meta room: what the runtime remembers about pools, daemons and its supervisor. */
#include "check.h"
#include "check_form.h"

#include "base/proc.h"

#include <inttypes.h>
#include <stdio.h>

#define POOL_PREFIX "pool/"
#define POOL_DEFAULT "default"
#define POOL_NAME_MAX 32
#define POOL_SIZE_MAX 1024
/* The last channel, which those share that have none of their own. */
#define CHANNEL_SHARED 63

#define CPUS_MAX 1024

bool form_is_pool(struct bytes name)
{
	char path[POOL_NAME_MAX + 1];

	if (name.size == 0 || name.size > POOL_NAME_MAX || memchr(name.data, 0, name.size) ||
	    memchr(name.data, '/', name.size))
		return false;
	memcpy(path, name.data, name.size);
	path[name.size] = 0;
	return pks_path_check(path) == 0;
}

/* ---- how workers are ---- */

static bool is_nice(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, -20, 19);
}

static bool is_cpu(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 0, CPUS_MAX - 1);
}

static bool is_cpus(struct form *form, struct bytes item)
{
	return form_each(form, item, is_cpu);
}

static bool is_text_or_null(struct form *form, struct bytes item)
{
	return form_is_null(item) || form_text(form, item);
}

static bool is_environment(struct form *form, struct bytes item)
{
	return form_pairs(form, item, form_text, is_text_or_null);
}

static bool is_workers(struct form *form, struct bytes item)
{
	static const struct form_field fields[] = {
		MAY("max_processes", form_unsigned),
		MAY("max_bytes", form_unsigned),
		MAY("cwd", form_folder),
		MAY("env", is_environment),
		MAY("nice", is_nice),
		MAY("cpus", is_cpus),
		{0},
	};

	return form_fields(form, item, fields);
}

/* ---- pools ---- */

static bool is_size(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 1, POOL_SIZE_MAX);
}

static bool is_channel(struct form *form, struct bytes item)
{
	(void)form;
	return form_within(item, 1, CHANNEL_SHARED);
}

/* In a repair all of them come by again, one by one: there is nothing to compare. */
static bool is_taken(struct check *check, struct bytes value)
{
	uint64_t bit = UINT64_C(1) << (form_head(value).number & 63);
	bool taken = check->channels & bit;

	if (check->txn || form_head(value).number == CHANNEL_SHARED)
		return false;
	check->channels |= bit;
	return taken;
}

static void wrong(struct check *check, const char *why)
{
	check_find(check, PKS_CHECK_META, NULL, "the setting %s", why);
}

static void check_form(struct check *check, struct bytes value, form_is *is)
{
	struct form form = {0};

	if (!is(&form, value))
		check_find(check, PKS_CHECK_META, NULL, "the setting is not as it should be%s%s%s",
		           form.where ? ": its '" : "", form.where ? form.where : "", form.where ? "'" : "");
}

static void check_channel(struct check *check, struct bytes pool, struct bytes value)
{
	check_form(check, value, is_channel);
	if (form_is_name(pool, POOL_DEFAULT))
		wrong(check, "is not for the default pool");
	else if (is_channel(&(struct form){0}, value) && is_taken(check, value))
		wrong(check, "gives the pool a channel that another one has");
}

/* pool/NAME/SETTING; of a setting that is not in the format anything may be. */
static void check_pool(struct check *check, struct bytes name, struct bytes value)
{
	static const struct form_field fields[] = {
		MAY("size", is_size), MAY("paused", form_bool), MAY("workers", is_workers), {0}};
	const char *pool = (const char *)name.data + strlen(POOL_PREFIX), *end = (const char *)name.data + name.size;
	const char *slash = memrchr(pool, '/', (size_t)(end - pool));
	struct bytes setting = {slash ? slash + 1 : pool, slash ? (size_t)(end - slash - 1) : 0};
	form_is *is = form_field(fields, setting);
	struct bytes whose = {pool, slash ? (size_t)(slash - pool) : 0};

	if (form_is_name(setting, "channel"))
		check_channel(check, whose, value);
	else if (is)
		check_form(check, value, is);
	else
		return;
	if (!form_is_pool(whose))
		wrong(check, "is of a pool with a name that cannot be");
}

/* ---- daemons ---- */

size_t check_daemon_name(struct bytes keeper, char name_out[CHECK_DAEMON_NAME_SIZE])
{
	struct form_walk walk = form_walk(keeper);
	struct bytes item[5] = {{0}};
	size_t count = 0;
	char *at = name_out;

	while (count < 5 && form_next(&walk, &item[count]))
		count++;
	at += sprintf(at, CHECK_DAEMON);
	for (size_t i = 0; i < PROC_BOOT_SIZE; i++)
		at += sprintf(at, "%02x", form_head(item[2]).data[i]);
	for (size_t i = 0; i < count; i++)
		if (i != 2)
			at += sprintf(at, ".%" PRIu64, form_head(item[i]).number);
	return (size_t)(at - name_out);
}

/* Its name says the same. */
static void check_daemon(struct check *check, struct bytes name, struct bytes value)
{
	char right[CHECK_DAEMON_NAME_SIZE];

	if (!form_keeper(&(struct form){0}, value)) {
		check_form(check, value, form_keeper);
		return;
	}
	check_daemon_name(value, right);
	if (!form_is_name(name, right))
		wrong(check, "has the name of another one");
}

/* ---- all of them ---- */

static bool begins(struct bytes name, const char *text)
{
	return name.size > strlen(text) && memcmp(name.data, text, strlen(text)) == 0;
}

void check_setting(struct check *check, struct bytes value)
{
	struct bytes name = {check->unit.data + 1, check->unit.size - 1};

	if (!check_value(check, value))
		return;
	if (begins(name, POOL_PREFIX))
		check_pool(check, name, value);
	else if (begins(name, CHECK_DAEMON))
		check_daemon(check, name, value);
	else if (form_is_name(name, "supervisor"))
		check_form(check, value, form_process);
}
