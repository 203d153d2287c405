/* SPDX-License-Identifier: MIT */
/*
 * The nodes are sorted by parent, so that the children of one are found by halving; those whose parents are not there
 * are roots, which is the same as children of 0.
 */
#include "tree.h"

#include "fail.h"

#include <stdlib.h>

/* Room for so many at first; it doubles. */
#define TREE_FIRST 64

void tree_add(struct tree *tree, uint64_t id, uint64_t parent)
{
	size_t capacity = tree->count < TREE_FIRST ? TREE_FIRST : tree->count;

	/* Full when the count is a power of two from TREE_FIRST on, or there is nothing yet. */
	if (tree->count == 0 || (tree->count >= TREE_FIRST && (tree->count & (tree->count - 1)) == 0))
		tree->nodes = fail_no_memory(
			realloc(tree->nodes, (tree->count == 0 ? 1 : 2) * capacity * sizeof(*tree->nodes)));
	tree->nodes[tree->count++] = (struct tree_node){id, parent};
}

static int tree_compare_ids(const void *a, const void *b)
{
	uint64_t left = ((const struct tree_node *)a)->id, right = ((const struct tree_node *)b)->id;

	return left < right ? -1 : left > right;
}

static int tree_compare_parents(const void *a, const void *b)
{
	uint64_t left = ((const struct tree_node *)a)->parent, right = ((const struct tree_node *)b)->parent;

	return left != right ? (left < right ? -1 : 1) : tree_compare_ids(a, b);
}

bool tree_has(const struct tree *tree, uint64_t id)
{
	struct tree_node wanted = {.id = id};

	return tree->count && bsearch(&wanted, tree->nodes, tree->count, sizeof(wanted), tree_compare_ids);
}

/* Parents are looked for by id, so that no node is changed before all are judged. */
static void tree_find_roots(struct tree *tree)
{
	for (size_t i = tree->count; i-- > 0;) {
		struct tree_node wanted = {.id = tree->nodes[i].parent};

		if (!bsearch(&wanted, tree->nodes, tree->count, sizeof(wanted), tree_compare_ids))
			tree->nodes[i].parent = 0;
	}
}

/* The first node of that parent, or where it would be. */
static size_t tree_first_child(const struct tree *tree, uint64_t parent)
{
	size_t low = 0, high = tree->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->nodes[middle].parent < parent)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A child has a greater id than its parent; one that has not is damaged, and left out rather than gone round with. */
static void tree_walk_children(const struct tree *tree, uint64_t parent, unsigned depth,
			       void (*each)(uint64_t id, unsigned depth, void *arg), void *arg)
{
	for (size_t i = tree_first_child(tree, parent); i < tree->count && tree->nodes[i].parent == parent; i++) {
		if (tree->nodes[i].id <= parent)
			continue;
		each(tree->nodes[i].id, depth, arg);
		tree_walk_children(tree, tree->nodes[i].id, depth + 1, each, arg);
	}
}

void tree_walk(struct tree *tree, void (*each)(uint64_t id, unsigned depth, void *arg), void *arg)
{
	if (tree->count) {
		qsort(tree->nodes, tree->count, sizeof(*tree->nodes), tree_compare_ids);
		tree_find_roots(tree);
		qsort(tree->nodes, tree->count, sizeof(*tree->nodes), tree_compare_parents);
		tree_walk_children(tree, 0, 0, each, arg);
	}
	free(tree->nodes);
	*tree = (struct tree){0};
}
