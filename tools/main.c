/* SPDX-License-Identifier: MIT */
/* `pkstore`: the store at the command line. This file reads what comes before the command's name. */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "help.h"
#include "open.h"
#include "print.h"

#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A program started without stdin, stdout or stderr would get the store's files under their numbers, and print into
 * them. What stands there instead refuses, as a closed descriptor would have.
 */
static void main_guard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			exit(FAIL_STORE);
}

static void main_ignore(int signal_number)
{
}

/*
 * A closed pipe shall be an error of write(2). Not SIG_IGN, which the pool, when we start it, would inherit: handlers
 * are forgotten by execve(2).
 */
static void main_survive_pipes(void)
{
	struct sigaction action = {.sa_handler = main_ignore, .sa_flags = SA_RESTART};

	sigaction(SIGPIPE, &action, NULL);
}

static const struct option main_options[] = {
	{"store", required_argument, NULL, 's'},
	{"busy-timeout", required_argument, NULL, 'b'},
	{"allow-network", no_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static int main_run(const struct command *command, int argc, char **argv)
{
	int exit_code;

	fail_set_command(command);
	optind = 0; /* tells glibc's getopt() that these are other arguments */
	exit_code = command->run(argc, argv);
	print_flush();
	return exit_code;
}

/* --help and --version: the commands of these names. */
static _Noreturn void main_run_alone(const struct command *command)
{
	char name[] = "pkstore", *argv[] = {name, NULL};

	exit(main_run(command, 1, argv));
}

/* Reads the options, and moves optind to the command's name. */
static void main_options_read(int argc, char **argv)
{
	int found;

	opterr = 0;
	while ((found = getopt_long(argc, argv, "+:s:hV", main_options, NULL)) != -1) {
		switch (found) {
		case 's':
			open_set_path(optarg);
			break;
		case 'b':
			open_set_busy_timeout(args_seconds(optarg));
			break;
		case 'n':
			open_allow_network();
			break;
		case 'h':
			main_run_alone(&cmd_help);
		case 'V':
			main_run_alone(&cmd_version);
		case ':':
			fail(FAIL_MISUSE, "option '%s' needs a value", argv[optind - 1]);
		default:
			fail(FAIL_MISUSE, "there is no option '%s'", argv[optind - 1]);
		}
	}
}

int main(int argc, char **argv)
{
	const struct command *command;

	main_guard_descriptors();
	main_survive_pipes();
	setlocale(LC_CTYPE, "");
	main_options_read(argc, argv);
	if (optind == argc)
		fail(FAIL_MISUSE, "which command?");
	command = command_find(argv[optind]);
	if (!command)
		fail(FAIL_MISUSE, "%s: there is no such command", argv[optind]);
	return main_run(command, argc - optind, argv + optind);
}
