// HEIC, written by the libheif that libvips' module brings along.
//
// libvips 8.14.1 hands on no effort to the HEVC encoder, which takes a thread for each processor then; and its pixels, whole, in
// three bytes each, beside the planes that are made of them.
#ifndef SLUICE_CHEIF_H
#define SLUICE_CHEIF_H
#include <stdbool.h>

// libvips' own, as CVips declares them to Swift: of two modules with its headers one would have them.
struct _VipsImage;
struct _VipsTarget;

typedef struct {
    // 1 (small) to 100 (best): libheif's.
    int quality;
    // 0 (fast) to 9 (small): x265's presets.
    int effort;
    // 4:4:4 instead of 4:2:0.
    bool is_full_chroma;
} sluice_heic_options;

// Writes a picture of 8 bits, sRGB with or without alpha, with its profile and its XMP packet; and an EXIF item that holds
// nothing, for others to put something into. Reads line by line; holds planes of the picture and what the encoder makes of
// them.
//
// 0, or -1 with the reason in libvips' error buffer.
int sluice_heifsave(struct _VipsImage *in, struct _VipsTarget *target, const sluice_heic_options *options);

#endif
