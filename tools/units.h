/* SPDX-License-Identifier: MIT */
/* Times and sizes as people read them. */
#ifndef TOOLS_UNITS_H
#define TOOLS_UNITS_H

#include <stdint.h>

/* Room for any of the texts, with the final NUL. */
#define UNITS_SIZE 40

/* Nanoseconds since 1970 as local time, `2026-11-23 05:30:00`; "-" for 0. */
void units_time(uint64_t ns, char text_out[UNITS_SIZE]);
/* `1.5 MiB`. */
void units_bytes(uint64_t bytes, char text_out[UNITS_SIZE]);
/* A duration in nanoseconds: `0.123s`, `2m05s`, `3h04m`, `5d06h`. */
void units_duration(uint64_t ns, char text_out[UNITS_SIZE]);
/* How long ago that was; 0 when it is to come. */
uint64_t units_age(uint64_t since_ns);

#endif
