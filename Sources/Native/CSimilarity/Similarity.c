#include "CSimilarity.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#if defined(__x86_64__) && defined(__linux__)
#define VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif

enum { STRIP = 16, REACH = 5, WINDOW = 2 * REACH + 1, MEANS = 5 };

// What is averaged over a window: both values, their squares and their product.
enum { A, B, AA, BB, AB };

static const float C1 = 0.01f * 255 * 0.01f * 255, C2 = 0.03f * 255 * 0.03f * 255;

typedef struct {
    VipsRegion *region;
    float *luma;
} side;

typedef struct {
    int width;
    side sides[2];
    // Of the last lines, averaged across: line `y` is at `y % WINDOW`.
    float *across[WINDOW][MEANS];
    float *down[MEANS];
    float *products[MEANS];
    float weights[WINDOW];
    double sum, count;
} meter;

static float value(const VipsRegion *region, const void *line, int i) {
    return region->im->BandFmt == VIPS_FORMAT_USHORT ? ((const uint16_t *) line)[i] / 257.0f
                                                      : ((const uint8_t *) line)[i];
}

static void read_luma(const side *side, int y, int width) {
    const void *line = VIPS_REGION_ADDR(side->region, 0, y);
    int bands = side->region->im->Bands;
    for (int x = 0; x < width; x++) {
        float luma = value(side->region, line, x * bands);
        if (bands >= 3) {
            luma = 0.299f * luma + 0.587f * value(side->region, line, x * bands + 1)
                + 0.114f * value(side->region, line, x * bands + 2);
        }
        side->luma[x] = luma;
    }
}

VECTORS static void multiply(meter *self) {
    const float *a = self->sides[0].luma, *b = self->sides[1].luma;
    memcpy(self->products[A], a, sizeof(float) * self->width);
    memcpy(self->products[B], b, sizeof(float) * self->width);
    for (int x = 0; x < self->width; x++) {
        self->products[AA][x] = a[x] * a[x];
        self->products[BB][x] = b[x] * b[x];
        self->products[AB][x] = a[x] * b[x];
    }
}

VECTORS static void average_across(const float *restrict in, float *restrict out, int count, const float *weights) {
    memset(out, 0, sizeof(float) * count);
    for (int tap = 0; tap < WINDOW; tap++) {
        float weight = weights[tap];
        for (int x = 0; x < count; x++) { out[x] += weight * in[x + tap]; }
    }
}

VECTORS static void average_down(meter *self, int first, int mean, int count) {
    float *restrict out = self->down[mean];
    memset(out, 0, sizeof(float) * count);
    for (int tap = 0; tap < WINDOW; tap++) {
        const float *restrict in = self->across[(first + tap) % WINDOW][mean];
        float weight = self->weights[tap];
        for (int x = 0; x < count; x++) { out[x] += weight * in[x]; }
    }
}

static inline float similarity(float a, float b, float aa, float bb, float ab) {
    float variances = aa - a * a + (bb - b * b), covariance = ab - a * b;
    return (2 * a * b + C1) * (2 * covariance + C2) / ((a * a + b * b + C1) * (variances + C2));
}

VECTORS static float compare(meter *self, int count) {
    const float *a = self->down[A], *b = self->down[B], *aa = self->down[AA], *bb = self->down[BB],
                *ab = self->down[AB];
    float sum = 0;
    for (int x = 0; x < count; x++) { sum += similarity(a[x], b[x], aa[x], bb[x], ab[x]); }
    return sum;
}

static void add_line(meter *self, int y) {
    int count = self->width - 2 * REACH;
    multiply(self);
    for (int mean = 0; mean < MEANS; mean++) {
        average_across(self->products[mean], self->across[y % WINDOW][mean], count, self->weights);
    }
    if (y < WINDOW - 1) { return; }
    for (int mean = 0; mean < MEANS; mean++) { average_down(self, y + 1 - WINDOW, mean, count); }
    self->sum += compare(self, count);
    self->count += count;
}

// One window that is all of the picture, each pixel as important as the next.
typedef struct {
    double sums[MEANS], count;
} whole;

static void add_to_whole(whole *self, const meter *meter) {
    for (int x = 0; x < meter->width; x++) {
        double a = meter->sides[0].luma[x], b = meter->sides[1].luma[x];
        double values[MEANS] = {a, b, a * a, b * b, a * b};
        for (int mean = 0; mean < MEANS; mean++) { self->sums[mean] += values[mean]; }
    }
    self->count += meter->width;
}

static int run(meter *self, VipsImage *a, double *result) {
    int width = a->Xsize, height = a->Ysize, is_small = width < WINDOW || height < WINDOW;
    whole all = {0};
    for (int top = 0; top < height; top += STRIP) {
        VipsRect area = {0, top, width, VIPS_MIN(STRIP, height - top)};
        for (int i = 0; i < 2; i++) {
            if (vips_region_prepare(self->sides[i].region, &area)) { return -1; }
        }
        for (int y = top; y < top + area.height; y++) {
            for (int i = 0; i < 2; i++) { read_luma(&self->sides[i], y, width); }
            if (is_small) {
                add_to_whole(&all, self);
            } else {
                add_line(self, y);
            }
        }
    }
    if (is_small) {
        for (int mean = 0; mean < MEANS; mean++) { all.sums[mean] /= all.count; }
        *result = similarity(
            (float) all.sums[A], (float) all.sums[B], (float) all.sums[AA], (float) all.sums[BB],
            (float) all.sums[AB]);
    } else {
        *result = self->sum / self->count;
    }
    return 0;
}

static int is_readable(const VipsImage *image) {
    return (image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT)
        && image->Coding == VIPS_CODING_NONE;
}

int sluice_similarity(VipsImage *a, VipsImage *b, double *result) {
    if (a->Xsize != b->Xsize || a->Ysize != b->Ysize || !is_readable(a) || !is_readable(b)) {
        vips_error("similarity", "the pictures cannot be compared");
        return -1;
    }
    meter self = {.width = a->Xsize};
    float total = 0;
    for (int tap = 0; tap < WINDOW; tap++) {
        self.weights[tap] = expf(-0.5f * (tap - REACH) * (tap - REACH) / (1.5f * 1.5f));
        total += self.weights[tap];
    }
    for (int tap = 0; tap < WINDOW; tap++) { self.weights[tap] /= total; }
    size_t width = (size_t) self.width, lines = 2 + MEANS * (WINDOW + 2);
    float *block = malloc(lines * width * sizeof(float)), *next = block;
    int outcome = -1;
    if (!block) {
        vips_error("similarity", "out of memory");
    } else {
        for (int i = 0; i < 2; i++, next += width) { self.sides[i].luma = next; }
        for (int mean = 0; mean < MEANS; mean++) {
            for (int line = 0; line < WINDOW; line++, next += width) { self.across[line][mean] = next; }
            self.down[mean] = next;
            next += width;
            self.products[mean] = next;
            next += width;
        }
        self.sides[0].region = vips_region_new(a);
        self.sides[1].region = vips_region_new(b);
        outcome = run(&self, a, result);
        g_object_unref(self.sides[0].region);
        g_object_unref(self.sides[1].region);
    }
    free(block);
    return outcome;
}
