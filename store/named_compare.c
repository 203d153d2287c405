/* SPDX-License-Identifier: MIT */
/* Values under a name: setting what is as expected. */
#include "base/error.h"
#include "named.h"

static int compare(const struct scope *scope, const struct named *named, const struct pks_value *expected)
{
	struct pks_value value;
	struct bytes bytes;
	int r = named_read(scope, named, &bytes);

	if (r == PKS_NOT_FOUND)
		return expected ? PKS_MISMATCH : 0;
	if (r < 0)
		return r;
	value = (struct pks_value){.data = bytes.data, .size = bytes.size};
	return expected ? pks_value_equal(&value, expected) : PKS_MISMATCH;
}

static int differs(const struct named *named)
{
	if (named->base == BASE_VALUE)
		return error_tell(PKS_MISMATCH, named->object->path, "another value is there");
	return error_quote(PKS_MISMATCH, named->object->path, "another value is under the key",
	                   named->key.data + KEY_OBJECT_SIZE, named->key.size - KEY_OBJECT_SIZE);
}

static int compare_set(struct scope *scope, struct state *state, const struct named *named,
                       const struct pks_value *expected, const struct pks_value *value)
{
	int r = compare(scope, named, expected);

	if (r == PKS_MISMATCH)
		return differs(named);
	if (r != 0)
		return r;
	if (value)
		return named_put(scope, state, named, value);
	return expected ? named_remove(scope, state, named) : 0;
}

int named_compare_set(const struct named *named, const struct pks_value *expected, const struct pks_value *value)
{
	struct scope scope = {0};
	struct state *state;
	int r = expected ? object_check_value(named->object, expected) : 0;

	if (r == 0 && value)
		r = object_check_value(named->object, value);
	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, compare_set(&scope, state, named, expected, value));
	} while (scope_again(&scope, r));
	return r;
}

static int set_at_version(struct scope *scope, struct state *state, const struct named *named,
                          const struct pks_value *value, uint64_t version)
{
	if (state->version != version)
		return error_tell(PKS_MISMATCH, named->object->path, "has another version");
	return named_put(scope, state, named, value);
}

int named_set_at_version(const struct named *named, const struct pks_value *value, uint64_t version)
{
	struct scope scope = {0};
	struct state *state;
	int r = object_check_value(named->object, value);

	if (r < 0)
		return r;
	do {
		r = object_begin(&scope, named->object, named->base, CHECK_WRITE, &state);
		if (r == 0)
			r = scope_end(&scope, set_at_version(&scope, state, named, value, version));
	} while (scope_again(&scope, r));
	return r;
}
