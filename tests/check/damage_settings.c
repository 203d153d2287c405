/* SPDX-License-Identifier: MIT */
/* Damages of settings, in the meta room. */
#include "damage.h"

#include <pkstore/value.h>

#include <criterion/criterion.h>
#include <string.h>

static const char boot[16] = "0123456789abcdef";
#define BOOT boot, sizeof(boot)
#define BOOT_HEX "30313233343536373839616263646566"

/* A setting of that name, with a value of the format of value.h. */
#define SETTING(damage, setting, ...)                                                                                  \
	static void damage(void)                                                                                       \
	{                                                                                                              \
		struct key key = room_key(ROOM_META, setting, strlen(setting));                                        \
		struct pks_value value;                                                                                \
                                                                                                                       \
		cr_assert_eq(pks_value_pack(&value, __VA_ARGS__), 0);                                                  \
		put(&key, value.data, value.size);                                                                     \
		pks_value_clear(&value);                                                                               \
	}

SETTING(size_of_nobody, "pool/mail/size", "i", 0)
SETTING(size_of_too_many, "pool/mail/size", "i", 1025)
SETTING(paused_by_a_number, "pool/mail/paused", "i", 1)
SETTING(channel_of_nobody, "pool/mail/channel", "i", 64)
SETTING(channel_of_the_default_pool, "pool/default/channel", "i", 5)
SETTING(pool_of_a_long_name, "pool/a-name-of-more-than-thirty-two-bytes/size", "i", 1)
SETTING(pool_of_no_name, "pool/../size", "i", 1)
SETTING(workers_no_map, "pool/default/workers", "[]")
SETTING(workers_of_no_number, "pool/default/workers", "{s:s}", "max_processes", "many")
SETTING(workers_of_no_size, "pool/default/workers", "{s:d}", "max_bytes", 1.5)
SETTING(workers_in_no_folder, "pool/default/workers", "{s:s}", "cwd", "here")
SETTING(workers_with_no_environment, "pool/default/workers", "{s:{s:i}}", "env", "PATH", 1)
SETTING(workers_too_nice, "pool/default/workers", "{s:i}", "nice", 20)
SETTING(workers_on_no_processor, "pool/default/workers", "{s:[i]}", "cpus", -1)
SETTING(supervisor_no_list, "supervisor", "{}")
SETTING(supervisor_of_no_pid, "supervisor", "[iiy]", 0, 1, BOOT)
SETTING(supervisor_with_more, "supervisor", "[iiyii]", 1, 1, BOOT, 1, 1)
SETTING(daemon_of_nobody, "daemon/x", "i", 1)
SETTING(daemon_of_another, "daemon/" BOOT_HEX ".4711.1", "[iiy]", 4712, 1, BOOT)
SETTING(daemon_of_another_attempt, "daemon/" BOOT_HEX ".4711.1.3.1", "[iiyii]", 4711, 1, BOOT, 3, 2)
SETTING(one_channel, "pool/one/channel", "i", 3)
SETTING(another_channel, "pool/two/channel", "i", 3)

static void channel_of_two(void)
{
	one_channel();
	another_channel();
}

const struct damage damages_settings[] = {
	DAMAGE(size_of_nobody, PKS_CHECK_META, NULL, false),
	DAMAGE(size_of_too_many, PKS_CHECK_META, NULL, false),
	DAMAGE(paused_by_a_number, PKS_CHECK_META, NULL, false),
	DAMAGE(channel_of_nobody, PKS_CHECK_META, NULL, false),
	DAMAGE(channel_of_the_default_pool, PKS_CHECK_META, NULL, false),
	DAMAGE(channel_of_two, PKS_CHECK_META, NULL, false),
	DAMAGE(pool_of_a_long_name, PKS_CHECK_META, NULL, false),
	DAMAGE(pool_of_no_name, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_no_map, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_of_no_number, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_of_no_size, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_in_no_folder, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_with_no_environment, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_too_nice, PKS_CHECK_META, NULL, false),
	DAMAGE(workers_on_no_processor, PKS_CHECK_META, NULL, false),
	DAMAGE(supervisor_no_list, PKS_CHECK_META, NULL, false),
	DAMAGE(supervisor_of_no_pid, PKS_CHECK_META, NULL, false),
	DAMAGE(supervisor_with_more, PKS_CHECK_META, NULL, false),
	DAMAGE(daemon_of_nobody, PKS_CHECK_META, NULL, false),
	DAMAGE(daemon_of_another, PKS_CHECK_META, NULL, false),
	DAMAGE(daemon_of_another_attempt, PKS_CHECK_META, NULL, false),
	{0},
};
