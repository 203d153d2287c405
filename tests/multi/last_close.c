/* SPDX-License-Identifier: MIT */
/*
 * Threads that open, use and close one store, which nobody keeps open meanwhile: each close may be the last one, and
 * races with the others' opens. The map begins small and grows under all of it. A plain program, as threads.c is: exits
 * with 0 when every call did what it says.
 */
#include <pkstore/pkstore.h>

#include "layer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 400

/* Bytes of a value, and the map that is outgrown many times over by one in each round. */
#define VALUE_SIZE 16384
#define MAP_SIZE (1 << 20)

static char path[64];

static void check(int r, const char *call)
{
	if (r >= 0)
		return;
	fprintf(stderr, "%s: %s\n", call, pks_error_message());
	exit(1);
}

#define CHECK(call) check(call, #call)

/* Takes its time, so that the others' opens fall into the close. */
static void release(void *data)
{
	const struct timespec while_open = {.tv_nsec = 100000};

	nanosleep(&while_open, NULL);
	strcpy(data, "gone");
	free(data);
}

/* What a layer keeps lives as long as the store is open here, so it is whole whenever we look. */
static void use_layer_data(struct pks_store *store)
{
	char *mine = strdup("kept"), *set = layer_set_data(store, LAYER_POOL, mine, release);

	if (set != mine)
		free(mine);
	check(strcmp(set, "kept") == 0 ? 0 : -1, "what the layer keeps");
}

static void put_and_get(struct pks_object *dict, const char *key, int number)
{
	static const char filling[VALUE_SIZE];
	char filling_key[48];
	int64_t found = -1;

	snprintf(filling_key, sizeof(filling_key), "%s-filling", key);
	CHECK(pks_dict_setf(dict, key, "i", number));
	CHECK(pks_dict_setf(dict, filling_key, "y", (const void *)filling, sizeof(filling)));
	CHECK(pks_dict_getf(dict, key, "I", &found));
	if (found == number)
		return;
	fprintf(stderr, "%s is %lld, not %d\n", key, (long long)found, number);
	exit(1);
}

static void *open_use_and_close(void *arg)
{
	const struct pks_store_options options = {.map_size = MAP_SIZE};

	for (int i = 0; i < ROUNDS; i++) {
		struct pks_store *store = pks_store_open(path, &options);
		struct pks_object *dict = pks_dict_open(store, "numbers", PKS_OPEN_OR_CREATE), *left_open;
		char key[32];

		check(dict ? 0 : -1, "open");
		use_layer_data(store);
		snprintf(key, sizeof(key), "%s-%d", (const char *)arg, i);
		put_and_get(dict, key, i);
		left_open = pks_dict_open(store, "numbers", PKS_MUST_EXIST);
		check(left_open ? 0 : -1, "open again");
		pks_object_close(dict);
		pks_store_close(store);
	}
	return NULL;
}

int main(void)
{
	static char names[THREADS][2] = {"a", "b", "c", "d"};
	pthread_t threads[THREADS];
	char remove[80];

	snprintf(path, sizeof(path), "/dev/shm/pks-test-last-close-%d", (int)getpid());
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, open_use_and_close, names[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	snprintf(remove, sizeof(remove), "rm -r %s", path);
	return system(remove) != 0;
}
