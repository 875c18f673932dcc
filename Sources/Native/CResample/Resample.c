// Any image that libvips makes, resampled.
#include "CResample.h"

#include <math.h>
#include <stdlib.h>
#include <vips/vips.h>

#include "CLines.h"
#include "Scaler.h"

// Lines of the input that are asked for at once: decoders make 8 or 16.
#define STRIP 16

typedef struct {
    VipsImage *in;
    int sample_bytes;
    bool has_alpha;
    // NULL: samples are averaged as they are.
    sluice_light *light;
    // Lines of the input before this one were asked for.
    int passed;
    sluice_scaler scaler;
} resampler;

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

static void put_line(resampler *self, sluice_lines *lines) {
    sluice_scaler *scaler = &self->scaler;
    float *planes[SLUICE_MOST_GROUPS];
    for (int plane = 0; plane < scaler->planes; plane++)
        planes[plane] = sluice_scaler_line(scaler, plane, scaler->taken);
    sluice_narrow(
        planes, scaler->across.output, scaler->planes, self->sample_bytes, self->has_alpha, self->light,
        sluice_lines_add(lines));
    scaler->taken++;
}

// Lines before `line` that a part further down has skipped: an input that is read in order keeps all that is skipped at
// once, so they are asked for strip by strip.
static int pass(resampler *self, VipsRegion *input, int line) {
    for (; self->passed < line; self->passed += STRIP) {
        VipsRect strip = {0, self->passed, 1, least(self->in->Ysize - self->passed, STRIP)};
        if (vips_region_prepare(input, &strip)) return -1;
    }
    return 0;
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    resampler *self = maker;
    sluice_scaler *scaler = &self->scaler;
    int done = sluice_lines_done(lines);
    while (sluice_lines_done(lines) == done) {
        int start = scaler->next, end = least(self->in->Ysize, (start / STRIP + 1) * STRIP);
        VipsRect strip = {0, start, self->in->Xsize, end - start};
        // Strips begin where strips begin: what this one has is not asked for before.
        if (pass(self, input, start / STRIP * STRIP) || vips_region_prepare(input, &strip)) return -1;
        self->passed = most(self->passed, end);
        while (scaler->next < end) {
            sluice_lines_in next = {
                .step = scaler->planes, .sample_bytes = self->sample_bytes, .has_alpha = self->has_alpha,
                .light = self->light};
            for (int line = 0; line < scaler->height; line++)
                for (int plane = 0; plane < scaler->planes; plane++)
                    next.lines[plane][line] = VIPS_REGION_ADDR(input, 0, least(scaler->next + line, end - 1))
                        + plane * self->sample_bytes;
            if (sluice_scaler_add(scaler, &next)) {
                vips_error("resample", "lines were not taken");
                return -1;
            }
            while (sluice_scaler_has(scaler, scaler->taken)) put_line(self, lines);
        }
    }
    return 0;
}

// The result is the same wherever it begins, as groups lie where they lie.
static void seek(void *maker, int line) { sluice_scaler_seek(&((resampler *) maker)->scaler, line); }

static void release(void *maker) {
    resampler *self = maker;
    sluice_scaler_free(&self->scaler);
    free(self->light);
    g_object_unref(self->in);
    g_free(self);
}

bool sluice_can_resample(VipsImage *in) {
    return vips_image_get_coding(in) == VIPS_CODING_NONE && in->Bands <= SLUICE_MOST_GROUPS
        && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT);
}

int sluice_resample(VipsImage *in, VipsImage **out, sluice_resampling how, bool has_alpha) {
    if (!sluice_can_resample(in) || how.width < 1 || how.height < 1 || !(how.horizontal >= 1) || !(how.vertical >= 1)) {
        vips_error("resample", "this picture cannot be resampled so");
        return -1;
    }
    resampler *self = g_new0(resampler, 1);
    self->in = g_object_ref(in);
    self->sample_bytes = in->BandFmt == VIPS_FORMAT_UCHAR ? 1 : 2;
    self->has_alpha = has_alpha;
    sluice_axis_size across = {in->Xsize, 1, in->Xsize, how.width, how.horizontal};
    sluice_axis_size down = {in->Ysize, 1, in->Ysize, how.height, how.vertical};
    if (how.in_light) self->light = sluice_light_new();
    if ((how.in_light && !self->light) || sluice_scaler_init(&self->scaler, in->Bands, across, down, 0)) {
        vips_error("resample", "out of memory");
        release(self);
        return -1;
    }
    // One strip makes no more lines than it has, and at the end those that reach beyond it.
    int kept = how.kept_lines > 2 * STRIP ? how.kept_lines : 2 * STRIP;
    return sluice_lines_image(
        in, in, out, how.width, how.height, kept, (sluice_line_maker) {advance, seek, release}, self);
}

double sluice_resampled_noise(int from, int to) {
    if (to < 1 || from <= to) return 1;
    sluice_axis axis;
    double sum = 0;
    int result = sluice_axis_init(&axis, (sluice_axis_size) {from, 1, from, to, (double) from / to});
    // Variances of what is added up are added up.
    for (size_t weight = 0; result == 0 && weight < (size_t) to * axis.taps; weight++)
        sum += (double) axis.weights[weight] * axis.weights[weight];
    sluice_axis_free(&axis);
    return result == 0 ? sqrt(sum / to) : 1;
}
