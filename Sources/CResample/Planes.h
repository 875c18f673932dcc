// The arithmetic of a resampling, on eight lines at a time. In the middle of it, a plane is a row of vectors: the same
// pixel of eight lines.
#ifndef SLUICE_PLANES_H
#define SLUICE_PLANES_H
#include <stdbool.h>
#include <stddef.h>

#include "Axis.h"

// Lines that are filtered at once.
#define SLUICE_GROUP 8
#define SLUICE_MOST_PLANES 4

// Eight lines of the input.
typedef struct {
    // By plane; the lines of interleaved pixels are there once for each plane, from its own sample on.
    const void *lines[SLUICE_MOST_PLANES][SLUICE_GROUP];
    // Samples from a pixel to the next: 1, or how many planes are interleaved.
    int step;
    // 1 or 2.
    int sample_bytes;
    // Pixels in a line.
    int width;
    // The last plane is alpha.
    bool has_alpha;
} sluice_group;

// `count` pixels of all planes, as numbers; colours are multiplied by alpha.
void sluice_widen(const sluice_group *group, int planes, int from, int count, float *const wide[]);

// Pixels `from` up to `to` of the result, of planes whose first vector is pixel `origin` of the input.
void sluice_filter_across(
    const sluice_axis *axis, int from, int to, int origin, int planes, float *const wide[], float *const narrow[]);

// Adds eight lines, weighted, to lines of the result from `offset` on: `count` pixels, a multiple of eight.
void sluice_filter_down(
    const float *narrow, int count, int results, float *const sums[], const float weights[][SLUICE_GROUP],
    size_t offset);

// From YCbCr to RGB, in place.
void sluice_colour(float *const planes[3], int count);

// The other way: colours divided by alpha, rounded, no more than a sample holds, interleaved.
void sluice_narrow(float *const planes[], int count, int bands, int sample_bytes, bool has_alpha, void *line);

#endif
