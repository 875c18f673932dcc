// libvips' loaders and savers.
#ifndef SLUICE_CVIPS_FILES_H
#define SLUICE_CVIPS_FILES_H
#include <string.h>
#include <vips/vips.h>

// Loaders, by name and from a source: what a file is called or pretends to be never chooses the decoder.

// `shrink` is 1, 2, 4 or 8: libjpeg's scaled inverse DCT.
static inline int sluice_jpegload(VipsSource *source, VipsImage **out, int shrink, int fail_on) {
    return vips_jpegload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, "shrink", shrink, NULL);
}

static inline int sluice_pngload(VipsSource *source, VipsImage **out, int fail_on) {
    return vips_pngload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, NULL);
}

// `scale` in 0…1 makes libwebp decode to a smaller size; `pages` -1 reads all frames.
static inline int sluice_webpload(VipsSource *source, VipsImage **out, double scale, int pages, int fail_on) {
    return vips_webpload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, "scale", scale, "n", pages,
        NULL);
}

// One page, from 0 on.
static inline int sluice_tiffload_page(VipsSource *source, VipsImage **out, int page, int fail_on) {
    return vips_tiffload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, "page", page, NULL);
}

static inline int sluice_gifload(VipsSource *source, VipsImage **out, int pages, int fail_on) {
    return vips_gifload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, "n", pages, NULL);
}

// Without `page` libvips takes the primary picture.
static inline int sluice_heifload(VipsSource *source, VipsImage **out, int fail_on) {
    return vips_heifload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, NULL);
}

// One of the pictures that stand for themselves, from 0 on.
static inline int sluice_heifload_page(VipsSource *source, VipsImage **out, int page, int fail_on) {
    return vips_heifload_source(
        source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", (VipsFailOn) fail_on, "page", page, NULL);
}

// Some loaders (heifload of 8.14.1 for one) attach blobs that belong to the image as it was opened, and go with it, while
// every copy of the image still points at them. Here each blob becomes one that all copies count references to.
static inline int sluice_own_blobs(VipsImage *opened) {
    gchar **names = vips_image_get_fields(opened);
    for (gchar **name = names; name && *name; name++) {
        const void *bytes = NULL;
        size_t length = 0;
        if (vips_image_get_typeof(opened, *name) != VIPS_TYPE_BLOB) continue;
        if (vips_image_get_blob(opened, *name, &bytes, &length)) {
            g_strfreev(names);
            return -1;
        }
        if (!bytes || length == 0) continue;
        // Of the old one a copy is taken before it goes. libvips' own way says nothing where memory is lacking.
        void *copy = vips_malloc(NULL, length);
        if (!copy) {
            g_strfreev(names);
            return -1;
        }
        memcpy(copy, bytes, length);
        vips_image_set_blob(opened, *name, (VipsCallbackFn) vips_area_free_cb, copy, length);
    }
    g_strfreev(names);
    return 0;
}

// Savers, to a target made of a descriptor. None strips: metadata is removed from the image before
// (webpsave ignores `strip` in 8.14.1, the others drop the colour profile with it).

static inline int sluice_jpegsave(
    VipsImage *in, VipsTarget *target, int quality, int progressive, int optimize, int subsample) {
    return vips_jpegsave_target(
        in, target, "Q", quality, "interlace", progressive, "optimize_coding", optimize, "subsample_mode",
        (VipsForeignSubsample) subsample, NULL);
}

static inline int sluice_pngsave(
    VipsImage *in, VipsTarget *target, int compression, int interlace, int palette, int quality) {
    return vips_pngsave_target(
        in, target, "compression", compression, "interlace", interlace, "palette", palette, "Q", quality, NULL);
}

static inline int sluice_webpsave(
    VipsImage *in, VipsTarget *target, int quality, int lossless, int effort, int smart_subsample) {
    return vips_webpsave_target(
        in, target, "Q", quality, "lossless", lossless, "effort", effort, "smart_subsample", smart_subsample, NULL);
}

// Bit depth 8 always: 10 aborts the process in 8.14.1.
static inline int sluice_avifsave(
    VipsImage *in, VipsTarget *target, int quality, int lossless, int effort, int subsample) {
    return vips_heifsave_target(
        in, target, "compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "bitdepth", 8, "Q", quality, "lossless",
        lossless, "effort", effort, "subsample_mode", (VipsForeignSubsample) subsample, NULL);
}

// `distance` is libjxl's: 0…15.
static inline int sluice_jxlsave(VipsImage *in, VipsTarget *target, double distance, int lossless, int effort) {
    return vips_jxlsave_target(in, target, "distance", distance, "lossless", lossless, "effort", effort, NULL);
}

// A predictor helps deflate, LZW and zstd only.
static inline int sluice_tiffsave(
    VipsImage *in, VipsTarget *target, int compression, int quality, int pyramid, int bigtiff) {
    return vips_tiffsave_target(
        in, target, "compression", (VipsForeignTiffCompression) compression, "Q", quality, "predictor",
        VIPS_FOREIGN_TIFF_PREDICTOR_HORIZONTAL, "pyramid", pyramid, "tile", pyramid, "tile_width", 256,
        "tile_height", 256, "bigtiff", bigtiff, NULL);
}

static inline int sluice_gifsave(VipsImage *in, VipsTarget *target, int effort, double dither, int bitdepth) {
    return vips_gifsave_target(
        in, target, "effort", effort, "dither", dither, "bitdepth", bitdepth, NULL);
}

#endif
