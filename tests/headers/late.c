/* SPDX-License-Identifier: MIT */
/*
 * A program that is not linked with the library, as an interpreter or a host of plugins, and loads it late: what the
 * library has for each thread finds room, and threads that have used it may end when the program has closed it.
 * late LIBRARY exits with 0 when all of that is so.
 */
#include <pkstore/pkstore.h>

#include "lib/scratch.h"

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *library;
static sem_t used, closed;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* What dlsym(3) gives is a function here. */
#define CALL(name) \
	(((union { \
		void *found; \
		__typeof__(&(name)) call; \
	}){.found = dlsym(library, #name)}) \
		 .call)

static void use(const char *path)
{
	struct pks_store *store = CALL(pks_store_open)(path, NULL);
	struct pks_object *dict = CALL(pks_dict_open)(store, "late", PKS_OPEN_OR_CREATE);
	int64_t number = 0;

	if (CALL(pks_dict_setf)(dict, "key", "i", (int64_t)7) != 0 ||
	    CALL(pks_dict_getf)(dict, "key", "i", &number) != 0 || number != 7)
		fail("a Dict", CALL(pks_error_message)());
	if (CALL(pks_dict_getf)(dict, "no such key", "i", &number) != PKS_NOT_FOUND ||
	    !strstr(CALL(pks_error_message)(), "no such key"))
		fail("the message about a key", CALL(pks_error_message)());
	CALL(pks_object_close)(dict);
	CALL(pks_store_close)(store);
}

static void *thread(void *path)
{
	use(path);
	sem_post(&used);
	sem_wait(&closed);
	return NULL;
}

int main(int argc, char **argv)
{
	char *path = scratch_dir("late");
	pthread_t other;

	library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!library)
		fail("dlopen", argc == 2 ? dlerror() : "a library");
	sem_init(&used, 0, 0);
	sem_init(&closed, 0, 0);
	if (pthread_create(&other, NULL, thread, path) != 0)
		fail("pthread_create", "no thread");
	sem_wait(&used);
	dlclose(library);
	sem_post(&closed);
	pthread_join(other, NULL);
	return 0;
}
