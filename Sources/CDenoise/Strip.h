// Lines of a libvips image, asked for by strips from the top: as decoders make them.
#ifndef SLUICE_STRIP_H
#define SLUICE_STRIP_H
#include <vips/vips.h>

#include "Pixels.h"

#define SLUICE_STRIP 16

sluice_pixels sluice_pixels_of(const VipsImage *image, bool has_alpha);

// The samples of a line; NULL with libvips' error set.
const void *sluice_strip_line(VipsRegion *region, int line);

#endif
