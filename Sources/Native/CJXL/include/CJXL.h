// JPEG XL, read by the libjxl that libvips' module brings along.
//
// libvips 8.14.1 shows the last frame of an animation, reads no file that ends early, and does not say what the colours of
// a file without a profile are.
#ifndef SLUICE_CJXL_H
#define SLUICE_CJXL_H
#include <stdbool.h>

// libvips' own, as CVips declares them to Swift: of two modules with its headers one would have them.
struct _VipsImage;
struct _VipsSource;

// Fields of an image, beside libvips' own. The colours as numbers of ITU-T H.273, where the file has no profile of its own;
// the brightest light in cd/m², where the file tells it.
#define SLUICE_JXL_PRIMARIES "sluice-jxl-primaries"
#define SLUICE_JXL_TRANSFER "sluice-jxl-transfer"
#define SLUICE_JXL_BRIGHTEST "sluice-jxl-brightest"

// Whether libjxl is in this process: with libvips' module, or as libvips was built.
bool sluice_jxl_is_there(void);

// Opens a picture; its pixels are decoded when the first one is asked for, a whole frame at a time. Lines of a frame can
// be had in any order; a frame before the last one that was asked for is decoded from the first one on.
//
// - `frames`: this many of an animation on top of each other, -1 for all; the fields are those of libvips' other loaders
//   (`n-pages`, `page-height`, `delay` in milliseconds, `loop`).
// - `takes_part`: a file that ends early gives what there is of it, and a warning that begins with `incomplete:`.
//
// Samples are of 8 or 16 bits, or of floating point from 0 to 1. Pixels are turned as the file says.
//
// 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer.
int sluice_jxlload(struct _VipsSource *source, struct _VipsImage **out, int frames, bool takes_part);

#endif
