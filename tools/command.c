/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <stddef.h>
#include <string.h>

const struct command *const commands[] = {
	&cmd_init,
	&cmd_create,
	&cmd_alter,
	&cmd_ls,
	&cmd_stat,
	&cmd_get,
	&cmd_set,
	&cmd_add,
	&cmd_del,
	&cmd_clear,
	&cmd_append,
	&cmd_attr,
	&cmd_meta,
	&cmd_put,
	&cmd_take,
	&cmd_peek,
	&cmd_kick,
	&cmd_done,
	&cmd_work,
	&cmd_pipe,
	&cmd_lock,
	&cmd_semaphore,
	&cmd_event,
	&cmd_condition,
	&cmd_barrier,
	&cmd_len,
	&cmd_rm,
	&cmd_mv,
	&cmd_cp,
	&cmd_limit,
	&cmd_dump,
	&cmd_load,
	&cmd_watch,
	&cmd_check,
	&cmd_run,
	&cmd_ps,
	&cmd_join,
	&cmd_start,
	&cmd_restart,
	&cmd_terminate,
	&cmd_kill,
	&cmd_clean,
	&cmd_pool,
	&cmd_log,
	&cmd_logger,
	&cmd_handlers,
	&cmd_help,
	&cmd_version,
	NULL,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}
