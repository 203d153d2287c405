/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define UNITS_NS_PER_S UINT64_C(1000000000)
#define UNITS_NS_PER_MS UINT64_C(1000000)
#define UNITS_MINUTE 60
#define UNITS_HOUR (60 * UNITS_MINUTE)
#define UNITS_DAY (24 * UNITS_HOUR)

void units_time(uint64_t ns, char text_out[UNITS_SIZE])
{
	time_t seconds = (time_t)(ns / UNITS_NS_PER_S);
	struct tm tm;

	if (ns == 0 || !localtime_r(&seconds, &tm))
		strcpy(text_out, "-");
	else
		strftime(text_out, UNITS_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
}

void units_bytes(uint64_t bytes, char text_out[UNITS_SIZE])
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double number = (double)bytes;
	size_t unit = 0;

	/* 1023.95 would be rounded to 1024.0. */
	while (number >= 1023.95) {
		number /= 1024;
		unit++;
	}
	snprintf(text_out, UNITS_SIZE, unit ? "%.1f %s" : "%.0f %s", number, names[unit]);
}

void units_duration(uint64_t ns, char text_out[UNITS_SIZE])
{
	uint64_t ms = ns / UNITS_NS_PER_MS, s = ns / UNITS_NS_PER_S;

	if (s < UNITS_MINUTE)
		snprintf(text_out, UNITS_SIZE, "%u.%03us", (unsigned)s, (unsigned)(ms % 1000));
	else if (s < UNITS_HOUR)
		snprintf(text_out, UNITS_SIZE, "%um%02us", (unsigned)(s / UNITS_MINUTE), (unsigned)(s % UNITS_MINUTE));
	else if (s < UNITS_DAY)
		snprintf(text_out, UNITS_SIZE, "%uh%02um", (unsigned)(s / UNITS_HOUR),
		         (unsigned)(s % UNITS_HOUR / UNITS_MINUTE));
	else
		snprintf(text_out, UNITS_SIZE, "%ud%02uh", (unsigned)(s / UNITS_DAY),
		         (unsigned)(s % UNITS_DAY / UNITS_HOUR));
}

uint64_t units_age(uint64_t since_ns)
{
	struct timespec now;
	uint64_t now_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = (uint64_t)now.tv_sec * UNITS_NS_PER_S + (uint64_t)now.tv_nsec;
	return now_ns > since_ns ? now_ns - since_ns : 0;
}
