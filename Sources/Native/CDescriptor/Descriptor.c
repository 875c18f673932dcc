#include <CDescriptor.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "Parts.h"

#define SCALES 3

_Static_assert(
    SLUICE_DESCRIPTOR_LENGTH == SLUICE_COLOUR_NUMBERS + SCALES * SLUICE_EDGE_NUMBERS + SLUICE_SHAPE_NUMBERS +
        SLUICE_LAYOUT_NUMBERS + SLUICE_MEASURE_NUMBERS,
    "the length in the header is not that of the parts");

// What each part has of the whole; they add up to one. Colours tell most where there are few pictures to learn from.
static const float colours_share = 0.48f, edges_share = 0.09f, shape_share = 0.05f, layout_share = 0.05f,
                   measures_share = 0.15f;

// Square roots, scaled so that their squares add up to the part's share. A part without anything stays zero.
static void finish(float *part, int length, float share) {
    double sum = 0;
    for (int i = 0; i < length; i++) sum += part[i];
    for (int i = 0; i < length && sum > 0; i++) part[i] = (float) sqrt(part[i] / sum * share);
}

int sluice_describe(const unsigned char *pixels, int width, int height, float *features) {
    float *colours = features, *edges = colours + SLUICE_COLOUR_NUMBERS;
    float *shape = edges + SCALES * SLUICE_EDGE_NUMBERS, *layout = shape + SLUICE_SHAPE_NUMBERS;
    float *measures = layout + SLUICE_LAYOUT_NUMBERS;
    sluice_lab lab;
    if (sluice_lab_init(&lab, pixels, width, height)) return -1;
    memset(features, 0, SLUICE_DESCRIPTOR_LENGTH * sizeof *features);
    sluice_colours(&lab, colours);
    sluice_layout(&lab, layout);
    sluice_spread light = sluice_spread_of(&lab);
    sluice_edge_sum sums[SCALES];
    for (int scale = 0; scale < SCALES; scale++) {
        if (scale > 0) sluice_lab_halve(&lab);
        float *numbers = edges + scale * SLUICE_EDGE_NUMBERS;
        sums[scale] = sluice_edges(&lab, numbers, scale == 0 ? shape : NULL);
        finish(numbers, SLUICE_EDGE_NUMBERS, edges_share);
    }
    sluice_lab_free(&lab);
    if (sluice_measures(pixels, width, height, light, sums, measures)) return -1;
    finish(colours, SLUICE_COLOUR_NUMBERS, colours_share);
    finish(shape, SLUICE_SHAPE_NUMBERS, shape_share);
    finish(layout, SLUICE_LAYOUT_NUMBERS, layout_share);
    finish(measures, SLUICE_MEASURE_NUMBERS, measures_share);
    return 0;
}
