/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"

#include <pkstore/array.h>

static int array_run(int argc, char **argv)
{
	char **rest = args_plain(argc, argv, 3, 3);
	enum pks_number number = pks_number_named(rest[1]);
	int64_t length = args_integer(rest[2], "a length", 1, INT64_MAX);

	if (!number)
		fail(FAIL_MISUSE, "'%s' is no type of numbers", rest[1]);
	if (!pks_array_open(open_to_create(), rest[0], number, (uint64_t)length, PKS_MUST_CREATE))
		fail_handle(rest[0]);
	return FAIL_OK;
}

const struct command cmd_array = {
	.name = "array",
	.usage = "array PATH TYPE LENGTH",
	.brief = "creates an Array of numbers",
	.help = "Creates an Array at PATH, of LENGTH numbers that are all 0, and the store if need be. TYPE is\n"
		"uint8, uint16, uint32, uint64, int8, int16, int32, int64, float, double, uint8clamped or half.\n"
		"`get` and `set` read and change the numbers.\n",
	.run = array_run,
};
