// Noise removed from planes at several sizes, line by line.
//
// Of noise that is coarser than its blocks, the filter leaves the most. So means of 2x2 pixels of the noisy picture are
// filtered in their turn, and the result is given these means: the difference is added. Means of 4x4 are the same for
// those of 2x2.
#ifndef SLUICE_PYRAMID_H
#define SLUICE_PYRAMID_H
#include "Filter.h"

enum { SLUICE_COARSE_SIZES = SLUICE_NOISE_SCALES - 1 };

typedef struct sluice_pyramid sluice_pyramid;

typedef struct {
    // At full size.
    sluice_filter_task full;
    // As the filter's spectrum, of means of 2x2 and of 4x4 pixels. Where the first is 0, a plane ends with the size
    // before; where all end with the full size, or the picture is very small or wide, the filter is all that there is.
    float coarse[SLUICE_COARSE_SIZES][SLUICE_PLANES][64];
} sluice_pyramid_task;

// How many coarser sizes are worth it for a plane: none where the noise is no coarser than white noise.
int sluice_coarse_sizes(const sluice_plane_noise *noise, bool is_first);

// `team` is the caller's. NULL: out of memory.
sluice_pyramid *sluice_pyramid_new(
    const sluice_pyramid_task *task, sluice_team *team, sluice_filter_taker take, void *context);
void sluice_pyramid_free(sluice_pyramid *pyramid);

// As the functions of the filter.
int sluice_pyramid_delay(const sluice_pyramid *pyramid);
int sluice_pyramid_seek(sluice_pyramid *pyramid, int line);
void sluice_pyramid_room(sluice_pyramid *pyramid, float *planes[]);
void sluice_pyramid_push(sluice_pyramid *pyramid);

#endif
