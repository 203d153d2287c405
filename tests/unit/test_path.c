/* SPDX-License-Identifier: MIT */
#include <pkstore/object.h>

#include <criterion/criterion.h>
#include <string.h>

static void expect_refused(const char *path, const char *reason)
{
	cr_expect_eq(pks_path_check(path), PKS_ERR_PATH, "'%s' is taken for a path", path);
	cr_expect_not_null(strstr(pks_error_message(), reason), "'%s': %s", path, pks_error_message());
}

Test(path, good_paths_are_taken)
{
	const char *good[] = {
		"a", "a/b/c", "example/log", "a b", "...", "a/...", ".hidden", "\xc3\xa9t\xc3\xa9/\xe2\x82\xac", "-"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		cr_expect_eq(pks_path_check(good[i]), 0, "%s", pks_error_message());
}

Test(path, bad_paths_are_refused_with_the_reason)
{
	expect_refused(NULL, "missing");
	expect_refused("", "is empty");
	expect_refused("/a", "begins with a slash");
	expect_refused("a/", "ends with a slash");
	expect_refused("/", "begins with a slash");
	expect_refused("a//b", "has an empty part");
	expect_refused("a/./b", "has a part '.'");
	expect_refused("..", "has a part '.'");
	expect_refused("a/..", "has a part '.'");
	expect_refused("a\nb", "has a control character");
	expect_refused("a\x7f", "has a control character");
	expect_refused("a\xc2\x85", "has a control character");
	expect_refused("\xff\xfe", "is not UTF-8");
	expect_refused("\xc0\xaf", "is not UTF-8");
}

Test(path, the_longest_path_is_500_bytes)
{
	char path[PKS_PATH_MAX + 2];

	memset(path, 'a', sizeof(path));
	path[PKS_PATH_MAX] = 0;
	cr_expect_eq(pks_path_check(path), 0);
	path[PKS_PATH_MAX] = 'a';
	path[PKS_PATH_MAX + 1] = 0;
	expect_refused(path, "longer than 500 bytes");
}
