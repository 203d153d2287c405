/* SPDX-License-Identifier: MIT */
/*
 * Aligned columns for people. Rows are printed by the thousand, each time as wide as the widest cell so far: so a table
 * of any length takes little memory.
 */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 12
/* Cells before rows are printed: about a thousand rows. */
#define TABLE_CELLS_MAX (TABLE_COLUMNS_MAX * 1024)

struct table_column {
	const char *title;
	bool right; /* numbers are aligned to the right */
};

struct table {
	const struct table_column *columns;
	size_t column_count;
	size_t width[TABLE_COLUMNS_MAX];
	char **cells; /* row by row */
	size_t cell_count;
	bool titled;
};

/* `columns` must live as long as the table. The last column is not padded. */
void table_init(struct table *table, const struct table_column *columns, size_t column_count);
/* The next cell of the present row, or the first of a new one. Foreign text is escaped; "-" stands for "" and NULL. */
void table_cell(struct table *table, const char *text);
void table_cell_uint(struct table *table, unsigned long long number);
/* Prints what is left, and the titles if there was no row, and releases the table. */
void table_finish(struct table *table);
/* Frees its memory only. */
void table_release(struct table *table);

#endif
