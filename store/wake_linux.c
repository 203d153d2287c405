/* SPDX-License-Identifier: MIT */
#include "wake_linux.h"

#include "base/clock.h"

#include <pkstore/wait.h>

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- futexes, shared between processes ---- */

void futex_wait(atomic_uint_least32_t *word, uint32_t seen, uint32_t bits, int64_t deadline)
{
	int64_t latest = clock_monotonic() + PKS_RECHECK_MS * CLOCK_NS_PER_MS;
	int64_t until = deadline < latest ? deadline : latest;
	struct timespec at = {until / CLOCK_NS_PER_S, until % CLOCK_NS_PER_S};

	if (until > 0)
		syscall(SYS_futex, word, FUTEX_WAIT_BITSET, seen, &at, NULL, bits);
}

int futex_wake(atomic_uint_least32_t *word, int count, uint32_t bits)
{
	long r = syscall(SYS_futex, word, FUTEX_WAKE_BITSET, count, NULL, NULL, bits);

	return r > 0 ? (int)r : 0;
}

/* ---- objects ----
 *
 *     waiter                                  poster
 *     seen = word                             (commit)
 *     looks at the truth                      P1  word += 1
 *     W1  want |= bits                        P2  if (!(want & bits)) done
 *     W2  sleeps if word == seen              P3  want &= ~bits
 *                                             P4  word += 1
 *                                             P5  wakes those asleep for bits
 *
 * All of it is sequentially consistent, and the kernel does W2's look at the word and going to sleep as one step that
 * P5 waits for. Where the waiter missed the commit, `seen` is from before P1. Then either W1 comes before P2, which
 * finds the bit and wakes (or P4 keeps from sleeping); or it comes after P2, hence after P1, and W2 finds another
 * word.
 *
 * Why P4: a waiter that read the word after P1 may have its bit cleared in P3 and then go to sleep; it did see this
 * commit, but the next poster would find no bit and leave it asleep. P4 is behind P3, so either W2 finds another word,
 * or it is asleep before P4 and P5 wakes it. W1 after P3 leaves the bit for the next poster.
 *
 * A killed waiter leaves its bit: the next post of that bit makes one needless system call and clears it. A killed
 * poster, at any step, leaves sleepers that look again after PKS_RECHECK_MS.
 *
 * Nobody is woken by the bits of `look`: they only tell that somebody waits who is still awake (wake_waiters()).
 */

uint32_t wake_word(struct wake *wake)
{
	return atomic_load(&wake_current(wake)->shared->word);
}

void wake_wait(struct wake *wake, uint32_t seen, uint32_t bits, int64_t deadline, struct patience *patience)
{
	struct wake_shared *shared = wake_current(wake)->shared;

	if (patience->until) {
		atomic_fetch_or(&shared->look, bits);
		if (patience_look(patience, &shared->word, seen))
			return;
	}
	patience->slept = true;
	atomic_fetch_or(&shared->want, bits);
	futex_wait(&shared->word, seen, bits, deadline);
}

void wake_post(struct wake *wake, uint32_t bits)
{
	struct wake_shared *shared = wake_current(wake)->shared;

	atomic_fetch_add(&shared->word, 1);
	if (atomic_load(&shared->look) & bits)
		atomic_fetch_and(&shared->look, ~bits);
	if (!(atomic_load(&shared->want) & bits))
		return;
	atomic_fetch_and(&shared->want, ~bits);
	atomic_fetch_add(&shared->word, 1);
	futex_wake(&shared->word, INT_MAX, bits);
}

uint32_t wake_waiters(struct wake *wake)
{
	const struct wake_shared *shared = wake_current(wake)->shared;

	return atomic_load(&shared->want) | atomic_load(&shared->look);
}

/* ---- channels ----
 *
 * As above with one bit, `sleepers`, except that a poster wakes only as many as it has work for, so that it may not
 * clear the bit first: others may go on sleeping. It clears it when fewer were asleep than it wanted to wake. A
 * sleeper that came between that and the clearing would sleep without its bit, so all of them are woken once more, for
 * nothing.
 *
 * One waiter at a time may look before it sleeps (patience.h), and has its key written down as the `looker`. A poster
 * takes it away first, and counts it among those to be woken: where it wakes one, it wakes nobody else. Whose key was
 * taken away has been woken, even if it was about to give up looking. One that is killed while it looks leaves its key:
 * the next post of that key wakes one less, who looks again after PKS_RECHECK_MS, and from then on all is well; until
 * then others sleep without looking.
 *
 * Keys do not tell whose they are: one that was taken away may be there again, of the next looker, when the first one
 * takes back what it thinks is its own. That one then sleeps through the post that was meant for it, and the next one,
 * whose word is as old and moves with that post, has what there is instead; it finds its key gone, and looks once more.
 */

#define CHANNEL_KEY 1

