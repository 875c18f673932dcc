// Stands in for the kernel and the noise meter: the same interface, no more of the work than tests of the stage need.
#include "CDenoise.h"

#include <math.h>
#include <string.h>
#include <vips/vips.h>

static int colours_of(const VipsImage *in, bool has_alpha) { return in->Bands - (has_alpha ? 1 : 0); }

bool sluice_can_denoise(VipsImage *in) {
    return vips_image_get_coding(in) == VIPS_CODING_NONE && in->Bands <= 4
        && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT);
}

void sluice_noise_white(sluice_noise *noise, int planes, float sigma) {
    memset(noise, 0, sizeof(*noise));
    noise->planes = planes;
    noise->sigma = sigma;
    for (int plane = 0; plane < planes; plane++) {
        noise->plane[plane].sigma = sigma;
        for (int scale = 0; scale < SLUICE_NOISE_SCALES; scale++)
            for (int place = 0; place < 64; place++)
                noise->plane[plane].spectrum[scale][place] = sigma / (float) (1 << scale);
    }
    for (int level = 0; level < SLUICE_NOISE_LEVELS; level++) noise->brightness[level] = 1;
}

static void read_line(VipsRegion *region, int line, int colours, float *samples) {
    const VipsImage *in = region->im;
    const unsigned char *pixels = VIPS_REGION_ADDR(region, 0, line);
    for (int x = 0; x < in->Xsize; x++)
        for (int band = 0; band < colours; band++) {
            int sample = x * in->Bands + band;
            samples[x * colours + band] = in->BandFmt == VIPS_FORMAT_UCHAR
                ? pixels[sample] : ((const unsigned short *) pixels)[sample] / 257.0f;
        }
}

// Immerkaer: what is left of a picture without its slopes is noise.
static double rest(float *const lines[3], int samples, int colours) {
    static const float weights[3] = {1, -2, 1};
    double sum = 0;
    for (int sample = colours; sample < samples - colours; sample++) {
        float value = 0;
        for (int line = 0; line < 3; line++)
            value += weights[line]
                * (lines[line][sample - colours] - 2 * lines[line][sample] + lines[line][sample + colours]);
        sum += fabsf(value);
    }
    return sum;
}

int sluice_measure_noise(VipsImage *in, bool has_alpha, sluice_noise *noise) {
    int colours = colours_of(in, has_alpha), samples = in->Xsize * colours;
    VipsRegion *region = vips_region_new(in);
    float *lines[3];
    for (int line = 0; line < 3; line++) lines[line] = g_new0(float, samples);
    double sum = 0;
    int result = 0;
    for (int y = 0; y < in->Ysize && result == 0; y++) {
        VipsRect line = {0, y, in->Xsize, 1};
        result = vips_region_prepare(region, &line);
        if (result) break;
        float *oldest = lines[0];
        lines[0] = lines[1];
        lines[1] = lines[2];
        lines[2] = oldest;
        read_line(region, y, colours, lines[2]);
        if (y > 1) sum += rest(lines, samples, colours);
    }
    for (int line = 0; line < 3; line++) g_free(lines[line]);
    g_object_unref(region);
    double count = (double) (in->Xsize - 2) * colours * (in->Ysize - 2);
    float sigma = in->Xsize > 2 && in->Ysize > 2 ? (float) (sqrt(G_PI / 2) * sum / 6 / count) : 0;
    sluice_noise_white(noise, colours < 3 ? 1 : 3, sigma);
    noise->is_clean = sigma < 0.3f;
    return result;
}

static int mean(VipsImage *in, VipsImage **out) {
    VipsImage *mask = vips_image_new_matrixv(3, 3, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0);
    vips_image_set_double(mask, "scale", 9);
    VipsImage *smooth = NULL;
    int result = vips_conv(in, &smooth, mask, "precision", VIPS_PRECISION_INTEGER, NULL)
        || vips_cast(smooth, out, in->BandFmt, NULL);
    g_clear_object(&smooth);
    g_object_unref(mask);
    return result;
}

int sluice_denoise(VipsImage *in, VipsImage **out, const sluice_denoising *how) {
    int colours = colours_of(in, how->has_alpha);
    VipsObject *holder = VIPS_OBJECT(vips_image_new());
    VipsImage **parts = (VipsImage **) vips_object_local_array(holder, 4);
    int result = vips_extract_band(in, &parts[0], 0, "n", colours, NULL) || mean(parts[0], &parts[1]);
    if (result == 0 && how->has_alpha)
        result = vips_extract_band(in, &parts[2], colours, NULL) || vips_bandjoin2(parts[1], parts[2], &parts[3], NULL);
    if (result == 0) result = vips_copy(how->has_alpha ? parts[3] : parts[1], out, NULL);
    if (result == 0) {
        sluice_denoise_report *report = g_new0(sluice_denoise_report, 1);
        report->seconds = 1e-6 * in->Xsize * in->Ysize;
        report->sigma = how->noise.sigma / 3;
        g_object_set_data_full(G_OBJECT(*out), "sluice-denoise", report, g_free);
    }
    g_object_unref(holder);
    return result;
}

sluice_denoise_report sluice_denoised(VipsImage *out) {
    const sluice_denoise_report *report = g_object_get_data(G_OBJECT(out), "sluice-denoise");
    return report ? *report : (sluice_denoise_report) {0};
}
