/* SPDX-License-Identifier: MIT */
#include "table.h"

#include "escape.h"
#include "fail.h"
#include "print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between two columns. */
#define TABLE_GAP 2

void table_init(struct table *table, const struct table_column *columns, size_t column_count)
{
	*table = (struct table){.columns = columns, .column_count = column_count};
	table->cells = fail_no_memory(calloc(TABLE_CELLS_MAX, sizeof(*table->cells)));
	for (size_t i = 0; i < column_count; i++)
		table->width[i] = strlen(columns[i].title);
}

static void table_print_cell(const struct table *table, size_t column, const char *text)
{
	int padding = (int)(table->width[column] - escape_width(text));
	bool last = column + 1 == table->column_count;

	if (table->columns[column].right)
		print_format("%*s", padding, "");
	print_string(text);
	if (!table->columns[column].right && !last)
		print_format("%*s", padding, "");
	print_format("%*s", last ? 0 : TABLE_GAP, "");
	if (last)
		print_string("\n");
}

static void table_print(struct table *table)
{
	for (size_t i = 0; i < table->column_count && !table->titled; i++)
		table_print_cell(table, i, table->columns[i].title);
	table->titled = true;
	for (size_t i = 0; i < table->cell_count; i++) {
		table_print_cell(table, i % table->column_count, table->cells[i]);
		free(table->cells[i]);
	}
	table->cell_count = 0;
}

void table_cell(struct table *table, const char *text)
{
	size_t column = table->cell_count % table->column_count;
	char *cell = text && *text ? escape(text, strlen(text), ESCAPE_TEXT) : fail_no_memory(strdup("-"));
	size_t width = escape_width(cell);

	table->cells[table->cell_count++] = cell;
	if (width > table->width[column])
		table->width[column] = width;
	if (column + 1 == table->column_count && table->cell_count + table->column_count > TABLE_CELLS_MAX)
		table_print(table);
}

void table_cell_uint(struct table *table, unsigned long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", number);
	table_cell(table, text);
}

void table_release(struct table *table)
{
	for (size_t i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct table){0};
}

void table_finish(struct table *table)
{
	table_print(table);
	table_release(table);
}
