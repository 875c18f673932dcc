// libvips for Swift. Swift imports no variadic C functions, and libvips' operations are all variadic: each one that
// Sluice uses has a typed wrapper here, so that a wrong option is a compile-time error. Each returns 0, or -1 with
// the reason in libvips' error buffer. A result image belongs to the caller.
#ifndef SLUICE_CVIPS_H
#define SLUICE_CVIPS_H
#include <gmodule.h>
#include <malloc.h>
#include <math.h>
#include <string.h>
#include <vips/vips.h>

#include "drawing.h"
#include "files.h"

// The tile height and the size from which decoded pictures go to a temporary file are command-line options of libvips
// only; parsing those is the one public way to set them. No picture goes to a file of libvips': the worker's allocator
// does that better, and under the limit on what is spilled.
static inline int sluice_set_options(int tile_height) {
    char height[64];
    char program[] = "sluice", threshold[] = "--vips-disc-threshold=1000000g";
    char *arguments[] = {program, height, threshold, NULL};
    char **argv = arguments;
    int argc = 3;
    g_snprintf(height, sizeof(height), "--vips-tile-height=%d", tile_height);
    GOptionContext *context = g_option_context_new("");
    GOptionGroup *group = g_option_group_new("sluice", "", "", NULL, NULL);
    vips_add_option_entries(group);
    g_option_context_set_main_group(context, group);
    gboolean parsed = g_option_context_parse(context, &argc, &argv, NULL);
    g_option_context_free(context);
    return parsed ? 0 : -1;
}

// A custom source has no functions of its own for its signals, and without "seek" it is read like a pipe. `read` gives
// the bytes it put into the buffer, 0 at the end, -1 for an error; `release` is called with `user` when the source goes.
typedef gint64 (*sluice_read)(VipsSourceCustom *source, void *buffer, gint64 length, void *user);

static inline void sluice_source_on_read(
    VipsSourceCustom *source, sluice_read read, void *user, GClosureNotify release) {
    g_signal_connect_data(source, "read", G_CALLBACK(read), user, release, (GConnectFlags) 0);
}

// `seek` gives the new offset, or -1. Without it the source is read once, from its beginning.
typedef gint64 (*sluice_seek)(VipsSourceCustom *source, gint64 offset, int whence, void *user);

static inline void sluice_source_on_seek(
    VipsSourceCustom *source, sluice_seek seek, void *user, GClosureNotify release) {
    g_signal_connect_data(source, "seek", G_CALLBACK(seek), user, release, (GConnectFlags) 0);
}

// Geometry.

// Lanczos 3, a factor for each axis.
static inline int sluice_resize(VipsImage *in, VipsImage **out, double horizontal, double vertical) {
    return vips_resize(in, out, horizontal, "vscale", vertical, "kernel", VIPS_KERNEL_LANCZOS3, NULL);
}

static inline int sluice_extract_area(VipsImage *in, VipsImage **out, int left, int top, int width, int height) {
    return vips_extract_area(in, out, left, top, width, height, NULL);
}

// `background` has one value per band.
static inline int sluice_insert(VipsImage *in, VipsImage *part, VipsImage **out, int left, int top) {
    return vips_insert(in, part, out, left, top, NULL);
}

