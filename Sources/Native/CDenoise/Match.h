// For a block of 8x8 pixels, those around it that look like it.
#ifndef SLUICE_MATCH_H
#define SLUICE_MATCH_H
#include <stdbool.h>
#include <stdint.h>

#include "Window.h"

#define SLUICE_BLOCK 8
// How far a block may be from the one that it is like, in pixels each way: 4, 8, 16 or 24.
#define SLUICE_MOST_REACH 24
// Blocks that are kept of a search, and that are taken together.
#define SLUICE_MOST_CANDIDATES 64
#define SLUICE_MOST_GROUP 16

// Where a block is, from the one that it is like.
typedef struct {
    int8_t x, y;
} sluice_offset;

// The block itself first, then from the most alike; of a search, the others after those that were asked for in no order.
typedef struct {
    sluice_offset offsets[SLUICE_MOST_CANDIDATES];
    int count;
} sluice_matches;

// Where to look: pixels of the picture, and how far. Views have the lines that are so far from the block, and those of it.
typedef struct {
    int width, height, reach;
} sluice_neighbourhood;

// Adds up 2x2 pixels from two lines, for `sluice_search`. What lies beyond the picture is like nothing in it.
void sluice_low_pass(const float *line, const float *next, float *low, int width);

// The `wanted` that are most alike, roughly, of all around: by every other line and column of what `sluice_low_pass`
// made, where noise weighs less. `limit` is carried from block to block, 0 at first: where the search for a threshold
// begins.
void sluice_search(
    const sluice_view *low, sluice_neighbourhood around, int x, int y, int wanted, float *limit,
    sluice_matches *found);

// Sorts them by how alike they are in `lines`, all pixels compared, and leaves the best `most`.
void sluice_rank(const sluice_view *lines, int x, int y, int most, sluice_matches *matches);

#endif
