// The groups of numbers that a description is made of. Each adds to numbers that are zero at first.
#ifndef SLUICE_DESCRIPTOR_PARTS_H
#define SLUICE_DESCRIPTOR_PARTS_H

#include "Planes.h"

enum {
    // Colours: L by a by b.
    SLUICE_LIGHT_BINS = 6,
    SLUICE_TINT_BINS = 10,
    SLUICE_COLOUR_NUMBERS = SLUICE_LIGHT_BINS * SLUICE_TINT_BINS * SLUICE_TINT_BINS,
    // Edges of one size: for each of L, a and b one number for none, then strengths by directions.
    SLUICE_EDGE_STRENGTHS = 6,
    SLUICE_EDGE_DIRECTIONS = 8,
    SLUICE_EDGE_NUMBERS = 3 * (1 + SLUICE_EDGE_STRENGTHS * SLUICE_EDGE_DIRECTIONS),
    // The picture is mirrored upon its right half, and that divided into rows and columns.
    SLUICE_LAYOUT_ROWS = 4,
    SLUICE_LAYOUT_COLUMNS = 2,
    SLUICE_LAYOUT_CELLS = SLUICE_LAYOUT_ROWS * SLUICE_LAYOUT_COLUMNS,
    SLUICE_SHAPE_NUMBERS = SLUICE_LAYOUT_CELLS * SLUICE_EDGE_DIRECTIONS,
    // What of L, a and b is more than the middle, and what is less.
    SLUICE_LAYOUT_NUMBERS = SLUICE_LAYOUT_CELLS * 6,
    // Each measure is spread upon so many bins, so that a linear classifier can tell a little from none and from much.
    SLUICE_MEASURES = 18,
    SLUICE_MEASURE_BINS = 6,
    SLUICE_MEASURE_NUMBERS = SLUICE_MEASURES * SLUICE_MEASURE_BINS,
};

// How common each colour is, mostly in the middle of the picture.
void sluice_colours(const sluice_lab *lab, float *numbers);

// The mean strength of edges in L, and of those that are upright or level.
typedef struct {
    double all, straight;
} sluice_edge_sum;

// How common edges are, by strength and direction. `shape` (NULL: not wanted): strengths by place and direction.
sluice_edge_sum sluice_edges(const sluice_lab *lab, float *numbers, float *shape);

// Mean colours by place.
void sluice_layout(const sluice_lab *lab, float *numbers);

// Of L: its standard deviation, and that of the means of lines and of columns.
typedef struct {
    double all, lines, columns;
} sluice_spread;
sluice_spread sluice_spread_of(const sluice_lab *lab);

// What tells photographs, screenshots, documents and drawings apart; `edges` of the whole size and of the half. 0, or
// -1 for want of memory.
int sluice_measures(
    const unsigned char *pixels, int width, int height, sluice_spread light, const sluice_edge_sum edges[2],
    float *numbers);

#endif
