/* SPDX-License-Identifier: MIT */
/*
 * What an object is made with, as options: `pkstore create` and `pkstore alter` have the same. Each stands for a member
 * of the object's kind (kind.h), as `pkstore dump` writes and `pkstore load` reads it.
 */
#ifndef TOOLS_FORM_H
#define TOOLS_FORM_H

#include "kind.h"

/* More than there are options. */
#define FORM_MAX 16

struct form {
	struct form_part {
		const struct form_option *option;
		const char *text; /* the option's value; NULL: it has none */
	} parts[FORM_MAX];
	size_t count;
	const char *numbers, *length; /* of an Array, which is made with them; NULL: not given */
	bool if_missing;
};

/* Reads the command line; returns its arguments. */
char **form_read(struct form *form, int argc, char **argv, int least);
/* Ends the program if objects of this kind have not all that was asked for, or it cannot be. */
void form_check(const struct form *form, const struct kind *kind);
/* As a call of the library: in the transaction that is open. */
int form_apply(const struct form *form, struct pks_object *object);
/* Whether the member was given. */
bool form_has(const struct form *form, const char *member);

#endif
