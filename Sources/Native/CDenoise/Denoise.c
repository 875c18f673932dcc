// A libvips image whose noise is taken out.
#include "CDenoise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "CLines.h"
#include "Pixels.h"
#include "Pyramid.h"
#include "Strip.h"

typedef struct {
    sluice_pixels pixels;
    // Of the picture; and of what is filtered, which is a block at least.
    int width, height, filtered_width, filtered_height;
    // Lines of the input that are in the pyramid; those before this one were asked for.
    int next, passed;
    sluice_team *team;
    sluice_pyramid *pyramid;
    // Squares of what was removed, of all planes and so many lines.
    double removed;
    int lines_done;
    // Lines of the input with their alpha, as long as the pyramid has them.
    unsigned char *alpha;
    size_t line_bytes;
    int alpha_lines;
    // While a line is put in: where finished ones go.
    sluice_lines *lines;
} denoiser;

static int least(int a, int b) { return a < b ? a : b; }
static int most(int a, int b) { return a > b ? a : b; }

// MARK: Lines

// In planes as in R, G and B: the space is orthonormal.
static double square_of_removed(const float *plane, const float *noisy, int width) {
    float sum = 0;
    for (int x = 0; x < width; x++) sum += (noisy[x] - plane[x]) * (noisy[x] - plane[x]);
    return sum;
}

static void take(void *context, int line, const float *const planes[], const float *const noisy[]) {
    denoiser *self = context;
    if (line >= self->height) return;
    unsigned char *out = sluice_lines_add(self->lines);
    sluice_join(self->pixels, planes, self->width, out);
    if (self->alpha)
        sluice_copy_alpha(
            self->pixels, self->alpha + (size_t) (line % self->alpha_lines) * self->line_bytes, self->width, out);
    for (int plane = 0; plane < sluice_pixel_planes(self->pixels); plane++)
        self->removed += square_of_removed(planes[plane], noisy[plane], self->width);
    self->lines_done++;
}

// The last pixel of a line that is narrower than a block is repeated.
static void widen(const denoiser *self, float *const planes[]) {
    for (int plane = 0; plane < sluice_pixel_planes(self->pixels); plane++)
        for (int x = self->width; x < self->filtered_width; x++) planes[plane][x] = planes[plane][self->width - 1];
}

static int advance(void *maker, sluice_lines *lines, VipsRegion *input) {
    denoiser *self = maker;
    int done = sluice_lines_done(lines);
    self->lines = lines;
    while (sluice_lines_done(lines) == done) {
        if (sluice_strip_pass(input, self->passed, self->next)) return -1;
        // The last line of a picture that is lower than a block is repeated.
        const void *samples = sluice_strip_line(input, least(self->next, self->height - 1));
        if (!samples) return -1;
        float *planes[SLUICE_PLANES];
        sluice_pyramid_room(self->pyramid, planes);
        sluice_split(self->pixels, samples, self->width, planes);
        widen(self, planes);
        if (self->alpha)
            memcpy(
                self->alpha + (size_t) (self->next % self->alpha_lines) * self->line_bytes, samples, self->line_bytes);
        self->next++;
        self->passed = most(self->passed, self->next);
        sluice_pyramid_push(self->pyramid);
    }
    return 0;
}

static void seek(void *maker, int line) {
    denoiser *self = maker;
    self->next = sluice_pyramid_seek(self->pyramid, line);
}

static void release(void *maker) {
    denoiser *self = maker;
    sluice_pyramid_free(self->pyramid);
    sluice_team_free(self->team);
    g_free(self->alpha);
    g_free(self);
}

// MARK: The image

static void set_spectrum(float *spectrum, const float *noise, float factor) {
    for (int place = 0; place < 64; place++) spectrum[place] = noise[place] * factor;
}

static sluice_pyramid_task task_of(const denoiser *self, const sluice_denoising *how) {
    sluice_pyramid_task task = {
        .full = {
            .width = self->filtered_width, .height = self->filtered_height, .planes = sluice_pixel_planes(self->pixels),
            .quality = how->quality, .detail = how->detail}};
    for (int plane = 0; plane < task.full.planes; plane++) {
        const sluice_plane_noise *noise = &how->noise.plane[plane];
        float factor = how->strength * (plane == 0 ? 1 : how->chroma);
        set_spectrum(task.full.spectrum[plane], noise->spectrum[0], factor);
        for (int size = 1; size <= sluice_coarse_sizes(noise, plane == 0); size++)
            set_spectrum(task.coarse[size - 1][plane], noise->spectrum[size], factor);
    }
    memcpy(task.full.brightness, how->noise.brightness, sizeof task.full.brightness);
    return task;
}

static bool init(denoiser *self, VipsImage *in, const sluice_denoising *how) {
    self->pixels = sluice_pixels_of(in, how->has_alpha);
    self->width = in->Xsize;
    self->height = in->Ysize;
    self->filtered_width = most(self->width, SLUICE_LEAST_SIDE);
    self->filtered_height = most(self->height, SLUICE_LEAST_SIDE);
    sluice_pyramid_task task = task_of(self, how);
    self->team = sluice_team_new(how->threads);
    if (!self->team) return false;
    self->pyramid = sluice_pyramid_new(&task, self->team, take, self);
    if (!self->pyramid) return false;
    self->alpha_lines = sluice_pyramid_delay(self->pyramid);
    self->line_bytes = VIPS_IMAGE_SIZEOF_LINE(in);
    if (self->pixels.has_alpha) self->alpha = g_try_malloc((gsize) self->alpha_lines * self->line_bytes);
    return self->alpha || !self->pixels.has_alpha;
}

int sluice_denoise(VipsImage *in, VipsImage **out, const sluice_denoising *how) {
    int planes = sluice_can_denoise(in) ? sluice_pixel_planes(sluice_pixels_of(in, how->has_alpha)) : 0;
    if (planes == 0 || planes != how->noise.planes) {
        vips_error("denoise", "this picture cannot be denoised so");
        return -1;
    }
    denoiser *self = g_new0(denoiser, 1);
    if (!init(self, in, how)) {
        vips_error("denoise", "out of memory");
        release(self);
        return -1;
    }
    // The last line brings all that are in the pyramid.
    int kept = most(how->kept_lines, sluice_pyramid_delay(self->pyramid) + SLUICE_STRIP);
    if (sluice_lines_image(
            in, in, out, self->width, self->height, kept, (sluice_line_maker) {advance, seek, release}, self))
        return -1;
    g_object_set_data(G_OBJECT(*out), "sluice-denoiser", self);
    return 0;
}

sluice_denoise_report sluice_denoised(VipsImage *out) {
    denoiser *self = g_object_get_data(G_OBJECT(out), "sluice-denoiser");
    if (!self) return (sluice_denoise_report) {0, 0};
    double count = (double) self->lines_done * self->width * sluice_pixel_planes(self->pixels);
    return (sluice_denoise_report) {
        sluice_team_seconds(self->team), count > 0 ? sqrt(self->removed / count) : 0};
}
