// Which pixels of the input make one of the result, along one axis.
#ifndef SLUICE_AXIS_H
#define SLUICE_AXIS_H

typedef struct {
    // Pixels of the picture, and how many of them share one of the input: 1; 2 for planes of half the resolution, as
    // JPEGs have them for colours.
    int size, share;
    // Pixels of the input: of the picture, or of such a plane.
    int input;
    // Pixels of the result, and of the picture for one of these.
    int output;
    double shrink;
} sluice_axis_size;

typedef struct {
    // Pixels of the input and of the result.
    int input, output;
    // Weights a pixel of the result; the last ones may be zero.
    int taps;
    // By pixel of the result: the first of its pixels, and its weights (`taps` each), which add up to one. Where the
    // kernel reaches over an edge, the pixel there counts for those that are missing.
    int *first;
    float *weights;
} sluice_axis;

// Planes of half the resolution are weighed as if they had been enlarged before, as libjpeg does it: by linear
// interpolation. 0, or -1 for want of memory.
int sluice_axis_init(sluice_axis *axis, sluice_axis_size size);
void sluice_axis_free(sluice_axis *axis);

// Where a pixel of the result ends in the input: one past its last.
int sluice_axis_end(const sluice_axis *axis, int position);

#endif
