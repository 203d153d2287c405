/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VALID(text) utf8_valid(text, sizeof(text) - 1)

/* A character's encoding, by the book; for surrogates, too, which have none. */
static size_t encode(uint32_t character, char *to)
{
	if (character < 0x80) {
		to[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		to[0] = (char)(0xc0 | character >> 6);
		to[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		to[0] = (char)(0xe0 | character >> 12);
		to[1] = (char)(0x80 | (character >> 6 & 0x3f));
		to[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | character >> 18);
	to[1] = (char)(0x80 | (character >> 12 & 0x3f));
	to[2] = (char)(0x80 | (character >> 6 & 0x3f));
	to[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

Test(utf8, no_text_is_valid)
{
	cr_expect(utf8_valid(NULL, 0));
	cr_expect(VALID(""));
}

Test(utf8, every_character_but_the_surrogates_is_valid)
{
	char text[4];

	for (uint32_t character = 0; character < 0x120000; character++) {
		bool valid = utf8_valid(text, encode(character, text));

		cr_assert_eq(valid, character <= 0x10ffff && (character < 0xd800 || character > 0xdfff), "U+%04X",
		             (unsigned)character);
	}
}

Test(utf8, overlong_forms_are_refused)
{
	cr_expect(!VALID("\xc0\x80"));
	cr_expect(!VALID("\xc1\xbf"));
	cr_expect(!VALID("\xe0\x80\x80"));
	cr_expect(!VALID("\xe0\x9f\xbf"));
	cr_expect(!VALID("\xf0\x80\x80\x80"));
	cr_expect(!VALID("\xf0\x8f\xbf\xbf"));
}

Test(utf8, what_no_character_begins_with_is_refused)
{
	for (int first = 0x80; first < 0x100; first++) {
		char text[] = {(char)first, 'a', 'a', 'a', 0};

		cr_expect(!VALID(text), "%02x", first);
	}
}

Test(utf8, a_character_that_is_cut_off_is_refused)
{
	const char *texts[] = {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

	for (size_t i = 0; i < 3; i++) {
		for (size_t size = 1; size < strlen(texts[i]); size++)
			cr_expect(!utf8_valid(texts[i], size), "%zu of %zu", size, strlen(texts[i]));
		cr_expect(utf8_valid(texts[i], strlen(texts[i])));
	}
}

Test(utf8, every_byte_behind_the_first_must_continue_it)
{
	cr_expect(!VALID("\xc3" "a"));
	cr_expect(!VALID("\xe2\x82" "a"));
	cr_expect(!VALID("\xe2\x82\xc2"));
	cr_expect(!VALID("\xf0\x9f\x98" "a"));
	cr_expect(!VALID("\xf0\x9f" "a\x80"));
}

/* Eight bytes are looked at together: a bad one must be found at every place of them. */
Test(utf8, a_bad_byte_is_found_at_any_place)
{
	for (size_t size = 1; size < 40; size++) {
		for (size_t bad = 0; bad < size; bad++) {
			/* Just as large as it is, for the sanitizer to see a read behind it. */
			char *text = malloc(size);

			memset(text, 'a', size);
			cr_assert(utf8_valid(text, size));
			text[bad] = (char)0xff;
			cr_assert(!utf8_valid(text, size), "byte %zu of %zu", bad, size);
			free(text);
		}
	}
}
