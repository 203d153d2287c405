/* SPDX-License-Identifier: MIT */
#include "journal.h"

#define JOURNAL_FORMAT "[iiIIiII]"

struct pks_object *journal_open(struct pks_store *store)
{
	return pks_log_open(store, "model/journal", PKS_OPEN_OR_CREATE);
}

int journal_write(struct pks_object *journal, const struct step *step)
{
	return pks_log_appendf(journal, JOURNAL_FORMAT, step->kind, step->op, step->a, step->b, step->code, step->value,
	                       step->life);
}

uint64_t journal_next(struct pks_object *journal)
{
	uint64_t next;

	cr_assert_eq(pks_log_positions(journal, NULL, &next), 0, "%s", pks_error_message());
	return next;
}

static void replay(const struct step *done, uint64_t position, unsigned seed)
{
	struct step step = {
		.kind = done->kind,
		.op = done->op,
		.a = done->a,
		.b = done->b,
		.life = done->life,
		.told = done->code,
		.told_value = done->value,
	};

	kinds[step.kind]->replay(&step);
	cr_assert(step.code == done->code && step.value == done->value,
	          "seed %u, journal %llu: %s, op %d of %lld, %lld by %lld: answered %d, %lld; the model says %d, %lld",
	          seed, (unsigned long long)position, kinds[step.kind]->name, step.op, (long long)step.a,
	          (long long)step.b, (long long)step.life, done->code, (long long)done->value, step.code,
	          (long long)step.value);
}

void journal_replay(struct journal_reader *reader, struct pks_store *store, unsigned seed)
{
	struct pks_object *journal = journal_open(store);
	struct pks_log_iter *iter = pks_log_iter(journal, 0, INT64_MAX, false);
	struct pks_value entry;
	struct step step;
	uint64_t position;
	int r;

	while ((r = pks_log_next(iter, &entry, &position)) == 0) {
		cr_assert_eq(position, reader->position, "seed %u: entry %llu instead of %llu", seed,
		             (unsigned long long)position, (unsigned long long)reader->position);
		cr_assert_eq(pks_value_unpack(&entry, JOURNAL_FORMAT, &step.kind, &step.op, &step.a, &step.b,
		                              &step.code, &step.value, &step.life),
		             0, "%s", pks_error_message());
		replay(&step, position, seed);
		reader->position++;
	}
	cr_assert_eq(r, PKS_END, "%s", pks_error_message());
	pks_log_iter_close(iter);
	pks_object_close(journal);
}

void journal_forget(struct journal_reader *reader, struct pks_store *store)
{
	struct pks_object *journal = journal_open(store);

	cr_assert_eq(journal_next(journal), reader->position);
	cr_assert_eq(pks_log_trim(journal, 0), 0, "%s", pks_error_message());
	pks_object_close(journal);
}
