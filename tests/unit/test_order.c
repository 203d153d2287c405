/* SPDX-License-Identifier: MIT */
/* What a worker is told in its environment. */
#include "runtime/order.h"

#include "base/worker_mode.h"

#include <pkstore/error.h>

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static int take(const char *value, struct order *order_out)
{
	setenv(WORKER_MODE_ENV, value, 1);
	return order_take(order_out);
}

/* Formats it, and takes it again. */
static struct order through(const struct order *order)
{
	struct order taken = {0};
	char text[ORDER_SIZE];

	order_format(order, text);
	cr_assert_eq(strncmp(text, WORKER_MODE_ENV "=", sizeof(WORKER_MODE_ENV)), 0, "%s", text);
	cr_assert_eq(take(text + sizeof(WORKER_MODE_ENV), &taken), 0, "%s", text);
	cr_assert_null(getenv(WORKER_MODE_ENV), "it was taken out");
	return taken;
}

Test(order, a_workers_comes_through)
{
	struct order order = {.kind = ORDER_RUN, .slot = 7, .supervisor = 1234, .claimed = UINT64_MAX,
	                      .size_default = 4, .outfit = 99, .runs = 3, .only = 8, .direct = 4, .again = 1,
	                      .pool = "mail", .path = "/a store/with blanks"},
		     taken = through(&order);

	cr_assert_eq(taken.kind, ORDER_RUN);
	cr_assert(taken.slot == 7 && taken.supervisor == 1234 && taken.claimed == UINT64_MAX &&
	          taken.size_default == 4);
	cr_assert(taken.outfit == 99 && taken.runs == 3 && taken.only == 8 && taken.direct == 4 && taken.again == 1);
	cr_assert_str_eq(taken.pool, "mail");
	cr_assert_str_eq(taken.path, "/a store/with blanks");
}

Test(order, a_forkservers_comes_through_with_blanks_in_both_paths)
{
	struct order order = {.kind = ORDER_FORKSERVER, .supervisor = 77, .size_default = 16, .path = "/a store",
			      .module = "/lib/my module.so 2"},
		     taken = through(&order);

	cr_assert_eq(taken.kind, ORDER_FORKSERVER);
	cr_assert(taken.supervisor == 77 && taken.size_default == 16);
	cr_assert_str_eq(taken.path, "/a store");
	cr_assert_str_eq(taken.module, "/lib/my module.so 2");
}

Test(order, the_longest_paths_fit)
{
	struct order order = {.kind = ORDER_FORKSERVER, .supervisor = INT32_MAX, .size_default = 1024}, taken;

	memset(order.path, 'p', sizeof(order.path) - 1);
	memset(order.module, 'm', sizeof(order.module) - 1);
	order.path[0] = order.module[0] = '/';
	taken = through(&order);
	cr_assert_str_eq(taken.path, order.path);
	cr_assert_str_eq(taken.module, order.module);
}

Test(order, what_is_malformed_is_refused_and_taken_out_all_the_same)
{
	static const char *const bad[] = {"", "dance", "run 1 2", "forkserver", "forkserver 1 2", "forkserver 1 2 3 /a",
					  "forkserver 1 2 2 /aX/m", "forkserver 1 2 99999999 /a /m",
	                                  "forkserver 1 2 2 "};
	struct order order;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cr_assert_eq(take(bad[i], &order), PKS_ERR_USAGE, "%s", bad[i]);
		cr_assert_null(getenv(WORKER_MODE_ENV));
	}
	cr_assert_eq(order_take(&order), PKS_NOT_FOUND);
}
