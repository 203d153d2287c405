/* SPDX-License-Identifier: MIT */
#include "output.h"

#include "base/error.h"
#include "running.h"

#include <pkstore/syslog.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "output"

static const char *const streams[OUTPUT_STREAMS] = {"out", "err"};

/*
 * "PID.START.BOOT.out", with the first four bytes of the boot in hex: enough to tell one boot of a machine from others.
 */
#define NAME_SIZE sizeof("9223372036854775807.18446744073709551615.01234567.out")

static void file_name(const struct proc *worker, int stream, char name_out[NAME_SIZE])
{
	snprintf(name_out, NAME_SIZE, "%" PRId64 ".%" PRIu64 ".%02x%02x%02x%02x.%s", worker->pid, worker->start,
		 worker->boot[0], worker->boot[1], worker->boot[2], worker->boot[3], streams[stream]);
}

static int open_folder(struct pks_store *store, bool make)
{
	char path[PKS_STORE_PATH_SIZE];

	if (make)
		output_folder(store, path);
	else
		snprintf(path, sizeof(path), "%s/" FOLDER, pks_store_path(store));
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void output_folder(struct pks_store *store, char path_out[PKS_STORE_PATH_SIZE])
{
	snprintf(path_out, PKS_STORE_PATH_SIZE, "%s/" FOLDER, pks_store_path(store));
	mkdir(path_out, 0700);
}

/* ---- the worker's own ---- */

static int open_file(int folder, const struct proc *self, int stream)
{
	char name[NAME_SIZE];

	file_name(self, stream, name);
	return openat(folder, name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* Both or none: errno. */
static int open_files(struct output *output, struct pks_store *store, const struct proc *self)
{
	int folder = open_folder(store, true), errnum;

	for (int i = 0; i < OUTPUT_STREAMS; i++)
		output->fds[i] = -1;
	output->kept = folder >= 0;
	for (int i = 0; i < OUTPUT_STREAMS && output->kept; i++) {
		output->fds[i] = open_file(folder, self, i);
		output->kept = output->fds[i] >= 0 && fstat(output->fds[i], &output->files[i]) == 0;
	}
	errnum = errno;
	if (!output->kept)
		output_close(output->fds);
	if (folder >= 0)
		close(folder);
	return output->kept ? 0 : errnum;
}

static void begin(struct output *output, struct pks_store *store, const struct proc *self)
{
	int errnum = open_files(output, store, self);

	if (errnum)
		pks_syslog(store, PKS_LEVEL_WARNING, "the output of handlers cannot be kept: %s",
			   strerrordesc_np(errnum));
	output_restore(output);
}

void output_open(struct output *output, struct pks_store *store, const struct proc *self)
{
	/*
	 * A line is in the file when it is written, whatever becomes of who wrote it. Without a buffer of its own the
	 * stream of a forked program, which has written before, would take the newline of puts(3) for one byte more.
	 */
	static char buffer[BUFSIZ];

	setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
	begin(output, store, self);
}

void output_renew(struct output *output, struct pks_store *store, const struct proc *self)
{
	if (output->kept)
		output_close(output->fds);
	output_remove(store, self);
	begin(output, store, self);
}

void output_restore(const struct output *output)
{
	if (!output->kept) {
		output_silence();
		return;
	}
	for (int i = 0; i < OUTPUT_STREAMS; i++)
		dup2(output->fds[i], STDOUT_FILENO + i);
}

void output_silence(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < OUTPUT_STREAMS; i++)
		dup2(null, STDOUT_FILENO + i);
	close(null);
}

bool output_written(struct output *output)
{
	bool written = false, moved = false;

	fflush(stdout);
	for (int i = 0; i < OUTPUT_STREAMS && output->kept; i++) {
		struct stat now;

		if (fstat(STDOUT_FILENO + i, &now) != 0 || now.st_ino != output->files[i].st_ino ||
		    now.st_dev != output->files[i].st_dev) {
			moved = true;
			fstat(output->fds[i], &now);
		}
		written = written || now.st_size > 0;
	}
	if (moved)
		output_restore(output);
	return written;
}

/* ---- for others ---- */

void output_find(struct pks_store *store, const struct proc *worker, int fds_out[OUTPUT_STREAMS])
{
	int folder = open_folder(store, false);
	char name[NAME_SIZE];

	for (int i = 0; i < OUTPUT_STREAMS; i++) {
		file_name(worker, i, name);
		fds_out[i] = folder < 0 ? -1 : openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	}
	if (folder >= 0)
		close(folder);
}

void output_close(int fds[OUTPUT_STREAMS])
{
	for (int i = 0; i < OUTPUT_STREAMS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

void output_remove(struct pks_store *store, const struct proc *worker)
{
	int folder = open_folder(store, false);
	char name[NAME_SIZE];

	if (folder < 0)
		return;
	for (int i = 0; i < OUTPUT_STREAMS; i++) {
		file_name(worker, i, name);
		unlinkat(folder, name, 0);
	}
	close(folder);
}

/* ---- what the dead have left ---- */

/* Whose file it is, as far as the name tells; false for what is none. */
static bool parse_name(const char *name, struct proc *worker_out)
{
	struct proc worker;

	if (sscanf(name, "%" SCNd64 ".%" SCNu64 ".%2hhx%2hhx%2hhx%2hhx.", &worker.pid, &worker.start, &worker.boot[0],
		   &worker.boot[1], &worker.boot[2], &worker.boot[3]) != 6)
		return false;
	*worker_out = worker;
	return true;
}

static bool is_same(const struct proc *named, const struct proc *worker)
{
	return named->pid == worker->pid && named->start == worker->start &&
	       memcmp(named->boot, worker->boot, 4) == 0;
}

static bool is_needed(const struct proc *named, const struct running_list *list)
{
	struct proc now;

	if (proc_of((pid_t)named->pid, &now) == 0 && is_same(named, &now) && proc_alive(&now))
		return true;
	for (size_t i = 0; i < list->count; i++)
		if (is_same(named, &list->items[i].state.worker))
			return true;
	return false;
}

void output_sweep(struct pks_store *store)
{
	char path[PKS_STORE_PATH_SIZE];
	struct running_list list;
	struct dirent *entry;
	struct proc named;
	DIR *folder;

	snprintf(path, sizeof(path), "%s/" FOLDER, pks_store_path(store));
	folder = opendir(path);
	if (!folder)
		return;
	if (running_read(store, &list) == 0) {
		while ((entry = readdir(folder)))
			if (parse_name(entry->d_name, &named) && !is_needed(&named, &list))
				unlinkat(dirfd(folder), entry->d_name, 0);
		running_release(&list);
	}
	closedir(folder);
}
