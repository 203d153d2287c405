/* SPDX-License-Identifier: MIT */
/* A handler that runs until somebody sets its process's item "go". */
#ifndef TESTS_LIB_MODULES_GO_H
#define TESTS_LIB_MODULES_GO_H

#include <pkstore/pkstore.h>

static int has_go(void *arg)
{
	return pks_dict_contains(arg, "go") == 0;
}

static inline int wait_for_go(struct pks_object *self)
{
	struct pks_object *const objects[] = {self};

	return pks_wait_until(objects, 1, has_go, self, -1);
}

#endif
