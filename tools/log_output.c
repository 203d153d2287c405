/* SPDX-License-Identifier: MIT */
#include "log.h"

#include "fail.h"
#include "output.h"
#include "print.h"
#include "units.h"

#include <stdio.h>

/* Not among the lines themselves: who reads them by a program does not see it. */
static void log_print_heading(struct log *log, const struct attempt *attempt)
{
	char started[UNITS_SIZE];

	if (log->attempt == attempt->number || log->attempts.count < 2)
		return;
	log->attempt = attempt->number;
	units_time(attempt->started_ns, started);
	print_flush();
	fprintf(stderr, "==> attempt %llu, %s <==\n", (unsigned long long)attempt->number, started);
}

/* Whether the line is one of those that were asked for. */
static bool log_wants(struct log *log, const struct pks_value *line)
{
	const struct attempt *attempt = attempts_of(&log->attempts, line);

	if (log->one_attempt)
		return attempt && attempt->number == log->attempt;
	if (attempt)
		log_print_heading(log, attempt);
	return true;
}

void log_output_print(struct log *log, const struct pks_value *line)
{
	if (!log_wants(log, line))
		return;
	if (log->skip > 0)
		log->skip--;
	else
		output_print(line, false);
}

void log_output_attempts(struct log *log)
{
	const struct attempt *attempt;

	attempts_read(&log->attempts, log->process, log->path);
	if (!log->one_attempt || log->attempt)
		return;
	attempt = attempts_find(&log->attempts, log->wanted);
	if (!attempt)
		fail(FAIL_NO, "%s: attempt %lld is not known", log->path, (long long)log->wanted);
	log->attempt = attempt->number;
}

void log_output_count(struct log *log)
{
	struct pks_log_iter *iter = pks_log_iter(log->log, 0, INT64_MAX, false);
	struct pks_value line = {0};
	uint64_t count = 0;

	while (pks_log_next(iter, &line, NULL) == 0)
		count += log_wants(log, &line);
	pks_log_iter_close(iter);
	log->skip = log->lines >= 0 && count > (uint64_t)log->lines ? count - (uint64_t)log->lines : 0;
	log->attempts.at = 0;
}

/* A process that has ended writes no more, and an attempt that is not the last one neither: false. */
bool log_goes_on(struct log *log)
{
	enum pks_status status;

	if (!log->process)
		return true;
	if (attempts_are_old(&log->attempts, log->process, log->path))
		log_output_attempts(log);
	if (log->one_attempt && attempts_find(&log->attempts, 0)->number != log->attempt)
		return false;
	fail_if(pks_process_status(log->process, &status), log->path);
	return !(status & PKS_TERMINAL);
}
