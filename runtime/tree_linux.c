/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include "sweep.h"

#include "base/clock.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* A process of the machine, as one look at /proc has it. */
struct node {
	struct proc proc;
	int64_t parent;
	bool member;
};

struct looking {
	const struct proc *worker;
	const char *mark;
	bool has_group; /* its group is its own: it is there, if only to be waited for */
	struct buffer nodes;
};

static int look_at(pid_t pid, void *arg)
{
	struct looking *looking = arg;
	struct node node = {.proc = {.pid = pid, .start = 0}};
	struct proc_stat stat;

	if (proc_stat_read(pid, &stat) != 0 || stat.state == 'Z' || stat.state == 'X')
		return 0;
	node.proc.start = stat.start;
	node.parent = stat.parent;
	/* Of this boot, as is all that /proc shows, and the worker if it lives. */
	memcpy(node.proc.boot, looking->worker->boot, PROC_BOOT_SIZE);
	node.member = pid == looking->worker->pid || (looking->has_group && stat.group == looking->worker->pid) ||
		      (looking->mark[0] && sweep_is_marked(pid, looking->mark));
	buffer_append(&looking->nodes, &node, sizeof(node));
	return 0;
}

static bool parent_is_member(const struct node *nodes, size_t count, int64_t parent)
{
	for (size_t i = 0; i < count; i++)
		if (nodes[i].proc.pid == parent)
			return nodes[i].member;
	return false;
}

/* Children of members are members, until there are no more of them. */
static void spread(struct node *nodes, size_t count)
{
	bool found = true;

	while (found) {
		found = false;
		for (size_t i = 0; i < count; i++)
			if (!nodes[i].member && parent_is_member(nodes, count, nodes[i].parent))
				found = nodes[i].member = true;
	}
}

/* Opening it looks whether it is still the one that was found. */
static void take(const struct node *node, struct tree *tree)
{
	struct tree_member member = {node->proc, proc_open(&node->proc)};

	if (member.pidfd < 0)
		return;
	buffer_append(&tree->members, &member, sizeof(member));
	if (tree->members.failed)
		close(member.pidfd);
}

void tree_collect(const struct proc *worker, const char *mark, struct tree *tree_out)
{
	struct looking looking = {.worker = worker, .mark = mark};
	struct node *nodes;
	struct proc_stat stat;
	size_t count;

	*tree_out = (struct tree){0};
	looking.has_group = proc_stat_read((pid_t)worker->pid, &stat) == 0 && stat.start == worker->start;
	sweep_each(look_at, &looking);
	nodes = (struct node *)(void *)looking.nodes.data;
	count = looking.nodes.size / sizeof(*nodes);
	spread(nodes, count);
	for (size_t i = 0; i < count; i++)
		if (nodes[i].member && nodes[i].proc.pid != worker->pid && nodes[i].proc.pid != getpid())
			take(&nodes[i], tree_out);
	buffer_release(&looking.nodes);
}

static struct tree_member *members(const struct tree *tree, size_t *count_out)
{
	*count_out = tree->members.size / sizeof(struct tree_member);
	return (struct tree_member *)(void *)tree->members.data;
}

static bool has(const struct tree *tree, const struct proc *proc)
{
	size_t count;
	const struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++)
		if (proc_equal(&member[i].proc, proc))
			return true;
	return false;
}

bool tree_subtract(struct tree *tree, const struct tree *other)
{
	size_t count, kept = 0;
	struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++) {
		if (has(other, &member[i].proc))
			close(member[i].pidfd);
		else
			member[kept++] = member[i];
	}
	tree->members.size = kept * sizeof(*member);
	return kept > 0;
}

bool tree_is_empty(const struct tree *tree)
{
	return tree->members.size == 0;
}

bool tree_lives(const struct tree *tree)
{
	size_t count;
	const struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++)
		if (!proc_wait(member[i].pidfd, 0))
			return true;
	return false;
}

/* One after the other: when the last one has ended all have. */
void tree_wait(const struct tree *tree, int timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	size_t count;
	const struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++) {
		int64_t left = (deadline - clock_monotonic()) / CLOCK_NS_PER_MS;

		proc_wait(member[i].pidfd, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
	}
}

void tree_signal(const struct tree *tree, int signal_number)
{
	size_t count;
	const struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++)
		pidfd_send_signal(member[i].pidfd, signal_number, NULL, 0);
}

void tree_release(struct tree *tree)
{
	size_t count;
	const struct tree_member *member = members(tree, &count);

	for (size_t i = 0; i < count; i++)
		close(member[i].pidfd);
	buffer_release(&tree->members);
}
