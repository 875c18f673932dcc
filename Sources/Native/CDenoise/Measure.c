// The noise of a libvips image.
#include "CDenoise.h"

#include <vips/vips.h>

#include "CNoise.h"
#include "Pixels.h"
#include "Strip.h"

static int read_all(VipsRegion *region, sluice_pixels pixels, float *const planes[], sluice_noise_meter *meter) {
    for (int line = 0; line < region->im->Ysize; line++) {
        const void *samples = sluice_strip_line(region, line);
        if (!samples) return -1;
        sluice_split(pixels, samples, region->im->Xsize, planes);
        sluice_noise_meter_add(meter, (const float *const *) planes);
    }
    return 0;
}

int sluice_measure_noise(VipsImage *in, bool has_alpha, sluice_noise *noise) {
    if (!sluice_can_denoise(in)) {
        vips_error("denoise", "this picture cannot be measured");
        return -1;
    }
    sluice_pixels pixels = sluice_pixels_of(in, has_alpha);
    int count = sluice_pixel_planes(pixels);
    sluice_noise_meter *meter = sluice_noise_meter_new(in->Xsize, in->Ysize, count);
    float *numbers = g_try_new(float, (gsize) in->Xsize * count);
    VipsRegion *region = vips_region_new(in);
    int result = -1;
    if (!meter || !numbers || !region) {
        vips_error("denoise", "out of memory");
    } else {
        float *planes[3] = {numbers, numbers + in->Xsize, numbers + 2 * (size_t) in->Xsize};
        if (count == 1) planes[1] = planes[2] = numbers;
        result = read_all(region, pixels, planes, meter);
        if (result == 0) sluice_noise_meter_result(meter, noise);
    }
    sluice_noise_meter_free(meter);
    g_free(numbers);
    g_clear_object(&region);
    return result;
}
