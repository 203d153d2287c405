/* SPDX-License-Identifier: MIT */
/* The worlds that there may be (waiting.h), each of them once. */
#ifndef TESTS_MODEL_WORLDS_H
#define TESTS_MODEL_WORLDS_H

#include "waiting.h"

/* More than ever come about; a kind that needs more is too vague. */
#define WORLDS_MAX 20000

struct worlds {
	const struct waiting *kind;
	struct world *worlds;
	int count;
	bool must; /* told of the world that is moved now */
	bool settled;
};

void worlds_init(struct worlds *worlds, const struct waiting *kind);
void worlds_release(struct worlds *worlds);

/* Changes each world as change() says, which returns false of those that are not. */
void worlds_change(struct worlds *worlds, bool (*change)(struct world *world, const void *arg), const void *arg);

/* Adds all that may come without another call, or death. */
void worlds_close(struct worlds *worlds);
/* Whether nothing need come any more; of closed ones. */
bool worlds_settled(const struct worlds *worlds);

#endif
