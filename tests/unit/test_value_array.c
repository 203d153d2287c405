/* SPDX-License-Identifier: MIT */
#include "hex.h"

#include <pkstore/value.h>

Test(value_array, an_array_of_either_order_is_copied_in_the_machines)
{
	struct pks_value little = hex_value("d8454401000200"), big = hex_value("d8414400010002");
	enum pks_number number = 0;
	uint16_t numbers[2] = {0};
	const void *data = NULL;
	bool big_endian = false;
	size_t count = 0;

	cr_assert_eq(pks_value_array_copy(&little, PKS_UINT16, 0, 2, numbers), 0);
	cr_expect(numbers[0] == 1 && numbers[1] == 2);
	memset(numbers, 0, sizeof(numbers));
	cr_assert_eq(pks_value_array_copy(&big, PKS_UINT16, 0, 2, numbers), 0);
	cr_expect(numbers[0] == 1 && numbers[1] == 2);

	cr_assert_eq(pks_value_array(&big, &number, &count, &data, &big_endian), 0);
	cr_expect(number == PKS_UINT16 && count == 2 && big_endian);
	cr_expect_eq((const uint8_t *)data, (const uint8_t *)big.data + 3);
	cr_assert_eq(pks_value_array(&little, NULL, NULL, NULL, &big_endian), 0);
	cr_expect(!big_endian);
	pks_value_clear(&little);
	pks_value_clear(&big);
}

Test(value_array, a_part_of_an_array_is_copied)
{
	struct pks_value array = hex_value("d84043010203");
	uint8_t numbers[3] = {0};

	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 1, 2, numbers), 0);
	cr_expect(numbers[0] == 2 && numbers[1] == 3 && numbers[2] == 0);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 3, 0, numbers), 0);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 2, 2, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 4, 0, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_UINT8, 1, SIZE_MAX, numbers), PKS_ERR_RANGE);
	cr_expect_eq(pks_value_array_copy(&array, PKS_INT8, 0, 3, numbers), PKS_ERR_TYPE);
	pks_value_clear(&array);
}

Test(value_array, each_tag_of_an_array_tells_its_numbers)
{
	static const enum pks_number numbers[] = {
		PKS_UINT8, PKS_UINT16, PKS_UINT32, PKS_UINT64, PKS_UINT8_CLAMPED, PKS_UINT16, PKS_UINT32, PKS_UINT64,
		PKS_INT8, PKS_INT16, PKS_INT32, PKS_INT64, 0, PKS_INT16, PKS_INT32, PKS_INT64,
		PKS_HALF, PKS_FLOAT, PKS_DOUBLE, 0, PKS_HALF, PKS_FLOAT, PKS_DOUBLE, 0,
	};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		enum pks_number number = 0;
		struct pks_value array;
		char digits[64];
		size_t count = 0;

		snprintf(digits, sizeof(digits), "d8%02x50000102030405060708090a0b0c0d0e0f", 64 + i);
		array = hex_value(digits);
		if (numbers[i] == 0) {
			cr_expect_eq(pks_value_kind(&array), PKS_KIND_OTHER, "tag %u", 64 + i);
		} else {
			cr_expect_eq(pks_value_array(&array, &number, &count, NULL, NULL), 0, "tag %u", 64 + i);
			cr_expect(number == numbers[i] && count * pks_number_size(number) == 16, "tag %u", 64 + i);
		}
		pks_value_clear(&array);
	}
	cr_expect_eq(pks_number_size(0), 0);
	cr_expect_eq(pks_number_size(PKS_HALF + 1), 0);
	cr_expect_eq(pks_number_size(-1), 0);
}
