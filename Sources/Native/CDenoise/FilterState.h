// What a filter keeps, for the files that it consists of.
#ifndef SLUICE_FILTER_STATE_H
#define SLUICE_FILTER_STATE_H
#include "Filter.h"
#include "Recipe.h"
#include "Sliding.h"

// Blocks of a row that are a part of the work: their sums fit a processor's cache.
#define SLUICE_PART 512
#define SLUICE_SUMS_MARGIN 16

typedef struct {
    sluice_window totals, weights;
} sluice_window_sums;

// What a thread has of its own.
typedef struct {
    sluice_sums sums;
    float *numbers, *room, *factors;
} sluice_scratch;

struct sluice_filter {
    sluice_filter_task task;
    sluice_recipe recipe;
    sluice_team *team;
    sluice_filter_taker take;
    void *context;
    sluice_scratch *scratch;
    sluice_strength first_strength[SLUICE_PLANES], second_strength[SLUICE_PLANES];
    bool is_flat;

    sluice_window noisy[SLUICE_PLANES], basic[SLUICE_PLANES], low, mixed;
    sluice_window_sums first[SLUICE_PLANES], second[SLUICE_PLANES];
    float *result[SLUICE_PLANES];

    // By row of blocks, of which `kept_rows` are kept, and block: what they are like, and factors of the noise.
    int rows, columns, kept_rows, batch;
    sluice_offset *offsets;
    uint8_t *counts;
    float *factors;

    // Lines that came; lines that the first pass has finished; lines that were handed on, and the first that may be.
    int lines, basic_lines, done, first_wanted;
    // Next rows of blocks.
    int first_row, second_row;
    // The rows that are worked on.
    int row, row_count;
    bool is_second;
};

static inline int least(int a, int b) { return a < b ? a : b; }
static inline int most(int a, int b) { return a > b ? a : b; }

// The line where a row of blocks begins.
static inline int row_line(const sluice_filter *filter, int row) {
    return least(row * filter->recipe.step, filter->task.height - SLUICE_BLOCK);
}

static inline bool is_filtered(const sluice_filter *filter, int plane) { return filter->task.spectrum[plane][0] > 0; }

// Finds what the blocks of a part are like; and filters them. See `sluice_work`.
void sluice_match_part(void *filter, int part, int member);
void sluice_filter_part(void *filter, int part, int member);
int sluice_parts_of(const sluice_filter *filter, int planes);

#endif
