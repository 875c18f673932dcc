#include "CGrade.h"
#include "Steps.h"

#include <string.h>
#include <vips/vips.h>

static const char *const key = "sluice-grade";

typedef struct {
    VipsImage *input;
    GPtrArray *steps;
    pass *passes;
    int count, colours, bands, bytes;
    // Where a picture of bytes is changed by nothing but curves: those, from byte to byte.
    bool has_bytes;
    uint8_t bytes_of[3][256];
} grader;

static void release(gpointer data) {
    grader *self = data;
    passes_free(self->passes, self->count);
    if (self->steps) g_ptr_array_unref(self->steps);
    g_clear_object(&self->input);
    g_free(self);
}

// MARK: Lines

#define INLINE static inline __attribute__((always_inline))

// A picture of bytes that only curves change needs no planes.
static void look_up_bytes(const grader *self, const uint8_t *in, uint8_t *out, int pixels) {
    const uint8_t *red = self->bytes_of[0], *green = self->bytes_of[1], *blue = self->bytes_of[2];
    int bands = self->bands;
    if (self->colours == 3)
        for (int index = 0; index < pixels; index++, in += bands, out += bands) {
            out[0] = red[in[0]];
            out[1] = green[in[1]];
            out[2] = blue[in[2]];
            if (bands == 4) out[3] = in[3];
        }
    else
        for (int index = 0; index < pixels; index++, in += bands, out += bands) {
            out[0] = red[in[0]];
            if (bands == 2) out[1] = in[1];
        }
}

// To planes, by the table of a channel where there is one.
static void spread_by(const uint16_t *table, const uint8_t *in, int bands, uint16_t *plane, int pixels) {
    for (int index = 0; index < pixels; index++) plane[index] = table[in[index * bands]];
}

VECTORS static void spread_bytes(const uint8_t *restrict in, int bands, uint16_t *restrict plane, int pixels) {
    for (int index = 0; index < pixels; index++) plane[index] = (uint16_t) (in[index * bands] * 257);
}

VECTORS static void spread_words(const uint16_t *restrict in, int bands, uint16_t *restrict plane, int pixels) {
    for (int index = 0; index < pixels; index++) plane[index] = in[index * bands];
}

// Gives the pass that comes first then.
static int spread(const grader *self, const void *pixel, uint16_t planes[3][BLOCK], int pixels) {
    bool is_by_table = self->bytes == 1 && self->count > 0 && self->passes[0].kind == PASS_CURVES;
    for (int channel = 0; channel < self->colours; channel++)
        if (self->bytes == 2)
            spread_words((const uint16_t *) pixel + channel, self->bands, planes[channel], pixels);
        else if (is_by_table)
            spread_by(
                pass_table(self->passes, channel), (const uint8_t *) pixel + channel, self->bands, planes[channel],
                pixels);
        else
            spread_bytes((const uint8_t *) pixel + channel, self->bands, planes[channel], pixels);
    return is_by_table ? 1 : 0;
}

// The nearest of 256.
INLINE uint8_t byte_of(uint16_t value) { return (uint8_t) ((value * 255u + 32895u) >> 16); }

INLINE void gather_bytes(
    uint16_t planes[3][BLOCK], const uint8_t *restrict in, uint8_t *restrict out, int bands, int pixels) {
    int colours = bands < 3 ? 1 : 3;
    for (int index = 0; index < pixels; index++) {
        for (int channel = 0; channel < colours; channel++)
            out[index * bands + channel] = byte_of(planes[channel][index]);
        if (bands > colours) out[index * bands + colours] = in[index * bands + colours];
    }
}

INLINE void gather_words(
    uint16_t planes[3][BLOCK], const uint16_t *restrict in, uint16_t *restrict out, int bands, int pixels) {
    int colours = bands < 3 ? 1 : 3;
    for (int index = 0; index < pixels; index++) {
        for (int channel = 0; channel < colours; channel++) out[index * bands + channel] = planes[channel][index];
        if (bands > colours) out[index * bands + colours] = in[index * bands + colours];
    }
}

