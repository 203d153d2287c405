/* SPDX-License-Identifier: MIT */
/*
 * What is under one path taken as a whole: how much it is and may be, another name for all of it, copies, and its end.
 */
#include "example.h"

static void print_size(struct pks_store *store, const char *path)
{
	struct pks_namespace_info info;
	int r = pks_namespace_info(store, path, &info);

	if (r == PKS_NOT_FOUND) {
		printf("%s: nothing\n", path);
		return;
	}
	if (r < 0)
		errx(1, "%s", pks_error_message());
	printf("%s: %d objects, %d bytes", path, (int)info.objects, (int)info.bytes);
	if (info.limit_objects || info.limit_bytes)
		printf(" of at most %d and %d", (int)info.limit_objects, (int)info.limit_bytes);
	printf("\n");
}

/* Whatever fails, fails as a whole. */
static void try_to_keep(struct pks_object *photos, const char *name, const char *data)
{
	if (pks_dict_setf(photos, name, "s", data) == PKS_ERR_QUOTA)
		printf("refused: %s\n", pks_error_message());
}

int main(void)
{
	static const char long_text[] =
		"0123456789012345678901234567890123456789012345678901234567890123456789012345678";
	struct pks_store *store = example_begin();
	struct pks_object *photos, *copy;
	uint64_t dropped;

	EXAMPLE_MUST(pks_namespace_set_limit(store, "users/alice", 2, 100));
	photos = pks_dict_open(store, "users/alice/photos", PKS_MUST_CREATE);
	EXAMPLE_MUST(pks_attr_setf(photos, "owner", "s", "alice"));
	try_to_keep(photos, "cat", "miaow");
	try_to_keep(photos, "whale", long_text);
	print_size(store, "users/alice");

	/* An object of its own with the same contents; a third one would be one too many. */
	copy = pks_object_copy(photos, "users/alice/album/copy");
	if (!copy)
		errx(1, "%s", pks_error_message());
	EXAMPLE_MUST(pks_dict_setf(copy, "cat", "s", "purr"));
	if (!pks_dict_open(store, "users/alice/third", PKS_MUST_CREATE))
		printf("refused: %s\n", pks_error_message());

	/* Another name for all of it: handles stay good, the limits go with it. */
	EXAMPLE_MUST(pks_namespace_rename(store, "users/alice", "users/bob"));
	EXAMPLE_MUST(pks_dict_del(photos, "cat"));
	print_size(store, "users/alice");
	print_size(store, "users/bob");
	print_size(store, "users/bob/album");

	EXAMPLE_MUST(pks_namespace_drop(store, "users/bob", &dropped));
	printf("dropped: %d\n", (int)dropped);
	print_size(store, "users/bob");
	pks_store_close(store);
}
