// The mean of the pixels that lie below each one of a small picture, gathered line by line. Along an axis that has more
// pixels than the part, what lies at their middles between two pixels of the part (bilinear).
#ifndef SLUICE_MEANS_H
#define SLUICE_MEANS_H
#include <stdbool.h>

#include "CResample.h"

typedef struct sluice_means sluice_means;

// For lines of pixels of so many bands of 1 or 2 bytes. NULL for want of memory.
sluice_means *sluice_means_new(sluice_part part, int bands, int bytes, bool has_alpha);

// The picture's line of that number; those that are not below the part are left out. In order.
void sluice_means_add(sluice_means *means, const void *samples, int line);

// The small picture, line after line, as many bands and bytes as the picture has.
const void *sluice_means_pixels(const sluice_means *means);

void sluice_means_free(sluice_means *means);

#endif
