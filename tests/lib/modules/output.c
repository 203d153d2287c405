/* SPDX-License-Identifier: MIT */
/* Handlers that write to stdout and stderr. */
#include "go.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

PKS_PROCESS(say)
{
	char *text;
	int r = pks_process_argsf(self, "[s]", &text);

	if (r == 0)
		printf("%s\n", text);
	if (r == 0)
		free(text);
	return r;
}

PKS_PROCESS(say_both)
{
	fprintf(stderr, "careful\n");
	printf("hello");
	return 0;
}

PKS_PROCESS(say_nothing)
{
	return 0;
}

/* Neither flushed nor ended. */
PKS_PROCESS(say_and_die)
{
	printf("first\nlast words\n");
	fprintf(stderr, "why");
	return kill(getpid(), SIGKILL);
}

PKS_PROCESS(say_odd_things)
{
	static const char odd[] = "\xff\xfe\n\n";

	return fwrite(odd, 1, sizeof(odd) - 1, stdout) != sizeof(odd) - 1;
}

PKS_PROCESS(say_a_long_line)
{
	for (int i = 0; i < 5000; i++)
		fputs("ä", stdout);
	putchar('\n');
	return 0;
}

PKS_PROCESS(children_say)
{
	int r;

	if (fork() == 0) {
		if (write(STDOUT_FILENO, "from a child\n", 13) != 13)
			_exit(1);
		_exit(0);
	}
	wait(NULL);
	r = system("echo from a shell; echo its complaint >&2");
	return r != 0;
}

/* So many numbered lines, all in a transaction of its own, which nobody can write beside. */
PKS_PROCESS(say_much_in_a_transaction)
{
	int lines, r = pks_process_argsf(self, "[i]", &lines);

	if (r == 0)
		r = pks_begin(pks_object_store(self));
	for (int i = 0; i < lines && r == 0; i++)
		printf("line %d\n", i);
	return r == 0 ? pks_commit(pks_object_store(self)) : r;
}

PKS_PROCESS(say_and_hold)
{
	printf("before\n");
	pks_dict_setf(self, "here", "I", (int64_t)getpid());
	wait_for_go(self);
	printf("after\n");
	return 0;
}

/* Says numbered lines until it is killed. */
PKS_PROCESS(say_for_ever)
{
	unsigned i = 0;

	while (printf("line %u\n", i) > 0)
		i++;
	return 1;
}

PKS_PROCESS(redirect_itself)
{
	int fd = open("/dev/null", O_WRONLY);

	printf("mine\n");
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	close(STDERR_FILENO);
	return 0;
}

/* A child that writes on and on when its parent is done, until the file is nobody's. */
PKS_PROCESS(leave_a_talker)
{
	if (fork() == 0) {
		while (write(STDOUT_FILENO, "too late\n", 9) == 9)
			usleep(1000);
		_exit(0);
	}
	printf("done\n");
	return 0;
}

/* ---- lines that are counted ---- */

static void say_lines(void)
{
	for (int i = 0; i < 20; i++)
		printf("line %d\n", i);
}

/* Appends its name to the Log "log", and says 20 lines. */
PKS_PROCESS(append_and_say)
{
	struct pks_object_info info;
	int r = pks_object_info(self, &info);

	if (r == 0)
		r = pks_log_appendf(pks_dict_object(self, "log"), "s", info.path);
	if (r == 0)
		say_lines();
	return r;
}

static int has_say(void *self)
{
	return pks_dict_contains(self, "say") == 0;
}

static int has_end(void *self)
{
	return pks_dict_contains(self, "end") == 0;
}

/* Says the lines when it has the item "say", and ends when it has "end". */
PKS_PROCESS(say_when_told)
{
	struct pks_object *const objects[] = {self};
	int r = pks_dict_setf(self, "here", "I", (int64_t)getpid());

	if (r == 0)
		r = pks_wait_until(objects, 1, has_say, self, -1);
	if (r == 0)
		say_lines();
	if (r == 0)
		r = pks_dict_setf(self, "said", "I", (int64_t)getpid());
	return r == 0 ? pks_wait_until(objects, 1, has_end, self, -1) : r;
}