/* The key: what it waits for, never 0. True when it need not sleep. */
static bool channel_look(struct wake_channel *channel, uint64_t key, uint32_t seen, struct patience *patience)
{
	uint64_t looker = 0;
	bool moved;

	if (!patience->until || !atomic_compare_exchange_strong(&channel->looker, &looker, key))
		return false;
	moved = patience_look(patience, &channel->word, seen);
	looker = key;
	return !atomic_compare_exchange_strong(&channel->looker, &looker, 0) || moved;
}

static void channel_sleep(struct wake_channel *channel, uint32_t seen, int64_t deadline, struct patience *patience)
{
	patience->slept = true;
	atomic_store(&channel->sleepers, 1);
	futex_wait(&channel->word, seen, FUTEX_BITSET_MATCH_ANY, deadline);
}

/* Wakes the sleepers; true when there may be more of them. */
static bool channel_wake(struct wake_channel *channel, uint64_t key, int sleepers)
{
	if (sleepers < INT_MAX && atomic_compare_exchange_strong(&channel->looker, &key, 0))
		sleepers--;
	atomic_fetch_add(&channel->word, 1);
	return sleepers == 0 || !atomic_load(&channel->sleepers) ||
	       futex_wake(&channel->word, sleepers, FUTEX_BITSET_MATCH_ANY) >= sleepers;
}

static void channel_clear(struct wake_channel *channel)
{
	atomic_store(&channel->sleepers, 0);
	atomic_fetch_add(&channel->word, 1);
	futex_wake(&channel->word, INT_MAX, FUTEX_BITSET_MATCH_ANY);
}

uint32_t wake_channel_word(struct wake *wake, unsigned channel)
{
	return atomic_load(&wake_current(wake)->shared->channels[channel].word);
}

void wake_channel_wait(struct wake *wake, unsigned channel, uint32_t seen, int64_t deadline, struct patience *patience)
{
	struct wake_channel *at = &wake_current(wake)->shared->channels[channel];

	if (!channel_look(at, CHANNEL_KEY, seen, patience))
		channel_sleep(at, seen, deadline, patience);
}

/*
 * A promise is one number: when it ends (CLOCK_MONOTONIC), whose last bits are instead whether it is enough for any
 * post, and its owner.
 */
#define PROMISE_ANY 1
#define PROMISE_OWNER_SHIFT 1
#define PROMISE_TIME_MASK (~INT64_C(1023))

_Static_assert(WAKE_OWNERS << PROMISE_OWNER_SHIFT <= ~PROMISE_TIME_MASK, "an owner has its bits");

static uint32_t promise_owner(int64_t promise)
{
	return (uint32_t)(promise & ~PROMISE_TIME_MASK) >> PROMISE_OWNER_SHIFT;
}

static bool is_in_force(int64_t promise)
{
	return promise && clock_monotonic() < (promise & PROMISE_TIME_MASK);
}

bool wake_channel_promise(struct wake *wake, unsigned channel, const struct wake_promise *promise)
{
	atomic_int_least64_t *at = &wake_current(wake)->shared->channels[channel].promise;
	int64_t before = atomic_load(at), after = (promise->until & PROMISE_TIME_MASK) |
	                                          (int64_t)promise->owner << PROMISE_OWNER_SHIFT |
	                                          (promise->any ? PROMISE_ANY : 0);

	do {
		if (before == after)
			return true;
		if (promise_owner(before) != promise->owner && is_in_force(before))
			return false;
	} while (!atomic_compare_exchange_weak(at, &before, after));
	return true;
}

void wake_channel_promise_end(struct wake *wake, unsigned channel, uint32_t owner)
{
	atomic_int_least64_t *at = &wake_current(wake)->shared->channels[channel].promise;
	int64_t promise = atomic_load(at);

	if (promise_owner(promise) == owner)
		atomic_compare_exchange_strong(at, &promise, 0);
}

bool wake_channel_is_promised(struct wake *wake, unsigned channel, uint32_t owner)
{
	int64_t promise = atomic_load(&wake_current(wake)->shared->channels[channel].promise);

	return promise_owner(promise) != owner && is_in_force(promise);
}

static bool is_promised(struct wake_channel *channel, int sleepers)
{
	int64_t promise = atomic_load(&channel->promise);

	return is_in_force(promise) && (sleepers == 1 || promise & PROMISE_ANY);
}

void wake_channel_post(struct wake *wake, unsigned channel, int sleepers)
{
	struct wake_channel *at = &wake_current(wake)->shared->channels[channel];

	atomic_fetch_add(&at->posted, (uint32_t)sleepers);
	if (is_promised(at, sleepers))
		return;
	if (!channel_wake(at, CHANNEL_KEY, sleepers))
		channel_clear(at);
}

uint32_t wake_channel_posted(struct wake *wake, unsigned channel)
{
	return atomic_load(&wake_current(wake)->shared->channels[channel].posted);
}

/* ---- turns ----
 *
 * A channel that knows what its sleepers wait for: to wake only some is right only as long as all of them wait for the
 * same. The first sleeper writes its key; one with another key sets `mixed` before it sleeps, and from then on every
 * post wakes them all. A poster that finds nobody asleep makes the channel anew, as it clears `sleepers`, and what came
 * in between is woken once more and looks again.
 *
 * A poster that read `mixed` before another sleeper set it wakes in the order of falling asleep (futexes are queues):
 * those of its own key first, if any were asleep; one that was not has read the word after the post, or finds it moved.
 */

