// What only tests need of libvips: pictures that they draw, and files of formats that Sluice reads only.
#ifndef SLUICE_CVIPS_DRAWING_H
#define SLUICE_CVIPS_DRAWING_H
#include <malloc.h>
#include <vips/vips.h>

// Bytes that malloc has handed out, mapped blocks included.
static inline size_t sluice_heap_bytes(void) {
    struct mallinfo2 information = mallinfo2();
    return information.uordblks + information.hblkhd;
}

static inline int sluice_heicsave(VipsImage *in, const char *path) {
    return vips_heifsave(in, path, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_HEVC, NULL);
}

static inline int sluice_black(VipsImage **out, int width, int height, int bands) {
    return vips_black(out, width, height, "bands", bands, NULL);
}

static inline int sluice_gaussnoise(VipsImage **out, int width, int height, double mean, double sigma, int seed) {
    return vips_gaussnoise(out, width, height, "mean", mean, "sigma", sigma, "seed", seed, NULL);
}

static inline int sluice_add(VipsImage *first, VipsImage *second, VipsImage **out) {
    return vips_add(first, second, out, NULL);
}

static inline int sluice_absolute_difference(VipsImage *first, VipsImage *second, VipsImage **out) {
    VipsImage *difference = NULL;
    if (vips_subtract(first, second, &difference, NULL)) return -1;
    int result = vips_abs(difference, out, NULL);
    g_object_unref(difference);
    return result;
}

// In place, on an image in memory.
static inline int sluice_draw_rectangle(
    VipsImage *image, const double *ink, int count, int left, int top, int width, int height) {
    return vips_draw_rect(image, (double *) ink, count, left, top, width, height, "fill", TRUE, NULL);
}

#endif
