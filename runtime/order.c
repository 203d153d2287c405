/* SPDX-License-Identifier: MIT */
#include "order.h"

#include "base/worker_mode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void order_format(const struct order *order, char text_out[ORDER_SIZE])
{
	if (order->kind == ORDER_LIST)
		snprintf(text_out, ORDER_SIZE, WORKER_MODE_ENV "=list %s", order->path);
	else if (order->kind == ORDER_FORKSERVER)
		snprintf(text_out, ORDER_SIZE, WORKER_MODE_ENV "=forkserver %" PRId64 " %u %zu %s %s",
		         order->supervisor, order->size_default, strlen(order->path), order->path, order->module);
	else
		snprintf(text_out, ORDER_SIZE,
		         WORKER_MODE_ENV "=run %u %" PRId64 " %" PRIu64 " %u %" PRIu64 " %" PRIu64 " %" PRIu64
		                         " %u %u %s%s",
		         order->slot, order->supervisor, order->claimed, order->size_default, order->outfit,
		         order->runs, order->only, order->direct, order->again, order->pool, order->path);
}

static int take_path(const char *path, struct order *order)
{
	if (strlen(path) >= sizeof(order->path))
		return PKS_ERR_USAGE;
	strcpy(order->path, path);
	return 0;
}

int order_module(const char *order, size_t *at_out)
{
	int64_t supervisor;
	size_t length;
	unsigned size;
	int behind = 0;

	if (sscanf(order, "forkserver %" SCNd64 " %u %zu %n", &supervisor, &size, &length, &behind) != 3 ||
	    behind == 0 || length >= strlen(order + behind) || order[(size_t)behind + length] != ' ')
		return PKS_ERR_USAGE;
	*at_out = (size_t)behind + length + 1;
	return 0;
}

static int take_forkserver(const char *text, struct order *order)
{
	size_t module, store;
	int behind = 0;

	order->kind = ORDER_FORKSERVER;
	if (order_module(text, &module) < 0 || strlen(text + module) >= sizeof(order->module) ||
	    sscanf(text, "forkserver %" SCNd64 " %u %*u %n", &order->supervisor, &order->size_default, &behind) != 2)
		return PKS_ERR_USAGE;
	store = module - 1 - (size_t)behind;
	if (store >= sizeof(order->path))
		return PKS_ERR_USAGE;
	memcpy(order->path, text + behind, store);
	order->path[store] = '\0';
	strcpy(order->module, text + module);
	return 0;
}

/* A pool's name has no slash, and a store's path begins with one. */
static int take_pool(const char *text, struct order *order)
{
	size_t size = strcspn(text, "/");

	if (!pool_name_valid(text, size) && !(size == 0 && order->only))
		return PKS_ERR_USAGE;
	memcpy(order->pool, text, size);
	order->pool[size] = '\0';
	return take_path(text + size, order);
}

static int parse(const char *text, struct order *order)
{
	int behind = 0;

	if (strncmp(text, "list ", 5) == 0) {
		order->kind = ORDER_LIST;
		return take_path(text + 5, order);
	}
	if (strncmp(text, "forkserver ", 11) == 0)
		return take_forkserver(text, order);
	order->kind = ORDER_RUN;
	if (sscanf(text, "run %u %" SCNd64 " %" SCNu64 " %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %u %n", &order->slot,
		   &order->supervisor, &order->claimed, &order->size_default, &order->outfit, &order->runs,
		   &order->only, &order->direct, &order->again, &behind) != 9 ||
	    behind == 0)
		return PKS_ERR_USAGE;
	return take_pool(text + behind, order);
}

int order_take(struct order *order_out)
{
	const char *text = getenv(WORKER_MODE_ENV);
	struct order order = {0};
	int r;

	if (!text)
		return PKS_NOT_FOUND;
	r = parse(text, &order);
	/* What the handlers start must not take itself for a worker. */
	unsetenv(WORKER_MODE_ENV);
	if (r == 0)
		*order_out = order;
	return r;
}
