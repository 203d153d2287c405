/* SPDX-License-Identifier: MIT */
#include "worker.h"

#include "handler_table.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

/* A reader that has gone away does not want the rest either. */
static void say(const void *bytes, size_t size)
{
	if (write(ORDER_LIST_FD, bytes, size) < 0)
		_exit(0);
}

static int say_name(const struct pks_handler *handler, void *arg)
{
	say(handler->name, strlen(handler->name) + 1);
	return 0;
}

static void say_reason(const char *reason)
{
	say((const char[]){ORDER_LIST_REASON}, 1);
	say(reason, strlen(reason) + 1);
}

void worker_list(const struct order *order)
{
	void *loaded = NULL;

	if (order->path[0]) {
		loaded = dlopen(order->path, RTLD_NOW | RTLD_LOCAL);
		if (!loaded) {
			say_reason(dlerror());
			return;
		}
	}
	say((const char[]){ORDER_LIST_NAMES}, 1);
	handler_table_each(loaded, say_name, NULL);
}
