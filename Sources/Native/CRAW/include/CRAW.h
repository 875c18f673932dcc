// Cameras' RAW files developed by LibRaw, which is opened when the first one is met.
#ifndef SLUICE_CRAW_H
#define SLUICE_CRAW_H
#include <stdbool.h>

// libvips' own, as CVips declares it to Swift: of two modules with its headers one would have them.
struct _VipsImage;

// LibRaw's version; NULL where it is not installed in the version that this was built for.
const char *sluice_raw_version(void);

// Opens a RAW file; it is developed when the first pixel is asked for, and held as a whole: 16 bits each of red, green and
// blue in sRGB's colours, or of grey. The camera's white balance, and the brightness of `dcraw`: the brightest hundredth
// of the pixels is white. Pixels are not turned.
//
// - `descriptor`: is mapped, and may be closed after that.
// - `half_size`: of each 2 × 2 values of the sensor one pixel is made.
// - `takes_part`: damaged data give what can be made of them, and a warning that begins with `incomplete:`.
//
// 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer.
int sluice_rawload(int descriptor, struct _VipsImage **out, bool half_size, bool takes_part);

#endif
