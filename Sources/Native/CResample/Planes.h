// The arithmetic of a resampling, on eight lines at a time. In the middle of it, a plane is a row of vectors: the same
// pixel of eight lines.
#ifndef SLUICE_PLANES_H
#define SLUICE_PLANES_H
#include <stdbool.h>
#include <stddef.h>

#include "Axis.h"
#include "Light.h"

// Lines in a vector.
#define SLUICE_GROUP 8
// Eight lines of as many planes, or sixteen of half as many, are filtered at once.
#define SLUICE_MOST_GROUPS 4

// Lines of the input.
typedef struct {
    // Eight each, by plane; the lines of interleaved pixels are there once for each plane, from its own sample on.
    const void *lines[SLUICE_MOST_GROUPS][SLUICE_GROUP];
    // Samples from a pixel to the next: 1, or how many planes are interleaved.
    int step;
    // 1 or 2.
    int sample_bytes;
    // Pixels in a line.
    int width;
    // The last plane is alpha.
    bool has_alpha;
    // Samples of colours are made light; NULL: taken as they are.
    const sluice_light *light;
} sluice_input;

// `count` pixels of all groups, as numbers; colours are multiplied by alpha.
void sluice_widen(const sluice_input *input, int groups, int from, int count, float *const wide[]);

// Pixels `from` up to `to` of the result, of groups whose first vector is pixel `origin` of the input.
void sluice_filter_across(
    const sluice_axis *axis, int from, int to, int origin, int groups, float *const wide[], float *const narrow[]);

// Adds eight lines, weighted, to lines of the result from `offset` on: `count` pixels, a multiple of eight.
void sluice_filter_down(
    const float *narrow, int count, int results, float *const sums[], const float weights[][SLUICE_GROUP],
    size_t offset);

// From YCbCr to RGB, in place.
void sluice_colour(float *const planes[3], int count);

// The other way: colours divided by alpha, samples again where they are light, rounded, no more than a sample holds,
// interleaved.
void sluice_narrow(
    float *const planes[], int count, int bands, int sample_bytes, bool has_alpha, const sluice_light *light, void *line);

#endif
