/* SPDX-License-Identifier: MIT */
/* Workers that are copies of forkservers: asking for one, and hearing who it is. */
#include "supervisor_forkservers.h"

#include "base/clock.h"
#include "forkserver.h"
#include "process_options.h"
#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A process whose copies have come to nothing so often in a row is run as a dedicated one. */
#define TRIES 3

/* ---- asking for a copy ---- */

/* Where its handler is, if it is to come from a forkserver; the target's handler lies in the text. */
static int read_target(struct pks_store *store, uint64_t id, char text[PKS_STORE_PATH_SIZE], struct target *target)
{
	struct pks_object *process = pks_object_from_id(store, id);
	char module[PKS_STORE_PATH_SIZE], *stored = NULL;
	enum pks_method method;
	int r = process_options_method(process, &method);

	if (r == 0)
		r = method == PKS_METHOD_FORKSERVER ? pks_attr_getf(process, "target", "s", &stored) : PKS_NOT_FOUND;
	pks_object_close(process);
	if (r == 0)
		r = snprintf(text, PKS_STORE_PATH_SIZE, "%s", stored) < PKS_STORE_PATH_SIZE ? target_parse(text, target)
											    : PKS_ERR_LIMIT;
	free(stored);
	/* As the worker would find it. */
	if (r == 0 && target->module[0] != '/') {
		r = pks_module_find(target->module, module);
		if (r == 0)
			strcpy(target->module, module);
	}
	return r;
}

static bool send_request(const struct forkserver *forkserver, const char *text, int word)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec part = {(char *)(uintptr_t)text, strlen(text)};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room)};

	memcpy(CMSG_DATA(&control.header), &word, sizeof(word));
	return sendmsg(forkserver->link, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* When it cannot be asked now, with its queue full or itself dead, the end of something else has it tried again. */
static void ask(struct supervisor *supervisor, struct forkserver *forkserver, struct place *place, const char *handler)
{
	char text[FORKSERVER_TEXT_SIZE];
	int word[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, word) != 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " %u %s", place->only, place->slot, handler);
	if (forkserver_watch(supervisor, word[0], place->slot) == 0 && send_request(forkserver, text, word[1])) {
		place->word = word[0];
		place->forkserver = forkserver;
		forkserver->asked++;
		forkserver->since = clock_monotonic();
	} else {
		close(word[0]);
	}
	close(word[1]);
}

bool supervisor_copies_start(struct supervisor *supervisor, struct place *place)
{
	char text[PKS_STORE_PATH_SIZE];
	struct forkserver *forkserver = place->forkserver;
	struct module_file file;
	struct target target;

	/* Without a look at the process: many may wait for it. */
	if (forkserver && forkserver->status == FORKSERVER_LOADING)
		return true;
	place->forkserver = NULL;
	if (place->futile >= TRIES || read_target(supervisor->store, place->only, text, &target) != 0 ||
	    module_file(target.module, &file) != 0)
		return false;
	forkserver = forkserver_get(supervisor, target.module, &file);
	if (!forkserver || forkserver->status == FORKSERVER_FAILED)
		return false;
	if (forkserver->status == FORKSERVER_LOADING)
		place->forkserver = forkserver;
	else
		ask(supervisor, forkserver, place, target.handler);
	return true;
}

/* ---- hearing ---- */

static void hear_copy(struct place *place, const char *text)
{
	struct forkserver *forkserver = place->forkserver;
	struct proc said = {0}, proc;
	char first;

	if (sscanf(text, "%c%" SCNd64 " %" SCNu64, &first, &said.pid, &said.start) != 3 ||
	    proc_of((pid_t)said.pid, &proc) != 0 || proc.start != said.start) {
		/* The copy, or who should have made it, is dead: the process is to be started again. */
		supervisor_places_pause(place);
		return;
	}
	supervisor_places_began(place, &proc);
	if (!forkserver)
		return;
	forkserver->useful |= first == FORKSERVER_READY;
	/* What nobody can use is not kept. */
	if (!forkserver->useful && forkserver->asked == 0 && forkserver->status == FORKSERVER_LOADED)
		forkserver_end(forkserver);
}

void supervisor_copies_hear(struct supervisor *supervisor, size_t slot)
{
	struct place *place = supervisor_dedicated_place(supervisor, slot);
	char text[64];
	ssize_t size;

	if (!place || place->word < 0)
		return;
	size = recv(place->word, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	close(place->word);
	place->word = -1;
	if (place->forkserver)
		place->forkserver->asked--;
	text[size < 0 ? 0 : size] = '\0';
	hear_copy(place, text);
	place->forkserver = NULL;
}
