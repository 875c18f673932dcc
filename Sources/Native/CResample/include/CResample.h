// Pictures made smaller by a Lanczos kernel over all of their pixels, as libvips images that stream.
//
// libvips' own resize takes more time than decoding a JPEG: it filters across sample by sample, and rounds to whole
// numbers between its passes. Here planes of one band are filtered in floating point, eight lines at once, with the
// compiler's vectors (AVX2 where the processor has it); each line of the input is read once, and none of its width is
// kept.
#ifndef SLUICE_CRESAMPLE_H
#define SLUICE_CRESAMPLE_H
#include <stdbool.h>

// libvips' own, as CVips declares them to Swift: of two modules with its headers one would have them.
struct _VipsImage;
struct _VipsSource;

typedef struct {
    // Pixels of the result.
    int width, height;
    // Pixels of the input for one of the result, 1 and more; where they do not lead to the size exactly, what is left
    // over is split between both edges.
    double horizontal, vertical;
    // Lines of the result that are kept for those who read one twice; a line of a sequential input can be had only as
    // long as it is kept.
    int kept_lines;
    // A JPEG is decoded by a thread of its own, some lines ahead.
    bool reads_ahead;
    // Light is averaged rather than samples, which are taken for sRGB's. Not of JPEGs by planes.
    bool in_light;
} sluice_resampling;

// Whether `sluice_resample` takes pictures of this kind: 8 or 16 bits, up to four bands.
bool sluice_can_resample(struct _VipsImage *in);

// `has_alpha`: the last band says how opaque a pixel is, and colours count by it.
// 0, and an image that the caller owns; or -1 with the reason in libvips' error buffer, as the images give it.
int sluice_resample(
    struct _VipsImage *in, struct _VipsImage **out, sluice_resampling how, bool has_alpha);

// How much of white noise is left along one axis that is resampled from so many pixels to so many: of its standard
// deviation, in the mean over the result. 1 where nothing is shrunk, or for want of memory.
double sluice_resampled_noise(int from, int to);

// A JPEG whose planes are resampled as they are stored: colours are computed for the pixels of the result alone, and
// colour at half the resolution is never made larger first.
//
// - `loaded` is what libvips has opened of `source`, at the same `shrink` (1, 2, 4 or 8). It must not be read any more:
//   the source is. The result has its fields, and `how` is about its size.
// - `fail_on` is a VipsFailOn, and means what it means to libvips' loader.
//
// 0 without an image for files that it is not for: it takes grey or YCbCr of 8 bits, each plane whole or at a half.
// Then `loaded` can be read still.
int sluice_scaled_jpeg(
    struct _VipsSource *source, struct _VipsImage *loaded, struct _VipsImage **out, sluice_resampling how, int shrink, int fail_on);

// A part of a picture, in its pixels, and the size of a small version of it, of which each pixel is the mean of what lies
// below it; or, along an axis that is enlarged, what lies at its middle, bilinear as PIL and OpenCV enlarge.
typedef struct {
    double left, top, width, height;
    int columns, rows;
} sluice_part;

// Whether `sluice_watch` takes pictures of this kind: 8 or 16 bits, up to five bands.
bool sluice_can_watch(struct _VipsImage *in);

// An image with the pixels of `in`, read once, from the top, of which small versions are gathered while it is read.
// `has_alpha`: the last band says how opaque a pixel is, and colours count by it.
int sluice_watch(
    struct _VipsImage *in, struct _VipsImage **out, const sluice_part *parts, int count, bool has_alpha);

// The small version of a part, in memory: bands, format and profile of the picture. What of the picture was not asked for
// until now is read first.
int sluice_watched_part(struct _VipsImage *watched, int index, struct _VipsImage **out);

// A copy of the picture in memory, which a thread of its own makes while it is read already: a reader of a line waits
// until that is there. The thread ends with the copy, at the latest.
int sluice_hold(struct _VipsImage *in, struct _VipsImage **out);

// How far the data of a JPEG goes.
typedef struct {
    // Lines of the picture, and those from the top that all data is there for, and sound: to a row of blocks.
    int height, lines;
    // Whether `lines` is known; whether it comes in several scans, where it is not.
    bool is_known, is_layered;
    // Whether bytes were looked for behind the end of the file.
    bool reached_end;
} sluice_jpeg_end;

// Decodes a file, from its beginning, as far as that takes; its offset is left alone. In lines: 64 KiB, and what libjpeg
// holds. 0; or -1 when it is none, or breaks off before its picture begins.
int sluice_find_jpeg_end(int file, sluice_jpeg_end *out);

// Whether the end marker of a JPEG is anywhere behind its start, not in a segment; nothing is decoded.
bool sluice_has_jpeg_end(int file);

// Waits until all of it is there. 0, also for any other picture; or -1 when the picture could not be read to its end.
int sluice_hold_wait(struct _VipsImage *held);

#endif
