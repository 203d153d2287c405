/* SPDX-License-Identifier: MIT */
/* Processes below those whose handlers created them. */
#ifndef TOOLS_TREE_H
#define TOOLS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_node {
	uint64_t id, parent; /* parent 0, or one that was not added: a root */
};

struct tree {
	struct tree_node *nodes;
	size_t count;
};

void tree_add(struct tree *tree, uint64_t id, uint64_t parent);
/* Whether the node was added. */
bool tree_has(const struct tree *tree, uint64_t id);
/*
 * Calls each() for every node, parents before their children, children in the order in which they were added. A node
 * must be added after its parent, and after all whose ids are lower. Releases the tree.
 */
void tree_walk(struct tree *tree, void (*each)(uint64_t id, unsigned depth, void *arg), void *arg);

#endif
