#include "Strip.h"

#include "CDenoise.h"

bool sluice_can_denoise(VipsImage *in) {
    return vips_image_get_coding(in) == VIPS_CODING_NONE && in->Bands <= 4
        && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT);
}

sluice_pixels sluice_pixels_of(const VipsImage *image, bool has_alpha) {
    int bytes = image->BandFmt == VIPS_FORMAT_UCHAR ? 1 : 2;
    return (sluice_pixels) {image->Bands, bytes, has_alpha || image->Bands == 2 || image->Bands == 4};
}

int sluice_strip_pass(VipsRegion *region, int from, int to) {
    for (int line = from / SLUICE_STRIP * SLUICE_STRIP; line < to / SLUICE_STRIP * SLUICE_STRIP; line += SLUICE_STRIP) {
        VipsRect strip = {0, line, 1, VIPS_MIN(SLUICE_STRIP, region->im->Ysize - line)};
        if (vips_region_prepare(region, &strip)) return -1;
    }
    return 0;
}

const void *sluice_strip_line(VipsRegion *region, int line) {
    int is_there = region->data && region->valid.width == region->im->Xsize && line >= region->valid.top
        && line < VIPS_RECT_BOTTOM(&region->valid);
    if (!is_there) {
        int top = line / SLUICE_STRIP * SLUICE_STRIP;
        VipsRect strip = {0, top, region->im->Xsize, VIPS_MIN(SLUICE_STRIP, region->im->Ysize - top)};
        if (vips_region_prepare(region, &strip)) return NULL;
    }
    return VIPS_REGION_ADDR(region, 0, line);
}
