/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include "sweep.h"

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
	node.member = pid == looking->worker->pid || (looking->mark[0] && sweep_is_marked(pid, looking->mark));
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
	int fd = proc_open(&node->proc);

	if (fd < 0)
		return;
	buffer_append(&tree->pidfds, &fd, sizeof(fd));
	if (tree->pidfds.failed)
		close(fd);
}

void tree_collect(const struct proc *worker, const char *mark, struct tree *tree_out)
{
	struct looking looking = {.worker = worker, .mark = mark};
	struct node *nodes;
	size_t count;

	*tree_out = (struct tree){0};
	sweep_each(look_at, &looking);
	nodes = (struct node *)(void *)looking.nodes.data;
	count = looking.nodes.size / sizeof(*nodes);
	spread(nodes, count);
	for (size_t i = 0; i < count; i++)
		if (nodes[i].member && nodes[i].proc.pid != worker->pid && nodes[i].proc.pid != getpid())
			take(&nodes[i], tree_out);
	buffer_release(&looking.nodes);
}

void tree_signal(const struct tree *tree, int signal_number)
{
	for (size_t i = 0; i < tree->pidfds.size / sizeof(int); i++) {
		int fd;

		memcpy(&fd, tree->pidfds.data + i * sizeof(fd), sizeof(fd));
		pidfd_send_signal(fd, signal_number, NULL, 0);
	}
}

void tree_release(struct tree *tree)
{
	for (size_t i = 0; i < tree->pidfds.size / sizeof(int); i++) {
		int fd;

		memcpy(&fd, tree->pidfds.data + i * sizeof(fd), sizeof(fd));
		close(fd);
	}
	buffer_release(&tree->pidfds);
}
