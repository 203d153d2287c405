/* SPDX-License-Identifier: MIT */
/*
 * The stack of a death by a signal. What is called here may be called in a signal handler: getpid(2), raise(3), and
 * backtrace(3), which takes no lock and no memory once the library that it needs is loaded, which it is beforehand.
 * A stack that is damaged may end the noting with a second signal; that one kills, as there is no handler any more.
 */
#include "witness.h"

#include <execinfo.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* die() itself, the kernel's return from it, and what a sanitizer may have put around backtrace(3). */
#define OWN_FRAMES 4

/* For the unwinder, beyond the registers that the kernel saves; a stack that overflowed has no room left. */
#define STACK_SIZE (64 * 1024)

static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

#define SIGNALS (sizeof(signals) / sizeof(*signals))

/* Of the worker, which there is one of in a process: a signal handler gets no argument of ours. */
static struct witness_notes *own;
static pid_t own_pid;
static char stack[STACK_SIZE] __attribute__((aligned(16)));

static void note(int number, const siginfo_t *info, void *const *frames, int count)
{
	for (int i = 0; i < count; i++)
		own->frames[i] = (uint64_t)(uintptr_t)frames[i];
	own->frame_count = (uint32_t)count;
	own->has_address = info->si_code > 0 && (number == SIGSEGV || number == SIGBUS);
	own->address = (uint64_t)(uintptr_t)info->si_addr;
	atomic_store_explicit(&own->signal, (uint32_t)number, memory_order_release);
}

/* How many frames are above the one that was interrupted: down to the one to which die() returns. */
static int count_own(void *const *frames, int count, const void *returns_to)
{
	for (int i = 0; i < count && i < OWN_FRAMES; i++)
		if (frames[i] == returns_to)
			return i + 1;
	return 0;
}

/*
 * The handler is gone by now (SA_RESETHAND) and the signal blocked until we return: raised once more, it then kills as
 * if there had been none. Returning alone would do for a fault, which happens again, but not for a signal that was
 * sent. A child that a handler forked is not the worker, and its death not the worker's.
 */
static void die(int number, siginfo_t *info, void *context)
{
	void *frames[WITNESS_FRAMES + OWN_FRAMES];
	int count, above;

	if (getpid() == own_pid) {
		count = backtrace(frames, WITNESS_FRAMES + OWN_FRAMES);
		above = count_own(frames, count, __builtin_return_address(0));
		count -= above;
		note(number, info, frames + above, count < WITNESS_FRAMES ? count : WITNESS_FRAMES);
	}
	raise(number);
}

static bool is_free(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
	       action.sa_handler == SIG_DFL;
}

void witness_catch(struct witness_notes *notes)
{
	struct sigaction action = {.sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK};
	const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	void *frame;

	own = notes;
	own_pid = getpid();
	atomic_store(&notes->signal, 0);
	backtrace(&frame, 1);
	sigaltstack(&alternate, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		if (is_free(signals[i]))
			sigaction(signals[i], &action, NULL);
}