static struct wake_channel *turn_at(struct wake *wake, uint64_t turn)
{
	return &wake_current(wake)->shared->turns[turn >> 32 & (WAKE_TURNS - 1)];
}

uint32_t wake_turn_word(struct wake *wake, uint64_t turn)
{
	return atomic_load(&turn_at(wake, turn)->word);
}

void wake_turn_wait(struct wake *wake, uint64_t turn, uint32_t seen, int64_t deadline, struct patience *patience)
{
	struct wake_channel *at = turn_at(wake, turn);
	uint64_t key = 0;

	if (channel_look(at, turn, seen, patience))
		return;
	if (!atomic_compare_exchange_strong(&at->key, &key, turn) && key != turn)
		atomic_store(&at->mixed, 1);
	channel_sleep(at, seen, deadline, patience);
}

void wake_turn_post(struct wake *wake, uint64_t turn, int sleepers)
{
	struct wake_channel *at = turn_at(wake, turn);
	bool same = !atomic_load(&at->mixed) && atomic_load(&at->key) == turn;

	if (channel_wake(at, turn, same ? sleepers : INT_MAX))
		return;
	atomic_store(&at->key, 0);
	atomic_store(&at->mixed, 0);
	channel_clear(at);
}

/* ---- when commits were made ---- */

/*
 * Who waits for a stranger's commit would find it at the recheck; beside programs that commit all the time, the next of
 * them tells that there was one. Not for each: that many who sleep are woken for nothing, and look at the store.
 */
#define ALARM_PAUSE_NS (10 * CLOCK_NS_PER_MS)

static bool is_alarm_due(struct wake_shared *shared, uint64_t commit, int64_t now)
{
	uint64_t before = atomic_load_explicit(&shared->last_commit, memory_order_relaxed);
	int64_t next;

	atomic_store_explicit(&shared->last_commit, commit, memory_order_relaxed);
	if (before + 1 < commit)
		atomic_store_explicit(&shared->strangers, true, memory_order_relaxed);
	if (!atomic_load_explicit(&shared->strangers, memory_order_relaxed))
		return false;
	next = atomic_load_explicit(&shared->next_alarm, memory_order_relaxed);
	/* One that is farther in the future is of a clock from before this boot. */
	if (now < next && next <= now + ALARM_PAUSE_NS)
		return false;
	atomic_store_explicit(&shared->strangers, false, memory_order_relaxed);
	atomic_store_explicit(&shared->next_alarm, now + ALARM_PAUSE_NS, memory_order_relaxed);
	return true;
}

/* In the file of the gate, or one that another call has found since: the writer has looked when it came in. */
bool wake_commit_note(struct wake *wake, uint64_t commit)
{
	struct wake_shared *shared = atomic_load(&wake->current)->shared;
	int64_t now = wake_clock(CLOCK_MONOTONIC_COARSE);
	struct wake_commit *place;

	if (commit == 0)
		return false;
	place = &shared->commits[__builtin_ctzll(commit)];
	atomic_store_explicit(&place->number, 0, memory_order_relaxed);
	atomic_store_explicit(&place->at, now, memory_order_release);
	atomic_store_explicit(&place->number, commit, memory_order_release);
	return is_alarm_due(shared, commit, now);
}

static void channel_alarm(struct wake_channel *channel)
{
	if (!channel_wake(channel, 0, INT_MAX))
		channel_clear(channel);
}

void wake_alarm(struct wake *wake)
{
	struct wake_shared *shared = wake_current(wake)->shared;

	wake_post(wake, UINT32_MAX);
	for (size_t i = 0; i < WAKE_CHANNELS; i++)
		channel_alarm(&shared->channels[i]);
	for (size_t i = 0; i < WAKE_TURNS; i++)
		channel_alarm(&shared->turns[i]);
}

/* The time is that of the number if the number is the same before and behind. */
static int64_t commit_time(struct wake_commit *place, uint64_t *number_out)
{
	uint64_t number = atomic_load_explicit(&place->number, memory_order_acquire);
	int64_t at = atomic_load_explicit(&place->at, memory_order_acquire);

	*number_out = number == atomic_load_explicit(&place->number, memory_order_relaxed) ? number : 0;
	return at;
}

uint64_t wake_commit_age(struct wake *wake, uint64_t commit)
{
	struct wake_shared *shared = wake_current(wake)->shared;
	uint64_t first = UINT64_MAX, number;
	int64_t at, since = 0, now = wake_clock(CLOCK_MONOTONIC_COARSE);

	for (size_t i = 0; i < WAKE_COMMITS; i++) {
		at = commit_time(&shared->commits[i], &number);
		if (number <= commit || number >= first)
			continue;
		first = number;
		since = at;
	}
	return since > 0 && now > since + COARSE_NS ? (uint64_t)(now - since - COARSE_NS) : 0;
}
