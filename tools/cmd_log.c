/* SPDX-License-Identifier: MIT */
#include "args.h"
#include "command.h"
#include "fail.h"
#include "open.h"
#include "print.h"

#include <pkstore/log.h>
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

struct log {
	struct pks_store *store;
	struct pks_object *log;
	const char *path;
	int64_t lines; /* negative: all */
	bool follow;
};

static const struct option log_options[] = {
	{"follow", no_argument, NULL, 'f'},
	{"lines", required_argument, NULL, 'n'},
	ARGS_HELP,
};

static void log_print(const struct log *log, const struct pks_value *entry)
{
	char *line;

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
static void log_print_last(const struct log *log, uint64_t *position_out)
{
	struct pks_value entry = {0};
	struct pks_log_iter *iter;
	int r;

	fail_if(pks_snapshot_begin(log->store), "a snapshot");
	fail_if(pks_log_positions(log->log, NULL, position_out), log->path);
	/* log[-0:] would be all of it. */
	iter = pks_log_iter(log->log, log->lines > 0 ? -log->lines : 0, log->lines == 0 ? 0 : INT64_MAX, false);
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

static void log_follow(const struct log *log, uint64_t position)
{
	struct pks_value entry = {0};
	int r;

	while (!log_pipe_closed()) {
		r = pks_log_follow(log->log, &position, LOG_PIPE_CHECK_MS, &entry);
		if (r == PKS_TIMED_OUT)
			continue;
		fail_if(r, log->path);
		log_print(log, &entry);
		pks_value_clear(&entry);
		print_flush();
	}
}

/* The system log comes into being with its first line: until then there is no object to wait on. */
static void log_await(struct log *log)
{
	struct timespec pause = {.tv_nsec = PKS_RECHECK_MS * LOG_NS_PER_MS};

	while (!log->log && log->follow && !log_pipe_closed()) {
		nanosleep(&pause, NULL);
		log->log = pks_log_open(log->store, log->path, PKS_MUST_EXIST);
		if (!log->log && pks_error_code() != PKS_NOT_FOUND)
			fail_handle(log->path);
	}
}

static int log_show(struct log *log)
{
	uint64_t position;

	log->store = open_to_read();
	log->log = pks_log_open(log->store, log->path, PKS_MUST_EXIST);
	if (!log->log && (pks_error_code() != PKS_NOT_FOUND || strcmp(log->path, PKS_SYSLOG_PATH)))
		fail_handle(log->path);
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

	for (int found; (found = args_next(argc, argv, "fn:", log_options)) != -1;) {
		if (found == 'f')
			log.follow = true;
		else
			log.lines = args_integer(optarg, "a number of lines", 0, INT64_MAX);
	}
	path = *args_rest(argc, argv, 0, 1);
	log.path = path ? path : PKS_SYSLOG_PATH;
	if (log.follow && log.lines < 0)
		log.lines = LOG_FOLLOW_LINES;
	return log_show(&log);
}

const struct command cmd_log = {
	.name = "log",
	.usage = "log [-f] [-n N] [PATH]",
	.brief = "shows the system log, or another Log",
	.help = "Shows the entries of the system log, one per line, the oldest first; with PATH those of another\n"
		"Log, as JSON. A system log that nobody has written to yet is empty.\n"
		"\n"
		"  -f, --follow   goes on with what is appended, until it is interrupted or nobody reads it;\n"
		"                 begins with the last 10 entries\n"
		"  -n, --lines N  only the last N entries\n",
	.run = log_run,
};
