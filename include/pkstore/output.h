/* SPDX-License-Identifier: MIT */
/*
 * Output: what a process's handler, and what that starts, writes to stdout and stderr. It is kept with the process, in
 * a Log that comes into being with the first line, is capped (pks_process_set_output_cap()) and is dropped with the
 * process. `pkstore log PROCESS` shows it.
 *
 *     struct pks_object *output = pks_process_output(process);
 *     char *text;
 *     if (output && pks_log_getf(output, -1, "{s:s}", "text", &text) == 0)
 *             puts(text);                             // the last line
 *     pks_object_close(output);
 *
 * An entry is a map: "time" (a timestamp: when it was kept), "stream" ("stdout" or "stderr"), "text" (a line without
 * its newline; bytes when it is not UTF-8), and, where no newline came behind it, "open": true, as at the end of output
 * that does not end with one, and inside lines of more than 3,968 bytes, which make several entries. An entry with
 * "lost" tells how many bytes are left out before what follows it: all but the newest 1 MiB, when a handler wrote 64
 * MiB more than could be kept meanwhile.
 *
 * All of it is there when the process has ended, also when its worker was killed; while it runs, with a delay of some
 * 50 ms as long as the pool's supervisor is up. The order of lines of one stream is theirs; lines of different streams
 * stand in the order in which they were kept. Writing never blocks and never raises SIGPIPE: what is not kept yet waits
 * in files below the store's directory, so that a full filesystem shows as ENOSPC. What children write that outlive
 * their handler is not kept.
 */
#ifndef PKSTORE_OUTPUT_H
#define PKSTORE_OUTPUT_H

#include <pkstore/log.h>
#include <pkstore/process.h>

PKS_BEGIN_DECLS

/*
 * Opens the Log of a process's output. Any thread; does not block. Returns the handle, to be given back with
 * pks_object_close(), or NULL and PKS_NOT_FOUND (nothing was written yet), PKS_ERR_TYPE (not a Process), PKS_ERR_GONE.
 */
PKS_EXPORT struct pks_object *pks_process_output(struct pks_object *process);

PKS_END_DECLS
#endif
