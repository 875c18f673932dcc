#include "Means.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// For each processor that has them: vectors of 8 floats.
#define VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))

struct sluice_means {
    sluice_part part;
    int bands, bytes;
    bool has_alpha;
    // Pixels of the part's lines, from the first one of which some is in it.
    int first, width;
    // Where the result has more lines than the part, it lies between lines; likewise across.
    bool is_taller, is_wider;
    // One of the picture's lines, added up over a line of the result.
    float *sums;
    // Of a taller result: the picture's line before the latest one, and that one. NULL otherwise.
    float *before, *latest;
    int row;
    unsigned char *pixels;
};

sluice_means *sluice_means_new(sluice_part part, int bands, int bytes, bool has_alpha) {
    sluice_means *self = calloc(1, sizeof(*self));
    if (!self) return NULL;
    self->part = part;
    self->bands = bands;
    self->bytes = bytes;
    self->has_alpha = has_alpha;
    self->first = (int) floor(part.left);
    // Sums of doubles: a part that ends with the line may seem to end in a pixel beyond.
    self->width = (int) fmax(1, ceil(part.left + part.width - 1e-6) - self->first);
    self->is_taller = part.height < part.rows - 1e-6;
    self->is_wider = part.width < part.columns - 1e-6;
    size_t count = (size_t) self->width * bands;
    self->sums = calloc(count, sizeof(*self->sums));
    self->pixels = calloc((size_t) part.columns * part.rows * bands, bytes);
    if (self->is_taller) {
        self->before = calloc(count, sizeof(*self->before));
        self->latest = calloc(count, sizeof(*self->latest));
    }
    if (self->sums && self->pixels && (!self->is_taller || (self->before && self->latest))) return self;
    sluice_means_free(self);
    return NULL;
}

void sluice_means_free(sluice_means *self) {
    if (!self) return;
    free(self->sums);
    free(self->before);
    free(self->latest);
    free(self->pixels);
    free(self);
}

const void *sluice_means_pixels(const sluice_means *self) { return self->pixels; }

VECTORS static void add_bytes(float *restrict sums, const uint8_t *restrict samples, int count, float weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * samples[i];
}

VECTORS static void add_words(float *restrict sums, const uint16_t *restrict samples, int count, float weight) {
    for (int i = 0; i < count; i++) sums[i] += weight * samples[i];
}

// Colours count by their alpha.
static void add_with_alpha(const sluice_means *self, float *line, const void *samples, float weight) {
    int bands = self->bands;
    for (int pixel = 0; pixel < self->width; pixel++) {
        float *sums = line + (size_t) pixel * bands;
        const uint8_t *bytes = (const uint8_t *) samples + (size_t) pixel * bands;
        const uint16_t *words = (const uint16_t *) samples + (size_t) pixel * bands;
        float alpha = weight * (self->bytes == 2 ? words[bands - 1] : bytes[bands - 1]);
        for (int band = 0; band < bands - 1; band++) sums[band] += alpha * (self->bytes == 2 ? words[band] : bytes[band]);
        sums[bands - 1] += alpha;
    }
}

static void add(const sluice_means *self, float *sums, const void *line, float weight) {
    const unsigned char *samples = (const unsigned char *) line + (size_t) self->first * self->bands * self->bytes;
    int count = self->width * self->bands;
    if (self->has_alpha) {
        add_with_alpha(self, sums, samples, weight);
    } else if (self->bytes == 2) {
        add_words(sums, (const uint16_t *) samples, count, weight);
    } else {
        add_bytes(sums, samples, count, weight);
    }
}

static void store(sluice_means *self, size_t index, double value) {
    double most = self->bytes == 2 ? 65535 : 255;
    value = rint(fmin(fmax(value, 0), most));
    if (self->bytes == 2) {
        ((uint16_t *) self->pixels)[index] = (uint16_t) value;
    } else {
        self->pixels[index] = (uint8_t) value;
    }
}

