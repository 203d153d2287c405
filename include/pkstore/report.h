/* SPDX-License-Identifier: MIT */
/*
 * Progress and reports: how far a process has come, and why it died.
 *
 *     PKS_PROCESS(convert)
 *     {
 *             for (int i = 0; i < files; i++) {
 *                     pks_progress(self, "file %d of %d", i + 1, files);
 *                     ...
 *
 * A process whose worker died under it, by a signal or by an exit with another status than 0, has a report, as has a
 * command that a signal ended: a map, with those of these names that there is anything to tell about.
 *
 *     name         value
 *     signal       integer: the signal that killed it; signal_name: its name, "SIGSEGV"
 *     core         true: the system wrote a core file
 *     oom          of a SIGKILL: whether the kernel's out-of-memory killer sent it; null when that cannot be told
 *     utime stime  floats, in seconds: the processor time of this attempt, in its own code and in the system's
 *     maxrss       integer: the most bytes that its worker ever had resident, also when it ran others before
 *     progress     {"time", "text"}: what it said last with pks_progress()
 *     backtrace    list of texts, the innermost first: MODULE+0xOFFSET, as addr2line(1) takes them
 *     address      integer: of a SIGSEGV or SIGBUS, where it could not read or write
 *     output       list: the last 20 lines that this attempt has written (output.h)
 *
 * The backtrace is noted by the worker itself when SIGSEGV, SIGBUS, SIGABRT, SIGFPE or SIGILL kills it, unless the
 * handler has installed a handler of its own for that signal; a command has none. What only its parent can learn is
 * left out when there was no supervisor at the time. `pkstore ps PATH` prints it.
 */
#ifndef PKSTORE_REPORT_H
#define PKSTORE_REPORT_H

#include <pkstore/process.h>

PKS_BEGIN_DECLS

/* How often what pks_progress() says is committed at most, in milliseconds. */
#define PKS_PROGRESS_MS 1000

/*
 * Says how far this process has come: one line, of which 255 bytes are kept. To be called as often as there is
 * something new: it costs less than a microsecond, and no commit but the first time and then once in PKS_PROGRESS_MS;
 * the last word is committed with the end, or stands in the report. Inside a transaction or a snapshot of the handler's
 * it is not committed before that ends, and the next call. Any thread of the handler; does not block, but for that
 * commit.
 * Returns 0, PKS_ERR_USAGE (outside the process's own handler), PKS_ERR_FENCED, and what a write returns.
 */
PKS_EXPORT int pks_progress(struct pks_object *self, const char *format, ...) PKS_PRINTF(2, 3);

/*
 * What it said last, as far as it is committed, to be freed with free(), and when: nanoseconds since 1970, UTC, which
 * may be NULL. Returns 0, PKS_NOT_FOUND while there is none, and as a read.
 */
PKS_EXPORT int pks_process_progress(struct pks_object *process, char **text_out, uint64_t *time_ns_out);

/* The report on its last attempt; clear it when done. Returns 0, PKS_NOT_FOUND when there is none, and as a read. */
PKS_EXPORT int pks_process_report(struct pks_object *process, struct pks_value *map_out);

PKS_END_DECLS
#endif
