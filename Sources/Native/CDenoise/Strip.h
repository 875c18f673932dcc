// Lines of a libvips image, asked for by strips from the top: as decoders make them.
#ifndef SLUICE_STRIP_H
#define SLUICE_STRIP_H
#include <vips/vips.h>

#include "Pixels.h"

#define SLUICE_STRIP 16

sluice_pixels sluice_pixels_of(const VipsImage *image, bool has_alpha);

// Lines from one up to another that a part further down has skipped: an input that is read in order keeps all that is
// skipped at once, so they are asked for strip by strip. 0, or -1 with libvips' error set.
int sluice_strip_pass(VipsRegion *region, int from, int to);

// The samples of a line; NULL with libvips' error set.
const void *sluice_strip_line(VipsRegion *region, int line);

#endif
