/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <pkstore/error.h>

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROW "%-46s %12s %12s %7s %9s  %s\n"

int64_t bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %d %s\n", what, pks_error_code(), pks_error_message());
	exit(1);
}

void bench_head(void)
{
	printf(ROW, "", "ours", "control", "ratio", "goal", "");
}

static void row(const char *name, const char *unit, double ours, double control, double ratio, enum bench_goal kind,
                double goal)
{
	bool met = kind == AT_LEAST ? ratio >= goal : ratio <= goal;
	char columns[4][32];

	snprintf(columns[0], sizeof(columns[0]), "%.0f %s", ours, unit);
	snprintf(columns[1], sizeof(columns[1]), "%.0f %s", control, unit);
	snprintf(columns[2], sizeof(columns[2]), "%.2f", ratio);
	snprintf(columns[3], sizeof(columns[3]), "%s %g", kind == AT_LEAST ? ">=" : "<=", goal);
	printf(ROW, name, columns[0], control > 0 ? columns[1] : "-", control > 0 ? columns[2] : "-",
	       goal > 0 ? columns[3] : "-", goal > 0 ? (met ? "met" : "missed") : "");
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *numbers)
{
	qsort(numbers, BENCH_REPETITIONS, sizeof(*numbers), compare);
	return numbers[BENCH_REPETITIONS / 2];
}

void bench_run(const struct bench *bench)
{
	double ours[BENCH_REPETITIONS], control[BENCH_REPETITIONS], ratio;

	/* One of each to warm up caches and files. */
	bench->ours(bench->arg);
	bench->control(bench->arg);
	for (int i = 0; i < BENCH_REPETITIONS; i++) {
		ours[i] = bench->ours(bench->arg);
		control[i] = bench->control(bench->arg);
	}
	ratio = median(ours) / median(control);
	row(bench->name, "ns", median(ours), median(control), bench->kind == AT_LEAST ? 1 / ratio : ratio, bench->kind,
	    bench->goal);
}

void bench_bytes(const char *name, double ours, double control, enum bench_goal kind, double goal)
{
	row(name, "B", ours, control, control > 0 ? ours / control : ours, kind, goal);
}

static char directory[] = "/dev/shm/pkstore-bench-XXXXXX";
static pid_t owner;

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	return remove(path);
}

/* Children that exit leave the directory alone. */
static void remove_dir(void)
{
	enum { OPEN_FILES = 8 };

	if (getpid() == owner)
		nftw(directory, remove_one, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
}

const char *bench_dir(void)
{
	if (!owner) {
		if (!mkdtemp(directory))
			bench_die("mkdtemp");
		owner = getpid();
		atexit(remove_dir);
	}
	return directory;
}

char *bench_path(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", bench_dir(), name) < 0)
		bench_die("asprintf");
	return path;
}

uint64_t bench_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
