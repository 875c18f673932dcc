// Blocks that look alike, filtered together: a group is transformed in three dimensions, and what is no more than noise
// there is taken out.
#ifndef SLUICE_GROUPS_H
#define SLUICE_GROUPS_H
#include "Match.h"

// What blocks add to the lines around the row that they are like, in part of the width. With a margin of a vector.
typedef struct {
    // Sums of weighted pixels, and of weights.
    float *totals, *weights;
    // Of the picture: the place of the first number.
    int left, top;
    int width, lines;
} sluice_sums;

typedef struct {
    // Noise that is to be removed, squared, of each coefficient, column by column.
    float noise[64];
    // 0 to 1: how much less of it is removed where there is structure.
    float detail;
} sluice_strength;

// The first pass: coefficients below a threshold are set to zero; noise is that threshold's square. `noisy` has the lines of
// all blocks; `factor` is that of the noise's square at this place.
void sluice_filter_group(
    const sluice_view *noisy, const sluice_matches *matches, int x, int y, const sluice_strength *strength,
    float factor, sluice_sums *sums);

// The second: coefficients are weighed by how much of them the first pass found to be signal.
void sluice_refine_group(
    const sluice_view *noisy, const sluice_view *basic, const sluice_matches *matches, int x, int y,
    const sluice_strength *strength, float factor, sluice_sums *sums);

#endif