static inline int sluice_embed(
    VipsImage *in, VipsImage **out, int x, int y, int width, int height, const double *background, int count) {
    VipsArrayDouble *colour = vips_array_double_new(background, count);
    int result = vips_embed(
        in, out, x, y, width, height, "extend", VIPS_EXTEND_BACKGROUND, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result;
}

// Multiples of 90 degrees, clockwise.
static inline int sluice_rot(VipsImage *in, VipsImage **out, int quarter_turns) {
    return vips_rot(in, out, (VipsAngle) quarter_turns, NULL);
}

static inline int sluice_flip(VipsImage *in, VipsImage **out, int vertical) {
    return vips_flip(in, out, vertical ? VIPS_DIRECTION_VERTICAL : VIPS_DIRECTION_HORIZONTAL, NULL);
}

// Any angle; bicubic, as libvips' default (bilinear) softens.
static inline int sluice_rotate(
    VipsImage *in, VipsImage **out, double degrees, const double *background, int count) {
    VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
    if (!bicubic) return -1;
    VipsArrayDouble *colour = vips_array_double_new(background, count);
    int result = vips_rotate(in, out, degrees, "interpolate", bicubic, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    g_object_unref(bicubic);
    return result;
}

// `attention` is 1 for attention, 0 for entropy.
static inline int sluice_smartcrop(VipsImage *in, VipsImage **out, int width, int height, int attention) {
    return vips_smartcrop(
        in, out, width, height, "interesting",
        attention ? VIPS_INTERESTING_ATTENTION : VIPS_INTERESTING_ENTROPY, NULL);
}

static inline int sluice_find_trim(
    VipsImage *in, int *left, int *top, int *width, int *height, double threshold, const double *background,
    int count) {
    VipsArrayDouble *colour = vips_array_double_new(background, count);
    int result = vips_find_trim(
        in, left, top, width, height, "threshold", threshold, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result;
}

static inline int sluice_replicate(VipsImage *in, VipsImage **out, int across, int down) {
    return vips_replicate(in, out, across, down, NULL);
}

// Stacks frames of one size on top of each other: libvips' layout of an animation.
static inline int sluice_stack(VipsImage **frames, VipsImage **out, int count) {
    return vips_arrayjoin(frames, out, count, "across", 1, NULL);
}

// Colour, bands and formats.

static inline int sluice_colourspace(VipsImage *in, VipsImage **out, int space) {
    return vips_colourspace(in, out, (VipsInterpretation) space, NULL);
}

// `output` and `fallback` are file names or libvips' built-in "srgb", "p3", "cmyk"; the embedded profile goes first.
static inline int sluice_icc_transform(
    VipsImage *in, VipsImage **out, const char *output, const char *fallback, int intent, int depth) {
    return vips_icc_transform(
        in, out, output, "embedded", TRUE, "input_profile", fallback, "intent", (VipsIntent) intent, "depth", depth,
        "black_point_compensation", TRUE, NULL);
}

// One of libvips' built-in profiles; the blob belongs to the caller.
static inline int sluice_profile(const char *name, VipsBlob **out) { return vips_profile_load(name, out, NULL); }

// By a table: values of 8 or 16 bits in the curve of sRGB to 16 bits of light, or 16 bits of light to values of `bits`.
static inline int sluice_srgb_curve(VipsImage *in, VipsImage **out, int to_light, int bits) {
    int entries = in->BandFmt == VIPS_FORMAT_UCHAR ? 256 : 65536, is_wide = to_light || bits == 16;
    size_t size = is_wide ? sizeof(unsigned short) : 1;
    unsigned char *values = g_try_malloc((gsize) entries * size);
    if (!values) return -1;
    for (int index = 0; index < entries; index++) {
        double from = (double) index / (entries - 1), to;
        if (to_light)
            to = from <= 0.04045 ? from / 12.92 : pow((from + 0.055) / 1.055, 2.4);
        else
            to = from <= 0.0031308 ? 12.92 * from : 1.055 * pow(from, 1 / 2.4) - 0.055;
        if (is_wide)
            ((unsigned short *) values)[index] = (unsigned short) (65535 * to + 0.5);
        else
            values[index] = (unsigned char) (255 * to + 0.5);
    }
    VipsImage *table = vips_image_new_from_memory_copy(
        values, (size_t) entries * size, entries, 1, 1, is_wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR);
    g_free(values);
    if (!table) return -1;
    int result = vips_maplut(in, out, table, NULL);
    g_object_unref(table);
    return result;
}

// Three bands times a matrix of nine factors, by rows, plus three offsets; floats.
static inline int sluice_recomb(VipsImage *in, VipsImage **out, const double *factors, const double *offsets) {
    static const double ones[] = {1, 1, 1};
    VipsImage *matrix = vips_image_new_matrix_from_array(3, 3, factors, 9), *mixed = NULL;
    if (!matrix) return -1;
    int result = vips_recomb(in, &mixed, matrix, NULL);
    g_object_unref(matrix);
    if (result) return -1;
    result = vips_linear(mixed, out, ones, offsets, 3, NULL);
    g_object_unref(mixed);
    return result;
}

static inline int sluice_flatten(VipsImage *in, VipsImage **out, const double *background, int count) {
    VipsArrayDouble *colour = vips_array_double_new(background, count);
    int result = vips_flatten(in, out, "background", colour, NULL);
    vips_area_unref(VIPS_AREA(colour));
    return result;
}

// Colours under transparent pixels must not bleed into their neighbours: filters work on premultiplied pixels.
static inline int sluice_premultiply(VipsImage *in, VipsImage **out) { return vips_premultiply(in, out, NULL); }
static inline int sluice_unpremultiply(VipsImage *in, VipsImage **out) { return vips_unpremultiply(in, out, NULL); }

static inline int sluice_cast(VipsImage *in, VipsImage **out, int format) {
    return vips_cast(in, out, (VipsBandFormat) format, NULL);
}

// The same pixels under another interpretation; also the way to get an image whose fields may be changed.
static inline int sluice_copy(VipsImage *in, VipsImage **out, int interpretation) {
    return vips_copy(in, out, "interpretation", (VipsInterpretation) interpretation, NULL);
}

static inline int sluice_extract_band(VipsImage *in, VipsImage **out, int first, int count) {
    return vips_extract_band(in, out, first, "n", count, NULL);
}

static inline int sluice_bandjoin(VipsImage *first, VipsImage *second, VipsImage **out) {
    return vips_bandjoin2(first, second, out, NULL);
}

// An opaque alpha band, of the value that the interpretation calls opaque.
static inline int sluice_addalpha(VipsImage *in, VipsImage **out) { return vips_addalpha(in, out, NULL); }

// out = in * factor + offset, as float.
static inline int sluice_linear(VipsImage *in, VipsImage **out, double factor, double offset) {
    return vips_linear1(in, out, factor, offset, NULL);
}

// Magnitude of complex pixels.
static inline int sluice_abs(VipsImage *in, VipsImage **out) { return vips_abs(in, out, NULL); }

static inline int sluice_max(VipsImage *in, double *out) { return vips_max(in, out, NULL); }
static inline int sluice_min(VipsImage *in, double *out) { return vips_min(in, out, NULL); }
static inline int sluice_average(VipsImage *in, double *out) { return vips_avg(in, out, NULL); }

// One pixel's bands; `values` is to be freed with g_free.
static inline int sluice_getpoint(VipsImage *in, double **values, int *count, int x, int y) {
    return vips_getpoint(in, values, count, x, y, NULL);
}

// Filters and compositing.

static inline int sluice_gaussblur(VipsImage *in, VipsImage **out, double sigma) {
    return vips_gaussblur(in, out, sigma, NULL);
}

// The middle of the values in a square around a pixel, band by band.
static inline int sluice_median(VipsImage *in, VipsImage **out, int side) { return vips_median(in, out, side, NULL); }

static inline int sluice_sharpen(VipsImage *in, VipsImage **out, double sigma, double amount) {
    return vips_sharpen(in, out, "sigma", sigma, "m2", amount, NULL);
}

static inline int sluice_composite_over(VipsImage *base, VipsImage *overlay, VipsImage **out, int x, int y) {
    return vips_composite2(base, overlay, out, VIPS_BLEND_MODE_OVER, "x", x, "y", y, NULL);
}

#endif
