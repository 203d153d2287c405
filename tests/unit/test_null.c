/* SPDX-License-Identifier: MIT */
/* NULL handles, as failed openings give them, may be passed on: every call refuses them, whatever the last code was. */
#include "lib/scratch.h"

#include <pkstore/pkstore.h>

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct pks_store *store;

#define REFUSED(call)                                                                                                  \
	do {                                                                                                           \
		cr_assert_null(pks_dict_open(store, "missing", PKS_MUST_EXIST));                                       \
		cr_expect_lt(call, 0, #call);                                                                          \
		cr_expect_not_null(strstr(pks_error_message(), "missing"), #call ": %s", pks_error_message());         \
	} while (0)

/* For calls that give a handle. */
#define NO_HANDLE(call) REFUSED((call) ? 0 : pks_error_code())

static int always(void *arg)
{
	(void)arg;
	return 1;
}

static int never(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 0;
}

static int nothing(struct pks_store *in, void *arg)
{
	(void)in;
	(void)arg;
	return 0;
}

static void open_store(const char *test)
{
	store = pks_store_open(scratch_dir(test), NULL);
	cr_assert_not_null(store, "%s", pks_error_message());
}

static int keep(const struct pks_value *old, struct pks_value *new_out, void *arg)
{
	(void)old;
	(void)new_out;
	(void)arg;
	return PKS_NOT_FOUND;
}

Test(null, a_value_that_was_not_found_is_refused)
{
	struct pks_object *none = NULL;
	struct pks_value value = {0}, old = {0};
	uint64_t version = 0;

	open_store("a_value");
	pks_value_pack(&value, "i", 1);
	REFUSED(pks_cell_get(none, &old));
	REFUSED(pks_cell_getf(none, "i", NULL));
	REFUSED(pks_cell_set(none, &value));
	REFUSED(pks_cell_setf(none, "i", 1));
	REFUSED(pks_cell_clear(none));
	REFUSED(pks_cell_add(none, 1, NULL));
	REFUSED(pks_cell_add_double(none, 1, NULL));
	REFUSED(pks_cell_compare_set(none, NULL, &value));
	REFUSED(pks_cell_set_at_version(none, &value, 1));
	REFUSED(pks_cell_swap(none, &value, &old));
	REFUSED(pks_cell_update(none, keep, NULL));
	REFUSED(pks_cell_wait(none, &version, 0, &old));
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(null, a_dict_that_was_not_found_is_refused)
{
	struct pks_value value = {0};
	struct pks_object *none = NULL;
	uint64_t count;
	char *key;
	int i;

	open_store("a_dict");
	pks_value_pack(&value, "{s:i}", "k", 1);
	REFUSED(pks_dict_set(none, "k", &value));
	REFUSED(pks_dict_setf(none, "k", "i", 1));
	REFUSED(pks_dict_get(none, "k", &value));
	REFUSED(pks_dict_getf(none, "k", "i", &i));
	REFUSED(pks_dict_get_default(none, "k", &value, &value));
	REFUSED(pks_dict_setdefault(none, "k", &value, NULL));
	REFUSED(pks_dict_contains(none, "k"));
	NO_HANDLE(pks_dict_object(none, "k"));
	REFUSED(pks_dict_del(none, "k"));
	REFUSED(pks_dict_pop(none, "k", &value));
	REFUSED(pks_dict_popitem(none, &key, &value));
	REFUSED(pks_dict_update(none, &value));
	REFUSED(pks_dict_clear(none));
	REFUSED(pks_dict_count(none, &count));
	REFUSED(pks_dict_add(none, "k", 1, NULL));
	REFUSED(pks_dict_add_double(none, "k", 1, NULL));
	REFUSED(pks_dict_compare_set(none, "k", NULL, &value));
	REFUSED(pks_dict_set_at_version(none, "k", &value, 1));
	NO_HANDLE(pks_dict_iter(none, NULL));
	REFUSED(pks_iter_next(NULL, NULL, NULL));
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(null, a_queue_that_was_not_found_is_refused)
{
	struct pks_reservation reservation = {0};
	struct pks_queue_item item = {0};
	struct pks_value value = {0};
	struct pks_object *none = NULL;
	struct pks_queue_stats stats;
	uint64_t count;
	size_t got;
	int i;

	open_store("a_queue");
	pks_value_pack(&value, "i", 1);
	REFUSED(pks_queue_put(none, &value, -1));
	REFUSED(pks_queue_putf(none, -1, "i", 1));
	REFUSED(pks_queue_put_many(none, &value, 1, -1));
	REFUSED(pks_queue_put_priority(none, 1, &value, -1));
	REFUSED(pks_queue_put_many_priority(none, 1, &value, 1, -1));
	REFUSED(pks_queue_put_item(none, &item));
	REFUSED(pks_queue_get(none, -1, &value));
	REFUSED(pks_queue_getf(none, -1, "i", &i));
	REFUSED(pks_queue_get_many(none, &value, 1, -1, &got));
	REFUSED(pks_queue_peek(none, &value));
	REFUSED(pks_queue_count(none, &count));
	REFUSED(pks_queue_stats(none, &stats));
	REFUSED(pks_queue_clear(none));
	REFUSED(pks_queue_task_done(none, 1));
	REFUSED(pks_queue_join(none, -1));
	REFUSED(pks_queue_reserve(none, -1, &reservation));
	REFUSED(pks_queue_ack(none, &reservation));
	REFUSED(pks_queue_release(none, &reservation));
	REFUSED(pks_queue_bury(none, &reservation));
	REFUSED(pks_queue_kick(none, 1, &count));
	NO_HANDLE(pks_queue_iter(none, PKS_QUEUE_ALL, false));
	REFUSED(pks_queue_next(NULL, &item));
	pks_queue_iter_close(NULL);
	pks_value_clear(&value);
	pks_store_close(store);
}

Test(null, a_log_that_was_not_found_is_refused)
{
	struct pks_value value = {0}, list = {0};
	struct pks_object *none = NULL;
	uint64_t position = 0;

	open_store("a_log");
	pks_value_pack(&value, "i", 1);
	pks_value_pack(&list, "[i]", 1);
	REFUSED(pks_log_append(none, &value));
	REFUSED(pks_log_appendf(none, "i", 1));
	REFUSED(pks_log_extend(none, &value, 1));
	REFUSED(pks_log_extend_list(none, &list));
	REFUSED(pks_log_get(none, 0, &value));
	REFUSED(pks_log_getf(none, 0, "n"));
	REFUSED(pks_log_count(none, &position));
	REFUSED(pks_log_positions(none, NULL, &position));
	REFUSED(pks_log_clear(none));
	REFUSED(pks_log_trim(none, 0));
	REFUSED(pks_log_set_cap(none, 5));
	REFUSED(pks_log_cap(none, &position));
	NO_HANDLE(pks_log_object(none, 0));
	NO_HANDLE(pks_log_iter(none, 0, 1, false));
	REFUSED(pks_log_next(NULL, NULL, NULL));
	REFUSED(pks_log_follow(none, &position, 0, &value));
	pks_value_clear(&value);
	pks_value_clear(&list);
	pks_store_close(store);
}

Test(null, an_object_that_was_not_found_is_refused)
{
	struct pks_wait_item item = {0};
	struct pks_object_info info;
	struct pks_value map = {0};
	struct pks_object *none = NULL;
	uint64_t version;
	size_t index;

	open_store("an_object");
	pks_value_pack(&map, "{}");
	REFUSED(pks_object_info(none, &info));
	REFUSED(pks_object_version(none, &version));
	REFUSED(pks_object_drop(none));
	REFUSED(pks_object_rename(none, "a"));
	REFUSED(pks_object_set_limit(none, 1, 1));
	REFUSED(pks_object_set_versioned(none, false));
	REFUSED(pks_object_set_class(none, "a"));
	NO_HANDLE(pks_object_copy(none, "a"));
	NO_HANDLE(pks_object_copy(none, NULL));
	NO_HANDLE(pks_attr_object(none, "a"));
	cr_expect_str_eq(pks_object_class(none), "");
	REFUSED(pks_attr_get(none, "a", &map));
	REFUSED(pks_attr_getf(none, "a", "n"));
	REFUSED(pks_attr_set(none, "a", &map));
	REFUSED(pks_attr_setf(none, "a", "n"));
	REFUSED(pks_attr_del(none, "a"));
	NO_HANDLE(pks_attr_iter(none));
	REFUSED(pks_object_metadata(none, &map));
	REFUSED(pks_object_set_metadata(none, &map));
	REFUSED(pks_wait(none, 0, 0, NULL));
	REFUSED(pks_wait_any(&item, 1, 0, &index));
	REFUSED(pks_wait_until(&none, 1, always, NULL, 0));
	REFUSED(pks_value_pack(&map, "o", none));
	pks_value_clear(&map);
	pks_store_close(store);
}

Test(null, a_lock_or_the_like_that_was_not_found_is_refused)
{
	struct pks_object *none = NULL, *dict;
	struct pks_value value = {0};

	open_store("a_lock");
	dict = pks_dict_open(store, "d", PKS_MUST_CREATE);
	cr_assert_not_null(dict);
	NO_HANDLE(pks_condition_lock(none));
	REFUSED(pks_condition_set_lock(none, NULL));
	REFUSED(pks_condition_acquire(none, 0));
	REFUSED(pks_condition_notify(none, 1));
	REFUSED(pks_pipe_set_duplex(none, true));
	REFUSED(pks_barrier_set_parties(none, 1));
	REFUSED(pks_array_getf(none, 0, "n"));
	REFUSED(pks_array_setf(none, 0, "n"));
	cr_expect_null(pks_value_object(store, &value));
	pks_store_close(store);
}

Test(null, a_process_that_was_not_found_is_refused)
{
	struct pks_process_info info;
	struct pks_value value = {0};
	struct pks_object *none = NULL;
	enum pks_status status;
	int64_t pid;
	char *text;
	int code;

	open_store("a_process");
	REFUSED(pks_process_set_args(none, &value));
	REFUSED(pks_process_set_argsf(none, "[]"));
	REFUSED(pks_process_set_kwargs(none, &value));
	REFUSED(pks_process_set_kwargsf(none, "{}"));
	REFUSED(pks_process_args(none, &value));
	REFUSED(pks_process_argsf(none, "[]"));
	REFUSED(pks_process_kwargs(none, &value));
	REFUSED(pks_process_kwargsf(none, "{}"));
	REFUSED(pks_process_set_priority(none, 1));
	REFUSED(pks_process_set_method(none, PKS_METHOD_POOL));
	REFUSED(pks_process_set_method(none, 99));
	REFUSED(pks_process_set_folder(none, "here"));
	REFUSED(pks_process_set_env(none, NULL));
	REFUSED(pks_process_set_stdin(none, NULL));
	REFUSED(pks_process_set_level(none, -1));
	REFUSED(pks_process_set_output_cap(none, 0));
	NO_HANDLE(pks_process_output(none));
	REFUSED(pks_process_fork(none, NULL, NULL, 0));
	REFUSED(pks_process_start(none));
	REFUSED(pks_process_join(none, 0));
	REFUSED(pks_process_is_alive(none));
	REFUSED(pks_process_terminate(none, 0));
	REFUSED(pks_process_terminate(none, -1));
	REFUSED(pks_process_kill(none, 0));
	REFUSED(pks_process_set_grace(none, 0));
	REFUSED(pks_process_start_wait(none, 0, NULL));
	REFUSED(pks_process_join_all(&none, 1, 0));
	REFUSED(pks_process_join_any(&none, 1, 0, NULL));
	REFUSED(pks_process_restart(none, PKS_RESTART_WAIT, 0));
	REFUSED(pks_process_history(none, &value));
	REFUSED(pks_process_pid(none, &pid));
	REFUSED(pks_process_close(none));
	NO_HANDLE(pks_process_parent(none));
	NO_HANDLE(pks_process_children(none, PKS_ANY_STATUS));
	REFUSED(pks_process_set_daemon(none, true));
	REFUSED(pks_process_set_daemon(none, false));
	REFUSED(pks_process_is_daemon(none));
	REFUSED(pks_process_info(none, &info));
	REFUSED(pks_process_status(none, &status));
	REFUSED(pks_process_exitcode(none, &code));
	REFUSED(pks_process_result(none, &value));
	REFUSED(pks_process_resultf(none, "n"));
	REFUSED(pks_process_error(none, &text));
	REFUSED(pks_process_report(none, &value));
	REFUSED(pks_process_progress(none, &text, NULL));
	REFUSED(pks_progress(none, "no"));
	REFUSED(pks_waiting_begin(none));
	REFUSED(pks_waiting_end(none));
	REFUSED(pks_process_table_next(NULL, &info, NULL));
	REFUSED(pks_return(none, "n"));
	REFUSED(pks_return_value(none, &value));
	pks_store_close(store);
}

static int each_pool(const char *name, void *arg)
{
	return 1;
}

static int each_forkserver(const struct pks_pool_forkserver *forkserver, void *arg)
{
	return 1;
}

Test(null, a_store_that_was_not_found_is_refused)
{
	struct pks_pool_status status;
	struct pks_namespace_info namespace;
	struct pks_store_stat stat;
	struct pks_value value;
	struct pks_store *none = NULL;
	unsigned size;

	open_store("a_store");
	REFUSED(pks_store_stat(none, &stat));
	REFUSED(pks_begin(none));
	REFUSED(pks_commit(none));
	REFUSED(pks_abort(none));
	REFUSED(pks_snapshot_begin(none));
	REFUSED(pks_snapshot_end(none));
	REFUSED(pks_atomically(none, nothing, NULL));
	REFUSED(pks_object_exists(none, "a"));
	NO_HANDLE(pks_dict_open(none, "a", PKS_OPEN_OR_CREATE));
	NO_HANDLE(pks_log_open(none, "a", PKS_OPEN_OR_CREATE));
	NO_HANDLE(pks_object_open(none, "a"));
	NO_HANDLE(pks_object_from_id(none, 1));
	NO_HANDLE(pks_list_open(none, NULL));
	NO_HANDLE(pks_plain_open(none, "a", PKS_OPEN_OR_CREATE));
	REFUSED(pks_namespace_info(none, "a", &namespace));
	REFUSED(pks_namespace_set_limit(none, "a", 1, 1));
	REFUSED(pks_namespace_next_limited(none, NULL, &namespace));
	REFUSED(pks_namespace_rename(none, "a", "b"));
	REFUSED(pks_namespace_drop(none, "a", NULL));
	NO_HANDLE(pks_process_new(none, NULL, "/bin/true:x"));
	NO_HANDLE(pks_process_open(none, "a"));
	NO_HANDLE(pks_process_table_open(none, PKS_ANY_STATUS));
	REFUSED(pks_process_clean(none, 0, NULL));
	REFUSED(pks_syslog(none, PKS_LEVEL_ERROR, "no"));
	REFUSED(pks_syslog_set_level(none, 1));
	REFUSED(pks_syslog_level(none));
	REFUSED(pks_syslog_set_stderr(none, true));
	REFUSED(pks_pool_size(none, NULL, &size));
	REFUSED(pks_pool_set_size(none, NULL, 1));
	REFUSED(pks_pool_start(none, NULL));
	REFUSED(pks_pool_pause(none, NULL));
	REFUSED(pks_pool_resume(none, "a"));
	REFUSED(pks_pool_drain(none, NULL, 0));
	REFUSED(pks_pool_remove(none, "a"));
	REFUSED(pks_pool_setf(none, NULL, "nice", "i", 1));
	REFUSED(pks_pool_settings(none, NULL, &value));
	REFUSED(pks_pool_each(none, each_pool, NULL));
	REFUSED(pks_pool_forkservers(none, each_forkserver, NULL));
	NO_HANDLE(pks_pool_workers_open(none, NULL));
	REFUSED(pks_pool_status(none, NULL, &status));
	REFUSED(pks_killall(none));
	pks_store_close(store);
}

Test(null, missing_arguments_are_refused)
{
	struct pks_value value = {0};
	struct pks_object *dict, *process;

	open_store("missing_arguments");
	dict = pks_dict_open(store, "d", PKS_OPEN_OR_CREATE);
	cr_expect_eq(pks_dict_setf(dict, "k", NULL), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_pack(&value, NULL), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_value_unpack(&value, NULL), PKS_ERR_SYNTAX);
	cr_expect_lt(pks_module_find(NULL, NULL), 0);
	cr_expect_lt(pks_module_handlers(NULL, never, NULL), 0);
	cr_expect_null(pks_process_new(store, NULL, NULL));
	process = pks_process_new(store, "p", "/bin/true:x");
	cr_expect_eq(pks_process_argsf(process, NULL), PKS_ERR_SYNTAX);
	cr_expect_eq(pks_process_set_argsf(process, NULL), PKS_ERR_SYNTAX);
	pks_store_close(store);
}

Test(null, the_state_of_a_process_is_not_for_others_to_change)
{
	struct pks_object *process;
	struct pks_process_info info;

	open_store("the_state");
	process = pks_process_new(store, "p", "/bin/true:x");
	cr_expect_eq(pks_attr_setf(process, "state", "i", 3), PKS_ERR_USAGE);
	cr_expect_eq(pks_attr_del(process, "state"), PKS_ERR_USAGE);
	cr_expect_eq(pks_attr_setf(process, "mine", "i", 3), 0);
	cr_expect_eq(pks_process_info(process, &info), 0, "%s", pks_error_message());
	cr_expect_eq(pks_attr_setf(pks_dict_open(store, "d", PKS_OPEN_OR_CREATE), "state", "i", 3), 0);
	pks_store_close(store);
}
