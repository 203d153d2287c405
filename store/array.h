/* SPDX-License-Identifier: MIT */
/*
 * An Array's numbers lie in pieces: records of raw little-endian numbers, each a whole page of the engine's, under
 * their number in the order of the elements. A page of its own is what aligns a piece (an inline value lies anywhere),
 * so a piece is never shorter: the last one is filled up with zeros. A piece that is not there is all zeros.
 *
 * Invariant: the header's count and the length in its own item agree, and never change.
 */
#ifndef STORE_ARRAY_H
#define STORE_ARRAY_H

#include "items.h"
#include "object.h"

/* The largest piece: of LMDB's largest page, 32 KiB, less its header. */
#define ARRAY_PIECE_MAX 32752

/* An Array's own item. */
struct array_form {
	enum pks_number number;
	size_t size;        /* of one number */
	uint64_t length;    /* in numbers, as the next */
	uint64_t per_piece;
};

/* PKS_ERR_CORRUPT, with the error set, when the header does not say it; read: whatever the count is. */
int array_form_read(const struct state *state, struct array_form *form_out);
int array_form(const struct state *state, struct array_form *form_out);
/* PKS_ERR_RANGE and PKS_ERR_TYPE: that the range is inside, that the numbers are of the type. */
int array_check_range(const struct pks_object *array, const struct array_form *form, uint64_t first, uint64_t count);
int array_check_number(const struct pks_object *array, const struct array_form *form, enum pks_number number);

static inline size_t array_piece_size(const struct array_form *form)
{
	return form->per_piece * form->size;
}

/* As object_begin(), and the Array's form. */
int array_begin(struct scope *scope, const struct pks_object *array, enum touch touch, struct state **state_out,
                struct array_form *form_out);

/* ---- pieces ---- */

/* What of a range lies in one piece. */
struct array_span {
	uint64_t piece;
	size_t at, count; /* in numbers, within the piece */
};

/* The first part of a range, which is cut off from it. False when nothing is left. */
bool array_next_span(const struct array_form *form, uint64_t *first, uint64_t *left, struct array_span *span_out);

/* The piece's bytes; *data_out is NULL when it is not there. */
int array_piece_get(const struct scope *scope, const struct state *state, const struct array_form *form,
                    uint64_t piece, const uint8_t **data_out);
/* A copy of the piece, or of its zeros, into memory of its size. */
int array_piece_copy(const struct scope *scope, const struct state *state, const struct array_form *form,
                     uint64_t piece, uint8_t *copy_out);
int array_piece_put(struct scope *scope, struct state *state, const struct array_form *form, uint64_t piece,
                    const uint8_t *data);
/* Whether the pieces of a range may be there, with a limit of bytes: 0 or PKS_FULL. Before the first change. */
int array_room(const struct scope *scope, const struct state *state, const struct array_form *form, uint64_t first,
               uint64_t count);

/* ---- numbers ---- */

/* Between the machine's order and ours, either way. */
void array_move(const struct array_form *form, void *to, const void *from, size_t count);
/* One number in the machine's order from a value, and back. PKS_ERR_TYPE, PKS_ERR_RANGE, with the error set. */
int array_number_get(const struct pks_object *array, const struct array_form *form, const struct pks_value *value,
                     void *number_out);
int array_number_value(const struct array_form *form, const void *number, struct pks_value *value_out);

#endif
