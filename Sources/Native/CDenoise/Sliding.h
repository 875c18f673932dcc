// Blocks of 8x8 pixels at every place of a row, each filtered by itself.
#ifndef SLUICE_SLIDING_H
#define SLUICE_SLIDING_H
#include "Groups.h"

// Numbers that the functions need room for, of a part `width` wide.
size_t sluice_sliding_room(int width);

// The blocks whose corners lie at `left` up to `right` of the line `y`, without the last. `factors` of the noise's square,
// one for each; `basic` is NULL in the first pass. See `Groups.h` for what both passes are.
void sluice_filter_row(
    const sluice_view *noisy, const sluice_view *basic, int left, int right, int y, const sluice_strength *strength,
    const float *factors, float *room, sluice_sums *sums);

#endif
