#include "CGrade.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <vips/vips.h>

// The part of a pixel that lies in a circle, by the distance of its middle from the circle's.
static double covered(double across, double down, double radius) {
    return fmin(fmax(radius - hypot(across, down) + 0.5, 0), 1);
}

static void fade(void *pixel, int bytes, int alpha, double part) {
    if (bytes == 2) {
        uint16_t *samples = pixel;
        samples[alpha] = (uint16_t) lrint(samples[alpha] * part);
    } else {
        uint8_t *samples = pixel;
        samples[alpha] = (uint8_t) lrint(samples[alpha] * part);
    }
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    VipsRegion *in = sequence;
    VipsImage *image = out->im;
    VipsRect *wanted = &out->valid;
    double radius = *(const double *) b;
    int bytes = (int) vips_format_sizeof(image->BandFmt), reach = (int) ceil(radius);
    size_t pixel = VIPS_IMAGE_SIZEOF_PEL(image);
    if (vips_region_prepare(in, wanted)) return -1;
    for (int line = wanted->top; line < VIPS_RECT_BOTTOM(wanted); line++) {
        uint8_t *start = VIPS_REGION_ADDR(out, wanted->left, line);
        memcpy(start, VIPS_REGION_ADDR(in, wanted->left, line), pixel * (size_t) wanted->width);
        // From the upper or the lower side, whichever is nearer.
        double down = radius - (VIPS_MIN(line, image->Ysize - 1 - line) + 0.5);
        if (down <= 0) continue;
        for (int x = 0; x < wanted->width; x++) {
            int from_left = wanted->left + x, from_right = image->Xsize - 1 - from_left;
            double across = radius - (VIPS_MIN(from_left, from_right) + 0.5);
            if (across > 0) {
                fade(start + pixel * (size_t) x, bytes, image->Bands - 1, covered(across, down, radius));
            } else if (from_left >= reach && from_right > reach) {
                // On to the right corner.
                x = VIPS_MIN(wanted->width, image->Xsize - reach - wanted->left) - 1;
            }
        }
    }
    return 0;
}

static void release_input(gpointer image) { g_object_unref(image); }

int sluice_round_corners(VipsImage *in, VipsImage **out, double radius) {
    if ((in->BandFmt != VIPS_FORMAT_UCHAR && in->BandFmt != VIPS_FORMAT_USHORT) || (in->Bands != 2 && in->Bands != 4)) {
        vips_error("corners", "pixels of this kind have no alpha");
        return -1;
    }
    VipsImage *result = vips_image_new();
    double *kept = VIPS_NEW(result, double);
    if (kept) {
        // As large as the picture allows.
        *kept = fmin(fmax(radius, 0), VIPS_MIN(in->Xsize, in->Ysize) / 2.0);
        g_object_set_data_full(G_OBJECT(result), "sluice-corners-input", g_object_ref(in), release_input);
        if (!vips_image_pipelinev(result, VIPS_DEMAND_STYLE_THINSTRIP, in, NULL)
            && !vips_image_generate(result, vips_start_one, generate, vips_stop_one, in, kept)) {
            *out = result;
            return 0;
        }
    }
    g_object_unref(result);
    return -1;
}
