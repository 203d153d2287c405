/* SPDX-License-Identifier: MIT */
/* The control of what two programs do in turn: a byte through a pipe and one back. */
#ifndef PING_PONG_H
#define PING_PONG_H

#include <stdbool.h>

/*
 * Nanoseconds per round trip. `apart`: each end on a CPU of its own, as two busy programs are; else wherever the
 * scheduler puts them: on one CPU in some runs and on two in others, which differ tenfold.
 */
double ping_pong(bool apart);

#endif
