/* SPDX-License-Identifier: MIT */
/* From a worker's files to the process's Log. */
#include "output.h"
#include "output_lines.h"
#include "process_options.h"

#include "base/clock.h"
#include "base/error.h"
#include "layer.h"
#include "recall.h"
#include "record.h"

#include <pkstore/log.h>
#include <pkstore/transaction.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * An attribute of the Log: [attempt, pid, start, bytes of stdout, bytes of stderr, first]; of the worker, of its files,
 * and the position of the attempt's first line.
 */
#define COPIED_ATTR "copied"

/* What is read at once, in bytes: its transaction keeps other writers waiting for some milliseconds at most. */
#define PIECE_SIZE (256 * 1024)

/* Cut out of the file from so much on; less is not worth a system call. */
#define CUT_SIZE (1 << 20)

/* Two that copy the same bytes: one of them begins again, and finds less to do. So often can only be a mistake. */
#define CONFLICTS_MAX 1000

static const char *const names[OUTPUT_STREAMS] = {"stdout", "stderr"};

struct copied {
	bool any; /* of this attempt; else it is all 0 */
	uint64_t bytes[OUTPUT_STREAMS];
	uint64_t first;
};

/* One stream's next piece. */
struct piece {
	struct pks_object *process;
	const struct proc *worker;
	int stream;
	uint32_t attempt;
	uint64_t cap;
	uint64_t at, left_out; /* where it begins in the file, with so many bytes before that that are left out */
	char *data;
	size_t size;   /* of its whole lines */
	size_t lines;
};

/* ---- the Log ---- */

static struct pks_object *open_log(struct pks_object *process)
{
	uint64_t id;

	if (pks_attr_getf(process, OUTPUT_ATTR, "o", &id) != 0)
		return NULL;
	return pks_object_from_id(pks_object_store(process), id);
}

/* Below a namespace of its own, where it is in nobody's way; a path that somebody else has taken is not worth more. */
static struct pks_object *create_log(struct pks_object *process, uint64_t cap)
{
	struct pks_store *store = pks_object_store(process);
	struct pks_value reference = {0};
	struct pks_object *log;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "system/output/%" PRIu64, pks_object_id(process));
	log = layer_create(store, pks_object_exists(store, path) == 0 ? NULL : path, "log");
	r = pks_log_set_cap(log, cap);
	if (r == 0)
		r = pks_value_pack(&reference, "o", log);
	if (r == 0)
		r = layer_attr_set(process, OUTPUT_ATTR, &reference);
	pks_value_clear(&reference);
	if (r == 0)
		return log;
	pks_object_close(log);
	return NULL;
}

/* Nothing of these files yet, unless the Log says otherwise. */
static struct copied read_copied(struct pks_object *log, const struct piece *piece)
{
	struct copied copied = {.any = true};
	uint64_t start;
	int64_t attempt, pid;

	if (log && pks_attr_getf(log, COPIED_ATTR, "[IIUUUU]", &attempt, &pid, &start, &copied.bytes[0],
				 &copied.bytes[1], &copied.first) == 0 &&
	    attempt == piece->attempt && pid == piece->worker->pid && start == piece->worker->start)
		return copied;
	return (struct copied){0};
}

static int write_copied(struct pks_object *log, const struct piece *piece, const struct copied *copied)
{
	return pks_attr_setf(log, COPIED_ATTR, "[IIUUUU]", (int64_t)piece->attempt, piece->worker->pid,
			     piece->worker->start, copied->bytes[0], copied->bytes[1], copied->first);
}

uint64_t output_lines_of(struct pks_object *log, uint32_t attempt)
{
	struct pks_value copied = {0};
	uint64_t first, next;
	int64_t of;

	if (pks_attr_get(log, COPIED_ATTR, &copied) != 0 ||
	    pks_value_unpack(&copied, "[IIUUUU]", &of, &(int64_t){0}, &(uint64_t){0}, &(uint64_t){0}, &(uint64_t){0},
			     &first) != 0 ||
	    of != attempt || pks_log_positions(log, NULL, &next) != 0 || next < first)
		next = first = 0;
	pks_value_clear(&copied);
	return next - first;
}

/* ---- appending ---- */

static int append_line(struct pks_object *log, int64_t now, const char *stream, const struct output_line *line)
{
	struct pks_value text = {0}, entry = {0};
	int r = pks_value_pack(&text, line->utf8 ? "S" : "y", line->text, line->size);

	if (r == 0)
		r = pks_value_pack(&entry, line->open ? "{s:t, s:s, s:v, s:b}" : "{s:t, s:s, s:v}", "time", now,
				   "stream", stream, "text", &text, "open", 1);
	if (r == 0)
		r = pks_log_append(log, &entry);
	pks_value_clear(&entry);
	pks_value_clear(&text);
	return r;
}

static int append_left_out(struct pks_object *log, int64_t now, const char *stream, uint64_t bytes)
{
	char text[64];

	snprintf(text, sizeof(text), "(%" PRIu64 " bytes were written too fast to be kept)", bytes);
	return pks_log_appendf(log, "{s:t, s:s, s:s, s:U}", "time", now, "stream", stream, "text", text, "lost", bytes);
}