// Where the middle of a pixel of an enlarged result lies between two of the picture's: the lower one, and how much the
// other one counts. Beyond the part's outer pixels there is nothing to mix with.
typedef struct {
    int lower, upper;
    float share;
} between;

static between place_between(double start, double length, int count, int index) {
    int first = (int) floor(start), last = (int) fmax(first, ceil(start + length - 1e-6) - 1);
    double middle = fmin(fmax(start + (index + 0.5) * length / count - 0.5, first), last);
    int lower = (int) middle;
    return (between) {lower, lower < last ? lower + 1 : last, (float) (middle - lower)};
}

// The mean over a pixel of the result, or what lies at its middle: sums of what is weighted.
static void add_across(const sluice_means *self, int column, double *totals) {
    const sluice_part *part = &self->part;
    int bands = self->bands;
    if (self->is_wider) {
        between at = place_between(part->left, part->width, part->columns, column);
        const float *lower = self->sums + (size_t) (at.lower - self->first) * bands;
        const float *upper = self->sums + (size_t) (at.upper - self->first) * bands;
        for (int band = 0; band < bands; band++) totals[band] = lower[band] + at.share * (upper[band] - lower[band]);
        return;
    }
    double across = part->width / part->columns;
    double from = part->left + column * across - self->first, to = from + across;
    for (int pixel = (int) from; pixel < self->width && pixel < to; pixel++) {
        double weight = fmin(to, pixel + 1) - fmax(from, pixel);
        for (int band = 0; band < bands; band++) totals[band] += weight * self->sums[(size_t) pixel * bands + band];
    }
}

// A line of the result is complete: across, and then the next one begins.
static void finish_row(sluice_means *self) {
    const sluice_part *part = &self->part;
    int bands = self->bands;
    double across = self->is_wider ? 1 : part->width / part->columns;
    double area = self->is_taller ? across : across * part->height / part->rows;
    for (int column = 0; column < part->columns; column++) {
        double totals[5] = {0};
        add_across(self, column, totals);
        double alpha = totals[bands - 1];
        size_t index = ((size_t) self->row * part->columns + column) * bands;
        for (int band = 0; band < bands; band++) {
            bool is_colour = self->has_alpha && band < bands - 1;
            store(self, index + band, is_colour ? (alpha > 0 ? totals[band] / alpha : 0) : totals[band] / area);
        }
    }
    memset(self->sums, 0, (size_t) self->width * bands * sizeof(*self->sums));
    self->row++;
}

// All lines of the result that lie above this one's middle.
static void mix_rows(sluice_means *self, const void *samples, int line) {
    const sluice_part *part = &self->part;
    if (line < (int) floor(part->top)) return;
    size_t count = (size_t) self->width * self->bands;
    float *latest = self->before;
    self->before = self->latest;
    self->latest = latest;
    memset(latest, 0, count * sizeof(*latest));
    add(self, latest, samples, 1);
    while (self->row < part->rows) {
        between at = place_between(part->top, part->height, part->rows, self->row);
        if (at.upper > line) return;
        const float *lower = at.lower < line ? self->before : latest;
        for (size_t i = 0; i < count; i++) self->sums[i] = lower[i] + at.share * (latest[i] - lower[i]);
        finish_row(self);
    }
}

void sluice_means_add(sluice_means *self, const void *samples, int line) {
    if (self->is_taller) return mix_rows(self, samples, line);
    double down = self->part.height / self->part.rows;
    // A line may end one row and begin the next, or hold whole ones.
    while (self->row < self->part.rows) {
        double from = self->part.top + self->row * down, to = from + down;
        double weight = fmin(to, line + 1) - fmax(from, line);
        if (weight > 0) add(self, self->sums, samples, (float) weight);
        // Sums of doubles: the last row ends at the part's end, give or take.
        if (to > line + 1 + 1e-9) return;
        finish_row(self);
    }
}
