/* SPDX-License-Identifier: MIT */
/*
 * Kinds of objects of one's own: a sensor is a Log that knows its unit and how many readings it keeps, a gauge is a
 * plain Object. Whoever opens one by its path learns which it is; a program that does not know the class has a Log all
 * the same.
 */
#include "example.h"

/* Called in the transaction that creates the sensor: nobody sees one that keeps all of its readings. */
static int sensor_made(struct pks_object *sensor, void *keep)
{
	return pks_log_set_cap(sensor, *(const uint64_t *)keep);
}

static uint64_t keep = 3;
static const struct pks_class sensor = {.name = "sensor", .type = "log", .on_create = sensor_made, .arg = &keep};
static const struct pks_class gauge = {.name = "gauge"};

static int print_reading(struct pks_object *of, int64_t index)
{
	char *unit;
	double reading;
	int r = pks_log_getf(of, index, "d", &reading);

	if (r == 0)
		r = pks_attr_getf(of, "unit", "s", &unit);
	if (r != 0)
		return r;
	printf("  %.1f %s\n", reading, unit);
	free(unit);
	return 0;
}

static void print_kind(struct pks_store *store, const char *path)
{
	struct pks_object *object = pks_object_open(store, path);

	printf("%s: type %s, class %s\n", path, pks_object_type(object), pks_object_class(object));
	pks_object_close(object);
}

int main(void)
{
	struct pks_store *store = example_begin();
	struct pks_object *hall, *level, *as_log;
	uint64_t count;
	int high;

	EXAMPLE_MUST(pks_class_registerf(&sensor, "{s:s}", "unit", "C"));
	EXAMPLE_MUST(pks_class_registerf(&gauge, "{s:i, s:i}", "low", 0, "high", 100));

	hall = pks_class_open(store, "house/hall", "sensor", PKS_OPEN_OR_CREATE);
	for (int i = 0; i < 5; i++)
		EXAMPLE_MUST(pks_log_appendf(hall, "d", 18 + 0.5 * i));
	level = pks_class_open(store, "house/level", "gauge", PKS_OPEN_OR_CREATE);
	EXAMPLE_MUST(pks_attr_setf(level, "high", "i", 250));
	print_kind(store, "house/hall");
	print_kind(store, "house/level");

	EXAMPLE_MUST(pks_log_count(hall, &count));
	printf("the hall keeps %d readings, the newest ones:\n", (int)count);
	for (int64_t i = 0; i < (int64_t)count; i++)
		EXAMPLE_MUST(print_reading(hall, i));
	EXAMPLE_MUST(pks_attr_getf(level, "high", "i", &high));
	printf("the level goes up to %d\n", high);

	/* Without its class, a sensor is the Log that it is; as another class it is not to be had. */
	as_log = pks_log_open(store, "house/hall", PKS_MUST_EXIST);
	EXAMPLE_MUST(print_reading(as_log, 0));
	if (!pks_class_open(store, "house/hall", "gauge", PKS_OPEN_OR_CREATE))
		printf("%s\n", pks_error_message());
	pks_store_close(store);
}