/* Lines that the cap would take away again at once are not appended in the first place. */
static int append_lines(struct pks_object *log, const struct piece *piece)
{
	size_t skipped = piece->lines > piece->cap ? piece->lines - piece->cap : 0, at = 0;
	int64_t now = (int64_t)clock_wall();
	struct output_line line;
	int r = piece->left_out ? append_left_out(log, now, names[piece->stream], piece->left_out) : 0;

	for (size_t i = 0; at < piece->size && r == 0; i++) {
		at += output_line_next(piece->data + at, piece->size - at, true, &line);
		if (i >= skipped)
			r = append_line(log, now, names[piece->stream], &line);
	}
	return r;
}

static bool is_current(const struct piece *piece)
{
	struct process_state state;

	return record_read(piece->process, &state) == 0 && state.status == STATUS_RUNNING &&
	       state.attempt == piece->attempt && proc_equal(&state.worker, piece->worker) &&
	       recall_is_begun(pks_object_store(piece->process), pks_object_id(piece->process), &state);
}

/* PKS_ERR_CONFLICT without a message when somebody else was here before. */
static int append(struct pks_store *store, void *arg)
{
	const struct piece *piece = arg;
	struct pks_object *log;
	struct copied copied;
	int r;

	if (!is_current(piece))
		return PKS_END;
	log = open_log(piece->process);
	if (!log)
		log = create_log(piece->process, piece->cap);
	if (!log)
		return pks_error_code();
	copied = read_copied(log, piece);
	if (!copied.any)
		pks_log_positions(log, NULL, &copied.first);
	r = copied.bytes[piece->stream] + piece->left_out == piece->at ? append_lines(log, piece) : PKS_MISMATCH;
	copied.bytes[piece->stream] = piece->at + piece->size;
	if (r == 0)
		r = write_copied(log, piece, &copied);
	pks_object_close(log);
	return r;
}

/* ---- reading ---- */

static ssize_t read_at(int fd, char *data, size_t size, uint64_t at)
{
	ssize_t got;

	do
		got = pread(fd, data, size, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads what comes next in the file; false: nothing that could be appended now. */
static bool read_piece(struct piece *piece, int fd, uint64_t copied, bool last)
{
	struct stat file;
	ssize_t got;

	if (fstat(fd, &file) != 0 || (uint64_t)file.st_size <= copied)
		return false;
	piece->left_out = 0;
	if ((uint64_t)file.st_size - copied > OUTPUT_BACKLOG)
		piece->left_out = (uint64_t)file.st_size - copied - OUTPUT_KEPT;
	piece->at = copied + piece->left_out;
	got = read_at(fd, piece->data, PIECE_SIZE, piece->at);
	if (got <= 0)
		return false;
	last = last && piece->at + (uint64_t)got >= (uint64_t)file.st_size;
	piece->size = output_lines_count(piece->data, (size_t)got, last, &piece->lines);
	return piece->size > 0;
}

static uint64_t copied_so_far(const struct piece *piece)
{
	struct pks_object *log = open_log(piece->process);
	uint64_t bytes = read_copied(log, piece).bytes[piece->stream];

	pks_object_close(log);
	return bytes;
}

/* Returns 0, PKS_END when the process is not this worker's any more, or an error. */
static int copy_stream(struct pks_store *store, struct piece *piece, int fd, bool last)
{
	int r = 0, conflicts = 0;

	while (r == 0 && read_piece(piece, fd, copied_so_far(piece), last)) {
		r = pks_atomically(store, append, piece);
		if (r == 0 && piece->at + piece->size >= CUT_SIZE)
			fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				  (off_t)(piece->at + piece->size));
		if (r == PKS_MISMATCH && ++conflicts < CONFLICTS_MAX)
			r = 0;
	}
	return r;
}

static bool is_empty(int fd)
{
	struct stat file;

	return fd < 0 || fstat(fd, &file) != 0 || file.st_size == 0;
}

static int copy_both(struct pks_store *store, struct piece *piece, const int fds[OUTPUT_STREAMS], bool last)
{
	int r = 0;

	piece->data = malloc(PIECE_SIZE);
	if (!piece->data)
		return error_set(PKS_ERR_MEMORY, "out of memory");
	for (int i = 0; i < OUTPUT_STREAMS && r == 0; i++) {
		piece->stream = i;
		if (fds[i] >= 0)
			r = copy_stream(store, piece, fds[i], last);
	}
	free(piece->data);
	return r > 0 ? 0 : r;
}

/* The attempt before the files are opened: the files that are there between two looks at an attempt are its own. */
static bool begin(struct piece *piece)
{
	struct process_options options;
	struct process_state state;

	if (record_read(piece->process, &state) != 0)
		return false;
	piece->attempt = state.attempt;
	piece->cap = PKS_OUTPUT_CAP;
	if (process_options_read(piece->process, &options) == 0 && options.output_cap)
		piece->cap = options.output_cap;
	process_options_release(&options);
	return is_current(piece);
}

int output_copy(struct pks_store *store, uint64_t process, const struct proc *worker, bool last)
{
	struct piece piece = {.process = pks_object_from_id(store, process), .worker = worker};
	int fds[OUTPUT_STREAMS], r = 0;

	if (piece.process && begin(&piece)) {
		output_find(store, worker, fds);
		if (!is_empty(fds[0]) || !is_empty(fds[1]))
			r = copy_both(store, &piece, fds, last);
		output_close(fds);
	}
	pks_object_close(piece.process);
	return r;
}