// From planes; alpha from the picture. Each number of bands by itself, for vectors.
VECTORS static void gather(uint16_t planes[3][BLOCK], const void *in, void *out, int bytes, int bands, int pixels) {
    switch (bytes * 8 + bands) {
    case 9: return gather_bytes(planes, in, out, 1, pixels);
    case 10: return gather_bytes(planes, in, out, 2, pixels);
    case 11: return gather_bytes(planes, in, out, 3, pixels);
    case 12: return gather_bytes(planes, in, out, 4, pixels);
    case 17: return gather_words(planes, in, out, 1, pixels);
    case 18: return gather_words(planes, in, out, 2, pixels);
    case 19: return gather_words(planes, in, out, 3, pixels);
    case 20: return gather_words(planes, in, out, 4, pixels);
    }
}

static void process(const grader *self, const uint8_t *in, uint8_t *out, int width) {
    if (self->has_bytes) return look_up_bytes(self, in, out, width);
    uint16_t planes[3][BLOCK];
    uint16_t *const rows[3] = {planes[0], planes[1], planes[2]};
    for (int first = 0; first < width; first += BLOCK) {
        int pixels = VIPS_MIN(BLOCK, width - first);
        size_t start = (size_t) first * (size_t) (self->bands * self->bytes);
        for (int index = spread(self, in + start, planes, pixels); index < self->count; index++)
            pass_run(&self->passes[index], rows, self->colours, pixels);
        gather(planes, in + start, out + start, self->bytes, self->bands, pixels);
    }
}

static int generate(VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop) {
    VipsRegion *in = sequence;
    VipsRect *wanted = &out->valid;
    if (vips_region_prepare(in, wanted)) return -1;
    for (int line = wanted->top; line < VIPS_RECT_BOTTOM(wanted); line++)
        process(
            b, VIPS_REGION_ADDR(in, wanted->left, line), VIPS_REGION_ADDR(out, wanted->left, line), wanted->width);
    return 0;
}

// MARK: The image

static void make_bytes(grader *self) {
    self->has_bytes = self->bytes == 1 && self->count == 1 && self->passes[0].kind == PASS_CURVES;
    for (int channel = 0; channel < self->colours && self->has_bytes; channel++)
        for (int value = 0; value < 256; value++)
            self->bytes_of[channel][value] = byte_of(pass_table(self->passes, channel)[value]);
}

static void add(gpointer shared, gpointer list) { g_ptr_array_add(list, step_share(shared)); }

int sluice_grade_image(VipsImage *in, VipsImage **out, const sluice_grade *grade, bool has_alpha) {
    bool is_known = in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT;
    int colours = in->Bands - (has_alpha ? 1 : 0);
    if (!is_known || in->Coding != VIPS_CODING_NONE || (colours != 1 && colours != 3)) {
        vips_error("grade", "pixels of this kind cannot be graded");
        return -1;
    }
    grader *self = g_new0(grader, 1);
    self->steps = g_ptr_array_new_with_free_func(step_release);
    // What it was just made by is done in the same go.
    const grader *before = g_object_get_data(G_OBJECT(in), key);
    if (before) g_ptr_array_foreach(before->steps, add, self->steps);
    g_ptr_array_foreach(grade->steps, add, self->steps);
    self->input = g_object_ref(before ? before->input : in);
    self->colours = colours;
    self->bands = in->Bands;
    self->bytes = (int) vips_format_sizeof(in->BandFmt);
    self->passes = passes_new(self->steps, self->bytes, colours, &self->count);
    VipsImage *result = vips_image_new();
    // It goes with the result.
    g_object_set_data_full(G_OBJECT(result), key, self, release);
    if (self->passes) make_bytes(self);
    if (!self->passes) {
        vips_error("grade", "out of memory");
    } else if (
        !vips_image_pipelinev(result, VIPS_DEMAND_STYLE_THINSTRIP, self->input, NULL)
        && !vips_image_generate(result, vips_start_one, generate, vips_stop_one, self->input, self)) {
        *out = result;
        return 0;
    }
    g_object_unref(result);
    return -1;
}
