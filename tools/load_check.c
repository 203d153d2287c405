/* SPDX-License-Identifier: MIT */
#include "load_check.h"

#include "fail.h"

#include <pkstore/json.h>

#include <stdlib.h>
#include <string.h>

/* Whether it is a value at all. What it refers to is known when all of the input was read: until then it is an id. */
static void check_form(struct load *load, struct pks_value *value_out)
{
	char *end = load->scan.text + load->scan.size;
	size_t size;

	for (char *at = load->scan.text; (at = load_ref_next(at, end, &size)) != NULL; at += size) {
		memset(at, ' ', size);
		*at = '0';
		load->references++;
	}
	if (pks_value_from_json(load->scan.text, load->scan.size, NULL, value_out) != 0)
		scan_fail(&load->scan, "%s: %s", load->path, pks_error_message());
}

static void check_ref(struct load *load, const char *json, size_t size, const char *what, const char *key)
{
	struct pks_value value = {0};
	char *path;
	int r = pks_value_from_json(json, size, NULL, &value);

	if (r != 0 || pks_value_string(&value, &path) != 0)
		scan_fail(&load->scan, "%s: %s", load->path, pks_error_message());
	pks_value_clear(&value);
	if (!load_paths_has(&load->paths, path)) {
		r = pks_path_check(path);
		if (r == 0)
			r = load->batch.store ? pks_object_exists(load->batch.store, path) : PKS_NOT_FOUND;
		if (r < 0 && fail_exit_of(r) == FAIL_STORE)
			fail_code(r, load->path);
		if (r < 0)
			scan_fail(&load->scan, "%s: %s", load->path, pks_error_message());
		if (r > 0)
			scan_fail(&load->scan,
			          "%s: %s%s%s%s refers to \"%s\", which is neither in the input nor in the store",
			          load->path, what, key ? " \"" : "", key ? key : "", key ? "\"" : "", path);
	}
	free(path);
}

static void check_item(struct load *load, const struct pks_value *item)
{
	const char *wrong = load->kind->item_wrong ? load->kind->item_wrong(item) : NULL;

	if (wrong)
		scan_fail(&load->scan, "%s: %s", load->path, wrong);
}

/* Of the value at hand: `what` it is, and its key or NULL, for the message. */
static void check_refs(struct load *load, const char *what, const char *key)
{
	const char *end = load->scan.text + load->scan.size;
	size_t size;

	for (char *at = load->scan.text; (at = load_ref_next(at, end, &size)) != NULL; at += size)
		check_ref(load, at, size, what, key);
}

void load_check_value(struct load *load, const char *what, const char *key, bool of_items)
{
	struct pks_value value = {0};

	scan_value(&load->scan);
	if (load->pass == LOAD_CHECK)
		check_form(load, &value);
	if (load->pass == LOAD_CHECK && !strcmp(what, "metadata") && pks_value_kind(&value) != PKS_KIND_MAP)
		scan_fail(&load->scan, "%s: the metadata is not a map", load->path);
	if (load->pass == LOAD_CHECK && of_items)
		check_item(load, &value);
	pks_value_clear(&value);
	if (load->pass == LOAD_REFER)
		check_refs(load, what, key);
}

void load_check_key(struct load *load, const char *key, size_t least)
{
	size_t size = strlen(key);

	if (size < least || size > PKS_KEY_MAX)
		scan_fail(&load->scan, "%s: a key of %zu bytes: %zu to %d are possible", load->path, size, least,
		          PKS_KEY_MAX);
}

/* ---- what a kind has ---- */

static void check_kind_member(struct load *load, const struct kind_member *member)
{
	struct pks_value value = {0};

	check_form(load, &value);
	if (!member->is(&value))
		scan_fail(&load->scan, "%s: the %s is not %s", load->path, member->name, member->must);
	pks_value_clear(&value);
}

void load_check_member(struct load *load, const struct kind_member *member)
{
	if (load->pass == LOAD_CHECK)
		check_kind_member(load, member);
	if (load->pass == LOAD_REFER)
		check_refs(load, member->name, NULL);
}

/* ---- a whole object ---- */

/* As pks_process_new() wants it: only a module that cannot be found now may be found later. */
static void check_target(struct load *load)
{
	const char *colon = load->target ? strrchr(load->target, ':') : NULL;

	if (!load->target)
		scan_fail(&load->scan, "%s: a process without the attribute \"target\"", load->path);
	if (!colon || colon == load->target || !colon[1] || strlen(load->target) >= PKS_STORE_PATH_SIZE)
		scan_fail(&load->scan, "%s: the target '%.200s' is not MODULE:HANDLER", load->path, load->target);
}

static void check_members(struct load *load)
{
	for (const struct kind_member *member = load->kind->members; member && member->name; member++)
		if (!member->load && !load->target)
			scan_fail(&load->scan, "%s: there is no \"%s\", %s", load->path, member->name, member->must);
}

void load_check_end(struct load *load)
{
	if (load->pass != LOAD_CHECK)
		return;
	if (load->kind == &kind_process)
		check_target(load);
	check_members(load);
}
