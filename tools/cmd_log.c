/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "log.h"
#include "open.h"
#include "print.h"

#include <pkstore/output.h>
#include <pkstore/syslog.h>
#include <pkstore/transaction.h>
#include <pkstore/wait.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How many of the last entries -f begins with unless -n tells. */
#define LOG_FOLLOW_LINES 10

/* How often a follower looks whether anybody still reads what it prints, in milliseconds. */
#define LOG_PIPE_CHECK_MS 250

#define LOG_NS_PER_MS 1000000L

static const struct option log_options[] = {
	{"attempt", required_argument, NULL, 'a'},
	{"follow", no_argument, NULL, 'f'},
	{"lines", required_argument, NULL, 'n'},
	ARGS_HELP,
};

static void log_print(struct log *log, const struct pks_value *entry)
{
	char *line;

	if (log->process) {
		log_output_print(log, entry);
		return;
	}
	/* Entries of other Logs are any value: with the store, references in them are paths. */
	if (!strcmp(log->path, PKS_SYSLOG_PATH))
		fail_if(pks_syslog_format(entry, &line), log->path);
	else
		fail_if(pks_value_to_json(entry, log->store, PKS_JSON_LINE, &line), log->path);
	print_text(line);
	print_string("\n");
	free(line);
}

/* Prints the last entries there are; *position_out is what comes next. */
static void log_print_last(struct log *log, uint64_t *position_out)
{
	int64_t lines = log->one_attempt ? -1 : log->lines;
	struct pks_value entry = {0};
	struct pks_log_iter *iter;
	int r;

	fail_if(pks_snapshot_begin(log->store), "a snapshot");
	if (log->process)
		log_output_attempts(log);
	if (log->one_attempt)
		log_output_count(log);
	fail_if(pks_log_positions(log->log, NULL, position_out), log->path);
	/* log[-0:] would be all of it. */
	iter = pks_log_iter(log->log, lines > 0 ? -lines : 0, lines == 0 ? 0 : INT64_MAX, false);
	if (!iter)
		fail_handle(log->path);
	while ((r = pks_log_next(iter, &entry, NULL)) == 0)
		log_print(log, &entry);
	pks_log_iter_close(iter);
	pks_snapshot_end(log->store);
	if (r != PKS_END)
		fail_code(r, log->path);
	print_flush();
}

/* Whether whoever read the pipe has gone: without new entries no write would tell. */
static bool log_pipe_closed(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

static void log_follow(struct log *log, uint64_t position)
{
	struct pks_value entry = {0};
	bool goes_on = log_goes_on(log);
	int r;

	while (!log_pipe_closed()) {
		r = pks_log_follow(log->log, &position, goes_on ? LOG_PIPE_CHECK_MS : 0, &entry);
		if (r == PKS_TIMED_OUT && !goes_on)
			return;
		if (r == PKS_TIMED_OUT) {
			goes_on = log_goes_on(log);
			continue;
		}
		fail_if(r, log->path);
		goes_on = goes_on && log_goes_on(log);
		log_print(log, &entry);
		pks_value_clear(&entry);
		print_flush();
	}
}

/* The system log, and a process's output, come into being with the first line. */
static void log_open(struct log *log)
{
	struct pks_object *object = pks_object_open(log->store, log->path);

	if (!object) {
		if (pks_error_code() != PKS_NOT_FOUND || strcmp(log->path, PKS_SYSLOG_PATH))
			fail_handle(log->path);
		return;
	}
	if (!strcmp(pks_object_type(object), "process")) {
		log->process = object;
		log->log = pks_process_output(object);
	} else {
		pks_object_close(object);
		log->log = pks_log_open(log->store, log->path, PKS_MUST_EXIST);
		if (!log->log)
			fail_handle(log->path);
	}
}

static int log_has_output(void *arg)
{
	struct log *log = arg;

	log->log = pks_process_output(log->process);
	return log->log != NULL || !log_goes_on(log);
}

/* Until there is something to be followed. */
static void log_await(struct log *log)
{
	struct timespec pause = {.tv_nsec = PKS_RECHECK_MS * LOG_NS_PER_MS};

	while (!log->log && !log_pipe_closed()) {
		if (log->process) {
			if (pks_wait_until(&log->process, 1, log_has_output, log, LOG_PIPE_CHECK_MS) == 0)
				return;
		} else {
			nanosleep(&pause, NULL);
			log_open(log);
		}
	}
}

static int log_show(struct log *log)
{
	uint64_t position;

	log->store = open_to_read();
	log_open(log);
	if (log->one_attempt && !log->process)
		fail_data(FAIL_MISUSE, "%s: not a process, which has attempts", log->path);
	if (log->process)
		log_output_attempts(log);
	if (log->follow)
		log_await(log);
	if (!log->log)
		return FAIL_OK;
	log_print_last(log, &position);
	if (log->follow)
		log_follow(log, position);
	return FAIL_OK;
}

static int log_run(int argc, char **argv)
{
	struct log log = {.lines = -1};
	const char *path;

	for (int found; (found = args_next(argc, argv, "a:fn:", log_options)) != -1;) {
		if (found == 'f')
			log.follow = true;
		else if (found == 'a')
			log.wanted = args_integer(optarg, "an attempt", INT64_MIN, INT64_MAX);
		else
			log.lines = args_integer(optarg, "a number of lines", 0, INT64_MAX);
		log.one_attempt |= found == 'a';
	}
	path = *args_rest(argc, argv, 0, 1);
	log.path = path ? path : PKS_SYSLOG_PATH;
	if (log.follow && log.lines < 0)
		log.lines = LOG_FOLLOW_LINES;
	return log_show(&log);
}

const struct command cmd_log = {
	.name = "log",
	.usage = "log [-f] [-n N] [-a N] [PATH]",
	.brief = "shows the system log, another Log, or what a process has written",
	.help = "Shows the entries of the system log, one per line, the oldest first; with PATH those of another\n"
		"Log, as JSON, or what a process has written to stdout and stderr. A system log that nobody has\n"
		"written to yet is empty.\n"
		"\n"
		"Lines of the two streams stand in the order in which they were kept: within each that in which\n"
		"they were written, but not always between the two.\n"
		"\n"
		"A process that was restarted has written in several attempts: a line on stderr stands before each.\n"
		"\n"
		"  -a, --attempt N  of a process: only the attempt with the number N, from 1 on; 0 is the last one, "
                "-1\n"
		"                   the one before. The last 17 are known\n"
		"  -f, --follow     goes on with what is appended, until it is interrupted, nobody reads it, or the\n"
		"                   process has ended; begins with the last 10 entries\n"
		"  -n, --lines N    only the last N entries\n",
	.run = log_run,
};
