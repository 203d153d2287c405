/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/builder.h>
#include <pkstore/value.h>

static int equal(const char *a, const char *b)
{
	struct pks_value left = hex_value(a), right = hex_value(b);
	int r = pks_value_equal(&left, &right);

	cr_expect_eq(pks_value_equal(&right, &left), r, "%s and %s, the other way round", a, b);
	pks_value_clear(&left);
	pks_value_clear(&right);
	return r;
}

Test(value_equal, equality_is_of_contents_not_of_encodings)
{
	cr_expect_eq(equal("01", "1801"), 0);
	cr_expect_eq(equal("01", "1b0000000000000001"), 0);
	cr_expect_eq(equal("6161", "780161"), 0);
	cr_expect_eq(equal("f93e00", "fb3ff8000000000000"), 0);
	cr_expect_eq(equal("820102", "9802011802"), 0);
	cr_expect_eq(equal("c105", "c1f94500"), 0);
	cr_expect_eq(equal("d84542" "0100", "d84142" "0001"), 0);
	cr_expect_eq(equal("f97e00", "fb7ff8000000000001"), 0);
}

Test(value_equal, different_kinds_and_contents_differ)
{
	cr_expect_eq(equal("01", "f93c00"), PKS_MISMATCH);
	cr_expect_eq(equal("01", "02"), PKS_MISMATCH);
	cr_expect_eq(equal("00", "20"), PKS_MISMATCH);
	cr_expect_eq(equal("6161", "4161"), PKS_MISMATCH);
	cr_expect_eq(equal("6161", "6162"), PKS_MISMATCH);
	cr_expect_eq(equal("f90000", "f98000"), PKS_MISMATCH);
	cr_expect_eq(equal("8101", "820101"), PKS_MISMATCH);
	cr_expect_eq(equal("820102", "820103"), PKS_MISMATCH);
	cr_expect_eq(equal("c100", "c101"), PKS_MISMATCH);
	cr_expect_eq(equal("d8404101", "d8484101"), PKS_MISMATCH);
	cr_expect_eq(equal("d8404101", "d840420101"), PKS_MISMATCH);
	cr_expect_eq(equal("da00706b7305", "da00706b7306"), PKS_MISMATCH);
	cr_expect_eq(equal("f7", "f0"), PKS_MISMATCH);
	cr_expect_eq(equal("c705", "c805"), PKS_MISMATCH);
}

Test(value_equal, maps_are_equal_in_any_order)
{
	cr_expect_eq(equal("a2616101616202", "a2616202616101"), 0);
	cr_expect_eq(equal("a2616101616202", "a2616201616102"), PKS_MISMATCH);
	cr_expect_eq(equal("a1616101", "a1616201"), PKS_MISMATCH);
	cr_expect_eq(equal("a1616101", "a2616101616202"), PKS_MISMATCH);
	cr_expect_eq(equal("a281a20102030401f602", "a2f60281a20304010201"), 0);
	cr_expect_eq(equal("a281a20102030401f602", "a2f60281a20304010301"), PKS_MISMATCH);
}

/* Looking again at each level would take 2^128 steps. */
Test(value_equal, deep_maps_that_differ_at_the_bottom_are_compared_at_once)
{
	char a[8 * PKS_VALUE_DEPTH_MAX + 8] = "", b[8 * PKS_VALUE_DEPTH_MAX + 8] = "";

	for (int i = 0; i < PKS_VALUE_DEPTH_MAX; i++) {
		strcat(a, "a2010102");
		strcat(b, "a2010102");
	}
	strcat(a, "03");
	strcat(b, "04");
	cr_expect_eq(equal(a, b), PKS_MISMATCH);
	cr_expect_eq(equal(a, a), 0);
}

static void build_numbered(struct pks_value *map, int first, int last)
{
	int step = first < last ? 1 : -1;
	struct pks_builder *builder = pks_builder_new();

	pks_build_map(builder);
	for (int i = first; i != last + step; i += step) {
		pks_build_int(builder, i);
		pks_build_int(builder, 2 * i);
	}
	pks_build_end(builder);
	cr_assert_eq(pks_builder_finish(builder, map), 0);
	pks_builder_free(builder);
}

Test(value_equal, large_maps_in_opposite_orders_are_equal)
{
	struct pks_value up = {0}, down = {0}, other = {0};

	build_numbered(&up, 1, 100000);
	build_numbered(&down, 100000, 1);
	build_numbered(&other, 99999, 0);
	cr_expect_eq(pks_value_equal(&up, &down), 0);
	cr_expect_eq(pks_value_equal(&up, &other), PKS_MISMATCH);
	pks_value_clear(&up);
	pks_value_clear(&down);
	pks_value_clear(&other);
}
